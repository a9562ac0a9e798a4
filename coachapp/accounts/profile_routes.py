"""A person's own settings."""

from flask import abort, flash, make_response, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import logout_user

from coachapp import clock
from coachapp.accounts import operations
from coachapp.accounts.forms import NOT_CURRENT, PASSWORD_HELP, ChangePassword, ProfileForm
from coachapp.accounts.routes import bp, knows_password
from coachapp.attempts import accommodations
from coachapp.attempts.scopes import class_titles
from coachapp.content.plans import bundled_plans
from coachapp.domain.identity import TextUse, normal_text
from coachapp.models import db
from coachapp.web import access
from coachapp.web.context import me
from coachapp.web.devices import remember_device
from coachapp.web.forms import posted
from coachapp.web.login import begin_sign_in, device_sign_in_id, device_sign_ins, end_device_sign_in, uses_second_step
from coachapp.web.people import EmailTaken


@bp.get("/profile")
@access.signed_in
def profile() -> ResponseReturnValue:
    """Show name, address, time zone, accommodations and the way to the password."""
    return _profile_page(ProfileForm(obj=me()))


def _profile_page(form: ProfileForm) -> str:
    person_id = me().id
    granted = accommodations.current(db.session(), [person_id]).get(person_id, [])
    return render_template(
        "accounts/profile.html",
        form=form,
        devices=device_sign_ins(db.session(), person_id, now=clock.now()),
        this_device=device_sign_in_id(),
        two_step=uses_second_step(),
        granted=granted,
        exams={plan.id: plan.title for plan in bundled_plans().plans.values()}
        | class_titles(db.session(), [row.scope for row in granted]),
    )


@bp.post("/profile")
@access.signed_in
def profile_post() -> ResponseReturnValue:
    """Save name, address and time zone; a new address needs the password."""
    person, form = me(), posted(ProfileForm)
    saved = form.validate()
    if saved and form.email.data != normal_text(person.email, TextUse.ADDRESS):
        if not knows_password(form.current_password.data or "", clock.now()):
            form.current_password.errors = ["To change your email, type your current password here."]
            saved = False
        else:
            try:
                operations.change_email(db.session(), person, email=form.email.data)
            except EmailTaken:
                form.email.errors = ["Another account has this email."]
                saved = False
    if saved:
        person.name, person.time_zone = form.name.data, form.time_zone.data
    # Also after a refusal: a wrong password has been counted.
    db.session.commit()
    if not saved:
        return make_response(_profile_page(form), 422)
    flash("Saved.", "success")
    return redirect(url_for("accounts.profile"), 303)


@bp.get("/profile/password")
@access.signed_in
def password() -> ResponseReturnValue:
    """Show the form for another password."""
    return render_template("accounts/password.html", form=ChangePassword(), password_help=PASSWORD_HELP)


@bp.post("/profile/password")
@access.signed_in
def password_post() -> ResponseReturnValue:
    """Change the password; other devices are signed out, this one stays."""
    person, now = me(), clock.now()
    form = posted(ChangePassword, email=person.email)
    changed = form.validate()
    if changed and not knows_password(form.current_password.data, now):
        form.current_password.errors = [NOT_CURRENT]
        changed = False
    if changed:
        operations.set_password(db.session(), person, password=form.password.data, actor=person, now=now)
        begin_sign_in(person)
    db.session.commit()
    if not changed:
        page = render_template("accounts/password.html", form=form, password_help=PASSWORD_HELP)
        return make_response(page, 422)
    flash("Your password is changed. Other devices are signed out.", "success")
    answer = redirect(url_for("accounts.profile"), 303)
    remember_device(answer, person)
    return answer


@bp.post("/profile/devices/<int:sign_in_id>/sign-out")
@access.signed_in
def sign_out_device(sign_in_id: int) -> ResponseReturnValue:
    """End the sign-in of another device, or of this one."""
    if not end_device_sign_in(me().id, sign_in_id):
        abort(404, "That device is not signed in any more.")
    here = sign_in_id == device_sign_in_id()
    db.session.commit()
    if here:
        logout_user()
        session.clear()
        flash("You are signed out.", "success")
        return redirect(url_for("accounts.sign_in"), 303)
    flash("That device is signed out.", "success")
    return redirect(url_for("accounts.profile", _anchor="devices"), 303)


@bp.post("/profile/sign-out-everywhere")
@access.signed_in
def sign_out_everywhere() -> ResponseReturnValue:
    """End all sign-ins of this person."""
    operations.sign_out_everywhere(db.session(), me(), now=clock.now())
    db.session.commit()
    logout_user()
    session.clear()
    flash("You are signed out on every device.", "success")
    return redirect(url_for("accounts.sign_in"), 303)
