"""Give work to a class, change its dates, take it back. Nothing here commits or knows a request."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp.attempts import accommodations
from coachapp.attempts.assigned import Plans, dates_of, work_of
from coachapp.attempts.scopes import scope_of
from coachapp.domain.assignments import Dates, state_of
from coachapp.models.classroom import Assignment, Classroom, Membership


@dataclass(frozen=True, slots=True)
class Chosen:
    """What one assignment asks for: an item, or a plan."""

    title: str
    item_id: int | None = None
    plan_id: str | None = None


class WouldNotCount(Exception):
    """A later opening would take from `people` what they have handed in before it."""

    def __init__(self, people: int) -> None:
        """Keep how many there are."""
        super().__init__(f"{people} handed in before")
        self.people = people


def give(
    session: Session,
    classroom: Classroom,
    *,
    works: Iterable[Chosen],
    instructions: str,
    dates: Dates,
    zone: str,
    now: datetime,
) -> list[Assignment]:
    """Give each of some works to a class with the same dates, and return what was made.

    What was given with these very dates a moment ago is not given twice: somebody pressed the button again.
    """
    lately = select(Assignment).where(
        Assignment.classroom_id == classroom.id, Assignment.created_at >= now - timedelta(minutes=1)
    )
    known = {(Chosen(one.title, one.item_id, one.plan_id), dates_of(one)) for one in session.scalars(lately)}
    made = [
        Assignment(
            classroom_id=classroom.id,
            title=one.title,
            instructions=instructions,
            item_id=one.item_id,
            plan_id=one.plan_id,
            opens_at=dates.opens_at,
            due_at=dates.due_at,
            closes_at=dates.closes_at,
            zone=zone,
            created_at=now,
        )
        for one in works
        if (one, dates) not in known
    ]
    session.add_all(made)
    session.flush()
    return made


def change(
    session: Session,
    assignment: Assignment,
    *,
    title: str,
    instructions: str,
    dates: Dates,
    zone: str,
    plans: Plans,
    now: datetime,
) -> None:
    """Change words and dates of an assignment; exams under way run on to a later close, and never end earlier.

    Raises WouldNotCount where the new opening comes after work that has been handed in.
    """
    before = _handed_in(session, assignment, plans=plans)
    assignment.title, assignment.instructions, assignment.zone = title, instructions, zone
    assignment.opens_at, assignment.due_at, assignment.closes_at = dates.opens_at, dates.due_at, dates.closes_at
    if lost := before - _handed_in(session, assignment, plans=plans):
        session.expire(assignment)  # as it was before
        raise WouldNotCount(len(lost))
    session.flush()
    accommodations.move_close(session, scope=scope_of(assignment.id), closes_at=dates.closes_at, now=now)


def _handed_in(session: Session, assignment: Assignment, *, plans: Plans) -> set[int]:
    """Return the ids of the members who have handed in."""
    with session.no_autoflush:
        query = select(Membership.person_id).where(Membership.classroom_id == assignment.classroom_id)
        work = work_of(session, [assignment], session.scalars(query).all(), plans=plans)
    dates = dates_of(assignment)
    return {person_id for (_, person_id), done in work.items() if state_of(dates, done).handed_in}


def take_back(session: Session, assignment: Assignment) -> None:
    """Delete an assignment; what students did stays theirs, and an exam under way goes on to its end."""
    session.delete(assignment)
