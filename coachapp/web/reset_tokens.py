"""Links for a new password: signed, good for an hour, and for one use."""

import hashlib
import hmac

from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy.orm import Session

from coachapp.models.people import Person

MAX_AGE_SECONDS = 3600


def _serializer(secret: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret, salt="new-password")


def _state(person: Person) -> str:
    """Return a digest that changes with the password, which is what makes a used link worthless."""
    return hashlib.sha256(f"{person.password_hash}|{person.sign_in_epoch}".encode()).hexdigest()[:20]


def make_reset_token(person: Person, secret: str) -> str:
    """Return the token that lets `person` set a new password."""
    return str(_serializer(secret).dumps([person.id, _state(person)]))


def person_of_token(session: Session, token: str, *, secret: str) -> Person | None:
    """Return whose token this is, None if it is old, used or not ours."""
    try:
        ident, state = _serializer(secret).loads(token, max_age=MAX_AGE_SECONDS)
    except (BadData, ValueError, TypeError):
        return None
    person = session.get(Person, ident, with_for_update=True)
    if person is None or not person.is_active or not hmac.compare_digest(state, _state(person)):
        return None
    return person
