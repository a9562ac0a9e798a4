"""Accommodations as the exam desk shows them: by person, and one person's with their history."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, false, or_, select, true
from sqlalchemy.orm import Session, joinedload

from coachapp.attempts import accommodations
from coachapp.attempts.scopes import class_scopes, of_class_work, scopes_within
from coachapp.domain.oversight import Extent, Subject, extent
from coachapp.exams.desk import classes_of, learners_of, recent_sittings
from coachapp.models.classroom import Assignment, Classroom
from coachapp.models.people import Person
from coachapp.models.sittings import AccommodationGrant, Sitting
from coachapp.web.paging import Page, paginate
from coachapp.web.peoplesearch import named_like


def grants_within_reach(actor: Person) -> ColumnElement[bool]:
    """Return the condition on AccommodationGrant for those that `actor` may read, change and end.

    An instructor's are those for exams of the classes that they teach; what holds elsewhere is an administrator's.
    """
    match extent(actor.role, Subject.ACCOMMODATION):
        case Extent.ALL:
            return true()
        case Extent.OWN_CLASSES:
            classes = classes_of(actor)
            return or_(
                AccommodationGrant.scope.in_(scopes_within(Assignment.classroom_id.in_(classes))),
                AccommodationGrant.scope.in_(class_scopes(Classroom.id.in_(classes))),
            )
        case Extent.OWN:
            return false()


def granted_within_reach(
    session: Session, actor: Person, person_ids: Sequence[int]
) -> dict[int, list[AccommodationGrant]]:
    """Return the grants in force that `actor` reaches, by person; people without any are left out."""
    return accommodations.current(session, person_ids, grants_within_reach(actor))


@dataclass(frozen=True, slots=True)
class LearnerRow:
    """One person and what is granted to them now."""

    person: Person
    granted: Sequence[AccommodationGrant]


def learner_list(
    session: Session, actor: Person, *, text: str, everyone: bool, number: int
) -> tuple[Page[Person], list[LearnerRow]]:
    """Return page `number` of the learners by name: those who were ever granted something, or everyone."""
    query = select(Person).where(learners_of(actor)).order_by(Person.name, Person.id)
    if text:
        query = query.where(named_like(text))
    if not everyone:
        query = query.where(Person.id.in_(select(AccommodationGrant.person_id).where(grants_within_reach(actor))))
    page = paginate(session, query, number=number)
    granted = granted_within_reach(session, actor, [row.id for row in page.rows])
    return page, [LearnerRow(row, granted.get(row.id, ())) for row in page.rows]


@dataclass(frozen=True, slots=True)
class LearnerPage:
    """One person: what is granted now, what was before, and their latest sittings of exams.

    All of it within the reach of the reader. `elsewhere`: what an administrator granted for every exam or for an exam
    plan, which holds in the reader's classes too and is not theirs to change. `everything`: the reader is an
    administrator, and nothing is left out.
    """

    person: Person
    granted: Sequence[AccommodationGrant]
    elsewhere: Sequence[AccommodationGrant]
    history: Sequence[AccommodationGrant]
    sittings: Sequence[Sitting]
    everything: bool


def learner_page(session: Session, actor: Person, person: Person) -> LearnerPage:
    """Return one person's accommodations and sittings, as far as `actor` reaches them."""
    history = session.scalars(
        select(AccommodationGrant)
        .where(AccommodationGrant.person_id == person.id, grants_within_reach(actor))
        .options(joinedload(AccommodationGrant.created_by))
        .order_by(AccommodationGrant.id.desc())
    ).all()
    granted = granted_within_reach(session, actor, [person.id]).get(person.id, [])
    reached = {row.id for row in granted}
    in_force = accommodations.current(session, [person.id]).get(person.id, [])
    return LearnerPage(
        person,
        granted=granted,
        elsewhere=[row for row in in_force if row.id not in reached and not of_class_work(row.scope)],
        history=history,
        sittings=recent_sittings(session, actor, person.id),
        everything=extent(actor.role, Subject.SITTING) is Extent.ALL,
    )
