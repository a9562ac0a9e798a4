"""Exams given to a class: their window for one person, and whether she is done with them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from coachapp.attempts import accommodations
from coachapp.attempts.assigned import dates_of, work_of
from coachapp.attempts.scopes import scope_of
from coachapp.content.render import render_document
from coachapp.domain.assignments import NO_WORK, Dates
from coachapp.domain.examclock import Accommodation, may_start, personal_close
from coachapp.domain.plans import ExamPlan
from coachapp.exams.operations import Window
from coachapp.models.classroom import Assignment


@dataclass(frozen=True, slots=True)
class GivenExam:
    """One exam as it was given to one person. `dates` are hers, with what she is `granted`.

    `done`: the sitting that counts, where she has handed one in; `startable`: the moment lies in her window.
    """

    id: int
    title: str
    instructions_html: str
    window: Window
    dates: Dates
    granted: Accommodation
    done: int | None
    startable: bool


def given_exam(session: Session, person_id: int, *, assignment: Assignment, plan: ExamPlan, now: datetime) -> GivenExam:
    """Read the exam of `plan` as it was given to a person by an assignment."""
    scope, dates = scope_of(assignment.id), dates_of(assignment)
    granted = accommodations.in_force(session, person_id, scope=scope, plan_id=plan.id)
    close = personal_close(dates.closes_at, plan.minutes, granted)
    work = work_of(session, [assignment], [person_id], plans={plan.id: plan}).get((assignment.id, person_id), NO_WORK)
    return GivenExam(
        id=assignment.id,
        title=assignment.title,
        instructions_html=render_document(assignment.instructions),
        window=Window(scope, assignment.opens_at, assignment.closes_at),
        dates=dates if close is None or dates.closes_at is None else dates.extended(close - dates.closes_at),
        granted=granted,
        done=work.ref if work.handed_in_at is not None else None,
        startable=may_start(now, opens_at=dates.opens_at, personal_close=close),
    )
