"""What the first page reads: always the same few queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from coachapp.models.attempts import Attempt, AttemptState, Grade, Step
from coachapp.models.items import Item, ItemKind
from coachapp.stored import shown

RECENT = 5


@dataclass(frozen=True, slots=True)
class Resumable:
    """A case begun and not handed in; `at` is when it was last saved."""

    slug: str
    title: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Suggested:
    """A case not tried yet."""

    slug: str
    title: str
    specialty: str
    minutes: int | None


@dataclass(frozen=True, slots=True)
class Graded:
    """A claim handed in and its score, 0 to 1."""

    attempt_id: int
    title: str
    score: float | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Today:
    """The first page of somebody signed in. `done` of `cases` were handed in at least once."""

    resume: Resumable | None
    suggested: Suggested | None
    recent: Sequence[Graded]
    done: int
    cases: int


def count_cases(session: Session, *, unverified: bool, cpt: bool) -> int:
    """Return how many cases are shown."""
    conditions = shown(ItemKind.CASE, unverified=unverified, cpt=cpt)
    return session.scalar(select(func.count()).select_from(Item).where(*conditions)) or 0


def today(session: Session, person_id: int, *, unverified: bool, cpt: bool) -> Today:
    """Read the first page of one person: what to go on with, else what to try, and the last claims handed in."""
    conditions = shown(ItemKind.CASE, unverified=unverified, cpt=cpt)
    tried = exists().where(Attempt.person_id == person_id, Attempt.item_id == Item.id)
    graded = tried.where(Attempt.state == AttemptState.GRADED)
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
    return Today(
        resume=Resumable(begun.slug, begun.title, begun.at) if begun else None,
        suggested=Suggested(fresh.slug, fresh.title, fresh.specialty or "", fresh.minutes) if fresh else None,
        recent=[Graded(*tuple(row)) for row in recent],
        done=session.scalar(select(func.count()).select_from(Item).where(graded, *conditions)) or 0,
        cases=count_cases(session, unverified=unverified, cpt=cpt),
    )
