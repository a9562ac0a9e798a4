"""What can be done to an account. Nothing here commits or knows a request."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from coachapp.models.audit import AuditAction
from coachapp.models.people import Person, ResetRequest
from coachapp.web import throttle
from coachapp.web.audit import record
from coachapp.web.devices import KnownDevice
from coachapp.web.passwords import hash_password, verify_and_renew
from coachapp.web.people import EmailTaken, end_sign_ins, find_by_email
from coachapp.web.throttle import Keys

# A second request within this time sends no second mail.
RESET_PAUSE = timedelta(minutes=5)


@dataclass(frozen=True)
class SignIn:
    """How a sign-in went: the person, or seconds to wait, or why it was refused (both empty: no match)."""

    person: Person | None = None
    wait_seconds: int = 0
    refused: str | None = None


def sign_in(
    session: Session,
    email: str,
    *,
    password: str,
    address: str | None,
    device: KnownDevice | None,
    from_this_machine: bool,
    now: datetime,
) -> SignIn:
    """Check a sign-in and count it if it fails. The work done is the same whether or not the account exists.

    `device`: what the device's cookie says; where it knows the account, locks from elsewhere do not hold.
    """
    person = find_by_email(session, email)
    keys = _keys(email, person, address=address, device=device)
    if wait := throttle.seconds_to_wait(session, keys.counted(), now):
        return SignIn(wait_seconds=wait)
    fits, renewed = verify_and_renew(person.password_hash if person else None, password)
    if not fits or person is None:
        throttle.record_failure(session, keys, now)
        return SignIn()
    if not person.is_active:
        return SignIn(refused="This account has been switched off. Ask your administrator.")
    if person.demo and not from_this_machine:
        return SignIn(refused="Demo accounts work only on the machine the site runs on.")
    throttle.record_success(session, keys, now)
    if renewed is not None:
        person.password_hash = renewed
    person.last_sign_in_at = now
    return SignIn(person=person)


def _keys(email: str, person: Person | None, *, address: str | None, device: KnownDevice | None) -> Keys:
    known = device is not None and person is not None and device.knows(person)
    return throttle.keys_of(email, address, device=device.nonce if device is not None and known else None)


def keys_for(person: Person, *, address: str | None, device: KnownDevice | None) -> Keys:
    """Return what tries of a known person to prove who they are count under."""
    return _keys(person.email, person, address=address, device=device)


def confirm_password(
    session: Session,
    person: Person,
    *,
    password: str,
    address: str | None,
    device: KnownDevice | None,
    now: datetime,
) -> bool:
    """Say whether a signed-in person gave the right password; wrong ones are counted like failed sign-ins."""
    keys = keys_for(person, address=address, device=device)
    if throttle.seconds_to_wait(session, keys.counted(), now):
        return False
    fits, renewed = verify_and_renew(person.password_hash, password)
    if fits:
        person.password_hash = renewed or person.password_hash
        return True
    throttle.record_failure(session, keys, now)
    return False


def set_password(session: Session, person: Person, *, password: str, actor: Person | None, now: datetime) -> None:
    """Give `person` a new password, which ends every sign-in and closes every request for one.

    A lock after failed sign-ins is forgotten: whoever may set the password is the account's person, or acts for them.
    """
    person.password_hash = hash_password(password)
    end_sign_ins(session, person)
    session.execute(
        update(ResetRequest)
        .where(ResetRequest.person_id == person.id, ResetRequest.closed_at.is_(None))
        .values(closed_at=now)
    )
    throttle.forget_account(session, person.email)
    record(session, actor, action=AuditAction.PASSWORD_CHANGED, subject=person.email, now=now)


def sign_out_everywhere(session: Session, person: Person, *, now: datetime) -> None:
    """End every sign-in of `person`, on this device too."""
    end_sign_ins(session, person)
    record(session, person, action=AuditAction.SIGNED_OUT_EVERYWHERE, subject=person.email, now=now)


def change_email(session: Session, person: Person, *, email: str) -> None:
    """Give `person` another normalised address; raise EmailTaken."""
    other = find_by_email(session, email)
    if other is not None and other.id != person.id:
        raise EmailTaken(email)
    person.email = email


def request_reset(session: Session, email: str, *, mailed: bool, now: datetime) -> Person | None:
    """Note that a new password is asked for. Return whom to send a link, None if nobody or one was just sent."""
    person = find_by_email(session, email)
    if person is None or not person.is_active:
        return None
    recent = session.scalars(
        select(ResetRequest).where(
            ResetRequest.person_id == person.id,
            ResetRequest.closed_at.is_(None),
            ResetRequest.requested_at > now - RESET_PAUSE,
        )
    ).first()
    if recent is not None:
        return None
    session.add(ResetRequest(person_id=person.id, requested_at=now, mailed=mailed))
    return person
