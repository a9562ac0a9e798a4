"""Counts that decay and waits that double."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachapp.domain.throttling import Policy

T0 = datetime(2026, 5, 15, 14, tzinfo=UTC)
POLICY = Policy(free=5, first=timedelta(seconds=30), longest=timedelta(minutes=15), decay=timedelta(minutes=10))
counts = st.integers(0, 10_000)
pauses = st.timedeltas(timedelta(0), timedelta(days=400))


@pytest.mark.parametrize(("count", "seconds"), [(0, 0), (4, 0), (5, 30), (6, 60), (7, 120), (10, 900), (10_000, 900)])
def test_waits_double_up_to_a_limit(count: int, seconds: int) -> None:
    assert POLICY.wait_after(count) == timedelta(seconds=seconds)


@pytest.mark.parametrize(("minutes", "left"), [(0, 7), (9, 7), (10, 6), (35, 4), (70, 0), (10_000, 0), (-60, 7)])
def test_one_count_is_forgotten_each_decay(minutes: int, left: int) -> None:
    assert POLICY.level(7, T0, T0 + timedelta(minutes=minutes)) == left


@given(counts, counts, pauses, pauses)
def test_a_count_never_grows_with_time_nor_shrinks_with_tries(
    count: int, more: int, pause: timedelta, longer: timedelta
) -> None:
    now = T0 + pause
    assert 0 <= POLICY.level(count, T0, now + longer) <= POLICY.level(count, T0, now) <= count
    assert POLICY.level(count + more, T0, now) >= POLICY.level(count, T0, now)
    assert POLICY.wait_after(count + more) >= POLICY.wait_after(count)
    assert POLICY.wait_after(count) <= POLICY.longest
