"""Failed sign-ins slow further ones down, by account and by address; the counts stand in the database."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from sqlalchemy.orm import Session

from coachapp.models.people import SignInThrottle, ThrottleKind


@dataclass(frozen=True)
class Policy:
    """How many failures are free, the first wait, and the longest; each further failure doubles the wait."""

    free: int
    first: timedelta
    longest: timedelta


# A whole class may sit behind one address, so addresses are given more room than accounts.
POLICIES = {
    ThrottleKind.ACCOUNT: Policy(free=5, first=timedelta(seconds=30), longest=timedelta(minutes=15)),
    ThrottleKind.ADDRESS: Policy(free=50, first=timedelta(seconds=30), longest=timedelta(hours=1)),
}
FORGET_AFTER = timedelta(hours=24)


def wait_after(failures: int, policy: Policy) -> timedelta:
    """Return how long the next try has to wait after `failures` in a row."""
    beyond = failures - policy.free
    # The exponent is bounded so that a patient attacker cannot overflow it.
    return timedelta(0) if beyond < 0 else min(policy.longest, policy.first * 2 ** min(beyond, 20))


def keys_of(email: str, address: str | None) -> dict[ThrottleKind, str]:
    """Return the keys a sign-in is counted under; an IPv6 address counts as its /64 network."""
    return {ThrottleKind.ACCOUNT: _digest(email.strip().casefold()), ThrottleKind.ADDRESS: _digest(_network(address))}


def seconds_to_wait(session: Session, keys: dict[ThrottleKind, str], now: datetime) -> int:
    """Return for how many more seconds sign-ins under `keys` are refused, 0 if they are not."""
    waits = [0.0]
    for kind, key in keys.items():
        row = session.get(SignInThrottle, (kind, key))
        if row is not None and row.locked_until is not None:
            waits.append((row.locked_until - now).total_seconds())
    return int(-(-max(waits) // 1))


def record_failure(session: Session, keys: dict[ThrottleKind, str], now: datetime) -> None:
    """Count one failed sign-in under `keys`."""
    for kind, key in keys.items():
        row = session.get(SignInThrottle, (kind, key), with_for_update=True)
        if row is None:
            row = SignInThrottle(kind=kind, key=key, failures=0, failed_at=now)
            session.add(row)
        if now - row.failed_at > FORGET_AFTER:
            row.failures = 0
        row.failures += 1
        row.failed_at = now
        wait = wait_after(row.failures, POLICIES[kind])
        row.locked_until = now + wait if wait else None


def forget_account(session: Session, keys: dict[ThrottleKind, str]) -> None:
    """Drop the count of an account after a sign-in; its address keeps its own, or one good account would clear it."""
    row = session.get(SignInThrottle, (ThrottleKind.ACCOUNT, keys[ThrottleKind.ACCOUNT]))
    if row is not None:
        session.delete(row)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _network(address: str | None) -> str:
    try:
        found = ip_address(address or "")
    except ValueError:
        return address or ""
    return str(ip_network(f"{found}/64", strict=False)) if found.version == 6 else str(found)
