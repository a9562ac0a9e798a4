"""Bars, and dots with intervals: rows below each other on one scale (see coachapp.web.plots for the units)."""

from collections.abc import Sequence
from dataclasses import dataclass

from coachapp.web.plots import FONT, GAP, LINE, NARROWEST, Anchor, Scale, Table, Text, Tick, text_width, wrapped


@dataclass(frozen=True, slots=True)
class Row:
    """One row to draw. `value` None: only its words are printed. `text` is what is printed beside the label."""

    label: str
    value: float | None
    text: str
    low: float | None = None
    high: float | None = None
    href: str | None = None
    cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlacedRow:
    """A row in its place: `x`, `low`, `high` in percent (None: no mark), `top` and `middle` of its strip in pixels."""

    row: Row
    labels: tuple[Text, ...]
    shown: Text
    top: float
    middle: float
    height: float
    x: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class RowPlot:
    """Rows below each other on one scale: bars, or dots with intervals. `mark`: a line at a value worth knowing."""

    title: str
    about: str
    rows: tuple[PlacedRow, ...]
    ticks: tuple[Tick, ...]
    mark: Tick | None
    grid_top: float
    height: float
    table: Table

    def texts(self) -> list[Text]:
        """Return every label."""
        marks = [self.mark.label] if self.mark else []
        rows = [text for row in self.rows for text in (*row.labels, row.shown)]
        return [*(tick.label for tick in self.ticks), *marks, *rows]


def _across(scale: Scale, value: float | None) -> float | None:
    return None if value is None else 100 * scale.share(value)


def _tick_across(scale: Scale, value: float, y: float) -> Tick:
    at = 100 * scale.share(value)
    anchor: Anchor = "start" if at < 10 else "end" if at > 90 else "middle"
    return Tick(at, Text(at, y, anchor, scale.shown(value)))


def row_plot(
    title: str,
    rows: Sequence[Row],
    *,
    about: str,
    scale: Scale,
    heads: Sequence[str],
    mark: tuple[float, str] | None = None,
    strip: float = 14,
) -> RowPlot:
    """Lay out bars or dots with intervals; a row's `cells`, or its text, follow its label in the table.

    `mark`: a value and its words, printed above the scale. `strip`: the height of a bar in pixels.
    """
    y = LINE
    placed_mark = None
    if mark is not None:
        at = 100 * scale.share(mark[0])
        half = 50 * text_width(mark[1]) / NARROWEST
        anchor: Anchor = "start" if at < half else "end" if at > 100 - half else "middle"
        placed_mark = Tick(at, Text(at, y - 4, anchor, mark[1]))
        y += LINE
    ticks = tuple(_tick_across(scale, value, y - 4) for value in scale.ticks)
    grid_top = y
    placed = []
    for row in rows:
        top = y + GAP
        # A value or a dash stands at the end of the first line where there is room; words stand below the label.
        room = NARROWEST - text_width(row.text) - 2 * GAP
        short = row.value is not None or text_width(row.text) < FONT
        lines = wrapped(row.label, room if short and room > NARROWEST / 3 else NARROWEST)
        beside = short and all(text_width(line) <= room for line in lines[:1])
        labels = tuple(Text(0, top + LINE * (n + 1) - 5, "start", line) for n, line in enumerate(lines))
        under = 0 if beside else len(lines)
        shown = Text(100 if beside else 0, top + LINE * (under + 1) - 5, "end" if beside else "start", row.text)
        y = top + LINE * max(len(lines), under + 1)
        middle = y + strip / 2
        x, low, high = _across(scale, row.value), _across(scale, row.low), _across(scale, row.high)
        if x is not None:
            y += strip
        placed.append(PlacedRow(row, labels, shown, top, middle, y - top, x, low, high))
    table = Table(tuple(heads), tuple((row.label, *(row.cells or (row.text,))) for row in rows))
    return RowPlot(title, about, tuple(placed), ticks, placed_mark, grid_top, y + GAP, table)
