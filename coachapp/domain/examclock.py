"""The time of a sitting: one pure function for the display, the save and the sweep.

All moments are aware UTC; the server's clock alone counts, and `now` is the arrival of the request.
"""

import math
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

# After the deadline answers that are on their way are still taken; nobody is told.
GRACE = timedelta(seconds=30)
NOTHING = timedelta(0)
MOST_EXTRA_MINUTES = 1440
MOST_EXTENSION = timedelta(days=366)
FACTOR_DIGITS = 3


class Phase(StrEnum):
    """`grace`: saves are taken, no question is served. `over`: whoever looks closes the sitting."""

    RUNNING = "running"
    GRACE = "grace"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Accommodation:
    """What a person is granted: M = ceil(minutes × factor + extra); minutes of breaks; days or hours beyond the close.

    Raises ValueError if `factor` is not 1 to 4 in at most three decimals, if minutes are negative or more than a day,
    or if the extension is negative or more than a year.
    """

    factor: Decimal = Decimal(1)
    extra: int = 0
    breaks: int = 0
    extension: timedelta = NOTHING

    def __post_init__(self) -> None:
        if not self.factor.is_finite() or not 1 <= self.factor <= 4:
            raise ValueError(f"the factor must be 1 to 4, not {self.factor}")
        if self.factor != round(self.factor, FACTOR_DIGITS):
            raise ValueError(f"the factor may have {FACTOR_DIGITS} decimals at most, not as in {self.factor}")
        for name, minutes in (("extra", self.extra), ("breaks", self.breaks)):
            if not 0 <= minutes <= MOST_EXTRA_MINUTES:
                raise ValueError(f"{name} must be 0 to {MOST_EXTRA_MINUTES} minutes, not {minutes}")
        if self.extension < NOTHING:
            raise ValueError("the extension must not be negative")
        if self.extension > MOST_EXTENSION:
            raise ValueError(f"the extension must not be longer than {MOST_EXTENSION.days} days")


def allowed_minutes(minutes: int, accommodation: Accommodation) -> int:
    """Return M, the minutes a person has for a plan of `minutes`: ceil(minutes × factor + extra), in exact decimals."""
    return math.ceil(minutes * accommodation.factor + accommodation.extra)


@dataclass(frozen=True, slots=True)
class Timing:
    """The time of one sitting.

    `minutes`: M, None if untimed. `closes_at`: the personal close, None for an open window. A break is under way where
    `break_began_at` is set; it ends by itself when `break_used` would exceed `break_allowance`.
    """

    started_at: datetime
    minutes: int | None = None
    closes_at: datetime | None = None
    break_allowance: timedelta = NOTHING
    break_used: timedelta = field(default=NOTHING)
    break_began_at: datetime | None = None


def personal_close(closes_at: datetime | None, minutes: int | None, accommodation: Accommodation) -> datetime | None:
    """Return close + extension + (M − minutes), None where the window has no end."""
    if closes_at is None:
        return None
    more = 0 if minutes is None else allowed_minutes(minutes, accommodation) - minutes
    return closes_at + accommodation.extension + timedelta(minutes=more)


def begin(
    now: datetime, *, minutes: int | None, closes_at: datetime | None = None, accommodation: Accommodation
) -> Timing:
    """Return the timing of a sitting that starts now; `closes_at` is the window's close for everybody."""
    return Timing(
        started_at=now,
        minutes=None if minutes is None else allowed_minutes(minutes, accommodation),
        closes_at=personal_close(closes_at, minutes, accommodation),
        break_allowance=timedelta(minutes=accommodation.breaks),
    )


def may_start(now: datetime, *, opens_at: datetime | None, personal_close: datetime | None) -> bool:
    """Say whether a sitting may start: from the opening on, and before the personal close."""
    return (opens_at is None or now >= opens_at) and (personal_close is None or now < personal_close)


