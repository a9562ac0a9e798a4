"""`coachapp people`: accounts from the command line."""

import json
import secrets
import sys

import click
from sqlalchemy import func, select

from coachapp import clock
from coachapp.accounts.operations import set_password
from coachapp.admin.operations import change_role
from coachapp.cli import Refused
from coachapp.cli.database import open_session
from coachapp.config import load_settings
from coachapp.domain.identity import TextUse, normal_text
from coachapp.domain.permissions import Role
from coachapp.models.people import Person
from coachapp.models.writing import begin_write
from coachapp.web.forms import normal_email
from coachapp.web.passwords import problem_with
from coachapp.web.people import EmailTaken, LastAdmin, add_person, find_by_email
from coachapp.web.twostep import turn_off

ROLES = click.Choice([role.value for role in Role])
GENERATED_BYTES = 15


@click.group()
def people() -> None:
    """Add people, change their role, give a new password, list them."""


@people.command("add")
@click.argument("email")
@click.option("--name", required=True, help="The name as others see it.")
@click.option("--role", type=ROLES, default=Role.STUDENT.value, show_default=True)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of making one.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def add_command(email: str, name: str, role: str, password_stdin: bool, as_json: bool) -> None:
    """Make an account for EMAIL and print its password, once."""
    try:
        email = normal_email(email)
    except ValueError as error:
        raise Refused(f"{email!r} is no email address: {error}") from error
    name = normal_text(name, TextUse.NAME)
    if not 0 < len(name) <= 120:
        raise Refused("--name must have 1 to 120 characters")
    password = _typed_password() if password_stdin else secrets.token_urlsafe(GENERATED_BYTES)
    if problem := problem_with(password, email):
        raise Refused(f"the password cannot be used: {problem}")
    with open_session() as session:
        begin_write(session)
        try:
            add_person(
                session,
                email,
                name=name,
                password=password,
                time_zone=load_settings().time_zone,
                role=Role(role),
                now=clock.now(),
            )
        except EmailTaken as error:
            raise Refused(f"there is already an account with the email {email}") from error
        session.commit()
    made = {"email": email, "name": name, "role": role}
    if not password_stdin:
        made["password"] = password
    click.echo(json.dumps(made, ensure_ascii=False) if as_json else "  ".join(made.values()))


def _typed_password() -> str:
    try:
        return sys.stdin.readline().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise Refused(f"the password cannot be read: it is not in {error.encoding.upper()}") from error


@people.command("role", short_help="Give a person another role.")
@click.argument("email")
@click.argument("role", type=ROLES)
def role_command(email: str, role: str) -> None:
    """Give the person with EMAIL another ROLE: student, instructor or admin."""
    with open_session() as session:
        begin_write(session)
        person = find_by_email(session, email)
        if person is None:
            raise Refused(f"nobody here has the email {email}")
        try:
            change_role(session, person, role=Role(role), actor=None, now=clock.now())
        except LastAdmin as error:
            raise Refused(str(error)) from error
        session.commit()
    click.echo(f"{email} is now {role}", err=True)


@people.command("two-step-off", short_help="Turn two-step sign-in off for a person.")
@click.argument("email")
def two_step_off_command(email: str) -> None:
    """Turn two-step sign-in off for the person with EMAIL, who lost the app and the recovery codes."""
    with open_session() as session:
        begin_write(session)
        person = find_by_email(session, email)
        if person is None:
            raise Refused(f"nobody here has the email {email}")
        if not turn_off(session, person, actor=None, now=clock.now()):
            raise Refused(f"two-step sign-in of {email} is off already")
        session.commit()
    click.echo(f"two-step sign-in of {email} is off", err=True)


@people.command("reset", short_help="Give a person a new password.")
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of making one.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def reset_command(email: str, password_stdin: bool, as_json: bool) -> None:
    """Give the person with EMAIL a new password and print it, once, for an administrator who lost theirs.

    Every sign-in of the person ends, open requests for a new password are closed, and a lock after failed sign-ins is
    forgotten.
    """
    password = _typed_password() if password_stdin else secrets.token_urlsafe(GENERATED_BYTES)
    with open_session() as session:
        begin_write(session)
        person = find_by_email(session, email)
        if person is None:
            raise Refused(f"nobody here has the email {email}")
        if problem := problem_with(password, person.email):
            raise Refused(f"the password cannot be used: {problem}")
        set_password(session, person, password=password, actor=None, now=clock.now())
        session.commit()
        made = {"email": person.email, "name": person.name, "role": person.role.value}
        active = person.is_active
    if not password_stdin:
        made["password"] = password
    click.echo(json.dumps(made, ensure_ascii=False) if as_json else "  ".join(made.values()))
    if not active:
        click.echo("the account is switched off: an administrator can switch it on under Admin, People", err=True)


@people.command("list")
@click.option("--role", type=ROLES, help="Only people with this role.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_command(role: str | None, as_json: bool) -> None:
    """List people by name."""
    query = select(Person).order_by(func.lower(Person.name), Person.id)
    with open_session() as session:
        found = session.scalars(query.where(Person.role == Role(role)) if role else query).all()
        rows = [
            {"email": p.email, "name": p.name, "role": p.role.value, "active": p.is_active, "demo": p.demo}
            for p in found
        ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        remarks = [text for text, shown in (("demo", row["demo"]), ("switched off", not row["active"])) if shown]
        click.echo(
            f"{row['role']:<11} {row['email']:<32} {row['name']}" + (f"  ({', '.join(remarks)})" if remarks else "")
        )
    if not rows:
        click.echo("Nobody yet: coachapp people add EMAIL --name NAME", err=True)
