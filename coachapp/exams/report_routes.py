"""What closed sittings came to: the report, each question with its answer where the plan shows it, several compared."""

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from coachapp.attempts.papers import plan_of
from coachapp.content.plans import bundled_plans
from coachapp.domain.plans import PlanKind
from coachapp.exams import comparing, reports
from coachapp.exams.arrival import arrived_at
from coachapp.exams.routes import bp, to_sitting
from coachapp.exams.run_routes import own, touch
from coachapp.models import db
from coachapp.web import access
from coachapp.web.context import me


@bp.get("/sittings/<int:sitting_id>/report")
@access.signed_in
def report(sitting_id: int) -> ResponseReturnValue:
    """Show the score, and what it is made of; a sitting under way leads back to its questions."""
    found, now = own(sitting_id), arrived_at()
    touch(found, now)
    if not found.state.closed:
        return to_sitting(found)
    return render_template("exams/report.html", page=reports.report_page(db.session(), found, now=now))


@bp.get("/sittings/<int:sitting_id>/answers")
@access.signed_in
def answers(sitting_id: int) -> ResponseReturnValue:
    """Show each question with its answer, once the plan does; until then say when."""
    found, now = own(sitting_id), arrived_at()
    touch(found, now)
    if not found.state.closed:
        return to_sitting(found)
    page = reports.answers_page(db.session(), found, now=now)
    return render_template("exams/answers.html", page=page, plan=plan_of(found))


@bp.get("/exams/<plan_id>/compare")
@access.signed_in
def compare(plan_id: str) -> ResponseReturnValue:
    """Show a person's graded sittings of an exam side by side: the last few, or those chosen."""
    found = comparing.graded_sittings(db.session(), me().id, plan_id=plan_id)
    asked, error = request.args.getlist("sitting"), None
    if not found:
        plan = bundled_plans().plans.get(plan_id)
        if plan is None or plan.kind is PlanKind.DRILL or asked:
            abort(404)
        return render_template("exams/compare.html", page=None, plan=plan, plan_id=plan_id)
    try:
        chosen = comparing.chosen_of(found, asked)
    except comparing.NotHers:
        abort(404)
    except comparing.BadNumber as wrong:
        chosen, error = comparing.chosen_of(found, []), str(wrong)
    page = comparing.compare_page(db.session(), found, chosen)
    answer = render_template("exams/compare.html", page=page, plan_id=plan_id, asked=asked, error=error)
    return answer, 422 if error else 200
