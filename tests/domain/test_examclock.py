"""Deadlines, phases, breaks and accommodations as laws."""

import math
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachapp.domain.examclock import (
    Accommodation,
    NoSuchTime,
    Phase,
    allowed_minutes,
    begin,
    break_taken,
    class_instant,
    class_time,
    deadline,
    end_break,
    granted_more,
    latest_deadline,
    may_start,
    on_break,
    personal_close,
    phase,
    remaining_ms,
    take_break,
)

T0 = datetime(2026, 5, 15, 14, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NONE = Accommodation()

accommodations = st.builds(
    Accommodation,
    factor=st.decimals(1, 4, places=2),
    extra=st.integers(0, 120),
    breaks=st.integers(0, 60),
    extension=st.timedeltas(timedelta(0), timedelta(days=7)),
)
lengths = st.none() | st.integers(1, 1440)
closes = st.none() | st.timedeltas(timedelta(minutes=1), timedelta(days=3)).map(lambda gap: T0 + gap)
gaps = st.timedeltas(timedelta(0), timedelta(days=4))


@given(minutes=st.integers(1, 1440), granted=accommodations)
def test_allowed_minutes_are_rounded_up_exactly(minutes: int, granted: Accommodation) -> None:
    assert allowed_minutes(minutes, granted) == math.ceil(minutes * Fraction(granted.factor) + granted.extra)
    assert allowed_minutes(minutes, granted) >= minutes


def test_decimal_factors_are_exact() -> None:
    assert allowed_minutes(240, Accommodation(factor=Decimal("1.1"))) == 264  # in floats 264.00000000000006


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"factor": Decimal("0.9")}, "factor must be 1 to 4"),
        ({"factor": Decimal("4.1")}, "factor must be 1 to 4"),
        ({"factor": Decimal("NaN")}, "factor must be 1 to 4"),
        ({"extra": -1}, "extra must be 0 to 1440"),
        ({"breaks": 2000}, "breaks must be 0 to 1440"),
        ({"extension": timedelta(days=-1)}, "must not be negative"),
    ],
)
def test_accommodations_have_limits(fields: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Accommodation(**fields)  # type: ignore[arg-type]


@given(minutes=lengths, close=closes, granted=accommodations, later=gaps)
def test_the_deadline_is_the_earlier_of_those_that_exist(
    minutes: int | None, close: datetime | None, granted: Accommodation, later: timedelta
) -> None:
    timing = begin(T0, minutes=minutes, closes_at=close, accommodation=granted)
    ends = []
    if minutes is not None:
        ends.append(T0 + allowed_minutes(minutes, granted) * MINUTE)
    if close is not None:
        more = 0 if minutes is None else allowed_minutes(minutes, granted) - minutes
        ends.append(close + granted.extension + more * MINUTE)
    assert deadline(timing, T0 + later) == min(ends, default=None)


@given(minutes=st.integers(1, 1440), granted=accommodations, later=gaps)
def test_phases_follow_one_another(minutes: int, granted: Accommodation, later: timedelta) -> None:
    timing = begin(T0, minutes=minutes, accommodation=granted)
    end = deadline(timing, T0)
    assert end is not None
    now = T0 + later
    expected = Phase.RUNNING if now < end else Phase.GRACE if now < end + timedelta(seconds=30) else Phase.OVER
    assert phase(timing, now) is expected
    assert (remaining_ms(timing, now) == 0) == (now > end - timedelta(milliseconds=1))


def test_the_edges_of_the_phases() -> None:
    timing = begin(T0, minutes=3, accommodation=NONE)
    end = T0 + 3 * MINUTE
    instant = timedelta(microseconds=1)
    assert phase(timing, end - instant) is Phase.RUNNING
    assert phase(timing, end) is Phase.GRACE
    assert phase(timing, end + timedelta(seconds=30) - instant) is Phase.GRACE
    assert phase(timing, end + timedelta(seconds=30)) is Phase.OVER


def test_untimed_sittings_run_on() -> None:
    timing = begin(T0, minutes=None, accommodation=Accommodation(factor=Decimal(2)))
    assert timing.minutes is None
    assert deadline(timing, T0) is None
    assert remaining_ms(timing, T0) is None
    assert phase(timing, T0 + timedelta(days=400)) is Phase.RUNNING


def test_a_clock_set_back_gives_no_more_than_the_step() -> None:
    timing = begin(T0, minutes=3, accommodation=NONE)
    assert remaining_ms(timing, T0 - timedelta(hours=1)) == (3 * 60 + 3600) * 1000


@given(
    allowance=st.integers(1, 60),
    acts=st.lists(st.tuples(st.booleans(), st.timedeltas(timedelta(0), timedelta(minutes=40))), max_size=12),
)
def test_breaks_never_give_more_than_their_allowance(allowance: int, acts: list[tuple[bool, timedelta]]) -> None:
    timing, now = begin(T0, minutes=30, accommodation=Accommodation(breaks=allowance)), T0
    away = timedelta(0)
    for begins, gap in acts:
        if begins and not on_break(timing, now) and break_taken(timing, now) < timing.break_allowance:
            timing = take_break(timing, now)
        elif not begins:
            timing = end_break(timing, now)
        if timing.break_began_at is not None:
            away += gap
        now += gap
        assert break_taken(timing, now) == min(away, allowance * MINUTE)
        end = deadline(timing, now)
        assert end is not None
        assert end <= T0 + (30 + allowance) * MINUTE
        latest = latest_deadline(timing, now)
        assert latest is not None
        assert latest >= end
        if on_break(timing, now):
            assert end > now or now > T0 + 30 * MINUTE


def test_a_break_stops_the_time_and_ends_by_itself() -> None:
    timing = begin(T0, minutes=30, accommodation=Accommodation(breaks=10))
    away = take_break(timing, T0 + 5 * MINUTE)
    assert on_break(away, T0 + 14 * MINUTE)
    assert remaining_ms(away, T0 + 14 * MINUTE) == 25 * 60_000
    assert not on_break(away, T0 + 15 * MINUTE)
    assert remaining_ms(away, T0 + 16 * MINUTE) == 24 * 60_000
    assert latest_deadline(away, T0 + 6 * MINUTE) == T0 + 40 * MINUTE
    back = end_break(away, T0 + 8 * MINUTE)
    assert (back.break_used, back.break_began_at) == (3 * MINUTE, None)
    assert latest_deadline(back, T0 + 9 * MINUTE) == T0 + 33 * MINUTE


def test_a_break_needs_time_left_and_no_other_break() -> None:
    with pytest.raises(ValueError, match="no break time is left"):
        take_break(begin(T0, minutes=30, accommodation=NONE), T0)
    away = take_break(begin(T0, minutes=30, accommodation=Accommodation(breaks=5)), T0)
    with pytest.raises(ValueError, match="under way"):
        take_break(away, T0 + MINUTE)
    with pytest.raises(ValueError, match="no break time is left"):
        take_break(away, T0 + 6 * MINUTE)


@given(minutes=lengths, close=closes, first=accommodations, second=accommodations)
def test_a_change_never_shortens(
    minutes: int | None, close: datetime | None, first: Accommodation, second: Accommodation
) -> None:
    before = begin(T0, minutes=minutes, closes_at=close, accommodation=first)
    after = granted_more(before, minutes=minutes, closes_at=close, granted=second)
    old, new = deadline(before, T0), deadline(after, T0)
    assert (old is None and new is None) or (old is not None and new is not None and new >= old)
    assert after.break_allowance >= before.break_allowance
    fresh = deadline(begin(T0, minutes=minutes, closes_at=close, accommodation=second), T0)
    assert fresh is None or (new is not None and new >= fresh)


def test_starting_is_refused_outside_the_window() -> None:
    end = personal_close(T0 + 60 * MINUTE, 30, Accommodation(factor=Decimal("1.5"), extension=5 * MINUTE))
    assert end == T0 + 80 * MINUTE
    instant = timedelta(microseconds=1)
    assert not may_start(T0 - instant, opens_at=T0, personal_close=end)
    assert may_start(T0, opens_at=T0, personal_close=end)
    assert may_start(end - instant, opens_at=T0, personal_close=end)
    assert not may_start(end, opens_at=T0, personal_close=end)
    assert may_start(T0, opens_at=None, personal_close=None)
    assert personal_close(None, 30, NONE) is None


CHICAGO = ZoneInfo("America/Chicago")


def test_class_times_become_instants() -> None:
    local = datetime(2026, 5, 15, 23, 59)  # noqa: DTZ001  (a wall clock's)
    assert class_instant(local, CHICAGO) == datetime(2026, 5, 16, 4, 59, tzinfo=UTC)
    assert class_instant(local, CHICAGO, closing=True) == datetime(2026, 5, 16, 5, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("local", "words"),
    [
        (datetime(2026, 3, 8, 2, 30), "2026-03-08 02:30 does not exist in America/Chicago"),  # noqa: DTZ001
        (datetime(2026, 11, 1, 1, 30), "2026-11-01 01:30 occurs twice in America/Chicago"),  # noqa: DTZ001
    ],
)
def test_times_that_daylight_saving_skips_or_doubles_are_refused(local: datetime, words: str) -> None:
    with pytest.raises(NoSuchTime, match=words):
        class_instant(local, CHICAGO)


@given(
    local=st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)),  # noqa: DTZ001
    zone=st.sampled_from(["America/Chicago", "America/Phoenix", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]),
    closing=st.booleans(),
)
def test_a_class_time_comes_back_as_it_was_written(local: datetime, zone: str, closing: bool) -> None:
    local = local.replace(second=0, microsecond=0)
    try:
        instant = class_instant(local, ZoneInfo(zone), closing=closing)
    except NoSuchTime:
        return
    assert class_time(instant, ZoneInfo(zone), closing=closing) == local
