"""Whom an instructor looks after in exams, and what waits for her."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select, true
from sqlalchemy.orm import Session, joinedload

from coachapp.attempts import sittings
from coachapp.attempts.assigned import scope_of
from coachapp.attempts.papers import timing_of
from coachapp.content.plans import bundled_plans
from coachapp.domain import examclock
from coachapp.domain.permissions import Action
from coachapp.domain.plans import PlanKind
from coachapp.domain.sittings import OPEN
from coachapp.models.classroom import Assignment, Classroom, Membership
from coachapp.models.people import Person
from coachapp.models.sittings import LateSave, Sitting

ELSEWHERE = "a learner of another class"
MOST_UNDER_WAY = 100
MOST_SITTINGS = 20


def learners_of(actor: Person) -> ColumnElement[bool]:
    """Return the condition on Person for those whom `actor` looks after: her classes; for an administrator, all."""
    if actor.may(Action.MANAGE_PEOPLE):
        return true()
    members = select(Membership.person_id).join(Classroom).where(Classroom.instructor_id == actor.id)
    return Person.id.in_(members)


def names(session: Session, actor: Person, person_ids: Collection[int]) -> dict[int, str]:
    """Return the names of those among some people whom `actor` looks after; of others she learns none."""
    query = select(Person.id, Person.name).where(Person.id.in_(person_ids), learners_of(actor))
    return {row.id: row.name for row in session.execute(query)}


def learner(actor: Person, person_id: int) -> Select[Person]:
    """Select a person, if `actor` looks after that person."""
    return select(Person).where(Person.id == person_id, learners_of(actor))


def sitting_of(actor: Person, sitting_id: int) -> Select[Sitting]:
    """Select a sitting, if `actor` looks after the person who sat."""
    return (
        select(Sitting)
        .join(Sitting.person)
        .where(Sitting.id == sitting_id, learners_of(actor))
        .options(joinedload(Sitting.person))
    )


@dataclass(frozen=True, slots=True)
class UnderWay:
    """One exam under way; `remaining_ms` is None where it is untimed."""

    sitting_id: int
    person_id: int
    person: str
    exam: str
    started_at: datetime
    remaining_ms: int | None
    on_break: bool


def under_way(session: Session, actor: Person, *, now: datetime) -> list[UnderWay]:
    """Return the exams under way, drills left out, those that end first at the top."""
    query = (
        select(Sitting)
        .join(Sitting.person)
        .where(Sitting.state.in_(OPEN), Sitting.plan["kind"].as_string() != PlanKind.DRILL, learners_of(actor))
        .options(joinedload(Sitting.person))
        .order_by(Sitting.deadline, Sitting.id)
        .limit(MOST_UNDER_WAY)
    )
    return [
        UnderWay(
            sitting_id=row.id,
            person_id=row.person_id,
            person=row.person.name,
            exam=row.plan["title"],
            started_at=row.started_at,
            remaining_ms=examclock.remaining_ms(timing_of(row), now),
            on_break=sittings.is_on_break(row, now),
        )
        for row in session.scalars(query)
    ]


def late_count(session: Session, actor: Person) -> int:
    """Return how many sittings have answers that arrived after the close."""
    query = (
        select(func.count(LateSave.sitting_id.distinct()))
        .join(Sitting, LateSave.sitting_id == Sitting.id)
        .join(Sitting.person)
        .where(learners_of(actor))
    )
    return session.scalar(query) or 0


def recent_sittings(session: Session, person_id: int) -> list[Sitting]:
    """Return a person's latest sittings of exams, newest first."""
    query = (
        select(Sitting)
        .where(Sitting.person_id == person_id, Sitting.plan["kind"].as_string() != PlanKind.DRILL)
        .order_by(Sitting.started_at.desc(), Sitting.id.desc())
        .limit(MOST_SITTINGS)
    )
    return list(session.scalars(query))


def exam_titles(session: Session, actor: Person, *, learner_id: int | None = None) -> dict[str, str]:
    """Return the titles of what accommodations can be granted for, by scope: exams, and exams given to classes.

    Classes are those that `actor` looks after; with `learner_id`, only those this person is in.
    """
    exams = {plan.id: plan.title for plan in bundled_plans().plans.values() if plan.kind is not PlanKind.DRILL}
    given = (
        select(Assignment.id, Assignment.title, Classroom.name)
        .join(Classroom, Assignment.classroom_id == Classroom.id)
        .where(Assignment.plan_id.in_(exams))
        .order_by(Assignment.opens_at.desc(), Assignment.id.desc())
    )
    if not actor.may(Action.MANAGE_PEOPLE):
        given = given.where(Classroom.instructor_id == actor.id)
    if learner_id is not None:
        mine = select(Membership.classroom_id).where(Membership.person_id == learner_id)
        given = given.where(Classroom.id.in_(mine))
    return exams | {scope_of(ident): f"{title} ({name})" for ident, title, name in session.execute(given)}
