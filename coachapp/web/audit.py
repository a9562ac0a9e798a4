"""The one way to write into the audit log."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session, scoped_session

from coachapp.models.audit import AuditAction, AuditEntry
from coachapp.models.people import Person


def record(
    session: Session | scoped_session[Session],
    actor: Person | None,
    *,
    action: AuditAction,
    subject: str,
    now: datetime,
    detail: dict[str, Any] | None = None,
) -> None:
    """Add an entry; no actor stands for the command line. `subject` is cut to what the column holds."""
    entry = AuditEntry(
        at=now, actor_id=actor.id if actor else None, action=action, subject=subject[:300], detail=detail or {}
    )
    session.add(entry)
