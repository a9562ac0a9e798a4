"""Two-step sign-in: the second step itself, and the page that turns it on and off. One commit at most a route."""

from flask import abort, flash, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from coachapp import clock
from coachapp.accounts import operations
from coachapp.accounts.forms import NOT_CURRENT, CodeForm, ConfirmForm
from coachapp.accounts.routes import after_sign_in, bp, code_page, knows_password, pending
from coachapp.config import TwoStepRule
from coachapp.domain.permissions import Action
from coachapp.models import db
from coachapp.models.people import Person
from coachapp.models.twostep import TwoStep
from coachapp.web import access, throttle, twostep
from coachapp.web.context import local_path, me, settings
from coachapp.web.devices import known_device
from coachapp.web.filters import duration
from coachapp.web.forms import posted
from coachapp.web.login import begin_sign_in
from coachapp.web.resend import FIELD

# Where a secret waits until a code proves that the app has it.
_SECRET = "two_step_secret"  # noqa: S105  (a name)
_CODES = "recovery_codes"


@bp.post("/sign-in/code")
@access.public
def sign_in_code() -> ResponseReturnValue:
    """Take the code of the second step, and go on as after any sign-in."""
    form, now = posted(CodeForm), clock.now()
    next_path, kept = local_path(request.form.get("next")), request.form.get(FIELD)
    waiting = pending(now)
    person = db.session.get(Person, waiting.person_id) if waiting else None
    row = db.session.get(TwoStep, person.id, with_for_update=True) if person else None
    if waiting is None or person is None or row is None or person.get_id() != waiting.ident or not person.is_active:
        flash("That took too long. Please sign in again.", "warning")
        return redirect(url_for("accounts.sign_in", next=next_path), 303)
    keys = operations.keys_for(person, address=request.remote_addr, device=known_device())
    wait = throttle.seconds_to_wait(db.session(), keys.counted(), now)
    if wait:
        form.form_errors.append(f"Too many codes failed. Try again in {duration(wait)}.")
        return throttle.refusal(code_page(form, next_path=next_path, kept=kept), wait)
    if not form.validate():
        return make_response(code_page(form, next_path=next_path, kept=kept), 422)
    if not twostep.accept(row, form.code.data, now=now):
        throttle.record_failure(db.session(), keys, now)
        db.session.commit()
        form.code.errors = ["This code is not right, or was used already. Wait for the next one, and type that."]
        return make_response(code_page(form, next_path=next_path, kept=kept), 422)
    throttle.record_success(db.session(), keys, now)
    left = len(row.recovery)
    begin_sign_in(person, remember=waiting.remember)
    db.session.commit()
    if left < 3:
        flash(
            f"You have {left} recovery {'code' if left == 1 else 'codes'} left. Make new ones on your profile.", "info"
        )
    return after_sign_in(person, next_path=next_path, kept=kept)


@bp.get("/profile/two-step")
@access.may(Action.USE_TWO_STEP)
@access.without_second_step
def two_step() -> ResponseReturnValue:
    """Show whether two-step sign-in is on, and how to turn it on."""
    return _page(CodeForm(), ConfirmForm(prefix="confirm-"))


def _page(form: CodeForm, confirm: ConfirmForm) -> str:
    person, row = me(), db.session.get(TwoStep, me().id)
    enrolment = None
    if row is None:
        session.setdefault(_SECRET, twostep.new_secret())
        enrolment = twostep.enrolment(person, session[_SECRET])
    return render_template(
        "accounts/two_step.html",
        form=form,
        confirm=confirm,
        row=row,
        enrolment=enrolment,
        codes=session.pop(_CODES, None),
        required=settings().two_step is TwoStepRule.REQUIRED,
    )


@bp.post("/profile/two-step")
@access.may(Action.USE_TWO_STEP)
@access.without_second_step
def two_step_on() -> ResponseReturnValue:
    """Turn two-step sign-in on, once a code shows that the app is set up."""
    form, now, secret = posted(CodeForm), clock.now(), session.get(_SECRET)
    if db.session.get(TwoStep, me().id) is not None:
        return redirect(url_for("accounts.two_step"), 303)
    valid = form.validate()
    step = twostep.step_of_code(secret, form.code.data, now=now) if valid and secret is not None else None
    if step is None or secret is None:
        if valid:
            form.code.errors = ["This code is not right. Check that the clock of your phone is, and type the next one."]
        return make_response(_page(form, ConfirmForm(prefix="confirm-")), 422)
    session[_CODES] = twostep.turn_on(db.session(), me(), secret=secret, step=step, now=now)
    session.pop(_SECRET, None)
    db.session.commit()
    flash("Two-step sign-in is on.", "success")
    return redirect(url_for("accounts.two_step"), 303)


def _confirmed(confirm: ConfirmForm) -> bool:
    """Check the password; a wrong one is counted, which the route commits."""
    if not confirm.validate():
        return False
    if not knows_password(confirm.current_password.data, clock.now()):
        confirm.current_password.errors = [NOT_CURRENT]
        return False
    return True


@bp.post("/profile/two-step/off")
@access.may(Action.USE_TWO_STEP)
def two_step_off() -> ResponseReturnValue:
    """Turn two-step sign-in off, with the password."""
    confirm = posted(ConfirmForm, prefix="confirm-")
    done = _confirmed(confirm)
    if done:
        twostep.turn_off(db.session(), me(), actor=me(), now=clock.now())
    db.session.commit()
    if not done:
        return make_response(_page(CodeForm(), confirm), 422)
    flash("Two-step sign-in is off.", "success")
    return redirect(url_for("accounts.two_step"), 303)


@bp.post("/profile/two-step/recovery")
@access.may(Action.USE_TWO_STEP)
def two_step_recovery() -> ResponseReturnValue:
    """Make new recovery codes, with the password; the ones before count no more."""
    confirm, row = posted(ConfirmForm, prefix="confirm-"), db.session.get(TwoStep, me().id)
    if row is None:
        abort(409, "Two-step sign-in is off.")
    done = _confirmed(confirm)
    if done:
        session[_CODES] = twostep.renew_recovery(db.session(), row, now=clock.now())
    db.session.commit()
    if not done:
        return make_response(_page(CodeForm(), confirm), 422)
    return redirect(url_for("accounts.two_step"), 303)
