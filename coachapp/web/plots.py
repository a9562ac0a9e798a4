"""Where everything in a plot stands: scales, ticks and labels that never overlap, at any width of the page.

Across, places are percent of the drawing's width, so that a plot reflows without its text getting smaller; down, they
are CSS pixels. Labels are laid out for a drawing of 240 pixels, what a page 320 pixels wide leaves, and get only more
room on wider ones. Nothing here knows a page: templates/macros/plots.html draws what the layouts return.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from coachapp.domain.rates import percent_text

NARROWEST = 240.0
FONT = 13.0
# Widths of letters in parts of the font's size, rather too wide than too narrow for the common sans-serif fonts.
_NARROW, _WIDE = frozenset("iljt.,:;'|!()[]I "), frozenset("mwMW%@–—")
LINE = 18.0
GAP = 8.0

Anchor = Literal["start", "middle", "end"]


def text_width(text: str, size: float = FONT) -> float:
    """Return about how wide a text is in pixels, erring on the wide side."""
    parts = (0.36 if c in _NARROW else 0.92 if c in _WIDE else 0.7 if c.isupper() else 0.59 for c in text)
    return size * math.fsum(parts)


@dataclass(frozen=True, slots=True)
class Text:
    """A label: `x` in percent of the width, `y` its baseline in pixels."""

    x: float
    y: float
    anchor: Anchor
    text: str

    def extent(self, width: float) -> tuple[float, float, float, float]:
        """Return left, top, right, bottom in pixels in a drawing of that width."""
        wide = text_width(self.text)
        left = self.x / 100 * width - {"start": 0.0, "middle": wide / 2, "end": wide}[self.anchor]
        return left, self.y - FONT, left + wide, self.y + 3


@dataclass(frozen=True, slots=True)
class Table:
    """The plot's numbers as text, for the table behind it; the first cell of a row is its head."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear scale with its ticks; `shown` writes a value."""

    low: float
    high: float
    ticks: tuple[float, ...]
    shown: Callable[[float], str]

    def share(self, value: float) -> float:
        """Return where a value lies between the ends, 0 to 1; values beyond them lie at the ends."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))


SHARES = Scale(0, 1, (0, 0.25, 0.5, 0.75, 1), percent_text)


def nice_scale(highest: float, shown: Callable[[float], str], *, most: int = 4, whole: bool = False) -> Scale:
    """Return a scale from 0 to at least `highest` in at most `most` steps of 1, 2 or 5 times a power of ten.

    `whole`: no step is smaller than 1. A highest value of 0 or less still gives a scale of one step.
    """
    highest = highest if highest > 0 else 1.0
    power = 10.0 ** math.floor(math.log10(highest / most))
    # Powers below one are inexact, so that a step could fall short by the last digit.
    step = next(power * n for n in (1, 2, 5, 10, 20) if power * n * most >= highest * (1 - 1e-9))
    step = max(step, 1.0) if whole else step
    count = max(1, math.ceil(highest / step - 1e-9))
    return Scale(0, step * count, tuple(step * n for n in range(count + 1)), shown)


def count_text(value: float) -> str:
    """Return a whole number with its thousands set off."""
    return f"{round(value):,}"


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the grid and its label. `at`: percent across, or pixels down on an upright axis."""

    at: float
    label: Text


def wrapped(text: str, width: float) -> tuple[str, ...]:
    """Break a text into lines no wider than that; a word that is too long by itself is cut with an ellipsis."""
    lines: list[str] = []
    for word in text.split():
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(joined) <= width:
            lines[-1] = joined
            continue
        lines.append(_cut(word, width))
    return tuple(lines)


def _cut(word: str, width: float) -> str:
    kept = word
    while len(kept) > 1 and text_width(kept) > width:
        kept = kept.rstrip("…")[:-1] + "…"
    return kept
