"""The exam desk: what waits, late answers, accommodations, and voiding a sitting. Each route commits at most once."""

from collections.abc import Sequence

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coachapp.attempts import accommodations, regrading
from coachapp.domain.oversight import Subject
from coachapp.domain.permissions import Action
from coachapp.domain.sittings import SittingState
from coachapp.exams import desk, granting, latesaves, operations, problems
from coachapp.exams.arrival import arrived_at
from coachapp.exams.desk import EVERYWHERE
from coachapp.exams.deskforms import GrantForm, grant_form
from coachapp.exams.routes import bp
from coachapp.models import db
from coachapp.models.people import Person
from coachapp.models.sittings import AccommodationGrant
from coachapp.web import access
from coachapp.web.context import me
from coachapp.web.errors import error_response
from coachapp.web.forms import ReasonForm, posted
from coachapp.web.paging import page_number


@bp.get("/exam-desk")
@access.may(Action.MANAGE_EXAMS)
def exam_desk() -> ResponseReturnValue:
    """Show what waits for the instructor, and the exams under way."""
    session = db.session()
    return render_template(
        "exams/exam_desk.html",
        problems=problems.open_count(session),
        late=desk.late_count(session, me()),
        keys=regrading.count_to_decide(session),
        under_way=desk.under_way(session, me(), now=arrived_at()),
    )


@bp.get("/exam-desk/late")
@access.may(Action.MANAGE_EXAMS)
def late() -> ResponseReturnValue:
    """List the sittings with answers that arrived after the close."""
    page, rows = latesaves.late_sittings(db.session(), me(), number=page_number(request.args.get("page")))
    return render_template("exams/late.html", page=page, rows=rows)


@bp.get("/exam-desk/late/<int:sitting_id>")
@access.may(Action.MANAGE_EXAMS)
def late_answers(sitting_id: int) -> ResponseReturnValue:
    """Show the late answers of one sitting beside those that count."""
    sitting = access.load_or_404(desk.sitting_of(me(), sitting_id, Subject.LATE_ANSWERS))
    return render_template("exams/late_answers.html", page=latesaves.late_page(db.session(), sitting))


@bp.get("/exam-desk/learners")
@access.may(Action.MANAGE_EXAMS)
def learners() -> ResponseReturnValue:
    """List accommodations by person, and find people to grant them to."""
    text, everyone = request.args.get("q", "").strip()[:100], request.args.get("show") == "all"
    number = page_number(request.args.get("page"))
    page, rows = granting.learner_list(db.session(), me(), text=text, everyone=everyone or bool(text), number=number)
    return render_template(
        "exams/learners.html",
        page=page,
        rows=rows,
        text=text,
        everyone=everyone,
        exams=desk.exam_titles(db.session(), me()),
    )


@bp.get("/exam-desk/learners/<int:person_id>")
@access.may(Action.MANAGE_EXAMS)
def learner(person_id: int) -> ResponseReturnValue:
    """Show one person's accommodations and sittings, with the form filled in for the exam chosen."""
    person, titles = _learner(person_id), _titles(person_id)
    scope = request.args.get("scope", "")
    if scope not in titles:
        scope = next(iter(titles), EVERYWHERE)
    row = next((row for row in _granted(person) if (row.scope or EVERYWHERE) == scope), None)
    return _learner_page(person, grant_form(titles, scope, row), ReasonForm(prefix="end-"), titles)


def _granted(person: Person) -> Sequence[AccommodationGrant]:
    return granting.granted_within_reach(db.session(), me(), [person.id]).get(person.id, [])


def _learner(person_id: int) -> Person:
    return access.load_or_404(desk.learner(me(), person_id))


def _titles(person_id: int) -> dict[str, str]:
    return desk.exam_titles(db.session(), me(), learner_id=person_id)


def _learner_page(person: Person, form: GrantForm, ending: ReasonForm, titles: dict[str, str]) -> str:
    page = granting.learner_page(db.session(), me(), person)
    return render_template("exams/learner.html", page=page, form=form, ending=ending, exams=titles)


@bp.post("/exam-desk/learners/<int:person_id>")
@access.may(Action.MANAGE_EXAMS)
def grant(person_id: int) -> ResponseReturnValue:
    """Grant or change accommodations; exams under way get longer at once, never shorter."""
    person, titles = _learner(person_id), _titles(person_id)
    form = posted(GrantForm, exams=titles)
    if not form.validate():
        return make_response(_learner_page(person, form, ReasonForm(prefix="end-"), titles), 422)
    reached = accommodations.grant(
        db.session(),
        person.id,
        scope=form.scope.data or None,
        factor=form.exact_factor(),
        extra=form.extra.data,
        breaks=form.breaks.data,
        extension=form.extension.data,
        reason=form.reason.data,
        by_id=me().id,
        now=arrived_at(),
    )
    db.session.commit()
    under_way = f" {reached} under way {'has' if reached == 1 else 'have'} it already." if reached else ""
    flash(f"Granted to {person.name}.{under_way}", "success")
    return redirect(url_for("exams.learner", person_id=person_id), 303)


@bp.post("/exam-desk/learners/<int:person_id>/end")
@access.may(Action.MANAGE_EXAMS)
def end_grant(person_id: int) -> ResponseReturnValue:
    """End what is granted for every exam or for one; exams under way keep the time they have."""
    person, titles = _learner(person_id), _titles(person_id)
    ending, scope = posted(ReasonForm, prefix="end-"), request.form.get("scope", EVERYWHERE)
    if not ending.validate():
        return make_response(_learner_page(person, grant_form(titles, EVERYWHERE, None), ending, titles), 422)
    if not any((row.scope or EVERYWHERE) == scope for row in _granted(person)):
        return error_response(409, "This was ended already, perhaps in another tab. Nothing was changed.")
    accommodations.grant(
        db.session(), person.id, scope=scope or None, reason=ending.reason.data, by_id=me().id, now=arrived_at()
    )
    db.session.commit()
    flash(f"Ended for {person.name}. Exams under way keep the time they have.", "success")
    return redirect(url_for("exams.learner", person_id=person_id), 303)


@bp.get("/exam-desk/sittings/<int:sitting_id>/void")
@access.may(Action.MANAGE_EXAMS)
def void(sitting_id: int) -> ResponseReturnValue:
    """Say what voiding a sitting means, and ask for the reason."""
    sitting = access.load_or_404(desk.sitting_of(me(), sitting_id, Subject.SITTING))
    return render_template("exams/void.html", sitting=sitting, form=ReasonForm())


@bp.post("/exam-desk/sittings/<int:sitting_id>/void")
@access.may(Action.MANAGE_EXAMS)
def void_post(sitting_id: int) -> ResponseReturnValue:
    """Take a sitting out of the record, so that the person may sit the exam anew."""
    sitting, form = access.load_or_404(desk.sitting_of(me(), sitting_id, Subject.SITTING)), posted(ReasonForm)
    if not form.validate():
        return make_response(render_template("exams/void.html", sitting=sitting, form=form), 422)
    if sitting.state is SittingState.VOIDED:
        return error_response(409, "This exam was voided already, perhaps in another tab. Nothing was changed.")
    operations.void_sitting(db.session(), sitting, actor=me(), reason=form.reason.data, now=arrived_at())
    db.session.commit()
    flash(f"Voided. {sitting.person.name} can start “{sitting.plan['title']}” anew.", "success")
    return redirect(url_for("exams.learner", person_id=sitting.person_id), 303)
