"""The days a release speaks of."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Window:
    """The days a release speaks of for one system. `ends`: days on which spans start or stop only because data do."""

    first: date
    last: date
    ends: frozenset[date]

    def packed(self) -> str:
        """Write the window as one text: first, last, then the ends."""
        return " ".join(day.isoformat() for day in (self.first, self.last, *sorted(self.ends)))


def unpack_window(text: str) -> Window:
    """Read a window as `Window.packed` writes it."""
    first, last, *ends = (date.fromisoformat(day) for day in text.split())
    return Window(first, last, frozenset(ends))
