"""Weights, posterior and words by hand; the incomplete beta function against what is known of it."""

import json
import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from coachapp.domain.keylines import KeyDiagnosis, KeyService, LineKind
from coachapp.domain.labelling import LineLabel
from coachapp.domain.labels import Label, Verdict
from coachapp.domain.mastery import (
    Amount,
    Answer,
    Evidence,
    Level,
    Mastery,
    beta_cdf,
    beta_quantile,
    concept_scores,
    evidence,
    mastery,
    prior_mean,
)
from coachapp.domain.results import ElementResult, LineResult, Result, result_data

NOW = datetime(2026, 5, 15, 12, tzinfo=UTC)


def answer(item: str, days_ago: float, score: float = 1, *, helped: bool = False) -> Answer:
    return Answer(item, NOW - timedelta(days=days_ago), score, helped)


def test_a_fresh_first_answer_weighs_one() -> None:
    assert evidence([answer("a", 0, 1), answer("b", 0, 0.25)], NOW) == Evidence(1.25, 0.75, 2)


def test_evidence_halves_in_sixty_days() -> None:
    assert evidence([answer("a", 60)], NOW).right == 0.5
    assert evidence([answer("a", 30, 0)], NOW).wrong == pytest.approx(math.sqrt(0.5))
    assert evidence([answer("a", 120)], NOW).weight == 0.25


def test_an_answer_from_the_future_is_fresh() -> None:
    assert evidence([answer("a", -3)], NOW).weight == 1


@pytest.mark.parametrize(("days", "weight"), [(0.01, 0.3), (29, 0.3), (30, 0.3), (30.01, 1), (200, 1)])
def test_a_repeat_within_thirty_days_weighs_less(days: float, weight: float) -> None:
    found = evidence([answer("a", 0, 1), answer("a", days, 0)], NOW)
    assert found.right == weight
    assert found.wrong == pytest.approx(0.5 ** (days / 60))


def test_each_repeat_is_measured_from_the_one_before() -> None:
    # Days 50, 25, 0 ago: 25 days apart each, so both repeats weigh 0.3 although the first lies 50 days back.
    found = evidence([answer("a", 0), answer("a", 50, 0), answer("a", 25, 0)], NOW)
    assert found.right == 0.3
    assert found.wrong == pytest.approx(0.5 ** (50 / 60) + 0.3 * 0.5 ** (25 / 60))


def test_a_helped_answer_does_not_count_but_was_an_encounter() -> None:
    found = evidence([answer("a", 2, helped=True), answer("a", 0), answer("b", 0, helped=True)], NOW)
    assert found == Evidence(0.3, 0, 1)


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 300), st.floats(0, 1)), max_size=8),
    st.randoms(),
)
def test_the_order_of_answers_does_not_matter(drawn: list, random) -> None:
    answers = [answer(*one) for one in drawn]
    moved = answers[:]
    random.shuffle(moved)
    assert evidence(moved, NOW) == evidence(answers, NOW)


def test_the_posterior_by_hand() -> None:
    # Prior 4 at 0.6; 6 right, 2 wrong: Beta(8.4, 3.6), mean 0.7.
    found = mastery(Evidence(6, 2, 8))
    assert found.mean == pytest.approx(0.7)
    assert beta_cdf(found.low, 8.4, 3.6) == pytest.approx(0.1)
    assert beta_cdf(found.high, 8.4, 3.6) == pytest.approx(0.9)
    assert mastery(Evidence(0, 0, 0), prior=0.8).mean == pytest.approx(0.8)


def test_the_prior_is_the_mean_of_thirty_learners_or_the_usual_one() -> None:
    assert prior_mean([0.9] * 29) == 0.6
    assert prior_mean([0.9] * 15 + [0.7] * 15) == pytest.approx(0.8)
    assert 0 < prior_mean([0.0] * 30) < prior_mean([1.0] * 30) < 1


@pytest.mark.parametrize(
    ("weight", "amount"),
    [(0.1, Amount.THIN), (5.9, Amount.THIN), (6, Amount.SOME), (19.9, Amount.SOME), (20, Amount.AMPLE)],
)
def test_the_amount_of_evidence(weight: float, amount: Amount) -> None:
    assert mastery(Evidence(weight, 0, 20)).amount is amount


def test_words_where_evidence_is_thin_and_digits_where_it_is_not() -> None:
    assert mastery(Evidence(0, 0, 0)).words == "No answers yet"
    assert mastery(Evidence(0, 3, 3)).words == "Little evidence so far: needs work"
    assert mastery(Evidence(3, 1, 4)).words == "Little evidence so far: getting there"
    assert mastery(Evidence(6, 2, 8)).words == "70% (53% to 86%)"
    assert [mastery(Evidence(right, 100 - right, 100)).level.value for right in (40, 60, 75, 95)] == [
        "needs work",
        "getting there",
        "firm",
        "strong",
    ]


@pytest.mark.parametrize(
    ("mean", "level"),
    [
        (0.494, Level.WEAK),
        (0.495, Level.SHAKY),
        (0.694, Level.SHAKY),
        (0.695, Level.FIRM),
        (0.844, Level.FIRM),
        (0.845, Level.STRONG),
    ],
)
def test_what_reads_the_same_is_called_the_same(mean: float, level: Level) -> None:
    assert Mastery(mean, mean, mean, Evidence(9, 9, 18)).level is level


