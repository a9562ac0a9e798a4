"""People, requests for a new password, and the audit log."""

import secrets

from flask import Blueprint, current_app, flash, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from coachapp import clock
from coachapp.admin import operations, queries
from coachapp.admin.forms import ROLE_CHOICES, AddPerson, RoleForm
from coachapp.domain.permissions import Action, Role
from coachapp.models import db
from coachapp.models.people import Person
from coachapp.models.twostep import TwoStep
from coachapp.web import access, twostep
from coachapp.web.access import load_or_404
from coachapp.web.context import me, outside_link, settings
from coachapp.web.errors import error_response
from coachapp.web.forms import posted
from coachapp.web.paging import page_number, paginate
from coachapp.web.people import EmailTaken, LastAdmin, add_person
from coachapp.web.reset_tokens import make_reset_token

bp = Blueprint("admin", __name__, url_prefix="/admin")


@bp.get("/")
@access.may(Action.MANAGE_PEOPLE)
def index() -> ResponseReturnValue:
    """Show what waits for the administrator, and the site at a glance."""
    return render_template(
        "admin/index.html", resets=queries.open_resets(db.session()), counts=queries.counts(db.session())
    )


@bp.get("/people")
@access.may(Action.MANAGE_PEOPLE)
def people() -> ResponseReturnValue:
    """List people by name, found by text and role."""
    text = request.args.get("q", "").strip()[:100]
    role = next((r for r in Role if r == request.args.get("role")), None)
    query = queries.people_matching(text, role)
    page = paginate(db.session(), query, number=page_number(request.args.get("page")))
    return render_template("admin/people.html", page=page, text=text, role=role, roles=ROLE_CHOICES)


@bp.get("/people/new")
@access.may(Action.MANAGE_PEOPLE)
def person_new() -> ResponseReturnValue:
    """Show the form for a new account."""
    return render_template("admin/person_new.html", form=AddPerson())


@bp.post("/people/new")
@access.may(Action.MANAGE_PEOPLE)
def person_new_post() -> ResponseReturnValue:
    """Make an account and show the link by which its owner sets a password."""
    form, now = posted(AddPerson), clock.now()
    person = None
    if form.validate():
        try:
            person = add_person(
                db.session(),
                form.email.data,
                name=form.name.data,
                # Nobody knows this password: the account opens by the link alone.
                password=secrets.token_urlsafe(32),
                time_zone=settings().time_zone,
                role=Role(form.role.data),
                actor=me(),
                now=now,
            )
        except EmailTaken:
            form.email.errors = ["There is already an account with this email."]
    if person is None:
        return make_response(render_template("admin/person_new.html", form=form), 422)
    operations.issue_reset_link(db.session(), person, actor=me(), now=now)
    db.session.commit()
    _keep_link(person)
    return redirect(url_for("admin.person", person_id=person.id), 303)


@bp.get("/people/<int:person_id>")
@access.may(Action.MANAGE_PEOPLE)
def person(person_id: int) -> ResponseReturnValue:
    """Show one account; a link for a new password is shown this once."""
    found = _load(person_id)
    kept = session.get("reset_link")
    link = session.pop("reset_link")[1] if kept and kept[0] == person_id else None
    return _person_page(found, RoleForm(obj=found), link=link)


def _person_page(person: Person, form: RoleForm, *, link: str | None = None) -> str:
    two_step = db.session.get(TwoStep, person.id) is not None
    return render_template("admin/person.html", person=person, form=form, link=link, two_step=two_step)


@bp.post("/people/<int:person_id>/role")
@access.may(Action.MANAGE_PEOPLE)
def person_role(person_id: int) -> ResponseReturnValue:
    """Give somebody another role."""
    found, form = _load(person_id), posted(RoleForm)
    if not form.validate():
        return make_response(_person_page(found, form), 422)
    try:
        operations.change_role(db.session(), found, role=Role(form.role.data), actor=me(), now=clock.now())
    except LastAdmin as error:
        return error_response(409, str(error))
    db.session.commit()
    flash(f"{found.name} is now {'an' if form.role.data[0] in 'ai' else 'a'} {form.role.data}.", "success")
    return redirect(url_for("admin.person", person_id=person_id), 303)


@bp.post("/people/<int:person_id>/enabled")
@access.may(Action.MANAGE_PEOPLE)
def person_enabled(person_id: int) -> ResponseReturnValue:
    """Switch an account off or on."""
    found, enabled = _load(person_id), request.form.get("enabled") == "yes"
    try:
        operations.set_enabled(db.session(), found, enabled=enabled, actor=me(), now=clock.now())
    except LastAdmin as error:
        return error_response(409, str(error))
    db.session.commit()
    flash(f"The account of {found.name} is {'on' if enabled else 'off'}.", "success")
    return redirect(url_for("admin.person", person_id=person_id), 303)


@bp.post("/people/<int:person_id>/link")
@access.may(Action.MANAGE_PEOPLE)
def person_link(person_id: int) -> ResponseReturnValue:
    """Make a link for a new password, shown once on the next page."""
    found = _load(person_id)
    operations.issue_reset_link(db.session(), found, actor=me(), now=clock.now())
    db.session.commit()
    _keep_link(found)
    return redirect(url_for("admin.person", person_id=person_id), 303)


@bp.post("/people/<int:person_id>/two-step-off")
@access.may(Action.MANAGE_PEOPLE)
def person_two_step_off(person_id: int) -> ResponseReturnValue:
    """Turn two-step sign-in off for somebody who lost the app and the recovery codes."""
    person = _load(person_id)
    if not twostep.turn_off(db.session(), person, actor=me(), now=clock.now()):
        return error_response(409, f"Two-step sign-in of {person.name} is off already.")
    db.session.commit()
    flash(f"Two-step sign-in of {person.name} is off.", "success")
    return redirect(url_for("admin.person", person_id=person_id), 303)


def _keep_link(found: Person) -> None:
    path = url_for("accounts.new_password", token=make_reset_token(found, str(current_app.secret_key)))
    session["reset_link"] = (found.id, outside_link(path))


def _load(person_id: int) -> Person:
    return load_or_404(select(Person).where(Person.id == person_id))


@bp.get("/audit")
@access.may(Action.READ_AUDIT)
def audit() -> ResponseReturnValue:
    """List what was done to accounts and classes."""
    page = paginate(db.session(), queries.audit_entries(), number=page_number(request.args.get("page")))
    return render_template("admin/audit.html", page=page)
