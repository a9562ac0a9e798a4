"""Leaving the site: what goes, what stays, and who takes over. Nothing here commits or knows a request."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coachapp.attempts import erasing
from coachapp.domain.permissions import Role
from coachapp.domain.sittings import OPEN
from coachapp.models.attempts import Attempt
from coachapp.models.audit import AuditAction
from coachapp.models.classroom import Classroom, Membership
from coachapp.models.people import Person
from coachapp.models.sittings import Sitting
from coachapp.web import throttle
from coachapp.web.audit import record
from coachapp.web.people import LastAdmin, keep_an_admin


@dataclass(frozen=True, slots=True)
class Leaving:
    """What deleting an account does. `refused`: why it cannot be done; `heir`: who takes over the classes taught."""

    attempts: int
    sittings: int
    running: Sequence[str]
    classes: Sequence[str]
    taught: Sequence[str]
    heir: str | None
    refused: str | None


def what_leaving_does(session: Session, person: Person) -> Leaving:
    """Return what deleting the account of `person` would do, for the page that asks."""
    counts = {
        model: session.scalar(select(func.count()).select_from(model).where(model.person_id == person.id)) or 0
        for model in (Attempt, Sitting)
    }
    titles = select(Sitting.plan["title"].as_string()).where(Sitting.person_id == person.id, Sitting.state.in_(OPEN))
    joined = select(Classroom.name).join(Membership).where(Membership.person_id == person.id).order_by(Classroom.name)
    taught = session.scalars(
        select(Classroom.name).where(Classroom.instructor_id == person.id).order_by(Classroom.name)
    ).all()
    heir = _heir(session, person)
    refused = None
    try:
        keep_an_admin(session, person)
    except LastAdmin as error:
        refused = str(error)
    if refused is None and taught and heir is None:
        refused = "You teach classes, and there is no administrator who could take them over."
    return Leaving(
        attempts=counts[Attempt],
        sittings=counts[Sitting],
        running=session.scalars(titles).all(),
        classes=session.scalars(joined).all(),
        taught=taught,
        heir=heir.name if heir else None,
        refused=refused,
    )


def _heir(session: Session, person: Person) -> Person | None:
    """Return the administrator who has been here longest, other than `person`."""
    return session.scalars(
        select(Person)
        .where(Person.role == Role.ADMIN, Person.disabled_at.is_(None), Person.id != person.id)
        .order_by(Person.id)
        .limit(1)
    ).first()


def delete_account(session: Session, person: Person, *, now: datetime) -> None:
    """Delete a person with all that is hers; raise LastAdmin, or NobodyToTakeOver where classes need an heir."""
    keep_an_admin(session, person)
    heir = _heir(session, person)
    throttle.forget_account(session, person.email)
    role = person.role
    session.flush()
    erasing.erase(session, person, heir_id=heir.id if heir else None)
    record(session, None, action=AuditAction.PERSON_DELETED, subject=erasing.GONE, now=now, detail={"role": role})
    session.flush()
