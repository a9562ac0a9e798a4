"""Answers of exams and drills as their candidate saw them, for the export of a person's data."""

from collections.abc import Iterable
from datetime import UTC
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp.attempts.papers import paper_of
from coachapp.attempts.versions import asked_questions, version_of
from coachapp.models.attempts import Attempt, Step
from coachapp.models.sittings import LateSave, Sitting

ANSWERS = "exam_answer"
ANSWER_COLUMNS = ("sitting_id", "question", "at", "late", "answer")


def exam_answers(session: Session, person_id: int) -> Iterable[dict[str, Any]]:
    """Yield every answer that a person saved in an exam or drill, late ones too, in the order of their arrival."""
    for sitting in session.scalars(select(Sitting).where(Sitting.person_id == person_id).order_by(Sitting.id)):
        saved = select(Attempt.slot, Step.at, Step.payload).join(Step).where(Attempt.sitting_id == sitting.id)
        late = select(LateSave.slot, LateSave.at, LateSave.payload).where(LateSave.sitting_id == sitting.id)
        found = [(*row, False) for row in session.execute(saved.order_by(Step.id))]
        found += [(*row, True) for row in session.execute(late.order_by(LateSave.id))]
        used = {slot for slot, *_ in found}
        questions = asked_questions(session, (slot for slot in paper_of(sitting) if slot.n in used))
        for slot, at, payload, is_late in sorted(found, key=lambda row: row[1]):
            yield {
                "sitting_id": sitting.id,
                "question": slot,
                "at": at.astimezone(UTC).isoformat(),
                "late": is_late,
                "answer": version_of(questions[slot], payload).words,
            }
