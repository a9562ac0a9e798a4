"""Work given to a class: its instructor gives and follows it, its students find it. Each route commits at most once."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coachapp import clock
from coachapp.attempts.assigned import assigned_to, kind_of
from coachapp.classroom import assignment_queries, giving
from coachapp.classroom.assignment_forms import GIVE, AssignmentForm, WithClose, stored_values
from coachapp.classroom.routes import bp, mine
from coachapp.content.plans import bundled_plans
from coachapp.content.render import render_document
from coachapp.domain.assignments import WorkKind
from coachapp.domain.permissions import Action
from coachapp.models import db
from coachapp.models.classroom import Assignment, Classroom
from coachapp.web import access
from coachapp.web.access import load_or_404
from coachapp.web.context import me, settings
from coachapp.web.forms import posted

_USUAL_TIME = timedelta(days=7)


@bp.get("/assignments")
@access.signed_in
def assignments() -> ResponseReturnValue:
    """List what was given to this person's classes: to do, handed in, over."""
    now = clock.now()
    found = assigned_to(
        db.session(),
        me().id,
        now=now,
        plans=bundled_plans().plans,
        unverified=me().may(Action.SEE_UNVERIFIED),
        cpt=settings().include_cpt,
    )
    page = assignment_queries.assignments_page(found)
    words = {one.id: render_document(one.instructions) for one in found if one.instructions}
    return render_template("classroom/assignments.html", page=page, words=words, now=now)


def _works(kind: WorkKind) -> Any:
    if kind is WorkKind.CASE:
        return assignment_queries.case_choices(db.session(), cpt=settings().include_cpt)
    return assignment_queries.plan_choices(bundled_plans().plans, kind)


def _kind(text: str | None) -> WorkKind:
    try:
        return WorkKind(text or WorkKind.CASE)
    except ValueError:
        abort(404)


@bp.get("/classes/<int:classroom_id>/assignments/new")
@access.may(Action.MANAGE_CLASSES)
def assignment_new(classroom_id: int) -> ResponseReturnValue:
    """Show the form that gives cases, a drill or an exam to a class."""
    found, kind, now = load_or_404(mine(classroom_id)), _kind(request.args.get("kind")), clock.now()
    zone = assignment_queries.last_zone(db.session(), found) or me().time_zone
    day = (now + _USUAL_TIME).astimezone(ZoneInfo(zone)).date()
    works = _works(kind)
    form = GIVE[kind](data={"due": datetime.combine(day, time(23, 59)), "zone": zone}, works=works, now=now)
    return _new_page(found, kind, form, works)


def _new_page(classroom: Classroom, kind: WorkKind, form: AssignmentForm, works: Any) -> str:
    return render_template(
        "classroom/assignment_new.html", classroom=classroom, kind=kind, kinds=list(WorkKind), form=form, works=works
    )


@bp.post("/classes/<int:classroom_id>/assignments")
@access.may(Action.MANAGE_CLASSES)
def assignment_new_post(classroom_id: int) -> ResponseReturnValue:
    """Give work to a class."""
    found, kind, now = load_or_404(mine(classroom_id)), _kind(request.form.get("kind")), clock.now()
    works = _works(kind)
    form = posted(GIVE[kind], works=works, now=now)
    if not form.validate():
        return make_response(_new_page(found, kind, form, works), 422)
    dates = form.dates()
    made = giving.give(
        db.session(),
        found,
        works=form.chosen(),
        instructions=form.instructions.data or "",
        dates=dates,
        zone=form.zone.data,
        now=now,
    )
    db.session.commit()
    count = f"{len(made)} assignments" if len(made) > 1 else "the assignment"
    seen = "Students see it now." if len(made) < 2 else "Students see them now."
    flash(f"Gave {count}. {seen}" if dates.opens_at <= now else f"Gave {count}, from its opening on.", "success")
    return redirect(url_for("classroom.classroom", classroom_id=classroom_id), 303)


def _own(classroom_id: int, assignment_id: int) -> Assignment:
    return load_or_404(assignment_queries.own_assignment(me().id, classroom_id, assignment_id))


@bp.get("/classes/<int:classroom_id>/assignments/<int:assignment_id>")
@access.may(Action.MANAGE_CLASSES)
def assignment(classroom_id: int, assignment_id: int) -> ResponseReturnValue:
    """Show an assignment and how far every member is, those first who need a word."""
    found, now = _own(classroom_id, assignment_id), clock.now()
    page = assignment_queries.given_page(db.session(), found, plans=bundled_plans().plans, now=now)
    return render_template("classroom/assignment.html", classroom=found.classroom, page=page, now=now)


def _edit_form(found: Assignment) -> type[AssignmentForm]:
    return WithClose if kind_of(found, bundled_plans().plans) is WorkKind.EXAM else AssignmentForm


@bp.get("/classes/<int:classroom_id>/assignments/<int:assignment_id>/edit")
@access.may(Action.MANAGE_CLASSES)
def assignment_edit(classroom_id: int, assignment_id: int) -> ResponseReturnValue:
    """Show the form that changes words and dates of an assignment."""
    found = _own(classroom_id, assignment_id)
    form = _edit_form(found)(data=stored_values(found), now=clock.now(), new=False)
    return _edit_page(found, form)


def _edit_page(found: Assignment, form: AssignmentForm) -> str:
    return render_template("classroom/assignment_edit.html", classroom=found.classroom, assignment=found, form=form)


@bp.post("/classes/<int:classroom_id>/assignments/<int:assignment_id>/edit")
@access.may(Action.MANAGE_CLASSES)
def assignment_edit_post(classroom_id: int, assignment_id: int) -> ResponseReturnValue:
    """Change words and dates of an assignment."""
    found, now = _own(classroom_id, assignment_id), clock.now()
    form = posted(_edit_form(found), now=now, new=False)
    if not form.validate():
        return make_response(_edit_page(found, form), 422)
    try:
        giving.change(
            db.session(),
            found,
            title=form.title.data,
            instructions=form.instructions.data or "",
            dates=form.dates(),
            zone=form.zone.data,
            plans=bundled_plans().plans,
            now=now,
        )
    except giving.WouldNotCount as error:
        who = "Somebody has" if error.people == 1 else f"{error.people} people have"
        form.opens.errors = [f"{who} handed in before this; it would count no more. Choose an earlier opening."]
        return make_response(_edit_page(found, form), 422)
    db.session.commit()
    flash("Saved.", "success")
    address = url_for("classroom.assignment", classroom_id=classroom_id, assignment_id=assignment_id)
    return redirect(address, 303)


@bp.post("/classes/<int:classroom_id>/assignments/<int:assignment_id>/take-back")
@access.may(Action.MANAGE_CLASSES)
def assignment_take_back(classroom_id: int, assignment_id: int) -> ResponseReturnValue:
    """Take an assignment back; nothing of the students' work is lost."""
    found = _own(classroom_id, assignment_id)
    title = found.title
    giving.take_back(db.session(), found)
    db.session.commit()
    flash(f"Took back “{title}”. What students did stays theirs.", "success")
    return redirect(url_for("classroom.classroom", classroom_id=classroom_id), 303)