def granted_more(timing: Timing, *, minutes: int | None, closes_at: datetime | None, granted: Accommodation) -> Timing:
    """Return the timing after a change of accommodations; it never shortens what the person already has."""
    fresh = begin(timing.started_at, minutes=minutes, closes_at=closes_at, accommodation=granted)
    return replace(
        timing,
        minutes=None if timing.minutes is None or fresh.minutes is None else max(timing.minutes, fresh.minutes),
        closes_at=None
        if timing.closes_at is None or fresh.closes_at is None
        else max(timing.closes_at, fresh.closes_at),
        break_allowance=max(timing.break_allowance, fresh.break_allowance),
    )


def break_taken(timing: Timing, now: datetime) -> timedelta:
    """Return the break time used up to now, a running break included; never more than the allowance."""
    running = max(NOTHING, now - timing.break_began_at) if timing.break_began_at else NOTHING
    return min(timing.break_allowance, timing.break_used + running)


def on_break(timing: Timing, now: datetime) -> bool:
    """Say whether a break is under way; one that has used up the allowance is over."""
    return timing.break_began_at is not None and break_taken(timing, now) < timing.break_allowance


def take_break(timing: Timing, now: datetime) -> Timing:
    """Return the timing with a break begun now. Raises ValueError where none is left or one is under way."""
    if on_break(timing, now):
        raise ValueError("a break is under way already")
    settled = end_break(timing, now)
    if settled.break_used >= settled.break_allowance:
        raise ValueError("no break time is left")
    return replace(settled, break_began_at=now)


def end_break(timing: Timing, now: datetime) -> Timing:
    """Return the timing with the break ended and counted; without a break nothing changes."""
    return replace(timing, break_used=break_taken(timing, now), break_began_at=None)


def deadline(timing: Timing, now: datetime) -> datetime | None:
    """Return min(start + M + break taken, personal close) over those that exist, None if neither does."""
    ends: list[datetime] = []
    if timing.minutes is not None:
        ends.append(timing.started_at + timedelta(minutes=timing.minutes) + break_taken(timing, now))
    if timing.closes_at is not None:
        ends.append(timing.closes_at)
    return min(ends, default=None)


def latest_deadline(timing: Timing, now: datetime) -> datetime | None:
    """Return the deadline there will be if a break that is under way goes on to its end: what the sweep looks at."""
    if timing.break_began_at is None:
        return deadline(timing, now)
    return deadline(timing, timing.break_began_at + timing.break_allowance)


def phase(timing: Timing, now: datetime) -> Phase:
    """Return the phase: up to the deadline running, 30 seconds of grace, then over."""
    end = deadline(timing, now)
    if end is None or now < end:
        return Phase.RUNNING
    return Phase.GRACE if now < end + GRACE else Phase.OVER


def remaining_ms(timing: Timing, now: datetime) -> int | None:
    """Return the milliseconds left, 0 when time is up, None if untimed."""
    end = deadline(timing, now)
    return None if end is None else max(0, (end - now) // timedelta(milliseconds=1))


class NoSuchTime(ValueError):
    """A local time that daylight saving skips or doubles, so that nobody could say which moment is meant."""


def class_instant(local: datetime, zone: ZoneInfo, *, closing: bool = False) -> datetime:
    """Return the UTC instant of a wall-clock time in a class's zone; a closing minute lasts to its end.

    Raises NoSuchTime where the clocks skip or repeat that time.
    """
    earlier, later = local.replace(tzinfo=zone, fold=0), local.replace(tzinfo=zone, fold=1)
    shown = f"{local:%Y-%m-%d %H:%M}"
    if earlier.utcoffset() != later.utcoffset():
        if earlier.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local:
            raise NoSuchTime(f"{shown} does not exist in {zone.key}: the clocks go forward over it")
        raise NoSuchTime(f"{shown} occurs twice in {zone.key}: the clocks go back over it")
    instant = earlier.astimezone(UTC)
    return instant.replace(second=0, microsecond=0) + timedelta(minutes=1) if closing else instant


def class_time(instant: datetime, zone: ZoneInfo, *, closing: bool = False) -> datetime:
    """Return the wall-clock time that `class_instant` makes an instant of, without a zone."""
    shown = instant - timedelta(minutes=1) if closing else instant
    return shown.astimezone(zone).replace(tzinfo=None)
