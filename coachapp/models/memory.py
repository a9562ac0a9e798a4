"""What a learner's graded answers say of each concept, and the memory kept of it; only coachapp.attempts writes here.

Reviews are append-only. A memory is nothing but the replay of the reviews in force, so it can always be made anew.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coachapp.domain.scheduling import MemoryPhase, Rating
from coachapp.models.base import EnumText, Model
from coachapp.models.items import Concept


class MemoryReview(Model):
    """What one grade says of one concept: the evidence of mastery and the rating of the memory.

    In force is what belongs to the latest grade of its attempt. `score`: 0 to 1; `helped`: given with a hint;
    `sure`: how sure the learner said she was, None where nobody asked; `reviewed_at`: when she answered. The concept is
    named as the item names it, also where it has no entry.
    """

    __tablename__ = "memory_review"
    __table_args__ = (
        UniqueConstraint("grade_id", "concept_slug"),
        Index("ix_memory_review_person_concept", "person_id", "concept_slug", "reviewed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    concept_slug: Mapped[str] = mapped_column(String(80))
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id", ondelete="CASCADE"), index=True)
    grade_id: Mapped[int] = mapped_column(ForeignKey("grade.id", ondelete="CASCADE"))
    rating: Mapped[Rating] = mapped_column(EnumText(Rating, 8))
    score: Mapped[float]
    helped: Mapped[bool] = mapped_column(default=False)
    sure: Mapped[bool | None] = mapped_column(default=None)
    reviewed_at: Mapped[datetime]


class MemoryState(Model):
    """A learner's memory of one concept: the card of coachapp.domain.scheduling, field by field.

    `due`: when the concept is asked again; `reviews`: how many are in force; `lapses`: how many of them were wrong;
    `version`: the schedule's parameters it was reckoned with.
    """

    __tablename__ = "memory_state"
    __table_args__ = (Index("ix_memory_state_person_due", "person_id", "due"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    concept_slug: Mapped[str] = mapped_column(ForeignKey("concept.slug"), primary_key=True)
    phase: Mapped[MemoryPhase] = mapped_column(EnumText(MemoryPhase, 16))
    stability: Mapped[float]
    difficulty: Mapped[float]
    due: Mapped[datetime]
    last_review: Mapped[datetime]
    reviews: Mapped[int]
    lapses: Mapped[int]
    version: Mapped[int]

    concept: Mapped[Concept] = relationship()
