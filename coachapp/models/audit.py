"""What was done to accounts and classes, by whom and when; rows are only ever added."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coachapp.models.base import EnumText, Model
from coachapp.models.people import Person


class AuditAction(StrEnum):
    """The kinds of entry."""

    PERSON_ADDED = "person_added"
    ROLE_CHANGED = "role_changed"
    PERSON_DISABLED = "person_disabled"
    PERSON_ENABLED = "person_enabled"
    SIGNED_OUT_EVERYWHERE = "signed_out_everywhere"
    PERSON_DELETED = "person_deleted"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  (a kind of entry)
    TWO_STEP_ON = "two_step_on"
    TWO_STEP_OFF = "two_step_off"
    RECOVERY_CODES_MADE = "recovery_codes_made"
    RESET_LINK_ISSUED = "reset_link_issued"
    CLASS_CREATED = "class_created"
    CLASS_CLOSED = "class_closed"
    CLASS_OPENED = "class_opened"
    MEMBER_REMOVED = "member_removed"
    MEMBER_READMITTED = "member_readmitted"
    JOIN_CODE_CHANGED = "join_code_changed"
    SITTING_VOIDED = "sitting_voided"
    ITEM_REGRADED = "item_regraded"


class AuditEntry(Model):
    """One act. `actor` is empty for the command line; `subject` says on whom or what, in words a reader knows."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_at", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), default=None, index=True)
    action: Mapped[AuditAction] = mapped_column(EnumText(AuditAction))
    subject: Mapped[str] = mapped_column(String(300))
    detail: Mapped[dict[str, Any]]

    actor: Mapped[Person | None] = relationship()
