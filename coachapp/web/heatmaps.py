"""Where the cells of a heat map stand. Places are those of coachapp.web.plots: percent across, pixels down."""

from collections.abc import Sequence
from dataclasses import dataclass

from coachapp.web.plots import NARROWEST, Table, Text, text_width, wrapped

SHADES = 4
_LINE = 18.0
_CELL = 24.0
_GAP = 6.0


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its place, its shade from 0 (nothing) to 4 (the most), and the count printed in it."""

    x: float
    y: float
    width: float
    height: float
    shade: int
    label: Text
    told: str


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Counts by row and column. Every cell prints its count, so that the shade is never the only sign."""

    title: str
    about: str
    cells: tuple[Cell, ...]
    row_labels: tuple[Text, ...]
    column_labels: tuple[Text, ...]
    height: float
    table: Table

    def texts(self) -> list[Text]:
        """Return every label."""
        return [*self.row_labels, *self.column_labels, *(cell.label for cell in self.cells)]


def heat_map(
    title: str,
    rows: Sequence[tuple[str, Sequence[int]]],
    *,
    columns: Sequence[str],
    about: str,
    head: str,
) -> HeatMap:
    """Lay out counts; `head` is what the rows are. A count too wide for its cell is printed as 99+.

    Raises ValueError where a row has more or fewer counts than there are columns, or there are more than 12 columns.
    """
    if len(columns) > 12 or any(len(counts) != len(columns) for _, counts in rows):
        raise ValueError("every row needs one count a column, for at most 12 columns")
    most = max((count for _, counts in rows for count in counts), default=0)
    wide = 100 / max(1, len(columns))
    y = _LINE
    column_labels = _heads(columns, wide, y - 5)
    cells, row_labels = [], []
    for label, counts in rows:
        y += _GAP
        for line in wrapped(label, NARROWEST):
            y += _LINE
            row_labels.append(Text(0, y - 5, "start", line))
        for n, count in enumerate(counts):
            x = wide * n
            cells.append(
                Cell(
                    x=x,
                    y=y,
                    width=wide,
                    height=_CELL,
                    shade=-(-SHADES * count // most) if most else 0,
                    label=Text(x + wide / 2, y + _CELL / 2 + 4.5, "middle", _fitting(count, wide)),
                    told=f"{label}, {columns[n]}: {count}",
                )
            )
        y += _CELL
    table = Table((head, *columns), tuple((label, *(f"{count:,}" for count in counts)) for label, counts in rows))
    return HeatMap(title, about, tuple(cells), tuple(row_labels), column_labels, y + _GAP, table)


def _fitting(count: int, wide: float) -> str:
    """Return the count if it fits its cell in the narrowest drawing."""
    room = wide / 100 * NARROWEST
    return next((text for text in (f"{count:,}", str(count), "99+") if text_width(text) <= room), "+")


def _heads(columns: Sequence[str], wide: float, y: float) -> tuple[Text, ...]:
    """Return every n-th head counted from the last, which tells of today, so that none touches the next."""
    widest = max((text_width(text) for text in columns), default=0.0)
    every = max(1, -(-int(widest + _GAP + 1) // max(1, int(wide / 100 * NARROWEST))))
    found = []
    free = 100.0
    for n in range(len(columns) - 1, -1, -every):
        half = 50 * text_width(columns[n]) / NARROWEST
        x = min(100 - half, wide * (n + 0.5))  # the last may stand a little to the left of its column
        if x + half <= free and x - half >= 0:
            found.append(Text(x, y, "middle", columns[n]))
            free = x - half
    return tuple(reversed(found))
