"""Where learners stand: reckoned when grades arrive, read by pages; only coachapp.attempts writes here."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from coachapp.models.base import EnumText, Model


class StandingKind(StrEnum):
    """What a standing is about. The key of `readiness` is the id of the exam plan it is for, of `overview` empty."""

    SECTION = "section"
    CONCEPT = "concept"
    READINESS = "readiness"
    OVERVIEW = "overview"


class Standing(Model):
    """A learner's mastery of one section or concept, her readiness for one exam, or the overview of all her answers.

    Mastery: `mean`, `low` and `high` of the posterior; `right_weight` and `wrong_weight`: the evidence, weighed by age;
    `answers`: how many answers count. Readiness: `mean` is the probability of passing, `low` and `high` its range, all
    None while there are too few answers; the weights are those of all sections together; `detail` holds `ability`
    (None likewise), `moves` (section, more_right, gain; the greatest gain first), and `practice` and `exam`: right and
    wrong weights by where they were earned. Overview: mastery of all questions together; `detail` holds what
    coachapp.domain.overview writes. `detail["seen"]` tells whether the same reviews are in force as when the
    row was reckoned.
    """

    __tablename__ = "standing"
    __table_args__ = (Index("ix_standing_kind_key", "kind", "key"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[StandingKind] = mapped_column(EnumText(StandingKind, 16), primary_key=True)
    key: Mapped[str] = mapped_column(String(96), primary_key=True)
    mean: Mapped[float | None] = mapped_column(default=None)
    low: Mapped[float | None] = mapped_column(default=None)
    high: Mapped[float | None] = mapped_column(default=None)
    right_weight: Mapped[float]
    wrong_weight: Mapped[float]
    answers: Mapped[int]
    detail: Mapped[dict[str, Any]]
    computed_at: Mapped[datetime]


class ProgressState(Model):
    """When a learner's standing and memory were last reckoned, and from when on they must be again (None: no need)."""

    __tablename__ = "progress_state"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    computed_at: Mapped[datetime | None] = mapped_column(default=None)
    refresh_at: Mapped[datetime | None] = mapped_column(default=None, index=True)


class PriorSnapshot(Model):
    """What all learners were like at a moment; the latest row counts.

    `sections`: the mean rate of the learners with evidence, by section, where there are enough of them. `population`:
    `mean`, `sd` and `harder` as coachapp.domain.readiness has them. `learners`: how many had any evidence.
    """

    __tablename__ = "prior_snapshot"

    id: Mapped[int] = mapped_column(primary_key=True)
    computed_at: Mapped[datetime] = mapped_column(index=True)
    learners: Mapped[int]
    sections: Mapped[dict[str, Any]]
    population: Mapped[dict[str, Any]]
