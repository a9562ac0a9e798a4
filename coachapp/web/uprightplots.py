"""Plots with an upright scale: a line over time with its band, and shares by what was said before.

See coachapp.web.plots for the units.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from coachapp.domain.rates import percent_text
from coachapp.web.plots import GAP, LINE, NARROWEST, SHARES, Scale, Table, Text, Tick, text_width, wrapped

# The gutter holds "100%" in the narrowest drawing.
_GUTTER, _RIGHT = 17.0, 98.0
_TOP, _DEEP = 26.0, 170.0
# Three dates and a little between them are what the narrowest drawing holds.
_MOST_DATES = 3


@dataclass(frozen=True, slots=True)
class Point:
    """One point in time; `value` None breaks the line."""

    on: date
    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class PlacedPoint:
    """A point in its place: across in percent, down in pixels."""

    x: float
    y: float
    low: float | None
    high: float | None
    text: str


@dataclass(frozen=True, slots=True)
class UprightPlot:
    """What stands on an upright scale: a line with its band, or a few columns with intervals.

    `runs`: the points, parted where the line breaks. `mark`: a level worth knowing.
    """

    title: str
    about: str
    runs: tuple[tuple[PlacedPoint, ...], ...]
    levels: tuple[Tick, ...]
    below: tuple[Text, ...]
    mark: Tick | None
    left: float
    right: float
    bottom: float
    height: float
    table: Table

    @property
    def points(self) -> tuple[PlacedPoint, ...]:
        """Return all points."""
        return tuple(point for run in self.runs for point in run)

    def texts(self) -> list[Text]:
        """Return every label."""
        marks = [self.mark.label] if self.mark else []
        return [*(tick.label for tick in self.levels), *self.below, *marks]


def _down(scale: Scale, value: float) -> float:
    return _TOP + _DEEP * (1 - scale.share(value))


def _levels(scale: Scale) -> tuple[Tick, ...]:
    ticks = [(value, _down(scale, value)) for value in scale.ticks]
    return tuple(Tick(y, Text(_GUTTER - 2, y + 4, "end", scale.shown(value))) for value, y in ticks)


def _level(scale: Scale, mark: tuple[float, str] | None) -> Tick | None:
    if mark is None:
        return None
    y = _down(scale, mark[0])
    # Above the drawing, where no line or band runs through it; the dashes say which line is meant.
    return Tick(y, Text(_RIGHT, _TOP - 12, "end", f"- - {mark[1]}"))


def _place(scale: Scale, x: float, *, value: float, low: float | None, high: float | None, text: str) -> PlacedPoint:
    return PlacedPoint(
        x=x,
        y=_down(scale, value),
        low=None if low is None else _down(scale, low),
        high=None if high is None else _down(scale, high),
        text=text,
    )


def line_plot(
    title: str,
    points: Sequence[Point],
    *,
    about: str,
    scale: Scale,
    heads: Sequence[str],
    day: Callable[[date], str],
    mark: tuple[float, str] | None = None,
) -> UprightPlot:
    """Lay out a line over time with its band; `day` writes a date in full, for the table."""
    first, last = (min(p.on for p in points), max(p.on for p in points)) if points else (date.min, date.min)
    days = max(1, (last - first).days)

    def across(on: date) -> float:
        return _GUTTER + 4 + (_RIGHT - _GUTTER - 8) * ((on - first).days / days if last > first else 0.5)

    runs: list[list[PlacedPoint]] = [[]]
    rows = []
    for point in sorted(points, key=lambda p: p.on):
        shown = "–" if point.value is None else scale.shown(point.value)
        band = point.low is not None and point.high is not None
        rows.append((day(point.on), shown, f"{scale.shown(point.low)} to {scale.shown(point.high)}" if band else "–"))  # type: ignore[arg-type]
        if point.value is None:
            runs.append([])
            continue
        text = f"{day(point.on)}: {shown}"
        runs[-1].append(_place(scale, across(point.on), value=point.value, low=point.low, high=point.high, text=text))
    bottom = _TOP + _DEEP
    below = _dates([across(p.on) for p in points], [f"{p.on:%b} {p.on.day}" for p in points], bottom + LINE + 4)
    return UprightPlot(
        title=title,
        about=about,
        runs=tuple(tuple(run) for run in runs if run),
        levels=_levels(scale),
        below=below,
        mark=_level(scale, mark),
        left=_GUTTER,
        right=_RIGHT,
        bottom=bottom,
        height=bottom + LINE + 12,
        table=Table(tuple(heads), tuple(rows)),
    )


def _dates(places: Sequence[float], words: Sequence[str], y: float) -> tuple[Text, ...]:
    """Return as many dates as fit without touching: the ends, and one in the middle."""
    marks = sorted(dict(zip(places, words, strict=True)).items())
    picked = [marks[0], marks[len(marks) // 2], marks[-1]][:_MOST_DATES] if len(marks) > 2 else marks
    found: list[Text] = []
    for x, text in sorted(set(picked), key=lambda mark: (mark[0] not in (marks[0][0], marks[-1][0]), mark[0])):
        half = 50 * text_width(text) / NARROWEST
        label = Text(min(100 - half, max(half, x)), y, "middle", text)
        left, _, right, _ = label.extent(NARROWEST)
        others = (one.extent(NARROWEST) for one in found)
        if all(right + GAP <= other[0] or left - GAP >= other[2] for other in others):
            found.append(label)
    return tuple(sorted(found, key=lambda text: text.x))


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a calibration plot; `count`: on how many answers it rests."""

    label: str
    value: float | None
    low: float | None
    high: float | None
    count: int


def calibration_plot(
    title: str, columns: Sequence[Column], *, about: str, heads: Sequence[str], mark: tuple[float, str] | None = None
) -> UprightPlot:
    """Lay out at most four columns of shares with intervals: how often right, by what was said of it before."""
    wide = (_RIGHT - _GUTTER) / max(1, len(columns))
    bottom = _TOP + _DEEP
    room = wide / 100 * NARROWEST - GAP
    runs, below, rows, deepest = [], [], [], bottom + LINE
    for n, column in enumerate(columns):
        x = _GUTTER + wide * (n + 0.5)
        shown = "–" if column.value is None else percent_text(column.value)
        lines = (*wrapped(column.label, room), *wrapped(f"n={column.count:,}", room))
        below += [Text(x, bottom + LINE * (k + 1) + 4, "middle", line) for k, line in enumerate(lines)]
        deepest = max(deepest, bottom + LINE * len(lines) + 4)
        band = "–"
        if column.value is not None:
            text = f"{column.label}: {shown}"
            runs.append((_place(SHARES, x, value=column.value, low=column.low, high=column.high, text=text),))
        if column.low is not None and column.high is not None:
            band = f"{percent_text(column.low)} to {percent_text(column.high)}"
        rows.append((column.label, f"{column.count:,}", shown, band))
    return UprightPlot(
        title=title,
        about=about,
        runs=tuple(runs),
        levels=_levels(SHARES),
        below=tuple(below),
        mark=_level(SHARES, mark),
        left=_GUTTER,
        right=_RIGHT,
        bottom=bottom,
        height=deepest + 8,
        table=Table(tuple(heads), tuple(rows)),
    )
