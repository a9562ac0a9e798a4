"""Two-step sign-in: turning it on and off, checking a code. Nothing here commits or knows a request."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

import pyotp
import segno
from sqlalchemy.orm import Session

from coachapp.models.audit import AuditAction
from coachapp.models.people import Person
from coachapp.models.twostep import TwoStep
from coachapp.web.audit import record

ISSUER = "Coachapp"
PERIOD_SECONDS = 30
# A telephone's clock may be a little off: the codes before and after count as well (RFC 6238, section 5.2).
TOLERANCE = (0, -1, 1)
RECOVERY_CODES = 10
# Without letters and digits that are mistaken for one another on paper.
_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an app needs to know: the secret in groups of four, for typing, and as a picture for the camera."""

    secret: str
    picture: str

    @property
    def grouped(self) -> str:
        """Return the secret as it is typed."""
        return " ".join(self.secret[at : at + 4] for at in range(0, len(self.secret), 4))


def new_secret() -> str:
    """Return a new secret of 160 bits."""
    return pyotp.random_base32()


def enrolment(person: Person, secret: str) -> Enrolment:
    """Return what the page shows of a secret."""
    address = pyotp.TOTP(secret).provisioning_uri(name=person.email, issuer_name=ISSUER)
    return Enrolment(secret, segno.make(address, error="m").svg_data_uri(scale=5, border=4, light="#fff"))


def step_of_code(secret: str, code: str, *, now: datetime, after: int = 0) -> int | None:
    """Return the period that `code` belongs to, if it is near `now` and later than `after`; None for a wrong code."""
    digits = "".join(code.split())
    totp, current = pyotp.TOTP(secret), int(now.timestamp()) // PERIOD_SECONDS
    good = None
    for offset in TOLERANCE:
        step = current + offset
        fits = hmac.compare_digest(totp.at(step * PERIOD_SECONDS).encode(), digits.encode(errors="replace"))
        if fits and step > after:
            good = step
    return good


def turn_on(session: Session, person: Person, *, secret: str, step: int, now: datetime) -> list[str]:
    """Turn two-step sign-in on; `step` is the period of the code that proved it works. Return the recovery codes."""
    codes = _recovery_codes()
    row = TwoStep(
        person_id=person.id, secret=secret, last_step=step, recovery=[_digest(code) for code in codes], created_at=now
    )
    session.add(row)
    record(session, person, action=AuditAction.TWO_STEP_ON, subject=person.email, now=now)
    return codes


def turn_off(session: Session, person: Person, *, actor: Person | None, now: datetime) -> bool:
    """Turn two-step sign-in off; say whether it was on."""
    row = session.get(TwoStep, person.id)
    if row is None:
        return False
    session.delete(row)
    record(session, actor, action=AuditAction.TWO_STEP_OFF, subject=person.email, now=now)
    return True


def renew_recovery(session: Session, row: TwoStep, *, now: datetime) -> list[str]:
    """Replace the recovery codes of a person, used ones and others, and return the new ones."""
    codes = _recovery_codes()
    row.recovery = [_digest(code) for code in codes]
    record(session, row.person, action=AuditAction.RECOVERY_CODES_MADE, subject=row.person.email, now=now)
    return codes


def accept(row: TwoStep, code: str, *, now: datetime) -> bool:
    """Say whether a code from the app or a recovery code is good; it is used up."""
    step = step_of_code(row.secret, code, now=now, after=row.last_step)
    if step is not None:
        row.last_step = step
        return True
    given = _digest(code)
    left = [digest for digest in row.recovery if not hmac.compare_digest(digest, given)]
    if len(left) == len(row.recovery):
        return False
    row.recovery = left
    return True


def _recovery_codes() -> list[str]:
    return [
        "-".join("".join(secrets.choice(_SIGNS) for _ in range(5)) for _ in range(2)) for _ in range(RECOVERY_CODES)
    ]


def _digest(code: str) -> str:
    plain = "".join(sign for sign in code.casefold() if sign.isalnum())
    # A code has some 49 bits of chance: there is nothing to gain from a slow digest.
    return hashlib.sha256(plain.encode(errors="replace")).hexdigest()
