"""What of a question may be shown, and when."""

from dataclasses import asdict
from datetime import UTC, date, datetime

import pytest

from coachapp.domain.disclosure import answered, asked, shows_answers, withheld_items
from coachapp.domain.sittings import SittingState
from tests.domain.exam_builders import drill, plan, question

NOW = datetime(2026, 5, 15, 14, tzinfo=UTC)
BEFORE_GRADED = [SittingState.RUNNING, SittingState.ON_BREAK, SittingState.SUBMITTED]


@pytest.mark.parametrize("state", BEFORE_GRADED)
def test_nothing_is_shown_before_grading(state: SittingState) -> None:
    assert not shows_answers(plan(), state, NOW)
    assert shows_answers(plan(), SittingState.GRADED, NOW)


def test_a_drill_shows_each_answer() -> None:
    assert shows_answers(drill(), SittingState.RUNNING, NOW)


def test_a_plan_may_never_show_answers_or_show_them_from_a_day_on() -> None:
    assert not shows_answers(plan(show_answers="never"), SittingState.GRADED, NOW)
    later = plan(show_answers="after", show_answers_from=date(2026, 5, 16))
    assert not shows_answers(later, SittingState.GRADED, NOW)
    assert shows_answers(later, SittingState.GRADED, datetime(2026, 5, 16, tzinfo=UTC))
    assert not shows_answers(later, SittingState.RUNNING, datetime(2026, 5, 17, tzinfo=UTC))


def test_a_question_as_asked_carries_nothing_of_its_key() -> None:
    made = question("cases/one", right="ac")
    shown = asked(made, ["d", "a", "c", "b"])
    assert [option.id for option in shown.options] == ["d", "a", "c", "b"]
    assert shown.several
    text = str(asdict(shown))
    assert "Chart of" in text
    for secret in ("Reason", "Source", "right=", "'right'"):
        assert secret not in text


def test_an_answer_says_what_was_right_and_why() -> None:
    shown = answered(question(right="b"), ["b", "a", "c", "d"], chosen=["a"])
    assert [(o.id, o.right, o.chosen) for o in shown.options][:2] == [("b", True, False), ("a", False, True)]
    assert shown.options[0].why == "Reason b of em/visit-01."
    assert shown.references == ("Source of em/visit-01",)


def test_items_of_a_paper_are_withheld_until_its_plan_shows_them() -> None:
    later = plan(title="Later", show_answers="after", show_answers_from=date(2026, 6, 1))
    found = withheld_items(
        [
            (plan(title="Now"), SittingState.RUNNING, [1, 2]),
            (plan(), SittingState.GRADED, [3]),
            (plan(), SittingState.VOIDED, [4]),
            (drill(), SittingState.RUNNING, [5]),
            (later, SittingState.GRADED, [6]),
            (plan(title="Never", show_answers="never"), SittingState.GRADED, [7]),
        ],
        NOW,
    )
    assert sorted(found) == [1, 2, 6, 7]
    assert found[1].words == "in your exam “Now”"
    assert (found[6].until, found[6].ever) == (datetime(2026, 6, 1, tzinfo=UTC), True)
    assert (found[7].until, found[7].ever) == (None, False)
