"""Write grades, and with each what it says of concepts. Every grade there is goes through `enter`."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from coachapp.attempts.evidence import is_latest_grade
from coachapp.domain.items import Case, ClaimForm
from coachapp.domain.mastery import concept_scores
from coachapp.domain.pace import budget_seconds
from coachapp.domain.questions import Question
from coachapp.domain.scheduling import rate
from coachapp.models.attempts import Attempt, AttemptState, Grade, Step
from coachapp.models.items import ItemVersion
from coachapp.models.memory import MemoryReview
from coachapp.models.standing import ProgressState
from coachapp.stored import item_of

# People in one statement: databases take so many values and no more.
_BATCH = 1000


class Judged(NamedTuple):
    """One judgement to be stored: a step of an attempt, graded against a version of its item."""

    attempt: Attempt
    step: Step
    version: ItemVersion
    policy: str
    score: float | None
    result: Mapping[str, Any]


def enter(session: Session, judged: Sequence[Judged], *, at: datetime, regrade_id: int | None = None) -> list[Grade]:
    """Append a grade for each judgement, and a review for each concept it says something of; no commit.

    The learners' standing and memory are marked to be reckoned anew. An earlier grade of an attempt stays, and so do
    its reviews; they are no longer in force. `attempt.active_ms` must be final. `regrade_id`: the decision that this is
    done for.
    """
    grades = [
        Grade(
            attempt=one.attempt,
            step_id=one.step.id,
            item_version_id=one.version.id,
            regrade_id=regrade_id,
            policy=one.policy,
            score=one.score,
            result=dict(one.result),
            at=at,
        )
        for one in judged
    ]
    session.add_all(grades)
    session.flush()
    for one, grade in zip(judged, grades, strict=True):
        session.add_all(reviews_of(one.attempt, one.step, grade, content=item_of(one.version)))
    mark_outdated(session, {one.attempt.person_id for one in judged}, at=at)
    session.flush()
    return grades


def reviews_of(attempt: Attempt, step: Step, grade: Grade, *, content: Case | Question) -> list[MemoryReview]:
    """Return what a grade says of concepts, one row each; a question left without an answer says nothing.

    A question says the same of all its concepts, a case what `concept_scores` makes of its lines.
    """
    sure, helped = None, False
    if isinstance(content, Question):
        if not grade.result["chosen"]:
            return []
        scores = dict.fromkeys(content.concepts, float(grade.result["earned"]))
        budget = budget_seconds(content.section)
        sure, helped = step.payload.get("sure"), step.payload.get("hints", 0) > 0
    else:
        scores = concept_scores(grade.result, inpatient=content.claim_form is ClaimForm.INPATIENT)
        budget = 60 * content.minutes
    return [
        MemoryReview(
            person_id=attempt.person_id,
            concept_slug=concept,
            attempt_id=attempt.id,
            grade_id=grade.id,
            rating=rate(score, seconds=attempt.active_ms / 1000, budget=budget, helped=helped, sure=sure),
            score=score,
            helped=helped,
            sure=sure,
            reviewed_at=step.at,
        )
        for concept, score in scores.items()
    ]


def mark_outdated(session: Session, person_ids: Collection[int], *, at: datetime) -> None:
    """Say that standing and memory of these people must be reckoned anew from `at` on."""
    # One statement each time, so that two grades of one person at once cannot both find no row and both add one.
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    ids = sorted(person_ids)
    for start in range(0, len(ids), _BATCH):
        rows = [{"person_id": person_id, "refresh_at": at} for person_id in ids[start : start + _BATCH]]
        adding = insert(ProgressState).values(rows)
        session.execute(adding.on_conflict_do_update(index_elements=["person_id"], set_={"refresh_at": at}))


def enter_missing(session: Session, person_id: int) -> int:
    """Add the reviews of this person's latest grades that have none, and return how many were added.

    For grades that were written before there were reviews, or in bulk.
    """
    rows = session.execute(
        select(Attempt, Step, Grade, ItemVersion)
        .join(Grade, Grade.attempt_id == Attempt.id)
        .join(Step, Grade.step_id == Step.id)
        .join(ItemVersion, Grade.item_version_id == ItemVersion.id)
        .where(
            Attempt.person_id == person_id,
            Attempt.state == AttemptState.GRADED,
            is_latest_grade(),
            ~select(MemoryReview.id).where(MemoryReview.grade_id == Grade.id).exists(),
        )
        .order_by(Grade.id)
    )
    found = [
        review
        for attempt, step, grade, version in rows
        for review in reviews_of(attempt, step, grade, content=item_of(version))
    ]
    session.add_all(found)
    session.flush()
    return len(found)
