"""Decide about keys. Nothing here commits."""

from datetime import datetime

from sqlalchemy.orm import Session

from coachapp.attempts import regrading
from coachapp.models.audit import AuditAction
from coachapp.models.items import Item
from coachapp.models.people import Person
from coachapp.models.regrades import Regrade
from coachapp.web.audit import record


def regrade(session: Session, item: Item, *, actor: Person | None, reason: str, now: datetime) -> Regrade:
    """Decide that work on an item is judged by its current key, and write it to the audit log.

    `actor` None stands for the command line. Raises LookupError for an item without a version.
    """
    row = regrading.accept(session, item, reason=reason, by_id=actor.id if actor else None, now=now)
    detail = {"regrade": row.id, "version": row.to_version.number, "reason": reason}
    record(session, actor, action=AuditAction.ITEM_REGRADED, subject=item.slug, now=now, detail=detail)
    return row
