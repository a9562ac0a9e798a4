"""Read the CSV files of `coachapp items`: matrices of scores and of answers, maximum marks, and the key.

Every fault is told with its row and column.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from coachapp.cli import Refused
from coachapp.domain.cells import plain, separator_of, text_of

MOST_BYTES = 200_000_000
MOST_MAXIMUM = Decimal(1_000_000)
# More digits than any program writes; what is smaller still would only make the arithmetic slow.
MOST_PLACES = 60
# More different answers to one question are no options but texts.
MOST_OPTIONS = 26
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,6})?")


@dataclass(frozen=True, slots=True)
class Matrix:
    """The cells of a matrix as read: `rows` without the column of `persons`; row 2 of the file comes first."""

    path: Path
    items: tuple[str, ...]
    persons: tuple[str, ...]
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

    def choices(self, scores: "Matrix") -> dict[str, list[frozenset[str]]]:
        """Return the options chosen by item, in the order in which `scores` lists its persons; none for an empty cell.

        Refuses an item or person that the scores do not have, a person they have and this file has not, and an answer
        of somebody who was not presented the item.
        """
        known = {item: place for place, item in enumerate(scores.items)}
        for place, item in enumerate(self.items, start=2):
            if item not in known:
                raise Refused(f"{_at(self.path, 1, place)}: the scores have no item {item}.")
        places = {person: row for row, person in enumerate(self.persons)}
        at_home = frozenset(scores.persons)
        for row, person in enumerate(self.persons, start=2):
            if person not in at_home:
                raise Refused(f"{_at(self.path, row, 1)}: the scores have no person {person}.")
        found: dict[str, list[frozenset[str]]] = {item: [] for item in self.items}
        for person, marks in zip(scores.persons, scores.rows, strict=True):
            if person not in places:
                raise Refused(f"{self.path}: there is no row for the person {person}.")
            row = places[person]
            for place, (item, cell) in enumerate(zip(self.items, self.rows[row], strict=True), start=2):
                at = _at(self.path, row + 2, place, item)
                if cell and not marks[known[item]]:
                    raise Refused(f"{at}: {cell} was chosen, but by the scores {person} was not presented the item.")
                found[item].append(options_in(cell, at))
        for place, (item, chosen) in enumerate(found.items(), start=2):
            if (count := len(frozenset().union(*chosen))) > MOST_OPTIONS:
                raise Refused(f"{_at(self.path, 1, place, item)}: {count} different options; at most {MOST_OPTIONS}.")
        return found


def options_in(cell: str, place: str) -> frozenset[str]:
    """Return the options a cell names, parted by semicolons; refuse one that is named twice or has no name."""
    if not cell:
        return frozenset()
    options = [part.strip() for part in cell.split(";")]
    if not all(options):
        raise Refused(f"{place}: {cell!r} names an option without a name.")
    if len(set(options)) < len(options):
        raise Refused(f"{place}: {cell!r} names an option twice.")
    return frozenset(options)


def read_matrix(path: Path) -> Matrix:
    """Read a matrix: header `person,<item ids>`, then one row a person. What cells mean is read by its methods."""
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
    persons = tuple(cells[0] for cells in rows[1:])
    return Matrix(path, tuple(header[1:]), persons, tuple(tuple(cells[1:]) for cells in rows[1:]))


def read_maxima(path: Path, items: tuple[str, ...]) -> dict[str, Decimal]:
    """Read a file of maximum marks: header `item,max`, then one row for each item whose maximum is not 1."""
    maxima: dict[str, Decimal] = {}
    for row, item, cell in _by_item(path, "max", items, of="scores"):
        value = _number(cell, _at(path, row, 2, item))
        if not 0 < value <= MOST_MAXIMUM:
            raise Refused(f"{_at(path, row, 2, item)}: a maximum is above 0 and at most {MOST_MAXIMUM}, not {cell}.")
        maxima[item] = value
    return maxima


def read_key(path: Path, items: tuple[str, ...]) -> dict[str, frozenset[str]]:
    """Read a key: header `item,right`, then one row for each item of the answers; several options as `a;c`."""
    key: dict[str, frozenset[str]] = {}
    for row, item, cell in _by_item(path, "right", items, of="answers"):
        if not cell:
            raise Refused(f"{_at(path, row, 2, item)}: no option is right.")
        key[item] = options_in(cell, _at(path, row, 2, item))
    if lacking := next((item for item in items if item not in key), None):
        raise Refused(f"{path}: there is no row for the item {lacking}.")
    return key


def _by_item(path: Path, head: str, items: tuple[str, ...], *, of: str) -> Iterator[tuple[int, str, str]]:
    """Yield row, item and cell of a file with the header `item,<head>` whose items are all among those given."""
    rows = _rows(path)
    for place, (name, cell) in enumerate(zip(("item", head), [*rows[0], ""], strict=False), start=1):
        if cell != name:
            raise Refused(f"{_at(path, 1, place)}: the header must be item,{head}; here stands {cell!r}.")
    _same_length(path, rows[:1], length=2)
    _same_length(path, rows)
    _each_once(path, [(row, 1, cells[0]) for row, cells in enumerate(rows[1:], start=2)], "item")
    known = frozenset(items)
    for row, (item, cell) in enumerate(rows[1:], start=2):
        if item not in known:
            raise Refused(f"{_at(path, row, 1)}: the {of} have no item {item}.")
        yield row, item, cell


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
        text = text_of(raw)
    except UnicodeDecodeError as error:
        row, column = _place_of(raw[: error.start])
        raise Refused(f"{_at(path, row, column)}: byte {error.start + 1} is not {error.encoding.upper()}.") from error
    rows: list[list[str]] = []
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator_of(text), strict=True)
        for cells in reader:
            rows.append([plain(cell.strip()) for cell in cells])
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
