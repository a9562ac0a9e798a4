"""Registering, signing in and out, and setting a forgotten password."""

from dataclasses import dataclass
from datetime import datetime

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import current_user, logout_user

from coachapp import clock
from coachapp.accounts import operations
from coachapp.accounts.forms import PASSWORD_HELP, CodeForm, NewPassword, Register, ResetForm, SignInForm
from coachapp.accounts.mail import send_soon
from coachapp.config import Registration
from coachapp.models import db
from coachapp.models.people import Person, ThrottleKind
from coachapp.models.twostep import TwoStep
from coachapp.web import access, resend, throttle
from coachapp.web.context import from_this_machine, home_path, local_path, me, settings, wants_json
from coachapp.web.devices import known_device, remember_device
from coachapp.web.errors import error_response
from coachapp.web.filters import duration
from coachapp.web.forms import posted
from coachapp.web.login import begin_sign_in, device_sign_in_id, end_device_sign_in, login
from coachapp.web.people import EmailTaken, add_person
from coachapp.web.reset_tokens import make_reset_token, person_of_token

bp = Blueprint("accounts", __name__)

# Where a sign-in waits for its second step, and for how long.
_PENDING = "second_step"
SECOND_STEP_SECONDS = 600


@login.unauthorized_handler
def signed_out() -> ResponseReturnValue:
    """Answer somebody signed out: a page to sign in, which keeps what was being sent and leads back."""
    if wants_json():
        answer = error_response(401)
        answer.headers["X-Sign-In"] = url_for("accounts.sign_in")
        return answer
    if request.method in ("GET", "HEAD"):
        target = request.full_path if request.query_string else request.path
        return redirect(url_for("accounts.sign_in", next=request.root_path + target), 303)
    work = resend.posted_work()
    form = SignInForm()
    return _sign_in_page(form, 401, next_path=None, kept=resend.seal(work) if work else None, interrupted=True)


def _sign_in_page(
    form: SignInForm, status: int = 200, *, next_path: str | None, kept: str | None, interrupted: bool = False
) -> ResponseReturnValue:
    page = render_template(
        "accounts/sign_in.html",
        form=form,
        next_path=next_path,
        kept=kept,
        kept_field=resend.FIELD,
        interrupted=interrupted,
        open_registration=settings().registration is Registration.OPEN,
    )
    return make_response(page, status)


@bp.get("/sign-in")
@access.public
def sign_in() -> ResponseReturnValue:
    """Show the sign-in form."""
    next_path = local_path(request.args.get("next"))
    if current_user.is_authenticated:
        return redirect(next_path or home_path(), 303)
    return _sign_in_page(SignInForm(), next_path=next_path, kept=None)


@bp.post("/sign-in")
@access.public
def sign_in_post() -> ResponseReturnValue:
    """Sign in, and go on where the person was going; work that was interrupted is offered for sending."""
    form = posted(SignInForm)
    next_path, kept = local_path(request.form.get("next")), request.form.get(resend.FIELD)
    if not form.validate():
        return _sign_in_page(form, 422, next_path=next_path, kept=kept)
    outcome = operations.sign_in(
        db.session(),
        form.email.data,
        password=form.password.data,
        address=request.remote_addr,
        device=known_device(),
        from_this_machine=from_this_machine(),
        now=clock.now(),
    )
    person = outcome.person
    second = person is not None and db.session.get(TwoStep, person.id) is not None
    if person is not None and not second:
        begin_sign_in(person, remember=form.remember.data)
    db.session.commit()
    if person is None:
        if outcome.wait_seconds:
            form.form_errors.append(
                f"Too many sign-ins failed. Try again in {duration(outcome.wait_seconds)}, or set a new password."
            )
            return throttle.refusal(_sign_in_page(form, next_path=next_path, kept=kept), outcome.wait_seconds)
        text = outcome.refused or "No account has this email and password. Check both, or set a new password."
        form.form_errors.append(text)
        return _sign_in_page(form, 422, next_path=next_path, kept=kept)
    if second:
        session.clear()
        session[_PENDING] = [person.get_id(), bool(form.remember.data), int(clock.now().timestamp())]
        return code_page(CodeForm(), next_path=next_path, kept=kept)
    return after_sign_in(person, next_path=next_path, kept=kept)


def after_sign_in(person: Person, *, next_path: str | None, kept: str | None) -> ResponseReturnValue:
    """Go on where the person was going; work that was interrupted is offered for sending."""
    work = resend.unseal(kept)
    if work is not None:
        answer = make_response(render_template("accounts/send_again.html", work=work, person=person))
    else:
        answer = make_response(redirect(next_path or home_path(), 303))
    remember_device(answer, person)
    return answer


@dataclass(frozen=True, slots=True)
class SecondStep:
    """A sign-in that waits for its second step. `ident`: id and epoch of the person whose password was right."""

    ident: str
    remember: bool

    @property
    def person_id(self) -> int:
        """Return whose sign-in it is."""
        return int(self.ident.partition(".")[0])


def pending(now: datetime) -> SecondStep | None:
    """Return the sign-in of this browser that waits for its second step, None if it does not or waited too long."""
    ident, remember, since = session.get(_PENDING, ("", False, 0))
    if not 0 <= now.timestamp() - since <= SECOND_STEP_SECONDS:
        return None
    return SecondStep(ident, remember)


def code_page(form: CodeForm, *, next_path: str | None, kept: str | None) -> str:
    """Return the page that asks for the code of the second step."""
    return render_template(
        "accounts/sign_in_code.html", form=form, next_path=next_path, kept=kept, kept_field=resend.FIELD
    )


