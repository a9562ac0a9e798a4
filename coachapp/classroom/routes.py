"""Joining a class by its code, and an instructor's own classes."""

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, select

from coachapp import clock
from coachapp.classroom import operations, queries
from coachapp.classroom.assignment_queries import given_rows
from coachapp.classroom.forms import ClassForm, JoinForm
from coachapp.content.plans import bundled_plans
from coachapp.domain.permissions import Action
from coachapp.models import db
from coachapp.models.classroom import Classroom, Membership, RemovedMember
from coachapp.models.people import ThrottleKind
from coachapp.web import access, throttle
from coachapp.web.access import load_or_404
from coachapp.web.context import me, outside_link
from coachapp.web.filters import duration
from coachapp.web.forms import posted

bp = Blueprint("classroom", __name__)


@bp.get("/join")
@access.may(Action.JOIN_CLASS)
def join() -> ResponseReturnValue:
    """Show the box for a class code, filled in from a link's `code`, and the classes joined so far."""
    return _join_page(JoinForm(data={"code": request.args.get("code", "")[:40]}))


@bp.post("/join")
@access.may(Action.JOIN_CLASS)
def join_post() -> ResponseReturnValue:
    """Join the class with the code."""
    form, now = posted(JoinForm), clock.now()
    counted = {ThrottleKind.JOIN: throttle.person_key(me().id)}
    if wait := throttle.seconds_to_wait(db.session(), counted, now):
        form.form_errors.append(f"Too many codes failed. Try again in {duration(wait)}, or ask your instructor.")
        return throttle.refusal(_join_page(form), wait)
    said = None
    if form.validate():
        try:
            classroom = operations.join(db.session(), me(), code=form.code.data, now=now)
            said = (f"You are now in {classroom.name}.", "success")
        except operations.AskedToJoin as error:
            said = (str(error), "info")
        except operations.CannotJoin as error:
            form.code.errors = [str(error)]
            # Who tries codes may not find out which classes there are.
            throttle.count(db.session(), ThrottleKind.JOIN, counted[ThrottleKind.JOIN], now)
    # Also after a refusal: the try has been counted.
    db.session.commit()
    if said is None:
        return make_response(_join_page(form), 422)
    flash(*said)
    return redirect(url_for("classroom.join"), 303)


def _join_page(form: JoinForm) -> str:
    return render_template("classroom/join.html", form=form, memberships=queries.memberships_of(db.session(), me()))


@bp.post("/join/<int:classroom_id>/leave")
@access.may(Action.JOIN_CLASS)
def leave(classroom_id: int) -> ResponseReturnValue:
    """Leave a class."""
    query = select(Membership).where(Membership.classroom_id == classroom_id, Membership.person_id == me().id)
    membership = load_or_404(query)
    name = membership.classroom.name
    db.session.delete(membership)
    db.session.commit()
    flash(f"You left {name}. With its code you can join again.", "success")
    return redirect(url_for("classroom.join"), 303)


@bp.get("/classes")
@access.may(Action.MANAGE_CLASSES)
def classes() -> ResponseReturnValue:
    """Show the instructor's classes and the form for a new one."""
    return _classes_page(ClassForm())


@bp.post("/classes")
@access.may(Action.MANAGE_CLASSES)
def classes_post() -> ResponseReturnValue:
    """Open a class."""
    form = posted(ClassForm)
    if not form.validate():
        return make_response(_classes_page(form), 422)
    classroom = operations.create_classroom(db.session(), me(), name=form.name.data, now=clock.now())
    db.session.commit()
    return redirect(url_for("classroom.classroom", classroom_id=classroom.id), 303)


def _classes_page(form: ClassForm) -> str:
    return render_template("classroom/classes.html", form=form, classes=queries.classes_of(db.session(), me()))


def mine(classroom_id: int) -> Select[Classroom]:
    """Select a class, if the person at hand teaches it."""
    return select(Classroom).where(Classroom.id == classroom_id, Classroom.instructor_id == me().id)


@bp.get("/classes/<int:classroom_id>")
@access.may(Action.MANAGE_CLASSES)
def classroom(classroom_id: int) -> ResponseReturnValue:
    """Show a class: what it was given, its code, and who is in it."""
    found = load_or_404(mine(classroom_id))
    now, members = clock.now(), queries.members_of(db.session(), found)
    people, plans = [member.person_id for member in members], bundled_plans().plans
    return render_template(
        "classroom/classroom.html",
        classroom=found,
        code=operations.shown_code(found.join_code),
        members=members,
        removed=queries.removed_from(db.session(), found),
        join_link=outside_link(url_for("classroom.join", code=operations.shown_code(found.join_code))),
        given=given_rows(db.session(), found, people, plans=plans, now=now),
        now=now,
    )


@bp.post("/classes/<int:classroom_id>/joining")
@access.may(Action.MANAGE_CLASSES)
def classroom_joining(classroom_id: int) -> ResponseReturnValue:
    """Open a class to new members, or close it."""
    found = load_or_404(mine(classroom_id))
    opened = request.form.get("open") == "yes"
    operations.set_open(db.session(), found, opened=opened, actor=me(), now=clock.now())
    db.session.commit()
    flash("New members may join." if opened else "Nobody new may join now.", "success")
    return redirect(url_for("classroom.classroom", classroom_id=classroom_id), 303)


@bp.post("/classes/<int:classroom_id>/members/<int:membership_id>/remove")
@access.may(Action.MANAGE_CLASSES)
def member_remove(classroom_id: int, membership_id: int) -> ResponseReturnValue:
    """Take somebody out of a class."""
    found = load_or_404(mine(classroom_id))
    row = select(Membership).where(Membership.id == membership_id, Membership.classroom_id == found.id)
    membership = load_or_404(row)
    name = membership.person.name
    operations.remove_member(db.session(), membership, actor=me(), now=clock.now())
    db.session.commit()
    flash(f"{name} is no longer in this class.", "success")
    return redirect(url_for("classroom.classroom", classroom_id=classroom_id), 303)


@bp.post("/classes/<int:classroom_id>/code")
@access.may(Action.MANAGE_CLASSES)
def classroom_code(classroom_id: int) -> ResponseReturnValue:
    """Give a class another join code."""
    classroom = load_or_404(mine(classroom_id))
    operations.change_code(db.session(), classroom, actor=me(), now=clock.now())
    db.session.commit()
    flash("The class has a new code. The one before opens nothing any more.", "success")
    return redirect(url_for("classroom.classroom", classroom_id=classroom_id, _anchor="joining"), 303)


@bp.post("/classes/<int:classroom_id>/removed/<int:removed_id>/<any(admit, decline):decision>")
@access.may(Action.MANAGE_CLASSES)
def removed_member(classroom_id: int, removed_id: int, decision: str) -> ResponseReturnValue:
    """Let somebody who was taken out into the class again, or decline their request."""
    classroom = load_or_404(mine(classroom_id))
    row = select(RemovedMember).where(RemovedMember.id == removed_id, RemovedMember.classroom_id == classroom.id)
    removed = load_or_404(row)
    name = removed.person.name
    if decision == "admit":
        operations.readmit(db.session(), classroom, removed, actor=me(), now=clock.now())
    else:
        removed.asked_at = None
    db.session.commit()
    flash(f"{name} is in this class again." if decision == "admit" else f"{name}’s request is declined.", "success")
    return redirect(url_for("classroom.classroom", classroom_id=classroom_id), 303)
