"""Tries are counted so that an attack is slowed down and a school is not."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp import clock
from coachapp.models.people import SignInThrottle, ThrottleKind
from coachapp.web.throttle import (
    POLICIES,
    Keys,
    forget_account,
    keys_of,
    record_failure,
    record_success,
    seconds_to_wait,
)

SCHOOL = "192.0.2.1"
FREE = POLICIES[ThrottleKind.ADDRESS].free


def wait(session: Session, keys: Keys, later: timedelta = timedelta(0)) -> int:
    """Return how long a sign-in has to wait."""
    return seconds_to_wait(session, keys.counted(), clock.now() + later)


@pytest.fixture(autouse=True)
def standing_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no time pass by itself."""
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)


def test_a_class_that_mistypes_its_passwords_is_not_locked_out(db_session: Session) -> None:
    for student in range(FREE - 1):
        for _ in range(4):
            record_failure(db_session, keys_of(f"s{student}@example.org", SCHOOL), clock.now())
    assert wait(db_session, keys_of("late@example.org", SCHOOL)) == 0


def test_many_accounts_tried_from_one_address_lock_it(db_session: Session) -> None:
    for account in range(FREE):
        record_failure(db_session, keys_of(f"a{account}@example.org", SCHOOL), clock.now())
    assert wait(db_session, keys_of("other@example.org", SCHOOL)) == 30
    assert wait(db_session, keys_of("other@example.org", "192.0.2.2")) == 0


def test_a_success_takes_back_its_own_count_and_no_others(db_session: Session) -> None:
    for account in range(FREE):
        record_failure(db_session, keys_of(f"a{account}@example.org", SCHOOL), clock.now())
    record_success(db_session, keys_of("innocent@example.org", SCHOOL), clock.now())
    assert wait(db_session, keys_of("other@example.org", SCHOOL)) == 30
    record_success(db_session, keys_of("a0@example.org", SCHOOL), clock.now())
    assert wait(db_session, keys_of("other@example.org", SCHOOL)) == 0
    address = db_session.scalars(select(SignInThrottle).where(SignInThrottle.kind == ThrottleKind.ADDRESS)).one()
    assert address.failures == FREE - 1


def test_failures_decay(db_session: Session) -> None:
    keys, policy = keys_of("a@example.org", SCHOOL), POLICIES[ThrottleKind.ACCOUNT]
    for _ in range(policy.free - 1):
        record_failure(db_session, keys, clock.now())
    later = clock.now() + policy.decay
    record_failure(db_session, keys, later)
    assert seconds_to_wait(db_session, keys.counted(), later) == 0
    record_failure(db_session, keys, later)
    assert seconds_to_wait(db_session, keys.counted(), later) == 30


def test_a_known_device_is_counted_alone(db_session: Session) -> None:
    elsewhere, at_home = keys_of("a@example.org", "203.0.113.9"), keys_of("a@example.org", SCHOOL, device="n")
    for _ in range(20):
        record_failure(db_session, elsewhere, clock.now())
    assert wait(db_session, elsewhere) > 0
    assert wait(db_session, at_home) == 0
    for _ in range(POLICIES[ThrottleKind.DEVICE].free):
        record_failure(db_session, at_home, clock.now())
    assert wait(db_session, at_home) == 30
    assert wait(db_session, keys_of("b@example.org", SCHOOL, device="n")) == 0
    assert wait(db_session, keys_of("b@example.org", SCHOOL)) == 0


def test_an_account_is_forgotten_and_the_address_is_not(db_session: Session) -> None:
    for account in range(FREE):
        record_failure(db_session, keys_of(f"a{account}@example.org", SCHOOL), clock.now())
    for _ in range(9):
        record_failure(db_session, keys_of("a1@example.org", SCHOOL), clock.now())
    forget_account(db_session, " A1@example.org")
    db_session.flush()
    assert wait(db_session, keys_of("a1@example.org", "192.0.2.9")) == 0
    assert wait(db_session, keys_of("a1@example.org", SCHOOL)) == 30


def test_an_ipv6_network_counts_as_one_address() -> None:
    def key(address: str | None) -> str:
        return keys_of("a@example.org", address).address

    assert key("2001:db8::1") == key("2001:db8::ffff")
    assert key("2001:db8::1") != key("2001:db8:0:1::1")
    assert key("192.0.2.1") != key("192.0.2.2")
    assert key(None) == key("")
