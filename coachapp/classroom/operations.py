"""Classrooms: opening one, joining by code, leaving. Nothing here commits or knows a request."""

import secrets
import unicodedata
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp.models.audit import AuditAction
from coachapp.models.classroom import Classroom, Membership, RemovedMember
from coachapp.models.people import Person
from coachapp.web.audit import record

# Without letters and digits that are mistaken for one another when read aloud or off a board.
ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 8


class CannotJoin(Exception):
    """The code opens no class; the text says why, for the person who typed it."""


class AskedToJoin(Exception):
    """The person was taken out of the class before and has now asked the instructor to be let in again."""


def normal_code(text: str) -> str:
    """Return a join code as it is stored: capitals, no hyphens or spaces."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).upper() if sign.isalnum())


def shown_code(code: str) -> str:
    """Return a join code as it is read out: ABCD-EFGH."""
    return f"{code[:4]}-{code[4:]}"


def create_classroom(session: Session, instructor: Person, *, name: str, now: datetime) -> Classroom:
    """Open a class with a join code of its own."""
    classroom = Classroom(name=name, instructor_id=instructor.id, join_code=_new_code(), created_at=now)
    session.add(classroom)
    session.flush()
    record(session, instructor, action=AuditAction.CLASS_CREATED, subject=name, now=now)
    return classroom


def _new_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def change_code(session: Session, classroom: Classroom, *, actor: Person, now: datetime) -> None:
    """Give a class another join code; the one before opens nothing any more, and members stay."""
    classroom.join_code = _new_code()
    record(session, actor, action=AuditAction.JOIN_CODE_CHANGED, subject=classroom.name, now=now)


def join(session: Session, person: Person, *, code: str, now: datetime) -> Classroom:
    """Put `person` into the class with `code`; raise CannotJoin.

    Raise AskedToJoin where the person was taken out of the class before: the request is stored for its instructor.
    """
    classroom = session.scalars(select(Classroom).where(Classroom.join_code == normal_code(code))).one_or_none()
    if classroom is None:
        raise CannotJoin("No class has this code. Check it with your instructor.")
    if classroom.closed_at is not None:
        raise CannotJoin(f"{classroom.name} takes no new members. Ask your instructor.")
    if classroom.instructor_id == person.id:
        raise CannotJoin(f"You teach {classroom.name} yourself.")
    known = select(Membership).where(Membership.classroom_id == classroom.id, Membership.person_id == person.id)
    if session.scalars(known).first() is not None:
        raise CannotJoin(f"You are already in {classroom.name}.")
    removed = session.scalars(
        select(RemovedMember).where(RemovedMember.classroom_id == classroom.id, RemovedMember.person_id == person.id)
    ).one_or_none()
    if removed is not None:
        removed.asked_at = removed.asked_at or now
        raise AskedToJoin(f"Your instructor has to let you into {classroom.name} again. The request is on its way.")
    session.add(Membership(classroom_id=classroom.id, person_id=person.id, joined_at=now))
    return classroom


def set_open(session: Session, classroom: Classroom, *, opened: bool, actor: Person, now: datetime) -> None:
    """Let new members in, or no longer; who is in stays in."""
    classroom.closed_at = None if opened else now
    action = AuditAction.CLASS_OPENED if opened else AuditAction.CLASS_CLOSED
    record(session, actor, action=action, subject=classroom.name, now=now)


def remove_member(session: Session, membership: Membership, *, actor: Person, now: datetime) -> None:
    """Take a member out of a class, into which only the instructor lets them again; their work stays theirs."""
    subject = f"{membership.person.email} from {membership.classroom.name}"
    record(session, actor, action=AuditAction.MEMBER_REMOVED, subject=subject, now=now)
    session.add(RemovedMember(classroom_id=membership.classroom_id, person_id=membership.person_id, removed_at=now))
    session.delete(membership)


def readmit(session: Session, classroom: Classroom, removed: RemovedMember, *, actor: Person, now: datetime) -> None:
    """Let somebody who was taken out into the class again."""
    subject = f"{removed.person.email} into {classroom.name}"
    record(session, actor, action=AuditAction.MEMBER_READMITTED, subject=subject, now=now)
    session.add(Membership(classroom_id=classroom.id, person_id=removed.person_id, joined_at=now))
    session.delete(removed)
