"""What a ruling on a question, or another key, would do to the scores of exams, told before it is made."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from coachapp.attempts import finishing
from coachapp.domain.sittings import ExamScore, Ruling
from coachapp.models.sittings import Sitting


class Turn(StrEnum):
    """What becomes of a verdict."""

    TO_PASSED = "to_passed"
    TO_NOT_PASSED = "to_not_passed"


@dataclass(frozen=True, slots=True)
class ScoreChange:
    """One sitting whose score changes: right and scored questions before and after, and the verdict."""

    sitting_id: int
    person_id: int
    person: str
    exam: str
    before: tuple[int, int]
    after: tuple[int, int]
    turn: Turn | None


@dataclass(frozen=True, slots=True)
class Effect:
    """What a ruling would do. `asked`: graded sittings with the question, `changes`: those whose score changes."""

    ruling: Ruling
    asked: int
    changes: Sequence[ScoreChange]

    def turned(self, turn: Turn) -> list[ScoreChange]:
        """Return the sittings whose verdict turns so."""
        return [change for change in self.changes if change.turn is turn]


def effect(session: Session, version_id: int, *, ruling: Ruling) -> Effect:
    """Work out what a ruling on a version of a question would do to the graded sittings; nothing is written."""
    ids = finishing.graded_with(session, version_id)
    rows = session.scalars(
        select(Sitting).where(Sitting.id.in_(ids)).options(joinedload(Sitting.person)).order_by(Sitting.id)
    )
    scored = (
        change_of_score(sitting, finishing.score_of(session, sitting, assumed={version_id: ruling}))
        for sitting in rows.all()
    )
    return Effect(ruling=ruling, asked=len(ids), changes=[change for change in scored if change is not None])


def change_of_score(sitting: Sitting, score: ExamScore) -> ScoreChange | None:
    """Return what another score would mean for a graded sitting, None where it is the one it has."""
    now = (sitting.right_count or 0, sitting.scored_count or 0)
    if (score.right, score.scored, score.passed) == (*now, sitting.passed):
        return None
    turn = None
    if score.passed is not None and score.passed is not sitting.passed:
        turn = Turn.TO_PASSED if score.passed else Turn.TO_NOT_PASSED
    return ScoreChange(
        sitting_id=sitting.id,
        person_id=sitting.person_id,
        person=sitting.person.name,
        exam=sitting.plan["title"],
        before=now,
        after=(score.right, score.scored),
        turn=turn,
    )
