"""Read what a learner's answers say of sections and concepts: the reviews in force, less what may not show yet."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.orm import Session, aliased

from coachapp.domain.mastery import Answer
from coachapp.domain.plans import PlanKind
from coachapp.domain.questions import Section
from coachapp.domain.scheduling import Rating, Review
from coachapp.domain.sittings import Ruling, SittingState
from coachapp.models.attempts import Attempt, Grade
from coachapp.models.items import Item, ItemKind
from coachapp.models.memory import MemoryReview
from coachapp.models.sittings import ItemRuling, Sitting


@dataclass(frozen=True, slots=True)
class Said:
    """What one answer says of one concept. `section`: that of a question, None for a case; `mock`: given in an exam."""

    review_id: int
    attempt_id: int
    item_id: int
    concept: str
    section: Section | None
    mock: bool
    rating: Rating
    score: float
    helped: bool
    sure: bool | None
    at: datetime

    @property
    def answer(self) -> Answer:
        """Return it as evidence of mastery."""
        return Answer(str(self.item_id), self.at, self.score, self.helped)

    @property
    def review(self) -> Review:
        """Return it as a review of the memory."""
        return Review(self.at, self.rating)


def evidence_of(session: Session, person_id: int, *, held: Collection[int]) -> list[Said]:
    """Return all that counts of a person's answers, oldest first, in two queries.

    Left out: what an older grade of the same attempt said, answers in voided sittings, answers to versions of a
    question that were voided or credited to all, and every answer to an item whose key is `held` back from this person
    (the keys of `withholding.withheld_from`), for from a change of standing one could tell right from wrong.
    """
    sittings = _sittings_of(session, person_id)
    rows = session.execute(
        select(
            MemoryReview.id,
            MemoryReview.attempt_id,
            Attempt.item_id,
            Attempt.sitting_id,
            MemoryReview.concept_slug,
            Item.section,
            Item.kind,
            MemoryReview.rating,
            MemoryReview.score,
            MemoryReview.helped,
            MemoryReview.sure,
            MemoryReview.reviewed_at,
        )
        .join(Attempt, MemoryReview.attempt_id == Attempt.id)
        .join(Grade, MemoryReview.grade_id == Grade.id)
        .join(Item, Attempt.item_id == Item.id)
        .where(MemoryReview.person_id == person_id, *_in_force())
        .order_by(MemoryReview.reviewed_at, MemoryReview.id)
    )
    found = []
    for row in rows:
        sitting = sittings.get(row.sitting_id)
        if row.item_id in held or (sitting is not None and sitting.state is SittingState.VOIDED):
            continue
        found.append(
            Said(
                review_id=row.id,
                attempt_id=row.attempt_id,
                item_id=row.item_id,
                concept=row.concept_slug,
                section=Section(row.section) if row.kind is ItemKind.QUESTION and row.section else None,
                mock=sitting is not None and sitting.kind != PlanKind.DRILL,
                rating=row.rating,
                score=row.score,
                helped=row.helped,
                sure=row.sure,
                at=row.reviewed_at,
            )
        )
    return found


class Given(NamedTuple):
    """One answer to a question, for pages that show a person all of hers.

    `mock`: given in an exam; `active_ms`: how long it took, 0 where nobody measured.
    """

    item_id: int
    section: str | None
    active_ms: int
    at: datetime
    score: float
    helped: bool
    sure: bool | None
    mock: bool

    @property
    def answer(self) -> Answer:
        """Return it as evidence of mastery."""
        return Answer(str(self.item_id), self.at, self.score, self.helped)


def given_answers(session: Session, person_id: int, *, held: Collection[int]) -> list[Given]:
    """Return a person's answers to questions that count, once each and oldest first, in two queries.

    The same are left out as in `evidence_of`; read here is only what a page needs, for it is read at every look.
    """
    sittings = _sittings_of(session, person_id)
    rows = session.execute(
        select(
            MemoryReview.attempt_id,
            Attempt.item_id,
            Item.section,
            Attempt.active_ms,
            Attempt.sitting_id,
            MemoryReview.score,
            MemoryReview.helped,
            MemoryReview.sure,
            MemoryReview.reviewed_at,
        )
        .join(Attempt, MemoryReview.attempt_id == Attempt.id)
        .join(Grade, MemoryReview.grade_id == Grade.id)
        .join(Item, Attempt.item_id == Item.id)
        # Questions are answered in sittings, cases are not.
        .where(MemoryReview.person_id == person_id, Attempt.sitting_id.is_not(None), *_in_force())
        .order_by(MemoryReview.reviewed_at, MemoryReview.id)
    )
    found: dict[int, Given] = {}
    for attempt_id, item_id, section, active_ms, sitting_id, score, helped, sure, at in rows:
        sitting = sittings.get(sitting_id)
        if attempt_id in found or item_id in held or (sitting is not None and sitting.state is SittingState.VOIDED):
            continue
        mock = sitting is not None and sitting.kind != PlanKind.DRILL
        found[attempt_id] = Given(item_id, section, active_ms, at, score, helped, sure, mock)
    return list(found.values())


def _sittings_of(session: Session, person_id: int) -> dict[int | None, Row[Any]]:
    kind = Sitting.plan["kind"].as_string().label("kind")
    rows = session.execute(select(Sitting.id, Sitting.state, kind).where(Sitting.person_id == person_id))
    return {row.id: row for row in rows}


def is_latest_grade() -> ColumnElement[bool]:
    """Return the condition that a grade counts: its attempt has no later one."""
    later = aliased(Grade)
    return ~select(later.id).where(later.attempt_id == Grade.attempt_id, later.id > Grade.id).exists()


def _in_force() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on a grade: no later one of its attempt, and no ruling that takes out what was asked."""
    newer = aliased(ItemRuling)
    since = select(newer.id).where(newer.item_version_id == ItemRuling.item_version_id, newer.id > ItemRuling.id)
    asked = ItemRuling.item_version_id == Attempt.item_version_id
    struck = select(ItemRuling.id).where(asked, ItemRuling.ruling != Ruling.COUNT, ~since.exists()).exists()
    return is_latest_grade(), ~struck


def signature(said: Collection[Said]) -> list[int]:
    """Return what changes whenever other reviews are in force: their number and the sum of their ids."""
    return [len(said), sum(one.review_id for one in said)]


def once_each(said: Collection[Said]) -> list[Said]:
    """Return one entry for each attempt: a question says the same of all its concepts."""
    return list({one.attempt_id: one for one in said}.values())


def people_with_work(session: Session, *, after: int = 0, limit: int = 500) -> list[int]:
    """Return the ids, above `after` and in order, of people who have a graded attempt; for going through all."""
    return list(
        session.scalars(
            select(Attempt.person_id)
            .join(Grade, Grade.attempt_id == Attempt.id)
            .where(Attempt.person_id > after)
            .group_by(Attempt.person_id)
            .order_by(Attempt.person_id)
            .limit(limit)
        )
    )


def count_learners(session: Session) -> int:
    """Return how many people have a graded attempt."""
    return session.scalar(select(func.count(Attempt.person_id.distinct())).join(Grade)) or 0
