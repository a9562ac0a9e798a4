"""Who is signed in. A sign-in is a row of its device, and ends with it, with the person's epoch, or with its time."""

import logging
from datetime import datetime, timedelta

from flask import Flask, g, request, session
from flask_login import LoginManager, current_user, login_user
from sqlalchemy import delete, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from coachapp import clock
from coachapp.config import TwoStepRule
from coachapp.domain.permissions import Action
from coachapp.models import db
from coachapp.models.people import Person
from coachapp.models.signins import DeviceSignIn
from coachapp.models.twostep import TwoStep
from coachapp.web.context import from_this_machine, settings
from coachapp.web.devices import device_name
from coachapp.web.transactions import SAFE_METHODS

log = logging.getLogger(__name__)

login = LoginManager()
# The row of the device is our protection; the built-in one signs people out when their phone changes network.
login.session_protection = None

TOUCH_AFTER = timedelta(minutes=30)


def init_app(app: Flask) -> None:
    """Load the person of a cookie, and keep the sign-in alive while it is used."""
    login.init_app(app)
    app.before_request(_touch)


@login.user_loader
def load_person(ident: str) -> Person | None:
    """Return the person a cookie names if that sign-in still counts; `ident` is `<id>.<epoch>.<sign-in>`."""
    numbers = ident.split(".")
    if len(numbers) != 3 or not all(number.isascii() and number.isdigit() and len(number) < 19 for number in numbers):
        return None
    person_id, epoch, number = map(int, numbers)
    row = db.session.execute(
        select(Person, DeviceSignIn.ends_at, DeviceSignIn.seen_at, TwoStep.person_id.is_not(None).label("two_step"))
        .join(DeviceSignIn, DeviceSignIn.person_id == Person.id)
        .outerjoin(TwoStep, TwoStep.person_id == Person.id)
        .where(Person.id == person_id, DeviceSignIn.id == number)
    ).one_or_none()
    if row is None or row.ends_at <= clock.now():
        return None
    person: Person = row.Person
    if person.sign_in_epoch != epoch or not person.is_active or (person.demo and not from_this_machine()):
        return None
    g.device_sign_in = number, row.seen_at
    g.uses_two_step = row.two_step
    return person


def begin_sign_in(person: Person, *, remember: bool = False) -> None:
    """Start a sign-in on this device with a fresh session, so that nothing of an earlier one is carried over.

    Does not commit; what ended on its own is cleared away on the occasion.
    """
    now = clock.now()
    db.session.execute(delete(DeviceSignIn).where(DeviceSignIn.person_id == person.id, DeviceSignIn.ends_at <= now))
    days = settings().remember_days if remember else settings().session_max_days
    row = DeviceSignIn(
        person_id=person.id,
        device=device_name(request.user_agent.string),
        remembered=remember,
        created_at=now,
        seen_at=now,
        ends_at=now + timedelta(days=days),
    )
    db.session.add(row)
    db.session.flush()
    session.clear()
    login_user(person, remember=remember)
    session["_user_id"] = f"{person.get_id()}.{row.id}"
    session["seen"] = int(now.timestamp())


def device_sign_in_id() -> int | None:
    """Return the number of the sign-in that this request is made with; None when signed out."""
    if not current_user.is_authenticated:
        return None
    number: int = g.device_sign_in[0]
    return number


def uses_second_step() -> bool:
    """Say whether the person who is signed in has turned two-step sign-in on."""
    return bool(g.uses_two_step)


def lacks_second_step(person: Person) -> bool:
    """Say whether the site requires two-step sign-in of the person at hand, who has not turned it on yet."""
    required = settings().two_step is TwoStepRule.REQUIRED and person.may(Action.USE_TWO_STEP) and not person.demo
    return required and not uses_second_step()


def end_device_sign_in(person_id: int, sign_in_id: int | None) -> bool:
    """End the sign-in of one device of a person; say whether there was one. Does not commit."""
    own = select(DeviceSignIn).where(DeviceSignIn.person_id == person_id, DeviceSignIn.id == sign_in_id)
    row = db.session.scalars(own).one_or_none()
    if row is not None:
        db.session.delete(row)
    return row is not None


def device_sign_ins(session: Session, person_id: int, *, now: datetime) -> list[DeviceSignIn]:
    """Return the devices on which a person is signed in, the one seen last first."""
    query = (
        select(DeviceSignIn)
        .where(DeviceSignIn.person_id == person_id, DeviceSignIn.ends_at > now)
        .order_by(DeviceSignIn.seen_at.desc(), DeviceSignIn.id.desc())
    )
    return list(session.scalars(query))


def _touch() -> None:
    """Renew the cookie now and then, for its age is counted from when it was last written; note when it was seen."""
    if "_user_id" not in session or not current_user.is_authenticated:
        return
    now = clock.now()
    if int(now.timestamp()) - session.get("seen", 0) > TOUCH_AFTER.total_seconds():
        session["seen"] = int(now.timestamp())
    number, seen_at = g.device_sign_in
    if now - seen_at > TOUCH_AFTER and request.method in SAFE_METHODS:
        # In a transaction of its own: a page that is only read writes nothing else.
        try:
            with db.engine.begin() as connection:
                connection.execute(update(DeviceSignIn).where(DeviceSignIn.id == number).values(seen_at=now))
        except OperationalError:
            log.warning("the time a device was last seen could not be noted: the database is busy")
