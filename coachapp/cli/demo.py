"""Demo people and a demo class: sign-ins with generated passwords that work on the server's own machine only."""

import json
import os
import secrets
import string
from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp.classroom.giving import Chosen, give
from coachapp.classroom.operations import create_classroom, join
from coachapp.cli import Refused
from coachapp.config import Settings
from coachapp.content.plans import bundled_plans
from coachapp.domain.assignments import Dates
from coachapp.domain.examclock import class_instant
from coachapp.domain.permissions import Role
from coachapp.domain.plans import PlanKind
from coachapp.models.classroom import Classroom, Membership
from coachapp.models.people import Person
from coachapp.practice.queries import sample_item
from coachapp.web.passwords import hash_password, verify
from coachapp.web.people import add_person, find_by_email

FILE = "demo_sign_ins.json"
CLASS_NAME = "Demo class"
PEOPLE = (
    (Role.ADMIN, "Avery Admin", "admin@demo.example"),
    (Role.INSTRUCTOR, "Indira Instructor", "instructor@demo.example"),
    (Role.STUDENT, "Sam Student", "student@demo.example"),
    (Role.STUDENT, "Sofia Student", "student2@demo.example"),
    (Role.STUDENT, "Simon Student", "student3@demo.example"),
)


@dataclass(frozen=True)
class DemoSignIn:
    """What to type to sign in as a demo person."""

    role: str
    email: str
    password: str


def make_demo(session: Session, settings: Settings, now: datetime) -> bool:
    """Make what is missing of the demo people and their class; say whether a sign-in is new. Does not commit."""
    known = {one.email: one for one in read_demo(settings.data)}
    sign_ins, people, new = [], [], False
    for role, name, email in PEOPLE:
        one = known.get(email) or DemoSignIn(role=role, email=email, password=_new_password())
        person = find_by_email(session, email)
        if person is None:
            person = add_person(
                session,
                email,
                name=name,
                password=one.password,
                time_zone=settings.time_zone,
                role=role,
                demo=True,
                now=now,
            )
            new = True
        elif not verify(person.password_hash, one.password):
            person.password_hash = hash_password(one.password)
            new = True
        sign_ins.append(one)
        people.append(person)
    _make_class(session, people, now)
    write_demo(settings.data, sign_ins)
    return new


def _make_class(session: Session, people: list[Person], now: datetime) -> None:
    instructor = next(person for person in people if person.role is Role.INSTRUCTOR)
    classroom = session.scalars(select(Classroom).where(Classroom.instructor_id == instructor.id)).first()
    if classroom is None:
        classroom = create_classroom(session, instructor, name=CLASS_NAME, now=now)
        _give_work(session, classroom, zone=instructor.time_zone, now=now)
    members = set(session.scalars(select(Membership.person_id).where(Membership.classroom_id == classroom.id)))
    for person in people:
        if person.role is Role.STUDENT and person.id not in members and classroom.closed_at is None:
            join(session, person, code=classroom.join_code, now=now)


def _give_work(session: Session, classroom: Classroom, *, zone: str, now: datetime) -> None:
    """Give a new demo class a case, a drill and an exam, so that assignments are seen from both sides."""
    plans = list(bundled_plans().plans.values())
    case = sample_item(session, cpt=False)
    drill = next((plan for plan in plans if plan.kind is PlanKind.DRILL), None)
    exam = min((plan for plan in plans if plan.kind is not PlanKind.DRILL), key=lambda plan: plan.total, default=None)

    def end_of_day(days: int) -> datetime:
        day = now.astimezone(ZoneInfo(zone)).date() + timedelta(days=days)
        return class_instant(datetime.combine(day, time(23, 59)), ZoneInfo(zone), closing=True)

    opens = now.replace(second=0, microsecond=0)
    given: list[tuple[Chosen, str, Dates]] = []
    if case is not None:
        words = "Read the whole chart before you choose a code."
        given.append((Chosen(case.title, item_id=case.id), words, Dates(opens, due_at=end_of_day(3))))
    if drill is not None:
        given.append((Chosen(drill.title, plan_id=drill.id), "", Dates(opens, due_at=end_of_day(6))))
    if exam is not None:
        words = "Keep the time free. It can be started until the close."
        dates = Dates(opens, due_at=end_of_day(14), closes_at=end_of_day(16))
        given.append((Chosen(exam.title, plan_id=exam.id), words, dates))
    for chosen, words, dates in given:
        give(session, classroom, works=[chosen], instructions=words, dates=dates, zone=zone, now=now)


def _new_password() -> str:
    groups = ("".join(secrets.choice(string.ascii_lowercase) for _ in range(4)) for _ in range(3))
    return "-".join(groups)


def write_demo(data: Path, sign_ins: list[DemoSignIn]) -> None:
    """Keep the sign-ins in the data folder, readable by its owner only."""
    handle = os.open(data / FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), 0o600)
        json.dump([asdict(one) for one in sign_ins], file, indent=2)


def read_demo(data: Path) -> list[DemoSignIn]:
    """Return the demo sign-ins kept in the data folder, none if there are none; raise Refused if they are garbled."""
    path = data / FILE
    try:
        return [DemoSignIn(**one) for one in json.loads(path.read_text(encoding="utf-8"))]
    except FileNotFoundError:
        return []
    except (ValueError, TypeError) as error:
        raise Refused(f"{path} is garbled: delete it and run `coachapp init --demo`") from error


def show_demo(data: Path) -> None:
    """Print the demo sign-ins kept in the data folder, if there are any."""
    if sign_ins := read_demo(data):
        click.echo("Demo sign-ins (they work on this machine only):")
        for one in sign_ins:
            click.echo(f"  {one.role:<11} {one.email:<24} {one.password}")
