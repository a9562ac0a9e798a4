"""Too many tries slow further ones down: sign-ins, new accounts, links for a password, class codes.

The counts stand in the database, so that all workers share them. Failed sign-ins count for the account, and for the
address by the number of *different* accounts that failed there: a class behind one address that mistypes its passwords
is no attack, a thousand accounts tried once each is. A device on which the person signed in before is counted by
itself, so that nobody can lock people out of their own devices (OWASP, "Slow Down Online Guessing Attacks with Device
Cookies").
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from flask import Response, make_response
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from coachapp.domain.identity import TextUse, normal_text
from coachapp.domain.throttling import Policy
from coachapp.models.people import SignInThrottle, ThrottleKind

_SECONDS_30 = timedelta(seconds=30)
_QUARTER = timedelta(minutes=15)

# A whole school may sit behind one address, so addresses are given more room than accounts.
POLICIES = {
    ThrottleKind.ACCOUNT: Policy(free=5, first=_SECONDS_30, longest=_QUARTER, decay=timedelta(minutes=10)),
    ThrottleKind.DEVICE: Policy(free=5, first=_SECONDS_30, longest=_QUARTER, decay=timedelta(minutes=10)),
    ThrottleKind.ADDRESS: Policy(free=50, first=_SECONDS_30, longest=_QUARTER, decay=timedelta(minutes=2)),
    ThrottleKind.REGISTER: Policy(free=200, first=_SECONDS_30, longest=_QUARTER, decay=_SECONDS_30),
    ThrottleKind.RESET: Policy(free=60, first=_SECONDS_30, longest=_QUARTER, decay=timedelta(minutes=1)),
    ThrottleKind.JOIN: Policy(free=10, first=_SECONDS_30, longest=_QUARTER, decay=timedelta(minutes=5)),
}
# How long an account that failed at an address is not counted there again.
SAME_ACCOUNT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Keys:
    """What a sign-in is counted under. `device`: the known device it is made on, which then counts alone."""

    account: str
    address: str
    device: str | None = None

    @property
    def pair(self) -> str:
        """Return the key of this account at this address."""
        return _digest(f"{self.account}@{self.address}")

    def counted(self) -> dict[ThrottleKind, str]:
        """Return the counts that hold a sign-in up."""
        if self.device is not None:
            return {ThrottleKind.DEVICE: self.device}
        return {ThrottleKind.ACCOUNT: self.account, ThrottleKind.ADDRESS: self.address}


def keys_of(email: str, address: str | None, *, device: str | None = None) -> Keys:
    """Return the keys of a sign-in; `device` is the nonce of a device known for the account."""
    account = normal_text(email, TextUse.ADDRESS)  # else each way of typing an address would have tries of its own
    known = None if device is None else _digest(f"{account}@{device}")
    return Keys(_digest(account), address_key(address), known)


def address_key(address: str | None) -> str:
    """Return the key of an address; an IPv6 address counts as its /64 network."""
    return _digest(_network(address))


def person_key(person_id: int) -> str:
    """Return the key of somebody signed in."""
    return _digest(f"person {person_id}")


def seconds_to_wait(session: Session, counted: dict[ThrottleKind, str], now: datetime) -> int:
    """Return for how many more seconds tries under these keys are refused, 0 if they are not."""
    waits = [0.0]
    for kind, key in counted.items():
        row = session.get(SignInThrottle, (kind, key))
        if row is not None and row.locked_until is not None:
            waits.append((row.locked_until - now).total_seconds())
    return int(-(-max(waits) // 1))


def count(session: Session, kind: ThrottleKind, key: str, now: datetime) -> None:
    """Count one try under a key."""
    row, policy = _row(session, kind, key, now), POLICIES[kind]
    row.failures = policy.level(row.failures, row.failed_at, now) + 1
    row.failed_at = now
    wait = policy.wait_after(row.failures)
    row.locked_until = now + wait if wait else None


def record_failure(session: Session, keys: Keys, now: datetime) -> None:
    """Count one failed sign-in: on a known device for it alone, else for the account, and once for the address."""
    if keys.device is not None:
        count(session, ThrottleKind.DEVICE, keys.device, now)
        return
    count(session, ThrottleKind.ACCOUNT, keys.account, now)
    pair = _row(session, ThrottleKind.PAIR, keys.pair, now)
    if pair.failures == 0 or now - pair.failed_at > SAME_ACCOUNT:
        count(session, ThrottleKind.ADDRESS, keys.address, now)
        pair.failures, pair.failed_at = 1, now


def record_success(session: Session, keys: Keys, now: datetime) -> None:
    """Forget what an account failed, and take back what it counted at its address; what others failed there stays."""
    for kind, key in ((ThrottleKind.ACCOUNT, keys.account), (ThrottleKind.DEVICE, keys.device)):
        if key is not None and (row := session.get(SignInThrottle, (kind, key))) is not None:
            session.delete(row)
    pair = session.get(SignInThrottle, (ThrottleKind.PAIR, keys.pair))
    address = session.get(SignInThrottle, (ThrottleKind.ADDRESS, keys.address), with_for_update=True)
    if pair is None:
        return
    session.delete(pair)
    if address is not None:
        policy = POLICIES[ThrottleKind.ADDRESS]
        address.failures = max(0, policy.level(address.failures, address.failed_at, now) - 1)
        address.failed_at = now
        if not policy.wait_after(address.failures):
            address.locked_until = None


def refusal(page: ResponseReturnValue, seconds: int) -> Response:
    """Return a page as the answer to a try that has to wait."""
    answer = make_response(page)
    answer.status_code = 429
    answer.headers["Retry-After"] = str(seconds)
    return answer


def forget_account(session: Session, email: str) -> None:
    """Drop what an account failed: it is deleted, or its person proved to read the account's mail."""
    row = session.get(SignInThrottle, (ThrottleKind.ACCOUNT, keys_of(email, None).account))
    if row is not None:
        session.delete(row)


def _row(session: Session, kind: ThrottleKind, key: str, now: datetime) -> SignInThrottle:
    row = session.get(SignInThrottle, (kind, key), with_for_update=True)
    if row is None:
        row = SignInThrottle(kind=kind, key=key, failures=0, failed_at=now)
        session.add(row)
    return row


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _network(address: str | None) -> str:
    try:
        found = ip_address(address or "")
    except ValueError:
        return address or ""
    return str(ip_network(f"{found}/64", strict=False)) if found.version == 6 else str(found)
