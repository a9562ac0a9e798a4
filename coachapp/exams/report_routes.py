"""What a closed sitting came to: the report, and each question with its answer where the plan shows it."""

from flask import render_template
from flask.typing import ResponseReturnValue

from coachapp.attempts.papers import plan_of
from coachapp.exams import reports
from coachapp.exams.arrival import arrived_at
from coachapp.exams.routes import bp, to_sitting
from coachapp.exams.run_routes import own, touch
from coachapp.models import db
from coachapp.web import access


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
