"""What an administrator does to accounts. Nothing here commits or knows a request."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from coachapp.domain.permissions import Role
from coachapp.models.audit import AuditAction
from coachapp.models.people import Person, ResetRequest
from coachapp.web.audit import record
from coachapp.web.people import end_sign_ins, keep_an_admin


def change_role(session: Session, person: Person, *, role: Role, actor: Person | None, now: datetime) -> None:
    """Give `person` another role; raise LastAdmin."""
    if role is person.role:
        return
    keep_an_admin(session, person)
    detail = {"from": person.role, "to": role}
    record(session, actor, action=AuditAction.ROLE_CHANGED, subject=person.email, now=now, detail=detail)
    person.role = role


def set_enabled(session: Session, person: Person, *, enabled: bool, actor: Person | None, now: datetime) -> None:
    """Switch an account off, which ends its sign-ins, or on again; raise LastAdmin."""
    if enabled is person.is_active:
        return
    if not enabled:
        keep_an_admin(session, person)
        end_sign_ins(session, person)
    person.disabled_at = None if enabled else now
    action = AuditAction.PERSON_ENABLED if enabled else AuditAction.PERSON_DISABLED
    record(session, actor, action=action, subject=person.email, now=now)


def issue_reset_link(session: Session, person: Person, *, actor: Person, now: datetime) -> None:
    """Note that a link for a new password is handed out, and close the requests it answers."""
    session.execute(
        update(ResetRequest)
        .where(ResetRequest.person_id == person.id, ResetRequest.closed_at.is_(None))
        .values(closed_at=now)
    )
    record(session, actor, action=AuditAction.RESET_LINK_ISSUED, subject=person.email, now=now)
