"""Every statistic against a value worked by hand, data without variance included, and what must not matter."""

import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coachapp.domain.psychometrics import (
    OptionFigures,
    analyse,
    correlation,
    efficiency,
    key_suspect,
    kurtosis,
    option_figures,
    score_table,
    skewness,
)

# Five persons by falling T = 3, 2, 2, 1, 0.
SMALL = {"a": [1, 1, 1, 1, 0], "b": [1, 1, 0, 0, 0], "c": [1, 0, 1, 0, 0]}


def near(value: float) -> object:
    return pytest.approx(value, rel=1e-12)


def test_item_statistics_by_hand() -> None:
    # a: mean 4/5; var (4 − 16/5)/4 = 1/5. R_a = 2 1 1 0 0: mean 4/5, var (6 − 16/5)/4 = 7/10;
    # cov (4 − 4·4/5)/4 = 1/5; r = 0.2/sqrt(0.14). Sorted R goes with sorted x alike: efficiency 1.
    # g = 1.35. H: 1 + 0.35·(mean of the two tied at T = 2: 1) = 1.35; L: 0 + 0.35·1 = 0.35. D = 1/1.35.
    a = analyse(score_table(SMALL)).items["a"]
    assert (a.n, a.difficulty) == (5, 0.8)
    assert a.sd == near(math.sqrt(0.2))
    assert a.point_biserial == near(0.2 / math.sqrt(0.14))
    assert a.discriminative_efficiency == 1
    assert a.upper_lower_27 == near(1 / 1.35)
    # b: R_b = 2 1 2 1 0: var (10 − 36/5)/4 = 7/10, cov (3 − 2·6/5)/4 = 3/20, var x (2 − 4/5)/4 = 3/10;
    # at best the ones stand with both twos: cov (4 − 12/5)/4 = 2/5. H = 1 + 0.35·0.5, L = 0.
    b = analyse(score_table(SMALL)).items["b"]
    assert b.point_biserial == near(0.15 / math.sqrt(0.21))
    assert b.discriminative_efficiency == near(0.15 / 0.4)
    assert b.upper_lower_27 == near(1.175 / 1.35)


def test_test_statistics_by_hand() -> None:
    # T = 3 2 2 1 0: mean 8/5, median 2, deviations 1.4 .4 .4 −.6 −1.6; var (18 − 64/5)/4 = 1.3.
    # Σ var(x_j) = 0.2 + 0.3 + 0.3 = 0.8; α = 3/2·(1 − 0.8/1.3); SEM = sqrt(1.3·(1 − α)).
    test = analyse(score_table(SMALL)).test
    assert (test.mean, test.median) == (1.6, 2)
    assert test.sd == near(math.sqrt(1.3))
    alpha = 1.5 * (1 - 0.8 / 1.3)
    assert test.alpha == near(alpha)
    assert test.sem == near(math.sqrt(1.3 * (1 - alpha)))
    # k3 = n/((n−1)(n−2))·Σd³ = 5/12·(2.744 + 2·0.064 − 0.216 − 4.096) = 5/12·(−1.44) = −0.6.
    assert test.skewness == near(-0.6 / 1.3**1.5)
    # k4 = n²/((n−1)(n−2)(n−3))·((n+1)·m4 − 3(n−1)·m2²); m2 = 5.2/5, m4 = (3.8416 + 2·.0256 + .1296 + 6.5536)/5.
    m2, m4 = 1.04, 10.576 / 5
    assert test.kurtosis == near(25 / 24 * (6 * m4 - 12 * m2**2) / 1.3**2)


def test_alpha_if_dropped_is_alpha_of_the_others() -> None:
    # Without a: R_a has variance 0.7, b and c 0.3 each: 2·(1 − 0.6/0.7).
    items = analyse(score_table(SMALL)).items
    assert items["a"].alpha_if_dropped == near(2 * (1 - 0.6 / 0.7))
    for item in SMALL:
        others = {name: column for name, column in SMALL.items() if name != item}
        assert items[item].alpha_if_dropped == analyse(score_table(others)).test.alpha


def test_alpha_if_dropped_is_undefined_with_two_items() -> None:
    found = analyse(score_table({"a": [1, 1, 0], "b": [1, 0, 0]}))
    assert found.test.alpha is not None
    assert [figures.alpha_if_dropped for figures in found.items.values()] == [None, None]


def test_alpha_may_be_negative_and_sem_exists_then() -> None:
    # a = 1 1 0 0, b = 0 0 1 0: var 1/3 and 1/4; T = 1 1 1 0: var 1/4; α = 2·(1 − (7/12)/(1/4)) = −8/3.
    test = analyse(score_table({"a": [1, 1, 0, 0], "b": [0, 0, 1, 0]})).test
    assert test.alpha == near(-8 / 3)
    assert test.sem == near(math.sqrt(0.25 * (1 + 8 / 3)))


def test_alpha_is_kr20_for_right_and_wrong() -> None:
    # KR-20 with population variances: k/(k−1)·(1 − Σ pq/σ²); pq = .16 + .24 + .24, σ² = 5.2/5.
    assert analyse(score_table(SMALL)).test.alpha == near(1.5 * (1 - 0.64 / 1.04))


