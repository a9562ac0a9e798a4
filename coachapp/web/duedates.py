"""How dates to work towards are written on pages."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
_WEEK = 7


def last_minute(end: datetime) -> datetime:
    """Return the minute that `end` is the end of: what somebody wrote who meant all of that minute."""
    return end - MINUTE


def clock_time(moment: datetime, zone: ZoneInfo) -> str:
    """Return the time of day: 2:05 PM."""
    local = moment.astimezone(zone)
    return f"{local.hour % 12 or 12}:{local:%M} {local:%p}"


def day_words(moment: datetime, *, now: datetime, zone: ZoneInfo) -> str:
    """Return when something is to come, as near as it is: today, tomorrow, Friday, Nov 30, or Jan 4, 2027."""
    there, here = moment.astimezone(zone).date(), now.astimezone(zone).date()
    days = (there - here).days
    if days == 0:
        return "today"
    if days == 1:
        return "tomorrow"
    if 1 < days < _WEEK:
        return f"{there:%A}"
    return f"{there:%b} {there.day}" + ("" if there.year == here.year else f", {there.year}")


def late_words(by: timedelta) -> str:
    """Return how late something is, in its largest unit: 2 days late; within a minute, a minute late."""
    minutes = int(by.total_seconds()) // 60
    count, unit = next(
        ((minutes // size, unit) for size, unit in ((1440, "day"), (60, "hour")) if minutes >= size),
        (max(1, minutes), "minute"),
    )
    return f"{count} {unit}{'' if count == 1 else 's'} late"


def due_words(end: datetime, *, now: datetime, zone: ZoneInfo, verb: str = "due") -> str:
    """Return when work is due, `end` being the end of its minute: due tomorrow, 11:59 PM; once it is over, how late."""
    if now >= end:
        return late_words(now - end)
    shown = last_minute(end).astimezone(UTC)
    return f"{verb} {day_words(shown, now=now, zone=zone)}, {clock_time(shown, zone)}"
