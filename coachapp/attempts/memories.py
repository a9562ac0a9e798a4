"""Read what learners remember: every concept with a memory, what is due, and what a fresh answer changes."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp.domain.questions import Section
from coachapp.domain.scheduling import Memory, recall
from coachapp.models.items import Concept
from coachapp.models.memory import MemoryState


@dataclass(frozen=True, slots=True)
class Remembered:
    """A concept that a learner has met, and her memory of it."""

    slug: str
    title: str
    section: Section
    memory: Memory

    def is_due(self, now: datetime) -> bool:
        """Say whether the concept should be asked again by now."""
        return self.memory.due <= now

    def recall(self, now: datetime) -> float:
        """Return the chance, 0 to 1, that she still knows it."""
        return recall(self.memory, now)


def remembered(session: Session, person_id: int) -> list[Remembered]:
    """Return every concept a learner has a memory of, the one due longest first, in one query.

    The rows are as up to date as her standing: see `standings.is_outdated`.
    """
    rows = session.execute(
        select(
            Concept.slug,
            Concept.title,
            Concept.section,
            MemoryState.phase,
            MemoryState.stability,
            MemoryState.difficulty,
            MemoryState.due,
            MemoryState.last_review,
            MemoryState.reviews,
            MemoryState.lapses,
        )
        .join(Concept, MemoryState.concept_slug == Concept.slug)
        .where(MemoryState.person_id == person_id)
        .order_by(MemoryState.due, MemoryState.concept_slug)
    )
    return [Remembered(slug, title, Section(section), Memory(*known)) for slug, title, section, *known in rows]


def due_by_concept(session: Session, person_id: int, *, now: datetime) -> dict[str, bool]:
    """Return for every concept a learner has a memory of whether it should be asked again by now, in one query.

    The same as `remembered` tells, for pages that only count.
    """
    rows = session.execute(
        select(MemoryState.concept_slug, MemoryState.due <= now)
        .join(Concept, MemoryState.concept_slug == Concept.slug)
        .where(MemoryState.person_id == person_id)
    )
    return {slug: bool(due) for slug, due in rows}


def most_urgent(found: Collection[Remembered], now: datetime) -> list[Remembered]:
    """Return what is due, the concept least likely to be known still first."""
    return sorted((one for one in found if one.is_due(now)), key=lambda one: (one.recall(now), one.slug))
