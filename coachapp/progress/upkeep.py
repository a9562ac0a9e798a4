"""Keep standing and memory up to date: asked for by pages, the job and the command. Nothing here commits."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from coachapp.attempts import standings
from coachapp.attempts.standings import ExamInView
from coachapp.content.plans import bundled_plans
from coachapp.domain.plans import ExamPlan, PlanKind
from coachapp.models.writing import begin_write

# The exam learners prepare for; where a site has no plan of this id, its first exam.
USUAL_EXAM = "cpc"
SNAPSHOT_EVERY = timedelta(days=1)


def exam_plan() -> ExamPlan | None:
    """Return the plan that readiness is for, None where the site has no exam."""
    plans = bundled_plans().plans
    exams = [plan for plan in plans.values() if plan.kind is PlanKind.EXAM]
    return next((plan for plan in exams if plan.id == USUAL_EXAM), exams[0] if exams else None)


def exam_in_view() -> ExamInView | None:
    """Return what readiness asks of that plan."""
    plan = exam_plan()
    if plan is None or plan.pass_mark is None:
        return None
    return ExamInView(plan.id, {entry.section: entry.count for entry in plan.sections}, plan.pass_mark)


def bring_up_to_date(session: Session, person_id: int, *, now: datetime) -> bool:
    """Reckon a person's standing if it is outdated, and say whether it was: the caller then commits.

    Every page that shows standing, memory or readiness calls this first (see `routes.brought_up_to_date`).
    """
    if not standings.is_outdated(session, person_id, now=now):
        return False
    begin_write(session)
    standings.refresh(session, person_id, now=now, exam=exam_in_view())
    return True


def take_snapshot_if_due(session: Session, *, now: datetime) -> bool:
    """Look at all learners once a day, and say whether that was done: the caller then commits."""
    age = standings.snapshot_age(session, now=now)
    if age is not None and age < SNAPSHOT_EVERY:
        return False
    begin_write(session)
    standings.take_snapshot(session, now=now)
    return True