def line(verdict: Verdict, *concepts: str, points: float = 0, possible: float = 1) -> LineResult:
    expected = KeyDiagnosis(id="d1", code="I10", concepts=concepts)
    return LineResult(LineKind.DIAGNOSIS, None, expected, verdict, (), points, possible, None)


def stored(lines: list[LineResult], *elements: ElementResult) -> dict[str, Any]:
    result = Result({}, "p", "b", 0, 0, 0, 0, tuple(lines), elements, ())
    found: dict[str, Any] = json.loads(json.dumps(result_data(result)))
    return found


def test_a_case_is_one_answer_for_each_concept_its_lines_name() -> None:
    lines = [
        line(Verdict.RIGHT, "sequencing", "laterality"),
        line(Verdict.WRONG, "sequencing"),
        line(Verdict.PARTIAL, "modifiers", points=3, possible=4),
        line(Verdict.PARTIAL, "optional-part", possible=0),
        line(Verdict.MISSED, "manifestation"),
        line(Verdict.OPTIONAL_PRESENT, "status-codes"),
        line(Verdict.OPTIONAL_ABSENT, "status-codes"),
        LineResult(LineKind.DIAGNOSIS, None, None, Verdict.UNSUPPORTED, (), 0, 0, None),
    ]
    assert concept_scores(stored(lines)) == {
        "sequencing": 0.5,
        "laterality": 1,
        "modifiers": 0.75,
        "optional-part": 0.5,
        "manifestation": 0,
    }


def test_a_label_says_wrong_of_the_rule_it_leads_to_and_the_line_keeps_its_share() -> None:
    units = LineLabel(Label.UNITS, "units", ("J1885",), "Two units, not one.")
    symptom = LineLabel(Label.INTEGRAL_SYMPTOM, "code", ("R07.9",), "Chest pain is part of it.")
    place = LineLabel(Label.PLACE_OF_SERVICE, "place_of_service", (), "It was an office.")
    dose = KeyService(id="s1", code="J1885", units=2, concepts=("hcpcs-level-ii",))
    found = concept_scores(
        stored(
            [
                LineResult(LineKind.SERVICE, None, dose, Verdict.PARTIAL, (units,), 3, 4, None),
                LineResult(LineKind.DIAGNOSIS, None, None, Verdict.UNSUPPORTED, (symptom,), 0, 0, None),
                line(Verdict.RIGHT, "icd-signs-symptoms-integral"),
            ],
            ElementResult("place_of_service", "22", "11", (place,), 0, 1),
        )
    )
    assert found == {
        "hcpcs-level-ii": 0.75,
        "drug-units": 0,
        "icd-signs-symptoms-integral": 0.5,
        "place-of-service": 0,
    }


def test_the_incomplete_beta_function_in_closed_form() -> None:
    for x in (0.0, 0.01, 0.3, 0.5, 0.9, 1.0):
        assert beta_cdf(x, 1, 1) == pytest.approx(x, abs=1e-14)
        assert beta_cdf(x, 3, 1) == pytest.approx(x**3, abs=1e-14)
        assert beta_cdf(x, 1, 4) == pytest.approx(1 - (1 - x) ** 4, abs=1e-14)
        assert beta_cdf(x, 0.5, 0.5) == pytest.approx(2 / math.pi * math.asin(math.sqrt(x)), abs=1e-13)
        # For whole a and b it is a sum of binomials: at least a of a + b − 1 trials.
        binomial = sum(math.comb(99, k) * x**k * (1 - x) ** (99 - k) for k in range(70, 100))
        assert beta_cdf(x, 70, 30) == pytest.approx(binomial, abs=1e-13)


def test_the_incomplete_beta_function_is_the_integral() -> None:
    a, b, x, n = 8.4, 3.6, 0.73, 4000
    density = [(k * x / n) ** (a - 1) * (1 - k * x / n) ** (b - 1) for k in range(n + 1)]
    simpson = (density[0] + density[-1] + 4 * sum(density[1::2]) + 2 * sum(density[2:-1:2])) * x / n / 3
    beta = math.gamma(a) * math.gamma(b) / math.gamma(a + b)
    assert beta_cdf(x, a, b) == pytest.approx(simpson / beta, rel=1e-9)


@given(st.floats(0.01, 0.99), st.floats(0.05, 3000), st.floats(0.05, 3000))
@example(0.8629413541222649, 0.05, 0.05)
def test_the_quantile_undoes_the_function(p: float, a: float, b: float) -> None:
    x = beta_quantile(p, a, b)
    assert 0 <= x <= 1
    # Beside 1 neighboring floats lie far apart in p where b is small, so the quantile is bracketed.
    assert beta_cdf(x - 1e-12, a, b) - 1e-9 <= p <= beta_cdf(x + 1e-12, a, b) + 1e-9


@given(st.floats(0, 400), st.floats(0, 400), st.floats(0.02, 0.98))
def test_the_interval_is_in_order_and_holds_the_mean_of_much_evidence(right: float, wrong: float, prior: float) -> None:
    found = mastery(Evidence(right, wrong, 1), prior=prior)
    assert 0 <= found.low < found.high <= 1
    if min(right, wrong) > 2:
        assert found.low < found.mean < found.high
