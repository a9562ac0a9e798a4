"""Exam plans: what a file may say, and what a plan computes."""

from datetime import date

import pytest
from pydantic import ValidationError

from coachapp.domain.plans import ExamPlan, with_counts
from coachapp.domain.questions import Section, Use
from tests.domain.exam_builders import drill, plan


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"pass_mark": None}, "kind exam needs a pass_mark"),
        ({"kind": "short"}, "reports no pass or fail"),
        ({"kind": "drill", "pass_mark": None}, "a drill is untimed"),
        ({"show_answers": "each"}, "each in drills and only there"),
        ({"show_answers": "after"}, "show_answers_from goes with"),
        ({"show_answers_from": date(2026, 6, 1)}, "show_answers_from goes with"),
        ({"sections": [{"section": "em", "count": 1}] * 2}, "em is listed twice"),
        ({"sections": [{"section": "em", "count": 0}]}, "the sections hold 0 questions"),
        ({"sections": [{"section": "em", "count": 0, "unscored": 1}]}, "no question is scored"),
        ({"scale": [{"percent": 10, "scaled": 1}]}, "must be for 0 percent"),
        ({"scale": [{"percent": 0, "scaled": 1}, {"percent": 0, "scaled": 2}]}, "must rise"),
        ({"scale": [{"percent": 0, "scaled": 2}, {"percent": 5, "scaled": 1}]}, "must rise"),
    ],
)
def test_a_plan_that_contradicts_itself_is_refused(fields: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        plan(**fields)


def test_counts_of_scored_and_unscored_questions() -> None:
    both: ExamPlan = plan(
        sections=[{"section": "em", "count": 2, "unscored": 1}, {"section": "hcpcs", "count": 0}],
    )
    assert (both.total, both.scored) == (3, 2)
    assert both.needs() == {Section.EM: 3}


def test_mocks_and_drills_take_different_questions() -> None:
    assert plan().uses == {Use.EXAM, Use.BOTH}
    assert drill().uses == {Use.PRACTICE, Use.BOTH}


@pytest.mark.parametrize(("right", "scaled"), [(0, 200), (69, 200), (70, 450), (99, 450), (100, 800)])
def test_the_scaled_score_is_the_last_step_reached(right: int, scaled: int) -> None:
    steps = [{"percent": 0, "scaled": 200}, {"percent": 70, "scaled": 450}, {"percent": 100, "scaled": 800}]
    assert plan(scale=steps).scaled(right, 100) == scaled


def test_without_a_table_or_a_score_nothing_is_scaled() -> None:
    assert plan().scaled(1, 2) is None
    assert plan(scale=[{"percent": 0, "scaled": 1}]).scaled(0, 0) is None


def test_other_counts_leave_out_empty_sections_and_keep_the_rest() -> None:
    changed = with_counts(drill(), {Section.ICD10CM: 4, Section.EM: 0}, id="other")
    assert (changed.id, changed.needs(), changed.kind) == ("other", {Section.ICD10CM: 4}, drill().kind)
    with pytest.raises(ValidationError):
        with_counts(drill(), {})
