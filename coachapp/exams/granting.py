"""Accommodations as the exam desk shows them: by person, and one person's with their history."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from coachapp.attempts import accommodations
from coachapp.exams.desk import learners_of, recent_sittings
from coachapp.models.people import Person
from coachapp.models.sittings import AccommodationGrant, Sitting
from coachapp.web.paging import Page, paginate


@dataclass(frozen=True, slots=True)
class LearnerRow:
    """One person and what is granted to her now."""

    person: Person
    granted: Sequence[AccommodationGrant]


def learner_list(
    session: Session, actor: Person, *, text: str, everyone: bool, number: int
) -> tuple[Page[Person], list[LearnerRow]]:
    """Return page `number` of the learners by name: those who were ever granted something, or everyone."""
    query = select(Person).where(learners_of(actor)).order_by(Person.name, Person.id)
    if text:
        query = query.where(
            or_(Person.name.icontains(text, autoescape=True), Person.email.icontains(text, autoescape=True))
        )
    if not everyone:
        query = query.where(Person.id.in_(select(AccommodationGrant.person_id)))
    page = paginate(session, query, number=number)
    granted = accommodations.current(session, [row.id for row in page.rows])
    return page, [LearnerRow(row, granted.get(row.id, ())) for row in page.rows]


@dataclass(frozen=True, slots=True)
class LearnerPage:
    """One person: what is granted now, what was before, and her latest sittings of exams."""

    person: Person
    granted: Sequence[AccommodationGrant]
    history: Sequence[AccommodationGrant]
    sittings: Sequence[Sitting]


def learner_page(session: Session, person: Person) -> LearnerPage:
    """Return one person's accommodations and sittings."""
    history = session.scalars(
        select(AccommodationGrant)
        .where(AccommodationGrant.person_id == person.id)
        .options(joinedload(AccommodationGrant.created_by))
        .order_by(AccommodationGrant.id.desc())
    ).all()
    granted = accommodations.current(session, [person.id]).get(person.id, [])
    return LearnerPage(person, granted, history, recent_sittings(session, person.id))
