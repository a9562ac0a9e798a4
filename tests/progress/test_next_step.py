"""The one next step: the order, and what makes a section the weakest."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from coachapp.attempts.assigned import Assigned
from coachapp.domain.assignments import NO_WORK, Dates, WorkKind, WorkState
from coachapp.domain.mastery import Evidence, Mastery, mastery
from coachapp.domain.plans import ExamPlan
from coachapp.domain.questions import Section
from coachapp.progress.casework import BegunCase, FreshCase
from coachapp.progress.next_step import (
    DueAssignment,
    DueReview,
    NextMock,
    OpenSitting,
    SectionDrill,
    next_step,
    possible_mock,
    weakest_drill,
)
from tests.domain.exam_builders import drill, plan

NOW = datetime(2026, 5, 15, tzinfo=UTC)
EXAM = OpenSitting(1, "Mock", False, NOW - timedelta(days=3), NOW)
DRILL = OpenSitting(2, "Drill", True, NOW, None)
GIVEN = Assigned(
    id=1,
    title="Given",
    classroom="Fall",
    instructions="",
    kind=WorkKind.DRILL,
    slug="",
    plan_id="drill-em",
    size=10,
    dates=Dates(NOW - timedelta(days=3), due_at=NOW + timedelta(days=7)),
    work=NO_WORK,
    state=WorkState.NOT_BEGUN,
    overdue=False,
    closed=False,
    available=True,
)
ALL: dict[str, Any] = {
    "sittings": [DRILL, EXAM],
    "begun": BegunCase("a/b", "Begun", NOW),
    "assigned": [GIVEN],
    "due": 4,
    "drill": SectionDrill("drill-em", Section.EM, 10, ""),
    "mock": NextMock("cpc", "Mock", 100, 240),
    "fresh": FreshCase("a/c", "Fresh", "a", 5),
}
NONE: dict[str, Any] = {
    "sittings": [],
    "begun": None,
    "assigned": [],
    "due": 0,
    "drill": None,
    "mock": None,
    "fresh": None,
}


def test_what_is_under_way_comes_first_then_what_is_due_then_the_weak_section_then_a_mock() -> None:
    left = dict(ALL)
    found = []
    for name, nothing in NONE.items():
        found.append(next_step(**left, now=NOW))
        left[name] = nothing
    assert found == [EXAM, ALL["begun"], DueAssignment(GIVEN), DueReview(4), ALL["drill"], ALL["mock"], ALL["fresh"]]
    assert next_step(**left, now=NOW) is None


def test_of_sittings_an_exam_comes_first_and_of_equals_the_last_begun() -> None:
    later = OpenSitting(3, "Other", False, NOW - timedelta(days=1), None)
    assert next_step(**NONE | {"sittings": [EXAM, later, DRILL]}, now=NOW) == later
    assert next_step(**NONE | {"sittings": [DRILL]}, now=NOW) == DRILL


def test_an_assignment_presses_from_seven_days_before_it_is_due_to_fourteen_after() -> None:
    moment = timedelta(microseconds=1)
    assert GIVEN.pressing(NOW)
    assert not GIVEN.pressing(NOW - moment)
    assert GIVEN.pressing(NOW + timedelta(days=7 + 14))
    assert not GIVEN.pressing(NOW + timedelta(days=7 + 14) + moment)  # it keeps nobody from anything else for ever
    assert not replace(GIVEN, dates=Dates(NOW)).pressing(NOW)
    for changes in ({"closed": True}, {"available": False}, {"state": WorkState.ON_TIME}):
        assert not replace(GIVEN, **changes).pressing(NOW)  # type: ignore[arg-type]


def test_an_assignment_that_has_time_comes_last_and_one_that_presses_before_reviews() -> None:
    some_day, closed = replace(GIVEN, dates=Dates(NOW)), replace(GIVEN, closed=True)
    last = {**ALL, "sittings": [], "begun": None, "assigned": [closed, some_day]}
    assert next_step(**last, now=NOW) == DueReview(4)
    assert next_step(**NONE | {"assigned": [closed, some_day]}, now=NOW) == DueAssignment(some_day)
    assert next_step(**last | {"assigned": [closed, GIVEN, some_day]}, now=NOW) == DueAssignment(GIVEN)


def known(right: float, wrong: float) -> Mastery:
    return mastery(Evidence(right, wrong, int(right + wrong)))


def drills(*sections: Section) -> list[ExamPlan]:
    return [drill({one: 10}, id=f"drill-{one}") for one in sections]


MANY = dict.fromkeys(Section, 10)


def test_the_weakest_section_is_drilled_and_said_to_be() -> None:
    found = weakest_drill(
        drills(Section.EM, Section.HCPCS, Section.ANATOMY),
        {Section.EM: known(8, 12), Section.HCPCS: known(1, 3), Section.ANATOMY: known(19, 1)},
        MANY,
    )
    assert found == SectionDrill("drill-hcpcs", Section.HCPCS, 10, "Little evidence so far: needs work")


def test_a_section_without_evidence_stands_at_the_usual_mean() -> None:
    plans = drills(Section.EM, Section.HCPCS)
    assert weakest_drill(plans, {Section.EM: known(8, 12)}, MANY).section is Section.EM  # type: ignore[union-attr]
    found = weakest_drill(plans, {Section.EM: known(13, 7)}, MANY)
    assert found == SectionDrill("drill-hcpcs", Section.HCPCS, 10, "")


def test_a_beginner_starts_where_questions_are_quickest() -> None:
    assert weakest_drill(drills(*Section), {}, MANY).section is Section.TERMINOLOGY  # type: ignore[union-attr]
    ready = {**MANY, Section.TERMINOLOGY: 9}
    assert weakest_drill(drills(*Section), {}, ready).section is Section.ANATOMY  # type: ignore[union-attr]


def test_a_section_where_it_should_be_is_not_drilled_but_thin_evidence_proves_nothing() -> None:
    plans = drills(Section.EM)
    assert weakest_drill(plans, {Section.EM: known(16, 4)}, MANY) is None
    assert weakest_drill(plans, {Section.EM: known(4, 0)}, MANY) is not None
    assert weakest_drill(plans, {}, {Section.EM: 9}) is None
    assert weakest_drill([plan({Section.EM: 10})], {}, MANY) is None


def test_the_longest_mock_that_the_bank_can_fill_is_next() -> None:
    full = plan({Section.EM: 10, Section.HCPCS: 10}, id="full", title="Full")
    small = plan({Section.EM: 5}, id="small", title="Small", minutes=60)
    short = plan({Section.EM: 10}, id="short", kind="short", pass_mark=None)
    plans = [short, small, full, *drills(Section.EM)]
    assert possible_mock(plans, MANY) == NextMock("full", "Full", 20, 3)
    assert possible_mock(plans, {Section.EM: 10}) == NextMock("small", "Small", 5, 60)
    assert possible_mock([short], {Section.EM: 10}).plan_id == "short"  # type: ignore[union-attr]
    assert possible_mock(plans, {Section.EM: 4}) is None
