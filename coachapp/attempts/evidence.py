"""Read what a learner's answers say of sections and concepts: the reviews in force, less what may not show yet."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

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
    """What one answer says of one concept. `section`: that of a question, None for a case; `mock`: given in an exam;
    `active_ms`: how long it took, 0 where nobody measured.
    """

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
    active_ms: int

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
    mocks = _mocks(session, person_id)
    query = _counting(
        person_id,
        Attempt.sitting_id,
        Item.kind,
        Item.section,
        MemoryReview.id,
        MemoryReview.attempt_id,
        Attempt.item_id,
        MemoryReview.concept_slug,
        MemoryReview.rating,
        MemoryReview.score,
        MemoryReview.helped,
        MemoryReview.sure,
        MemoryReview.reviewed_at,
        Attempt.active_ms,
    ).order_by(MemoryReview.reviewed_at, MemoryReview.id)
    found = []
    for sitting_id, kind, name, review_id, attempt_id, item_id, concept, *told in session.execute(query):
        mock = mocks.get(sitting_id)
        if mock is None or item_id in held:
            continue
        section = Section(name) if kind is ItemKind.QUESTION and name else None
        found.append(Said(review_id, attempt_id, item_id, concept, section, mock, *told))
    return found


def _counting(person_id: int, *columns: InstrumentedAttribute[Any]) -> Select[*tuple[Any, ...]]:
    """Return the query for those columns of a person's reviews that are in force."""
    return (
        select(*columns)
        .select_from(MemoryReview)
        .join(Attempt, MemoryReview.attempt_id == Attempt.id)
        .join(Grade, MemoryReview.grade_id == Grade.id)
        .join(Item, Attempt.item_id == Item.id)
        .where(MemoryReview.person_id == person_id, *_in_force())
    )


def _mocks(session: Session, person_id: int) -> dict[int | None, bool]:
    """Return whether each of a person's sittings is an exam; voided ones are left out, None is work in no sitting."""
    kind = Sitting.plan["kind"].as_string().label("kind")
    rows = session.execute(
        select(Sitting.id, kind).where(Sitting.person_id == person_id, Sitting.state != SittingState.VOIDED)
    )
    return {None: False, **{row.id: row.kind != PlanKind.DRILL for row in rows}}


@cache
def is_latest_grade() -> ColumnElement[bool]:
    """Return the condition that a grade counts: its attempt has no later one.

    Put together once: that takes longer than to ask for a few rows.
    """
    later = aliased(Grade)
    return ~select(later.id).where(later.attempt_id == Grade.attempt_id, later.id > Grade.id).exists()


@cache
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
