"""The learners and sittings within the reach of somebody at the exam desk, and what waits for them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, false, func, or_, select, true
from sqlalchemy.orm import Session, joinedload

from coachapp.attempts import sittings
from coachapp.attempts.papers import timing_of
from coachapp.attempts.scopes import class_scope, scope_of, scopes_within
from coachapp.content.plans import bundled_plans
from coachapp.domain import examclock
from coachapp.domain.oversight import Extent, Subject, extent
from coachapp.domain.plans import PlanKind
from coachapp.domain.sittings import OPEN
from coachapp.models.classroom import Assignment, Classroom, Membership
from coachapp.models.people import Person
from coachapp.models.sittings import LateSave, Sitting

ELSEWHERE = "a learner of another class"
EVERYWHERE = ""
"""How forms write the scope of what holds in every exam."""
MOST_UNDER_WAY = 100
MOST_SITTINGS = 20


def classes_of(actor: Person) -> Select[int]:
    """Select the ids of the classes that `actor` teaches."""
    return select(Classroom.id).where(Classroom.instructor_id == actor.id)


def sittings_within_reach(actor: Person, subject: Subject) -> ColumnElement[bool]:
    """Return the condition on Sitting for those that `actor` reaches (domain.oversight): work of their own classes."""
    match extent(actor.role, subject):
        case Extent.ALL:
            return true()
        case Extent.OWN_CLASSES:
            return Sitting.scope.in_(scopes_within(Assignment.classroom_id.in_(classes_of(actor))))
        case Extent.OWN:
            return false()


def learners_of(actor: Person) -> ColumnElement[bool]:
    """Return the condition on Person for the learners that `actor` reaches.

    These are the members of the classes that they teach, and those who left but sat an exam given there.
    """
    match extent(actor.role, Subject.LEARNER):
        case Extent.ALL:
            return true()
        case Extent.OWN_CLASSES:
            members = select(Membership.person_id).where(Membership.classroom_id.in_(classes_of(actor)))
            sat = select(Sitting.person_id).where(sittings_within_reach(actor, Subject.SITTING))
            return or_(Person.id.in_(members), Person.id.in_(sat))
        case Extent.OWN:
            return false()


def names(session: Session, actor: Person, person_ids: Collection[int]) -> dict[int, str]:
    """Return the names of those among some people that `actor` reaches; of others nothing is said."""
    query = select(Person.id, Person.name).where(Person.id.in_(person_ids), learners_of(actor))
    return {row.id: row.name for row in session.execute(query)}


def learner(actor: Person, person_id: int) -> Select[Person]:
    """Select a person, if `actor` reaches them."""
    return select(Person).where(Person.id == person_id, learners_of(actor))


def sitting_of(actor: Person, sitting_id: int, subject: Subject) -> Select[Sitting]:
    """Select a sitting, if `actor` reaches it as `subject`."""
    return (
        select(Sitting)
        .where(Sitting.id == sitting_id, sittings_within_reach(actor, subject))
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
        .where(
            Sitting.state.in_(OPEN),
            Sitting.plan["kind"].as_string() != PlanKind.DRILL,
            sittings_within_reach(actor, Subject.SITTING),
        )
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
        .where(sittings_within_reach(actor, Subject.LATE_ANSWERS))
    )
    return session.scalar(query) or 0


def recent_sittings(session: Session, actor: Person, person_id: int) -> list[Sitting]:
    """Return a person's latest sittings of exams within the reach of `actor`, newest first."""
    query = (
        select(Sitting)
        .where(
            Sitting.person_id == person_id,
            Sitting.plan["kind"].as_string() != PlanKind.DRILL,
            sittings_within_reach(actor, Subject.SITTING),
        )
        .order_by(Sitting.started_at.desc(), Sitting.id.desc())
        .limit(MOST_SITTINGS)
    )
    return list(session.scalars(query))


def exam_titles(session: Session, actor: Person, *, learner_id: int | None = None) -> dict[str, str]:
    """Return the titles of what `actor` may grant accommodations for, by scope.

    For an instructor: every exam of a class that they teach, and each exam given there. For an administrator: every
    exam, an exam plan wherever it is sat, and all classes. With `learner_id`, only the classes that this person is in.
    """
    exams = {plan.id: plan.title for plan in bundled_plans().plans.values() if plan.kind is not PlanKind.DRILL}
    classes = select(Classroom.id, Classroom.name).order_by(Classroom.created_at.desc(), Classroom.id.desc())
    given = (
        select(Assignment.id, Assignment.title, Classroom.name)
        .join(Classroom, Assignment.classroom_id == Classroom.id)
        .where(Assignment.plan_id.in_(exams))
        .order_by(Assignment.opens_at.desc(), Assignment.id.desc())
    )
    reach = extent(actor.role, Subject.ACCOMMODATION)
    if reach is not Extent.ALL:
        classes = classes.where(Classroom.instructor_id == actor.id)
        given = given.where(Classroom.instructor_id == actor.id)
    if learner_id is not None:
        joined = select(Membership.classroom_id).where(Membership.person_id == learner_id)
        classes, given = classes.where(Classroom.id.in_(joined)), given.where(Classroom.id.in_(joined))
    titles = {class_scope(ident): f"Every exam of {name}" for ident, name in session.execute(classes)}
    titles |= {scope_of(ident): f"{title} ({name})" for ident, title, name in session.execute(given)}
    return {EVERYWHERE: "Every exam"} | exams | titles if reach is Extent.ALL else titles
