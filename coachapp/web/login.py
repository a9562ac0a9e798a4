"""Who is signed in. A sign-in ends when the person's epoch moves on, the account is disabled, or nobody comes by."""

from datetime import timedelta

from flask import Flask, session
from flask_login import LoginManager, current_user

from coachapp import clock
from coachapp.models import db
from coachapp.models.people import Person
from coachapp.web.context import from_this_machine

login = LoginManager()
# The epoch in the cookie is our protection; the built-in one signs people out when their phone changes network.
login.session_protection = None

TOUCH_AFTER = timedelta(minutes=30)


def init_app(app: Flask) -> None:
    """Load the person of a cookie, and keep the sign-in alive while it is used."""
    login.init_app(app)
    app.before_request(_touch)


@login.user_loader
def load_person(ident: str) -> Person | None:
    """Return the person a cookie names if that sign-in still counts; `ident` is `<id>.<epoch>`."""
    number, _, epoch = ident.partition(".")
    if not (number.isdecimal() and epoch.isdecimal()):
        return None
    person = db.session.get(Person, int(number))
    if person is None or person.sign_in_epoch != int(epoch) or not person.is_active:
        return None
    return person if not person.demo or from_this_machine() else None


def _touch() -> None:
    """Renew the cookie now and then, for its age is counted from when it was last written."""
    if "_user_id" not in session or not current_user.is_authenticated:
        return
    now = int(clock.now().timestamp())
    if now - session.get("seen", 0) > TOUCH_AFTER.total_seconds():
        session["seen"] = now
