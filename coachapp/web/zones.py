"""The time zones that forms offer."""

from functools import cache
from zoneinfo import available_timezones

from wtforms.fields import SelectChoice

US_ZONES = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
    "America/Puerto_Rico",
)


@cache
def zone_choices() -> list[SelectChoice]:
    """Return the time zones to choose from, those of the United States first."""
    others = sorted(
        z for z in available_timezones() if "/" in z and not z.startswith(("Etc/", "posix", "right", "US/"))
    )
    names = [*US_ZONES, "UTC", *(z for z in others if z not in US_ZONES)]
    return [SelectChoice(name, name.replace("_", " ")) for name in names]
