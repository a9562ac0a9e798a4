"""Exams given to a class: the page with the window, and the start. Each route commits at most once."""

import secrets

from flask import abort, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError

from coachapp.attempts import sittings
from coachapp.attempts.assigned import given_to
from coachapp.attempts.scopes import scope_of
from coachapp.content.plans import bundled_plans
from coachapp.domain.plans import ExamPlan, PlanKind
from coachapp.exams import operations
from coachapp.exams.arrival import arrived_at
from coachapp.exams.given import GivenExam, given_exam
from coachapp.exams.operations import Shortage
from coachapp.exams.routes import SEEDS, bp, plan_page, reach, resume, to_sitting
from coachapp.models import db
from coachapp.web import access, transactions
from coachapp.web.context import me
from coachapp.web.errors import error_response
from coachapp.web.filters import until, when


def _given(assignment_id: int) -> tuple[ExamPlan, GivenExam]:
    assignment = access.load_or_404(given_to(me().id, assignment_id))
    plan = bundled_plans().plans.get(assignment.plan_id or "")
    if plan is None or plan.kind is PlanKind.DRILL:
        abort(404)
    return plan, given_exam(db.session(), me().id, assignment=assignment, plan=plan, now=arrived_at())


def _refusal(given: GivenExam) -> str | None:
    """Return why the exam cannot be started now."""
    if given.done is not None:
        return f"You have handed in “{given.title}” already. What you did there is what counts."
    if arrived_at() < given.dates.opens_at:
        return f"This exam is not open yet. It opens {when(given.dates.opens_at).striptags()}."
    if not given.startable and given.dates.closes_at is not None:
        closed = until(given.dates.closes_at).striptags()
        return f"“{given.title}” closed {closed} and cannot be started any more. Ask your instructor for a later close."
    return None


@bp.get("/assignments/<int:assignment_id>/exam")
@access.signed_in
def given(assignment_id: int) -> ResponseReturnValue:
    """Show an exam given to a class of this person's, with its window, and ask for consent to its time."""
    plan, exam = _given(assignment_id)
    found = sittings.find_open(db.session(), me().id, scope=scope_of(assignment_id))
    if found is not None:
        return to_sitting(found)
    if arrived_at() < exam.dates.opens_at:
        return error_response(409, _refusal(exam), title="Not open yet")
    return plan_page(plan, given=exam)


@bp.post("/assignments/<int:assignment_id>/exam")
@access.signed_in
@transactions.writes_late
def start_given(assignment_id: int) -> ResponseReturnValue:
    """Start an exam given to a class of this person's, or go on with the one that is under way."""
    plan, exam = _given(assignment_id)
    person_id, scope = me().id, exam.window.scope
    found = sittings.find_open(db.session(), person_id, scope=scope)
    if found is not None:
        return to_sitting(found)
    if refusal := _refusal(exam):
        return error_response(409, refusal, title="This exam cannot be started")
    if request.form.get("consent") != "yes":
        return plan_page(plan, given=exam, missing_consent=True)
    try:
        outcome = operations.start_exam(
            db.session(),
            person_id,
            plan=plan,
            reach=reach(),
            now=arrived_at(),
            seed=secrets.randbelow(SEEDS),
            window=exam.window,
        )
        # Told before the commit, after which the row would be read anew.
        answer = plan_page(plan, given=exam) if isinstance(outcome, Shortage) else to_sitting(outcome)
        db.session.commit()
    except IntegrityError:
        return resume(person_id, scope)
    except sittings.NotInWindow:
        abort(409, f"“{exam.title}” cannot be started now: its window was changed in the meantime.")
    return answer
