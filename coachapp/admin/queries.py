"""What the administrator's pages show."""

from collections.abc import Sequence

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from coachapp.domain.permissions import Role
from coachapp.models.audit import AuditEntry
from coachapp.models.items import Item
from coachapp.models.people import Person, ResetRequest
from coachapp.web.peoplesearch import named_like


def open_resets(session: Session) -> Sequence[ResetRequest]:
    """Return the requests for a new password nobody has dealt with, oldest first."""
    query = (
        select(ResetRequest)
        .join(ResetRequest.person)
        .where(ResetRequest.closed_at.is_(None), Person.disabled_at.is_(None))
        .options(contains_eager(ResetRequest.person))
        .order_by(ResetRequest.requested_at)
        .limit(200)
    )
    return session.scalars(query).all()


def people_matching(text: str, role: Role | None) -> Select[Person]:
    """Return the query for people whose name or address holds `text`, by name."""
    query = select(Person).order_by(func.lower(Person.name), Person.id)
    if text:
        query = query.where(named_like(text))
    return query.where(Person.role == role) if role else query


def audit_entries() -> Select[AuditEntry]:
    """Return the query for the audit log, newest first."""
    return select(AuditEntry).options(joinedload(AuditEntry.actor)).order_by(AuditEntry.at.desc(), AuditEntry.id.desc())


def counts(session: Session) -> dict[str, int]:
    """Return how many people have each role, and how many items are in use, by kind."""
    people = session.execute(select(Person.role, func.count()).group_by(Person.role)).all()
    items = session.execute(select(Item.kind, func.count()).where(Item.retired_at.is_(None)).group_by(Item.kind)).all()
    return {str(what): number for what, number in (*people, *items)}
