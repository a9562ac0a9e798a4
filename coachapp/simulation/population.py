"""Make simulated learners in a database and write what they did. Nothing here commits; the command does."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coachapp.attempts.bulk import write_cases, write_sittings
from coachapp.domain.permissions import Role
from coachapp.models.attempts import Attempt
from coachapp.models.classroom import Classroom, Membership
from coachapp.models.people import Person
from coachapp.models.sittings import Sitting
from coachapp.simulation.learners import Learner, learner
from coachapp.simulation.months import Months
from coachapp.simulation.stock import Stock

DOMAIN = "demo.example"
_ADDRESS = "learner-{:04}@" + DOMAIN
# No password has this hash: simulated learners cannot be signed in as.
NO_PASSWORD = "!"  # noqa: S105  (a hash that fits nothing)
DAYS_A_MONTH = 30


@dataclass(frozen=True, slots=True)
class Simulated:
    """One learner whose work is written: how many sittings, cases and graded answers."""

    person_id: int
    sittings: int
    cases: int
    answers: int


def has_simulated(session: Session) -> bool:
    """Say whether simulated learners were made here before."""
    found = select(Person.id).where(Person.email.like(f"learner-%@{DOMAIN}")).limit(1)
    return session.scalar(found) is not None


def real_people(session: Session) -> int:
    """Return how many accounts are not for demonstration."""
    return session.scalar(select(func.count()).select_from(Person).where(Person.demo.is_(False))) or 0


def simulate(
    session: Session, stock: Stock, *, learners: int, months: int, seed: int, until: date, time_zone: str
) -> Iterator[Simulated]:
    """Make learners and their work of the months before `until`, learner by learner, in the order of their numbers.

    Demo students who have not worked yet come first, so that somebody can sign in and look. The same arguments on equal
    databases give the same rows.
    """
    days = months * DAYS_A_MONTH
    start = datetime.combine(until, time.min, tzinfo=UTC) - timedelta(days=days)
    idle = _idle_demo_students(session)
    for number in range(learners):
        who = learner(seed, number, days)
        if number < len(idle):
            # Whoever signs in as one of these wants to see months of work.
            who = diligent(who, days)
            person_id = idle[number]
        else:
            person_id = _make_person(session, number, who, start=start, time_zone=time_zone)
        done = Months(who, stock, person_id=person_id, start=start, seed=seed).run()
        answers = write_sittings(session, done.sittings) + write_cases(session, done.cases)
        yield Simulated(person_id, len(done.sittings), len(done.cases), answers)
    _enroll(session, start)


def diligent(who: Learner, days: int) -> Learner:
    """Return a learner who works from the first day to the last, with drills and cases in every week."""
    return replace(who, first_day=0, last_day=days, drills_per_week=max(2.5, who.drills_per_week), cases_per_week=1.5)


def _idle_demo_students(session: Session) -> list[int]:
    worked = select(Attempt.id).where(Attempt.person_id == Person.id).exists()
    sat = select(Sitting.id).where(Sitting.person_id == Person.id).exists()
    query = select(Person.id).where(Person.demo, Person.role == Role.STUDENT, ~worked, ~sat).order_by(Person.id)
    return list(session.scalars(query))


def _make_person(session: Session, number: int, who: Learner, *, start: datetime, time_zone: str) -> int:
    person = Person(
        email=_ADDRESS.format(number + 1),
        name=who.name,
        role=Role.STUDENT,
        password_hash=NO_PASSWORD,
        time_zone=time_zone,
        demo=True,
        created_at=start + timedelta(days=who.first_day),
    )
    session.add(person)
    session.flush()
    return person.id


def _enroll(session: Session, start: datetime) -> None:
    """Put simulated learners into the first class of a demo instructor, if there is one."""
    query = (
        select(Classroom.id)
        .join(Classroom.instructor)
        .where(Person.demo, Classroom.closed_at.is_(None))
        .order_by(Classroom.id)
    )
    classroom_id = session.scalars(query).first()
    if classroom_id is None:
        return
    members = select(Membership.person_id).where(Membership.classroom_id == classroom_id)
    absent = select(Person.id).where(Person.email.like(f"learner-%@{DOMAIN}"), Person.id.not_in(members))
    for person_id in session.scalars(absent.order_by(Person.id)).all():
        session.add(Membership(classroom_id=classroom_id, person_id=person_id, joined_at=start))
    session.flush()