@bp.post("/sign-out")
@access.public
def sign_out() -> ResponseReturnValue:
    """Sign out on this device, on the server too; whoever is signed out already just stays so."""
    if (number := device_sign_in_id()) is not None:
        end_device_sign_in(me().id, number)
        db.session.commit()
    logout_user()
    remember_cookie = session.get("_remember")
    session.clear()
    if remember_cookie is not None:
        session["_remember"] = remember_cookie  # tells Flask-Login to take its own cookie back
    flash("You are signed out.", "success")
    return redirect(url_for("accounts.sign_in"), 303)


@bp.get("/register")
@access.public
def register() -> ResponseReturnValue:
    """Show the form for a new account."""
    _need_open_registration()
    if current_user.is_authenticated:
        return redirect(home_path(), 303)
    return _register_page(Register(), local_path(request.args.get("next")))


@bp.post("/register")
@access.public
def register_post() -> ResponseReturnValue:
    """Make an account and sign in to it."""
    _need_open_registration()
    form = posted(Register)
    next_path = local_path(request.form.get("next"))
    person, counted, now = None, {ThrottleKind.REGISTER: throttle.address_key(request.remote_addr)}, clock.now()
    if form.validate():
        if wait := throttle.seconds_to_wait(db.session(), counted, now):
            form.form_errors.append(f"Too many accounts were made from your network. Try again in {duration(wait)}.")
            return throttle.refusal(_register_page(form, next_path), wait)
        throttle.count(db.session(), ThrottleKind.REGISTER, counted[ThrottleKind.REGISTER], now)
        try:
            person = add_person(
                db.session(),
                form.email.data,
                name=form.name.data,
                password=form.password.data,
                time_zone=settings().time_zone,
                now=now,
            )
        except EmailTaken:
            form.email.errors = ["There is already an account with this email. Sign in, or set a new password."]
    if person is not None:
        begin_sign_in(person)
    # Also after a refusal: the try has been counted.
    db.session.commit()
    if person is None:
        return make_response(_register_page(form, next_path), 422)
    flash(f"Welcome, {person.name}. Your account is ready.", "success")
    answer = redirect(next_path or home_path(), 303)
    remember_device(answer, person)
    return answer


def _register_page(form: Register, next_path: str | None) -> str:
    return render_template("accounts/register.html", form=form, next_path=next_path, password_help=PASSWORD_HELP)


def knows_password(password: str, now: datetime) -> bool:
    """Say whether the person who is signed in gave their password; a wrong one is counted, which the route commits."""
    return operations.confirm_password(
        db.session(), me(), password=password, address=request.remote_addr, device=known_device(), now=now
    )


def _need_open_registration() -> None:
    if settings().registration is Registration.CLOSED:
        abort(403, "New accounts on this site are made by its administrator. Ask there for one.")


@bp.get("/reset")
@access.public
def reset() -> ResponseReturnValue:
    """Show the form that asks for a link to set a new password."""
    return _reset_page(ResetForm())


def _reset_page(form: ResetForm) -> str:
    return render_template("accounts/reset.html", form=form, by_mail=settings().sends_mail)


@bp.post("/reset")
@access.public
def reset_post() -> ResponseReturnValue:
    """Send the link, or tell the administrator; the answer is the same whether or not the account exists."""
    form, now = posted(ResetForm), clock.now()
    if not form.validate():
        return make_response(_reset_page(form), 422)
    key = throttle.address_key(request.remote_addr)
    if wait := throttle.seconds_to_wait(db.session(), {ThrottleKind.RESET: key}, now):
        form.form_errors.append(f"Too many links were asked for from your network. Try again in {duration(wait)}.")
        return throttle.refusal(_reset_page(form), wait)
    throttle.count(db.session(), ThrottleKind.RESET, key, now)
    person = operations.request_reset(db.session(), form.email.data, mailed=settings().sends_mail, now=now)
    to = None
    if person is not None and settings().sends_mail:
        path = url_for("accounts.new_password", token=make_reset_token(person, str(current_app.secret_key)))
        to = person.email
        text = render_template("email/reset.txt", name=person.name, link=settings().address + path)
    db.session.commit()
    if to is not None:
        send_soon(settings(), to=to, subject="Set a new password for Coachapp", text=text)
    return redirect(url_for("accounts.reset_sent"), 303)


@bp.get("/reset/sent")
@access.public
def reset_sent() -> ResponseReturnValue:
    """Say what happens next."""
    return render_template("accounts/reset_sent.html", by_mail=settings().sends_mail)


@bp.get("/reset/link/<token>")
@access.public
def new_password(token: str) -> ResponseReturnValue:
    """Show the form for a new password to whoever holds a good link."""
    person = _person_of_link(token)
    return _new_password_page(NewPassword(email=person.email), token, person.email)


@bp.post("/reset/link/<token>")
@access.public
def new_password_post(token: str) -> ResponseReturnValue:
    """Set the new password; the link is used up."""
    person = _person_of_link(token)
    form = posted(NewPassword, email=person.email)
    if not form.validate():
        return make_response(_new_password_page(form, token, person.email), 422)
    operations.set_password(db.session(), person, password=form.password.data, actor=person, now=clock.now())
    db.session.commit()
    flash("Your new password is set. Sign in with it.", "success")
    answer = redirect(url_for("accounts.sign_in"), 303)
    remember_device(answer, person)
    return answer


def _person_of_link(token: str) -> Person:
    person = person_of_token(db.session(), token, secret=str(current_app.secret_key))
    if person is None:
        abort(410, "This link has expired or has been used. Ask for a new one on the sign-in page.")
    return person


def _new_password_page(form: NewPassword, token: str, email: str) -> ResponseReturnValue:
    return render_template(
        "accounts/new_password.html", form=form, token=token, email=email, password_help=PASSWORD_HELP
    )
