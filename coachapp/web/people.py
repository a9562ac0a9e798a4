"""Finding and making accounts, for every feature and command that does so."""

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from coachapp.domain.identity import TextUse, normal_text
from coachapp.domain.permissions import Role
from coachapp.models.audit import AuditAction
from coachapp.models.people import Person
from coachapp.models.signins import DeviceSignIn
from coachapp.web.audit import record
from coachapp.web.passwords import hash_password


class EmailTaken(Exception):
    """Another account has this address."""


def find_by_email(session: Session, email: str) -> Person | None:
    """Return the person with an address, however it was typed.

    An account that is kept under another form than the normal one, because the normal one belongs to somebody else,
    answers to its own form only.
    """
    normal, typed = normal_text(email, TextUse.ADDRESS), _as_typed(email)
    people = session.scalars(select(Person).where(Person.email.in_({normal, typed}))).all()
    return next((person for person in people if person.email == typed), people[0] if people else None)


def _as_typed(email: str) -> str:
    """Return an address in the form that accounts were kept in before they had a normal one."""
    typed = email.strip().casefold()
    return "" if "\x00" in typed or any("\ud800" <= sign <= "\udfff" for sign in typed) else typed


def add_person(
    session: Session,
    email: str,
    *,
    name: str,
    password: str,
    time_zone: str,
    now: datetime,
    role: Role = Role.STUDENT,
    demo: bool = False,
    actor: Person | None = None,
) -> Person:
    """Make an account for a normalised `email`; raise EmailTaken. Without an actor it is the person's own act."""
    if find_by_email(session, email) is not None:
        raise EmailTaken(email)
    person = Person(
        email=email,
        name=name,
        role=role,
        password_hash=hash_password(password),
        time_zone=time_zone,
        demo=demo,
        created_at=now,
    )
    session.add(person)
    session.flush()
    record(session, actor or person, action=AuditAction.PERSON_ADDED, subject=email, now=now, detail={"role": role})
    return person


def end_sign_ins(session: Session, person: Person) -> None:
    """End every sign-in of `person`, on all devices."""
    person.sign_in_epoch += 1
    session.execute(delete(DeviceSignIn).where(DeviceSignIn.person_id == person.id))


class LastAdmin(Exception):
    """The act would leave the site without an administrator who can sign in."""


def keep_an_admin(session: Session, person: Person) -> None:
    """Raise LastAdmin if nobody but `person` could administer the site."""
    if person.role is not Role.ADMIN or not person.is_active:
        return
    others = select(func.count()).where(Person.role == Role.ADMIN, Person.disabled_at.is_(None), Person.id != person.id)
    if not session.scalar(others):
        raise LastAdmin(f"{person.name} is the only administrator. Make somebody else one first.")
