"""What the pages about classes show."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from coachapp.classroom.operations import shown_code
from coachapp.models.classroom import Classroom, Membership, RemovedMember
from coachapp.models.people import Person


@dataclass(frozen=True)
class ClassSummary:
    """One class in an instructor's list."""

    id: int
    name: str
    code: str
    members: int
    closed: bool


def memberships_of(session: Session, person: Person) -> Sequence[Membership]:
    """Return the classes a person is in, with their instructors, newest first."""
    query = (
        select(Membership)
        .where(Membership.person_id == person.id)
        .options(joinedload(Membership.classroom).joinedload(Classroom.instructor))
        .order_by(Membership.joined_at.desc())
    )
    return session.scalars(query).all()


def classes_of(session: Session, instructor: Person) -> list[ClassSummary]:
    """Return an instructor's classes with the number of members, newest first."""
    members = func.count(Membership.id)
    query = (
        select(Classroom, members)
        .outerjoin(Membership)
        .where(Classroom.instructor_id == instructor.id)
        .group_by(Classroom.id)
        .order_by(Classroom.created_at.desc())
    )
    return [
        ClassSummary(
            id=row.id, name=row.name, code=shown_code(row.join_code), members=count, closed=row.closed_at is not None
        )
        for row, count in session.execute(query)
    ]


def members_of(session: Session, classroom: Classroom) -> Sequence[Membership]:
    """Return who is in a class, by name."""
    query = (
        select(Membership)
        .join(Membership.person)
        .where(Membership.classroom_id == classroom.id)
        .options(contains_eager(Membership.person))
        .order_by(Person.name, Person.id)
    )
    return session.scalars(query).all()


def removed_from(session: Session, classroom: Classroom) -> Sequence[RemovedMember]:
    """Return who was taken out of a class: those who ask to come back first, then by name."""
    query = (
        select(RemovedMember)
        .join(RemovedMember.person)
        .where(RemovedMember.classroom_id == classroom.id)
        .options(contains_eager(RemovedMember.person))
        .order_by(RemovedMember.asked_at.is_(None), Person.name, Person.id)
    )
    return session.scalars(query).all()
