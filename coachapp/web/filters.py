"""How moments, lengths, shares and slugs are written on pages."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Flask
from flask_login import current_user
from markupsafe import Markup

from coachapp.domain.rates import percent_text
from coachapp.web import duedates
from coachapp.web.context import settings
from coachapp.web.wording import slug_words


def init_app(app: Flask) -> None:
    """Make the filters known to templates: `when`, `day`, `duration`, `percent`, `slug_words`,
    `until`, `due`, `late`.
    """
    for function in (when, day, duration, percent, slug_words, until, due, late):
        app.add_template_filter(function)
    app.add_template_global(zone_name)


def zone() -> ZoneInfo:
    """Return the time zone of the person at hand, else the site's."""
    return ZoneInfo(current_user.time_zone if current_user.is_authenticated else settings().time_zone)


def zone_name() -> str:
    """Return the name of the time zone that every time on a page is in, for its footer and its scripts."""
    return zone().key


def when(moment: datetime) -> Markup:
    """Return a moment in the reader's time zone: Nov 21, 2026, 2:05 PM."""
    local = moment.astimezone(zone())
    text = f"{day(local.date())}, {local.hour % 12 or 12}:{local:%M} {local:%p}"
    return Markup('<time datetime="{}">{}</time>').format(moment.astimezone(UTC).isoformat(timespec="seconds"), text)


def until(end: datetime) -> Markup:
    """Return the minute that a moment is the end of, in the reader's time zone: Nov 21, 2026, 11:59 PM."""
    return when(duedates.last_minute(end))


def due(end: datetime, now: datetime, verb: str = "due") -> Markup:
    """Return when work is due in the reader's time zone: due tomorrow, 11:59 PM; or how late it is: 2 days late."""
    words = duedates.due_words(end, now=now, zone=zone(), verb=verb)
    moment = duedates.last_minute(end).astimezone(UTC).isoformat(timespec="seconds")
    return Markup('<time datetime="{}">{}</time>').format(moment, words)


def late(by: timedelta) -> str:
    """Return how late something is: 2 days late."""
    return duedates.late_words(by)


def day(value: date) -> str:
    """Return a date: Nov 21, 2026. A moment is first taken to the reader's time zone."""
    if isinstance(value, datetime):
        value = value.astimezone(zone()).date()
    return f"{value:%b} {value.day}, {value.year}"


def duration(seconds: float) -> str:
    """Return a length as people say it, in its two largest units, a started second or minute counting as one."""
    seconds = max(0, round(seconds))
    parts = (
        ("day", seconds // 86400),
        ("hour", seconds // 3600 % 24),
        ("minute", seconds // 60 % 60),
        ("second", seconds % 60),
    )
    shown = [f"{count} {unit}{'' if count == 1 else 's'}" for unit, count in parts if count]
    return " ".join(shown[:2]) or "0 seconds"


def percent(share: float | None) -> str:
    """Return a share from 0 to 1 in whole percent; a dash if there is none."""
    return "–" if share is None else percent_text(share)
