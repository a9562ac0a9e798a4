"""What students did about assignments, read from their work."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp.attempts import accommodations, finishing, sittings
from coachapp.attempts.assigned import assigned_to, work_of
from coachapp.attempts.scopes import scope_of
from coachapp.domain.assignments import Work, WorkState
from coachapp.models.attempts import AttemptState
from coachapp.models.classroom import Assignment, Membership
from coachapp.models.sittings import Sitting
from tests.attempts.test_grades import check
from tests.classroom.conftest import DAY, HOUR, PLANS, Course, at, course, plans
from tests.conftest import MakePerson
from tests.exams.conftest import T0, begin, stock

__all__ = ["at", "begin", "course", "plans", "stock"]

Begin = Callable[..., Sitting]
INSTANT = timedelta(microseconds=1)


@pytest.fixture
def read(course: Course, db_session: Session) -> Callable[..., Work]:
    """Return a function that reads the student's work about an assignment."""

    def look(assignment: Assignment, person_id: int | None = None) -> Work:
        db_session.rollback()
        who = person_id or course.student_id
        return work_of(db_session, [assignment], [who], plans=PLANS.plans).get((assignment.id, who), Work())

    return look


def test_of_a_case_the_first_claim_counts_by_its_latest_grade(course: Course, read: Callable[..., Work]) -> None:
    one = course.give()
    course.hand_in(course.student_id, finished=T0 - INSTANT, score=1)
    assert read(one) == Work()
    first = course.hand_in(course.student_id, finished=T0 + HOUR, score=0.4)
    course.hand_in(course.student_id, finished=T0 + 2 * HOUR, score=0.9)
    assert read(one) == Work(True, T0 + HOUR, ref=first.id, score=0.4)


def test_an_open_attempt_is_work_begun_and_one_given_up_is_not(
    course: Course, read: Callable[..., Work], db_session: Session
) -> None:
    one = course.give()
    attempt = course.hand_in(course.student_id, finished=T0)
    for state, begun in ((AttemptState.OPEN, True), (AttemptState.ABANDONED, False)):
        attempt.state, attempt.finished_at = state, None
        db_session.commit()
        assert read(one) == Work(begun=begun, ref=attempt.id if begun else None)


def test_a_drill_counts_answers_over_rounds_begun_since(
    course: Course, read: Callable[..., Work], begin: Begin, db_session: Session
) -> None:
    one = course.give(plan_id="drill-em")
    drill, who = PLANS.plans["drill-em"], course.session.get_one(Membership, 1).person
    early = begin(plan=drill, who=who, now=T0 - HOUR, scope="early")
    for n in (1, 2, 3, 4):
        check(db_session, early, n, "b")
    db_session.commit()
    assert read(one) == Work()
    first = begin(plan=drill, who=who)
    check(db_session, first, 1, "b", now=T0 + HOUR)
    check(db_session, first, 2, "", now=T0 + HOUR)  # the reason looked at, nothing chosen
    check(db_session, first, 3, "a", now=T0 + HOUR)
    sittings.hand_in(db_session, first, now=T0 + HOUR)
    finishing.finish(db_session, first.id, now=T0 + HOUR)
    db_session.commit()
    assert read(one) == Work(begun=True, ref=first.id)
    second = begin(plan=drill, who=who, now=T0 + 2 * HOUR)
    check(db_session, second, 1, "b", now=T0 + 2 * HOUR)
    check(db_session, second, 2, "b", now=T0 + 3 * HOUR)
    check(db_session, second, 3, "b", now=T0 + 4 * HOUR)
    db_session.commit()
    done = read(one)
    assert (done.handed_in_at, done.ref, done.scored) == (T0 + 3 * HOUR, second.id, 4)
    assert done.right is not None
    sittings.void(db_session, second, now=T0 + 5 * HOUR)
    db_session.commit()
    assert read(one).handed_in_at is None


def test_a_drill_that_the_bank_made_shorter_is_enough(
    course: Course, read: Callable[..., Work], begin: Begin, db_session: Session
) -> None:
    one = course.give(plan_id="drill-em")
    short = begin(plan=PLANS.plans["drill-em"], who=course.session.get_one(Membership, 1).person)
    short.paper = short.paper[:2]
    db_session.commit()
    check(db_session, short, 1, "b", now=T0)
    db_session.commit()
    assert read(one).handed_in_at is None
    check(db_session, short, 2, "b", now=T0 + HOUR)
    db_session.commit()
    assert read(one).handed_in_at == T0 + HOUR


def test_an_exam_counts_from_either_scope_once_it_is_closed_and_not_when_it_is_voided(
    course: Course, read: Callable[..., Work], begin: Begin, db_session: Session
) -> None:
    one = course.give(plan_id="mock")
    other = course.give(plan_id="mock")
    who = course.session.get_one(Membership, 1).person
    begin(who=who, scope=scope_of(other.id))
    assert read(one) == Work(), "begun from another assignment"
    sitting = begin(who=who)
    assert read(one) == Work(begun=True, ref=sitting.id)
    sittings.hand_in(db_session, sitting, now=T0 + timedelta(minutes=1))
    db_session.commit()
    assert read(one) == Work(True, T0 + timedelta(minutes=1), ref=sitting.id)
    finishing.finish(db_session, sitting.id, now=T0 + timedelta(minutes=2))
    db_session.commit()
    assert (read(one).right, read(one).scored) == (0, 12)
    sittings.void(db_session, sitting, now=T0 + HOUR)
    db_session.commit()
    assert read(one) == Work()


