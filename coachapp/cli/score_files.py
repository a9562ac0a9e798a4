"""Read the CSV files of `coachapp items`: a matrix of scores, and the maximum marks; every fault has row and column."""

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from coachapp.cli import Refused

MOST_BYTES = 200_000_000
MOST_MAXIMUM = Decimal(1_000_000)
# More digits than any program writes; what is smaller still would only make the arithmetic slow.
MOST_PLACES = 60
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,6})?")


@dataclass(frozen=True, slots=True)
class Matrix:
    """The cells of a scores file as read: `rows` without the column of persons; row 2 of the file comes first."""

    path: Path
    items: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def columns(self, maxima: Mapping[str, Decimal]) -> dict[str, list[Decimal | None]]:
        """Return the scores by item, None where a cell is empty.

        Refuses a cell that holds no number or one not from 0 to the item's maximum (1 where not given).
        """
        found: dict[str, list[Decimal | None]] = {}
        for place, (item, cells) in enumerate(zip(self.items, zip(*self.rows, strict=True), strict=True), start=2):
            most = maxima.get(item, Decimal(1))
            read: dict[str, Decimal | None] = {"": None}
            column = found[item] = []
            for row, cell in enumerate(cells, start=2):
                if cell not in read:
                    value = _number(cell, _at(self.path, row, place, item))
                    if not 0 <= value <= most:
                        raise Refused(f"{_at(self.path, row, place, item)}: {cell} is not from 0 to {most}.")
                    read[cell] = value
                column.append(read[cell])
        return found


def read_scores(path: Path) -> Matrix:
    """Read a scores file: header `person,<item ids>`, then one row a person. Cells are read by `Matrix.columns`."""
    rows = _rows(path)
    header = rows[0]
    if header[0] != "person":
        raise Refused(f"{_at(path, 1, 1)}: the header must be person,<item ids>, and begins with {header[0]!r}.")
    if len(header) == 1:
        raise Refused(f"{_at(path, 1, 2)}: the header names no item.")
    _each_once(path, [(1, place, item) for place, item in enumerate(header[1:], start=2)], "item")
    if len(rows) == 1:
        raise Refused(f"{_at(path, 2, 1)}: there is no person; the file ends after its header.")
    _same_length(path, rows)
    _each_once(path, [(row, 1, cells[0]) for row, cells in enumerate(rows[1:], start=2)], "person")
    return Matrix(path, tuple(header[1:]), tuple(tuple(cells[1:]) for cells in rows[1:]))


def read_maxima(path: Path, items: tuple[str, ...]) -> dict[str, Decimal]:
    """Read a file of maximum marks: header `item,max`, then one row for each item whose maximum is not 1."""
    rows = _rows(path)
    for place, (name, cell) in enumerate(zip(("item", "max"), [*rows[0], ""], strict=False), start=1):
        if cell != name:
            raise Refused(f"{_at(path, 1, place)}: the header must be item,max; here stands {cell!r}.")
    _same_length(path, rows[:1], length=2)
    _same_length(path, rows)
    _each_once(path, [(row, 1, cells[0]) for row, cells in enumerate(rows[1:], start=2)], "item")
    known = frozenset(items)
    maxima: dict[str, Decimal] = {}
    for row, (item, cell) in enumerate(rows[1:], start=2):
        if item not in known:
            raise Refused(f"{_at(path, row, 1)}: the scores have no item {item}.")
        value = _number(cell, _at(path, row, 2, item))
        if not 0 < value <= MOST_MAXIMUM:
            raise Refused(f"{_at(path, row, 2, item)}: a maximum is above 0 and at most {MOST_MAXIMUM}, not {cell}.")
        maxima[item] = value
    return maxima


def _at(path: Path, row: int, column: int, item: str | None = None) -> str:
    return f"{path}: row {row}, column {column}" + (f" ({item})" if item else "")


def _rows(path: Path) -> list[list[str]]:
    """Return the cells of a CSV file without blanks around them; empty lines at its end do not count."""
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise Refused(f"{path}: {error.strerror or error}") from error
    if len(raw) > MOST_BYTES:
        raise Refused(f"{path}: larger than {MOST_BYTES // 1_000_000} MB.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row, column = _place_of(raw[: error.start])
        raise Refused(f"{_at(path, row, column)}: byte {error.start + 1} is not UTF-8.") from error
    rows: list[list[str]] = []
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), strict=True):
            rows.append([cell.strip() for cell in cells])
    except csv.Error as error:
        raise Refused(f"{_at(path, len(rows) + 1, 1)}: not CSV: {error}.") from error
    while rows and not any(rows[-1]) and len(rows[-1]) <= 1:
        rows.pop()
    if not rows:
        raise Refused(f"{_at(path, 1, 1)}: the file is empty.")
    rows[0] = rows[0] or [""]
    return rows


def _place_of(before: bytes) -> tuple[int, int]:
    """Return row and column of the byte that follows, by counting lines and commas."""
    return before.count(b"\n") + 1, before[before.rfind(b"\n") + 1 :].count(b",") + 1


def _same_length(path: Path, rows: list[list[str]], *, length: int | None = None) -> None:
    expected = length or len(rows[0])
    for row, cells in enumerate(rows, start=1):
        if len(cells) != expected:
            place = min(len(cells), expected) + 1
            what = f"cells in the row: {len(cells)}" if cells else "the row is empty"
            raise Refused(f"{_at(path, row, place)}: {what}; expected: {expected}.")


def _each_once(path: Path, found: list[tuple[int, int, str]], what: str) -> None:
    first: dict[str, tuple[int, int]] = {}
    for row, column, name in found:
        if not name:
            raise Refused(f"{_at(path, row, column)}: the {what} has no name.")
        if name in first:
            earlier = "row {}, column {}".format(*first[name])
            raise Refused(f"{_at(path, row, column)}: the {what} {name} stands already in {earlier}.")
        first[name] = (row, column)


def _number(cell: str, place: str) -> Decimal:
    if not _NUMBER.fullmatch(cell):
        raise Refused(f"{place}: {cell!r} is not a number.")
    value = Decimal(cell)
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > MOST_PLACES:
        raise Refused(f"{place}: {cell} has more than {MOST_PLACES} digits after the point.")
    return value