def test_maxima_scale_difficulty_and_index() -> None:
    columns = {"case": [4, 3, 0, 1], "q": [1, 1, 0, 0]}
    case = analyse(score_table(columns, {"case": 4})).items["case"]
    # g = 1.08: T = 5 4 1 0, so H = 4 + 0.08·3 and L = 0 + 0.08·1... person 4 has T = 1, person 3 T = 0.
    assert case.difficulty == 0.5
    assert case.upper_lower_27 == near((4.24 - 0.08) / (1.08 * 4))


def test_an_item_all_alike_has_no_correlation_but_a_difficulty() -> None:
    found = analyse(score_table({"a": [1, 1, 1], "b": [1, 0, 0], "c": [0, 1, 0]}))
    a = found.items["a"]
    assert (a.difficulty, a.sd, a.point_biserial, a.discriminative_efficiency) == (1, 0, None, None)
    assert a.upper_lower_27 == 0


def test_tenths_that_are_all_alike_have_exactly_no_variance() -> None:
    for tenth in (0.1, Decimal("0.1"), Fraction(1, 10)):
        found = analyse(score_table({"a": [tenth] * 7, "b": [tenth] * 7}))
        assert (found.items["a"].sd, found.items["a"].point_biserial) == (0, None)
        assert (found.test.alpha, found.test.sem, found.test.skewness, found.test.kurtosis) == (None,) * 4


def test_floats_tie_as_they_read() -> None:
    # 0.1 + 0.2 and 0.3 + 0 are the same total; sums of floats would part them at the cut.
    table = score_table({"a": [0.1, 0.3], "b": [0.2, 0.0]})
    assert table.totals[0] == table.totals[1]
    assert analyse(table).items["a"].upper_lower_27 == 0


def test_totals_all_alike_make_alpha_undefined() -> None:
    test = analyse(score_table({"a": [1, 0], "b": [0, 1]})).test
    assert (test.sd, test.alpha, test.sem) == (0, None, None)


def test_one_person_leaves_means_only() -> None:
    found = analyse(score_table({"a": [1], "b": [0], "c": [1]}))
    a = found.items["a"]
    assert (found.n, found.provisional, a.difficulty, found.test.mean, found.test.median) == (1, True, 1, 2, 2)
    assert (a.sd, a.point_biserial, a.discriminative_efficiency, a.alpha_if_dropped) == (None,) * 4
    assert (found.test.sd, found.test.skewness, found.test.kurtosis, found.test.alpha, found.test.sem) == (None,) * 5


def test_few_persons_leave_shape_undefined() -> None:
    assert (skewness([1, 2]), kurtosis([1, 2, 4])) == (None, None)
    assert skewness([1, 2, 4]) is not None
    assert (skewness([5, 5, 5, 5]), kurtosis([5, 5, 5, 5])) == (None, None)


def test_nobody_and_one_item_are_answers_too() -> None:
    none = analyse(score_table({"a": []}))
    assert (none.n, none.items["a"].difficulty, none.items["a"].upper_lower_27, none.test.mean) == (0, None, None, None)
    one = analyse(score_table({"a": [1, 0, 1]}))
    assert (one.items["a"].point_biserial, one.test.alpha, one.test.sem) == (None, None, None)


def test_missing_cells_are_left_out_item_by_item() -> None:
    # q was presented to the first four: x = 1 1 0 0, T over presented items 2 1 1 0; R = 1 0 1 0.
    found = analyse(score_table({"q": [1, 1, 0, 0, None], "r": [1, 0, 1, 0, 1]}))
    q = found.items["q"]
    assert (q.n, q.difficulty, q.point_biserial) == (4, 0.5, 0)
    assert (found.n, found.test.mean, found.test.median) == (5, 1, 1)
    assert (found.test.alpha, found.test.sem, q.alpha_if_dropped) == (None, None, None)
    assert found.test.sd == near(math.sqrt(0.5))


def test_whoever_was_presented_nothing_is_no_examinee() -> None:
    with_absent = {item: [*column, None] for item, column in SMALL.items()}
    assert analyse(score_table(with_absent)) == analyse(score_table(SMALL))


def test_an_item_presented_to_nobody_is_undefined() -> None:
    found = analyse(score_table({"a": [1, 0], "b": [None, None]}))
    b = found.items["b"]
    assert (b.n, b.difficulty, b.sd, b.point_biserial, b.upper_lower_27) == (0, None, None, None, None)


def test_ties_at_the_cut_share_what_is_left() -> None:
    # n = 10, g = 2.7; T: one person 2, four 1, five 0. x = 1 for the best and for one of the four.
    # H = 1 + 1.7/4·1; L = 0: D = 1.425/2.7.
    columns = {"x": [1, 1, 0, 0, 0, 0, 0, 0, 0, 0], "y": [1, 0, 1, 1, 1, 0, 0, 0, 0, 0]}
    assert analyse(score_table(columns)).items["x"].upper_lower_27 == near((1 + 1.7 / 4) / 2.7)


