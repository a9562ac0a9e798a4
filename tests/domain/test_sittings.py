"""Scores in whole numbers, rulings, ranges and changed answers."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachapp.domain.questions import Section
from coachapp.domain.sittings import (
    Change,
    Ruling,
    SectionScore,
    SittingState,
    SlotOutcome,
    answer_of,
    change_of,
    likely_range,
    passes,
    score_paper,
)


@given(scored=st.integers(1, 500), mark=st.integers(1, 100), data=st.data())
def test_passing_is_decided_without_rounding(scored: int, mark: int, data: st.DataObject) -> None:
    right = data.draw(st.integers(0, scored))
    assert passes(right, scored, mark=mark) == (Fraction(right, scored) >= Fraction(mark, 100))


def test_nothing_scored_passes_nobody() -> None:
    assert not passes(0, 0, mark=70)


def outcomes(*earned: int, **fields: object) -> list[SlotOutcome]:
    return [SlotOutcome(Section.EM, e, answered=True, **fields) for e in earned]  # type: ignore[arg-type]


def test_score_by_section_in_the_order_of_the_paper() -> None:
    score = score_paper(
        [
            SlotOutcome(Section.ICD10CM, 1, answered=True),
            SlotOutcome(Section.EM, 0, answered=False),
            SlotOutcome(Section.EM, 1, answered=True),
        ],
        pass_mark=67,
    )
    assert (score.right, score.scored, score.unanswered, score.passed) == (2, 3, 1, False)
    assert score.sections == (SectionScore(Section.EM, 1, 2), SectionScore(Section.ICD10CM, 1, 1))
    assert score_paper(outcomes(1, 1, 0), pass_mark=66).passed is True
    assert score_paper(outcomes(1), pass_mark=None).passed is None


def test_unscored_questions_count_nowhere() -> None:
    score = score_paper([*outcomes(1), *outcomes(1, 0, scored=False)], pass_mark=None)
    assert (score.right, score.scored) == (1, 1)


def test_a_voided_question_leaves_both_numbers() -> None:
    score = score_paper(
        [*outcomes(1, 0), *outcomes(1, ruling=Ruling.VOID), *outcomes(0, ruling=Ruling.VOID)], pass_mark=50
    )
    assert (score.right, score.scored, score.passed) == (1, 2, True)


def test_credit_for_all_makes_it_right_for_everyone() -> None:
    score = score_paper([*outcomes(0), *outcomes(0, 1, ruling=Ruling.CREDIT_ALL)], pass_mark=None)
    assert (score.right, score.scored) == (2, 3)


@given(scored=st.integers(1, 400), data=st.data())
def test_the_range_holds_the_score_and_stays_in_percent(scored: int, data: st.DataObject) -> None:
    right = data.draw(st.integers(0, scored))
    low, high = likely_range(right, scored)
    assert 0 <= low <= Fraction(100 * right, scored) <= high <= 100


def test_the_range_against_a_worked_example() -> None:
    # 15 of 25: share 0.6; z² = 1.6424; middle 0.5938, half width 0.1232.
    assert likely_range(15, 25) == (47, 72)
    with pytest.raises(ValueError, match="nothing is scored"):
        likely_range(0, 0)


def test_more_questions_narrow_the_range() -> None:
    wide, narrow = likely_range(15, 25), likely_range(60, 100)
    assert narrow[1] - narrow[0] < wide[1] - wide[0]


@pytest.mark.parametrize(
    ("answers", "change"),
    [
        ([], None),
        (["b"], None),
        (["b", "b"], None),
        (["b", "", "a"], Change.TO_RIGHT),
        (["a", "c"], Change.TO_WRONG),
        (["b", "c"], Change.OTHER),
        (["a", "b", "a"], None),
    ],
)
def test_what_changing_an_answer_did(answers: list[str], change: Change | None) -> None:
    assert change_of([{"answer": list(answer)} for answer in answers], frozenset("a")) is change


def test_no_step_is_no_answer() -> None:
    assert answer_of(None) == frozenset()
    assert answer_of({"answer": ["b"]}) == {"b"}


def test_which_states_take_no_more_work() -> None:
    assert [state for state in SittingState if not state.closed] == [SittingState.RUNNING, SittingState.ON_BREAK]
