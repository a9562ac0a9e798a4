"""Attempts, steps and grades. Steps and grades are append-only; only coachapp.attempts.engine writes here."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coachapp.models.base import EnumText, Model
from coachapp.models.items import Item, ItemVersion
from coachapp.models.regrades import Regrade


class AttemptState(StrEnum):
    """`open`: being worked on; `graded`: handed in and judged; `abandoned`: given up for a new try."""

    OPEN = "open"
    GRADED = "graded"
    ABANDONED = "abandoned"


class StepKind(StrEnum):
    """What happened. `stale`: a draft that lost the race with another tab, kept beside the accepted one."""

    SAVE = "save"
    SUBMIT = "submit"
    STALE = "stale"


class Attempt(Model):
    """One person's work on one item version.

    `draft_seq`: seq of the last accepted save or submit (0: none); a new save must name it. `last_seq`: the highest
    seq used. A person has at most one open attempt per item outside of sittings. An attempt in a sitting belongs to one
    `slot` of its paper (counted from 1); while it is open, saves append steps only and leave this row as it is.
    """

    __tablename__ = "attempt"
    __table_args__ = (
        Index("ix_attempt_person_started", "person_id", "started_at"),
        Index(
            "uq_attempt_open",
            "person_id",
            "item_id",
            unique=True,
            sqlite_where=text("state = 'open' AND sitting_id IS NULL"),
            postgresql_where=text("state = 'open' AND sitting_id IS NULL"),
        ),
        UniqueConstraint("sitting_id", "slot"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    item_version_id: Mapped[int] = mapped_column(ForeignKey("item_version.id"), index=True)
    state: Mapped[AttemptState] = mapped_column(EnumText(AttemptState), default=AttemptState.OPEN)
    draft_seq: Mapped[int] = mapped_column(default=0)
    last_seq: Mapped[int] = mapped_column(default=0)
    active_ms: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None] = mapped_column(default=None)
    sitting_id: Mapped[int | None] = mapped_column(ForeignKey("sitting.id"), default=None)
    slot: Mapped[int | None] = mapped_column(default=None)

    item: Mapped[Item] = relationship()
    item_version: Mapped[ItemVersion] = relationship()
    steps: Mapped[list["Step"]] = relationship(back_populates="attempt", order_by="Step.seq")
    grades: Mapped[list["Grade"]] = relationship(back_populates="attempt", order_by="Grade.id")


class Step(Model):
    """One append-only event. `payload` is the form's raw rows, so that a draft comes back exactly as typed."""

    __tablename__ = "step"
    __table_args__ = (UniqueConstraint("attempt_id", "seq"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    seq: Mapped[int]
    kind: Mapped[StepKind] = mapped_column(EnumText(StepKind))
    payload: Mapped[dict[str, Any]]
    at: Mapped[datetime]

    attempt: Mapped[Attempt] = relationship(back_populates="steps")


class Grade(Model):
    """One append-only judgement of an attempt's submitted claim. The latest by id counts.

    `score` is the Coachapp score, 0 to 1; `result` the whole Result as JSON; `policy` the name of its weights.
    `regrade`: the decision that the attempt was judged again for; None for the first judgement.
    """

    __tablename__ = "grade"

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), index=True)
    step_id: Mapped[int] = mapped_column(ForeignKey("step.id"))
    item_version_id: Mapped[int] = mapped_column(ForeignKey("item_version.id"), index=True)
    regrade_id: Mapped[int | None] = mapped_column(ForeignKey("regrade.id"), default=None, index=True)
    policy: Mapped[str] = mapped_column(String(80))
    score: Mapped[float | None] = mapped_column(default=None)
    result: Mapped[dict[str, Any]]
    at: Mapped[datetime]

    attempt: Mapped[Attempt] = relationship(back_populates="grades")
    item_version: Mapped[ItemVersion] = relationship()
    regrade: Mapped[Regrade | None] = relationship()
