"""What an exam of hers keeps from a person: answers she may not see yet, the code book where it is not allowed."""

from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from coachapp.attempts.papers import plan_of, timing_of
from coachapp.domain.disclosure import Withheld, withheld_items
from coachapp.domain.examclock import Phase, phase
from coachapp.domain.plans import ExamPlan, PlanKind, ShowAnswers
from coachapp.domain.sittings import OPEN, SittingState
from coachapp.models.sittings import Sitting

_UNGRADED = (SittingState.RUNNING, SittingState.ON_BREAK, SittingState.SUBMITTED)
_NOT_AT_THE_END = (ShowAnswers.NEVER.value, ShowAnswers.AFTER.value)


def withheld_from(session: Session, person_id: int, *, now: datetime) -> dict[int, Withheld]:
    """Return by item id what is withheld from a person everywhere: drills, reviews, history, exports, "try again"."""
    later = (Sitting.state == SittingState.GRADED) & Sitting.plan["show_answers"].as_string().in_(_NOT_AT_THE_END)
    rows = session.execute(
        select(Sitting.plan, Sitting.state, Sitting.paper)
        .where(Sitting.person_id == person_id, or_(Sitting.state.in_(_UNGRADED), later))
        .order_by(Sitting.id)
    )
    return withheld_items(
        [(ExamPlan.model_validate(plan), state, [slot["item_id"] for slot in paper]) for plan, state, paper in rows],
        now,
    )


def exam_begun_after(moment: InstrumentedAttribute[datetime | None], person_id: int) -> ColumnElement[bool]:
    """Return the condition that an exam a person began after `moment` is not graded yet, so that it withholds."""
    exam = Sitting.plan["kind"].as_string() != PlanKind.DRILL
    since = select(Sitting.id).where(
        Sitting.person_id == person_id, Sitting.started_at > moment, Sitting.state.in_(_UNGRADED), exam
    )
    return since.exists()


def closed_book_exam(session: Session, person_id: int, *, now: datetime) -> str | None:
    """Return the title of the exam that keeps the code book shut for a person now, None where none does."""
    found = session.scalars(select(Sitting).where(Sitting.person_id == person_id, Sitting.state.in_(OPEN)))
    for sitting in found:
        if not sitting.plan["code_book"] and phase(timing_of(sitting), now) is Phase.RUNNING:
            return plan_of(sitting).title
    return None
