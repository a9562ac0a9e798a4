"""Read what a drill did to the learner's memory: which concepts were right, and when each is asked again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp.attempts.evidence import evidence_of
from coachapp.attempts.withholding import withheld_from
from coachapp.domain.scheduling import replay
from coachapp.models.attempts import Attempt
from coachapp.models.items import Concept
from coachapp.models.sittings import Sitting


@dataclass(frozen=True, slots=True)
class Return:
    """A concept that a drill asked about: `right` of `asked`, and when it is `due` again."""

    title: str
    right: int
    asked: int
    due: datetime


def returns_of(session: Session, sitting: Sitting, *, now: datetime) -> Sequence[Return]:
    """Return the concepts of a graded drill, the one due first at the top; what an exam withholds is left out.

    The memory is replayed from the answers themselves: what is stored of it may be a moment behind.
    """
    said = evidence_of(session, sitting.person_id, held=withheld_from(session, sitting.person_id, now=now))
    mine = set(session.scalars(select(Attempt.id).where(Attempt.sitting_id == sitting.id)))
    asked: dict[str, list[float]] = {}
    for one in said:
        if one.attempt_id in mine:
            asked.setdefault(one.concept, []).append(one.score)
    titles = session.execute(select(Concept.slug, Concept.title).where(Concept.slug.in_(asked)))
    found = []
    for slug, title in titles:
        memory = replay(one.review for one in said if one.concept == slug)
        if memory is not None:
            scores = asked[slug]
            found.append(Return(title, sum(score == 1 for score in scores), len(scores), memory.due))
    return sorted(found, key=lambda one: (one.due, one.title))