def test_a_cut_between_two_totals_shares_nothing() -> None:
    # n = 100, g = 27 exactly: T falls from 100 to 1, so H = 27 and L = 0.
    columns = {"x": [1] * 27 + [0] * 73, "y": list(range(99, 72, -1)) + list(range(73, 0, -1))}
    assert analyse(score_table(columns, {"y": 99})).items["x"].upper_lower_27 == 1


def test_enough_examinees_are_not_provisional() -> None:
    assert analyse(score_table({"a": [0] * 29})).provisional
    assert not analyse(score_table({"a": [0] * 30})).provisional


@pytest.mark.parametrize(
    ("columns", "maxima", "said"),
    [
        ({"a": [1, 2]}, {}, "a, person 2: 2 is not from 0 to 1"),
        ({"a": [-0.5]}, {}, "a, person 1: -0.5 is not from 0 to 1"),
        ({"a": [math.nan]}, {}, "nan is not a number of points"),
        ({"a": [math.inf]}, {}, "inf is not a number of points"),
        ({"a": [Decimal("NaN")]}, {}, "NaN is not a number of points"),
        ({"a": [1], "b": []}, {}, "the columns differ in length"),
        ({"a": [1]}, {"b": 1}, "there is no item b to have a maximum"),
        ({"a": [0]}, {"a": 0}, "the maximum of a must be above 0, not 0"),
    ],
)
def test_what_is_no_score_is_refused(columns: dict, maxima: dict, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        score_table(columns, maxima)


@st.composite
def matrices(draw) -> dict[str, list[Decimal | None]]:
    persons, items = draw(st.integers(1, 12)), draw(st.integers(1, 5))
    cell = st.one_of(st.none(), st.sampled_from([Decimal(n) / 10 for n in (0, 1, 2, 3, 7, 10)]))
    return {f"q{j}": draw(st.lists(cell, min_size=persons, max_size=persons)) for j in range(items)}


@given(matrices(), st.randoms(use_true_random=False))
@settings(max_examples=150)
def test_the_order_of_rows_and_columns_does_not_matter(columns: dict, random) -> None:
    order = list(range(len(columns["q0"])))
    random.shuffle(order)
    names = list(columns)
    random.shuffle(names)
    moved = analyse(score_table({name: [columns[name][row] for row in order] for name in names}))
    assert moved == analyse(score_table(columns))


@given(matrices())
@settings(max_examples=150)
def test_bounds_hold(columns: dict) -> None:
    found = analyse(score_table(columns))
    for figures in found.items.values():
        assert figures.difficulty is None or 0 <= figures.difficulty <= 1
        assert figures.point_biserial is None or -1 <= figures.point_biserial <= 1
        assert figures.discriminative_efficiency is None or figures.discriminative_efficiency <= 1
        assert figures.upper_lower_27 is None or -1 <= figures.upper_lower_27 <= 1
    assert found.test.alpha is None or found.test.alpha <= 1


def test_correlation_and_efficiency_reach_one() -> None:
    assert correlation([1, 2, 4], [2, 4, 8]) == 1
    assert correlation([1, 2, 4], [-1, -2, -4]) == -1
    assert efficiency([3, 1, 2], [30, 10, 20]) == 1


def test_options_by_hand() -> None:
    # Item a of SMALL, R = 2 1 1 0 0. A chosen by 1, 2, 4: T 3 2 1, mean 2; chose = 1 1 0 1 0.
    # var chose (3 − 9/5)/4 = 0.3, cov (3 − 3·4/5)/4 = 0.15, var R 0.7.
    choices = [frozenset("A"), frozenset("A"), frozenset("B"), frozenset("A"), frozenset()]
    figures = option_figures(score_table(SMALL), "a", choices=choices, options=["A", "B", "C"], right="A")
    a, b, c = figures
    assert (a.right, a.chosen, a.share, a.mean_total, a.functional) == (True, 3, 0.6, 2, True)
    assert a.correlation == near(0.15 / math.sqrt(0.21))
    assert (b.right, b.share, b.mean_total) == (False, 0.2, 2)
    assert c == OptionFigures("C", False, 0, 0, None, None)
    assert not c.functional
    assert not key_suspect(figures)


def test_a_wrong_option_that_the_better_choose_makes_the_key_suspect() -> None:
    columns = {"x": [0, 0, 1, 1], "y": [1, 1, 0, 0]}
    choices = [frozenset("B"), frozenset("B"), frozenset("A"), frozenset("A")]
    figures = option_figures(score_table(columns), "x", choices=choices, options=["A", "B"], right="A")
    assert [figure.correlation for figure in figures] == [-1, 1]
    assert key_suspect(figures)
    assert not key_suspect(figures[1:])


def test_options_leave_out_who_was_not_presented_the_item() -> None:
    columns = {"x": [1, 0, None], "y": [1, 0, 1]}
    figures = option_figures(
        score_table(columns), "x", choices=[frozenset("A"), frozenset("B"), None], options=["A", "B"], right="A"
    )
    assert [figure.share for figure in figures] == [0.5, 0.5]
    with pytest.raises(ValueError, match="x: 1 choices for 3 persons"):
        option_figures(score_table(columns), "x", choices=[None], options=["A"], right="A")
