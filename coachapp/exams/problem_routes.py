"""Reported problems: the list, one report, and the ruling that settles it."""

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coachapp.attempts import finishing, rulings
from coachapp.domain.permissions import Action
from coachapp.domain.questions import Section
from coachapp.domain.sittings import Ruling
from coachapp.exams import problems
from coachapp.exams.arrival import arrived_at
from coachapp.exams.desk import names
from coachapp.exams.problems import ProblemPage
from coachapp.exams.routes import bp
from coachapp.models import db
from coachapp.web import access
from coachapp.web.context import me
from coachapp.web.forms import ReasonForm, posted
from coachapp.web.paging import page_number

RULING = "<any(count, void, credit_all):ruling>"


@bp.get("/exam-desk/problems")
@access.may(Action.MANAGE_EXAMS)
def problem_list() -> ResponseReturnValue:
    """List reported problems, open or settled, of all sections or one."""
    settled = request.args.get("state") == "settled"
    section = next((one for one in Section if one == request.args.get("section")), None)
    number = page_number(request.args.get("page"))
    found = problems.problem_list(db.session(), me(), settled=settled, section=section, number=number)
    return render_template("exams/problem_list.html", list=found, settled=settled, section=section)


@bp.get("/exam-desk/problems/<int:report_id>")
@access.may(Action.MANAGE_EXAMS)
def problem(report_id: int) -> ResponseReturnValue:
    """Show one report, what the learner saw, the question as it is now, and how it can be settled."""
    return render_template("exams/problem.html", page=_page(report_id))


def _page(report_id: int) -> ProblemPage:
    report = access.load_or_404(problems.report_by_id(report_id))
    return problems.problem_page(db.session(), me(), report, now=arrived_at())


@bp.get(f"/exam-desk/problems/<int:report_id>/rulings/{RULING}")
@access.may(Action.MANAGE_EXAMS)
def ruling(report_id: int, ruling: str) -> ResponseReturnValue:
    """Say what a ruling would change, and ask for its reason."""
    return _ruling_page(_page(report_id), Ruling(ruling), ReasonForm())


def _ruling_page(page: ProblemPage, chosen: Ruling, form: ReasonForm, *, moved_on: bool = False) -> str:
    session = db.session()
    effect = rulings.effect(session, page.report.item_version_id, ruling=chosen)
    who = names(session, me(), {change.person_id for change in effect.changes})
    return render_template(
        "exams/ruling.html", page=page, chosen=chosen, effect=effect, names=who, form=form, moved_on=moved_on
    )


@bp.post(f"/exam-desk/problems/<int:report_id>/rulings/{RULING}")
@access.may(Action.MANAGE_EXAMS)
def rule(report_id: int, ruling: str) -> ResponseReturnValue:
    """Settle a report by a ruling; every score follows."""
    page, form = _page(report_id), posted(ReasonForm)
    if not form.validate():
        return make_response(_ruling_page(page, Ruling(ruling), form), 422)
    if request.form.get("last_ruling") != str(page.last_ruling_id):
        return make_response(_ruling_page(page, Ruling(ruling), form, moved_on=True), 409)
    version = page.report.item_version
    scored = finishing.rule(
        db.session(), version, ruling=Ruling(ruling), reason=form.reason.data, by_id=me().id, now=arrived_at()
    )
    db.session.commit()
    again = f"{len(scored)} {'exam or drill was' if len(scored) == 1 else 'exams and drills were'} scored again."
    flash(f"Settled. {again if scored else 'It stands in no graded exam, so no score changed.'}", "success")
    return redirect(url_for("exams.problem", report_id=report_id), 303)
