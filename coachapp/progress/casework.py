"""What Today reads of a learner's cases: the one begun, one not tried yet, the last claims handed in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coachapp.models.attempts import Attempt, AttemptState, Grade, Step
from coachapp.models.items import Item, ItemKind
from coachapp.stored import shown

RECENT = 5


@dataclass(frozen=True, slots=True)
class BegunCase:
    """A case begun and not handed in; `at` is when it was last saved."""

    kind: ClassVar[str] = "begun"

    slug: str
    title: str
    at: datetime


@dataclass(frozen=True, slots=True)
class FreshCase:
    """A case not tried yet."""

    kind: ClassVar[str] = "fresh"

    slug: str
    title: str
    specialty: str
    minutes: int | None


@dataclass(frozen=True, slots=True)
class GradedClaim:
    """A claim handed in and its score, 0 to 1."""

    attempt_id: int
    title: str
    score: float | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class CaseWork:
    """A learner's cases at a glance. `done` of `cases` were handed in at least once."""

    begun: BegunCase | None
    fresh: FreshCase | None
    recent: Sequence[GradedClaim]
    done: int
    cases: int


def case_work(session: Session, person_id: int, *, unverified: bool, cpt: bool) -> CaseWork:
    """Read one person's cases in four queries, however many there are."""
    conditions = shown(ItemKind.CASE, unverified=unverified, cpt=cpt)
    # By subquery, which is read once: thousands of other people have tried the same case.
    mine = select(Attempt.item_id).where(Attempt.person_id == person_id)
    tried, graded = Item.id.in_(mine), Item.id.in_(mine.where(Attempt.state == AttemptState.GRADED))
    counts = select(func.count(), func.count().filter(graded)).select_from(Item).where(*conditions)
    cases, done = session.execute(counts).one()
    begun = session.execute(
        select(Item.slug, Item.title, func.max(Step.at).label("at"))
        .join(Attempt, Attempt.item_id == Item.id)
        .join(Step, Step.attempt_id == Attempt.id)
        .where(Attempt.person_id == person_id, Attempt.state == AttemptState.OPEN, *conditions)
        .group_by(Attempt.id, Item.slug, Item.title)
        .order_by(func.max(Step.at).desc(), Attempt.id.desc())
        .limit(1)
    ).first()
    fresh = session.execute(
        select(Item.slug, Item.title, Item.specialty, Item.minutes)
        .where(~tried, *conditions)
        .order_by(Item.difficulty, Item.minutes, Item.slug)
        .limit(1)
    ).first()
    score = (
        select(Grade.score).where(Grade.attempt_id == Attempt.id).order_by(Grade.id.desc()).limit(1).scalar_subquery()
    )
    recent = session.execute(
        select(Attempt.id, Item.title, score, Attempt.finished_at)
        .join(Item, Attempt.item_id == Item.id)
        .where(Attempt.person_id == person_id, Attempt.state == AttemptState.GRADED, Attempt.sitting_id.is_(None))
        .order_by(Attempt.id.desc())
        .limit(RECENT)
    )
    return CaseWork(
        begun=BegunCase(begun.slug, begun.title, begun.at) if begun else None,
        fresh=FreshCase(fresh.slug, fresh.title, fresh.specialty or "", fresh.minutes) if fresh else None,
        recent=[GradedClaim(*tuple(row)) for row in recent],
        done=done,
        cases=cases,
    )
