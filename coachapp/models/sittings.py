"""Sittings of exams and drills, and what belongs to them; coachapp.attempts writes sittings, nobody else."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coachapp.domain.sittings import CloseReason, Ruling, SittingState
from coachapp.models.base import EnumText, Model
from coachapp.models.items import ItemVersion
from coachapp.models.people import Person

_OPEN = text("state IN ('running', 'on_break')")


class Sitting(Model):
    """One person's run through a paper. A person has at most one open sitting in each scope.

    `scope`: the plan's id, or the assignment that the exam was given as. `plan` and `paper` are pinned as they were at
    the start: the plan's fields; and one entry a question: item, item_id, version_id, section, options, scored.
    `minutes` is M, what this person has; `window_closes_at` the close for everybody and `closes_at` the personal one.
    `deadline` is the latest moment the time can run to, which the sweep looks at; the exact one is computed.
    `position`: the furthest question opened, for plans that do not let one return. `right_count`, `scored_count` and
    `passed` are written when the sitting is graded and again when a question is ruled upon.
    """

    __tablename__ = "sitting"
    __table_args__ = (
        Index("ix_sitting_state_deadline", "state", "deadline"),
        Index("ix_sitting_person_started", "person_id", "started_at"),
        Index("uq_sitting_open", "person_id", "scope", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    plan_id: Mapped[str] = mapped_column(String(96))
    scope: Mapped[str] = mapped_column(String(120))
    plan: Mapped[dict[str, Any]]
    paper: Mapped[list[Any]]
    seed: Mapped[int]
    state: Mapped[SittingState] = mapped_column(EnumText(SittingState), default=SittingState.RUNNING)
    position: Mapped[int] = mapped_column(default=1)
    started_at: Mapped[datetime]
    minutes: Mapped[int | None] = mapped_column(default=None)
    window_closes_at: Mapped[datetime | None] = mapped_column(default=None)
    closes_at: Mapped[datetime | None] = mapped_column(default=None)
    break_allowance_ms: Mapped[int] = mapped_column(default=0)
    break_used_ms: Mapped[int] = mapped_column(default=0)
    break_began_at: Mapped[datetime | None] = mapped_column(default=None)
    deadline: Mapped[datetime | None] = mapped_column(default=None)
    closed_at: Mapped[datetime | None] = mapped_column(default=None)
    close_reason: Mapped[CloseReason | None] = mapped_column(EnumText(CloseReason), default=None)
    graded_at: Mapped[datetime | None] = mapped_column(default=None)
    right_count: Mapped[int | None] = mapped_column(default=None)
    scored_count: Mapped[int | None] = mapped_column(default=None)
    passed: Mapped[bool | None] = mapped_column(default=None)

    person: Mapped[Person] = relationship()


class LateSave(Model):
    """An answer that arrived after its sitting was closed: kept for the instructor, never graded."""

    __tablename__ = "late_save"

    id: Mapped[int] = mapped_column(primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id", ondelete="CASCADE"), index=True)
    slot: Mapped[int]
    payload: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class AccommodationGrant(Model):
    """What a person is granted, everywhere or in one scope, where it replaces field by field; the latest row counts.

    `factor` is a decimal as text, the other values are minutes; None leaves a field as it is elsewhere.
    """

    __tablename__ = "accommodation_grant"
    __table_args__ = (Index("ix_accommodation_grant_person_scope", "person_id", "scope"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    scope: Mapped[str | None] = mapped_column(String(120), default=None)
    factor: Mapped[str | None] = mapped_column(String(8), default=None)
    extra: Mapped[int | None] = mapped_column(default=None)
    breaks: Mapped[int | None] = mapped_column(default=None)
    extension: Mapped[int | None] = mapped_column(default=None)
    reason: Mapped[str] = mapped_column(String(500))
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), default=None)
    created_at: Mapped[datetime]

    created_by: Mapped[Person | None] = relationship(foreign_keys=[created_by_id])

    @property
    def ends(self) -> bool:
        """Say whether this row ends what was granted before it in its scope."""
        return (self.factor, self.extra, self.breaks, self.extension) == (None, None, None, None)


class ItemRuling(Model):
    """What becomes of a question whose key proved wrong, or was doubted; the latest row of a version counts.

    It settles the problems reported with that version up to then.
    """

    __tablename__ = "item_ruling"

    id: Mapped[int] = mapped_column(primary_key=True)
    item_version_id: Mapped[int] = mapped_column(ForeignKey("item_version.id"), index=True)
    ruling: Mapped[Ruling] = mapped_column(EnumText(Ruling))
    reason: Mapped[str] = mapped_column(String(500))
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), default=None)
    created_at: Mapped[datetime]

    item_version: Mapped[ItemVersion] = relationship()
    created_by: Mapped[Person | None] = relationship()


class ProblemReport(Model):
    """What a candidate found wrong with a question, written without leaving it; one a person and question version."""

    __tablename__ = "problem_report"
    __table_args__ = (UniqueConstraint("person_id", "item_version_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    item_version_id: Mapped[int] = mapped_column(ForeignKey("item_version.id"), index=True)
    text: Mapped[str] = mapped_column(String(2000))
    at: Mapped[datetime]

    person: Mapped[Person] = relationship()
    item_version: Mapped[ItemVersion] = relationship()
