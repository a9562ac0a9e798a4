"""Demo people and a demo class: sign-ins with generated passwords that work on the server's own machine only."""

import json
import os
import secrets
import string
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp.classroom.operations import create_classroom, join
from coachapp.cli import Refused
from coachapp.config import Settings
from coachapp.domain.permissions import Role
from coachapp.models.classroom import Classroom, Membership
from coachapp.models.people import Person
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
    members = set(session.scalars(select(Membership.person_id).where(Membership.classroom_id == classroom.id)))
    for person in people:
        if person.role is Role.STUDENT and person.id not in members and classroom.closed_at is None:
            join(session, person, code=classroom.join_code, now=now)


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