def test_time_that_ran_out_at_the_close_is_in_time_and_an_extension_moves_what_is_due(
    course: Course, begin: Begin, db_session: Session, person: MakePerson
) -> None:
    close = T0 + timedelta(minutes=2)
    one = course.give(plan_id="mock", due_at=close, closes_at=close)
    slow = person()
    course.join(slow)
    accommodations.grant(db_session, slow.id, extension=60, reason="Letter.", by_id=None, now=T0)
    for who in (course.session.get_one(Membership, 1).person, slow):
        granted = accommodations.in_force(db_session, who.id, scope=scope_of(one.id))
        sitting = begin(who=who, scope=scope_of(one.id), closes_at=close, accommodation=granted)
        finishing.finish(db_session, sitting.id, now=T0 + HOUR)  # a sweep that came late
        db_session.commit()
    found = {
        who: assigned_to(db_session, who, now=T0 + 2 * HOUR, plans=PLANS.plans, unverified=False, cpt=True)[0]
        for who in (course.student_id, slow.id)
    }
    mine, hers = found[course.student_id], found[slow.id]
    assert (mine.state, hers.state) == (WorkState.ON_TIME, WorkState.ON_TIME)
    assert mine.work.handed_in_at == close - INSTANT
    assert hers.work.handed_in_at == T0 + timedelta(minutes=3) - INSTANT
    assert (mine.dates.due_at, hers.dates.due_at) == (close, close + HOUR)


def test_what_a_student_sees_and_in_which_order(course: Course, db_session: Session, person: MakePerson) -> None:
    def seen(now: Any = T0) -> list[tuple[str, bool, bool]]:
        db_session.rollback()
        found = assigned_to(db_session, course.student_id, now=now, plans=PLANS.plans, unverified=False, cpt=True)
        return [(one.title, one.to_do, one.overdue) for one in found]

    course.give(title="no date", due_at=None)
    course.give(title="later")
    course.give(title="coming", opens_at=T0 + HOUR)
    course.give(title="sooner", due_at=T0 + HOUR)
    course.give(title="closing", plan_id="mock", due_at=None, closes_at=T0 + 2 * HOUR)
    course.give(title="gone", plan_id="old-plan", due_at=T0 + 3 * DAY)
    course.give(title="hidden", item_id=course.cases["urology/stone"].id, due_at=T0 + 4 * DAY)
    assert seen() == [
        ("sooner", True, False),
        ("closing", True, False),
        ("later", True, False),
        ("gone", False, False),
        ("hidden", False, False),
        ("no date", True, False),
    ]
    later = seen(T0 + 2 * HOUR)
    assert ("sooner", True, True) in later
    assert ("closing", False, False) in later
    assert ("coming", True, False) in later
    accommodations.grant(db_session, course.student_id, extension=60, reason="L.", by_id=None, now=T0, scope="mock")
    db_session.commit()
    assert ("closing", True, False) in seen(T0 + 2 * HOUR), "a grant for the exam holds where it was given"
    assert seen(T0 + 3 * HOUR)[1][1] is False
    other = person()
    db_session.rollback()
    assert assigned_to(db_session, other.id, now=T0, plans=PLANS.plans, unverified=True, cpt=True) == []


def test_a_later_close_reaches_sittings_under_way_and_an_earlier_one_does_not(
    course: Course, begin: Begin, db_session: Session
) -> None:
    close, minute = T0 + timedelta(minutes=2), timedelta(minutes=1)
    sitting = begin(who=course.session.get_one(Membership, 1).person, scope="assignment-9", closes_at=close)
    assert sitting.deadline == close
    for closes_at, deadline in (
        (T0 + minute, close),
        (close + minute / 2, close + minute / 2),
        (None, T0 + 3 * minute),
    ):
        assert accommodations.move_close(db_session, scope="assignment-9", closes_at=closes_at, now=T0) == 1
        db_session.commit()
        assert sitting.deadline == deadline
    assert accommodations.move_close(db_session, scope="assignment-8", closes_at=None, now=T0) == 0


def test_grants_replace_one_another_from_everywhere_to_the_exam_to_the_assignment(
    course: Course, begin: Begin, db_session: Session
) -> None:
    who = course.session.get_one(Membership, 1).person
    for scope, factor, extra in ((None, "1.2", 5), ("mock", "1.5", None), ("assignment-9", "2", None)):
        given = Decimal(factor)
        accommodations.grant(
            db_session, who.id, scope=scope, factor=given, extra=extra, reason="L.", by_id=None, now=T0
        )
    db_session.commit()
    found = accommodations.in_force(db_session, who.id, scope="assignment-9", plan_id="mock")
    assert (found.factor, found.extra) == (Decimal(2), 5)
    assert accommodations.in_force(db_session, who.id, scope="assignment-8", plan_id="mock").factor == Decimal("1.5")
    assert accommodations.in_force(db_session, who.id, scope="other").factor == Decimal("1.2")
    sitting = begin(who=who, scope="assignment-8")
    reached = accommodations.grant(db_session, who.id, scope="mock", factor=Decimal(3), reason="L.", by_id=None, now=T0)
    assert reached == 1
    assert sitting.minutes == 14


def test_queries_do_not_grow_with_people_or_assignments(
    course: Course,
    db_session: Session,
    person: MakePerson,
    count_queries: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    counts = []
    for _ in range(3):
        course.give()
        course.give(plan_id="drill-em")
        course.give(plan_id="mock", closes_at=T0 + DAY)
        course.join(person())
        people = db_session.scalars(select(Membership.person_id)).all()
        given = db_session.scalars(select(Assignment)).all()
        with count_queries() as seen:
            work_of(db_session, given, people, plans=PLANS.plans)
        ours = len(seen)
        with count_queries() as seen:
            assigned_to(db_session, people[0], now=T0, plans=PLANS.plans, unverified=False, cpt=True)
        counts.append((ours, len(seen)))
    assert counts[0] == counts[2] == (4, 6)
