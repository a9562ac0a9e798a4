"""Which answers a person may not see yet because they stand in an exam of hers."""

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from coachapp.domain.disclosure import Withheld, withheld_items
from coachapp.domain.plans import ExamPlan, ShowAnswers
from coachapp.domain.sittings import SittingState
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
