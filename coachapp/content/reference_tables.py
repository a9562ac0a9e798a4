"""Read CMS's tables from a folder beside the product: code list, fee schedule indicators, NCCI edits, unit limits.

None of them is in the product, for they are built on CPT; only the rows that the content needs are kept in memory.
"""

import csv
import gzip
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple, TextIO


class BadReference(ValueError):
    """A folder that is not laid out as expected; the message names the file and what is missing in it."""


class Days(NamedTuple):
    """First and last day of a code; None where the list begins or ends with it."""

    first: date | None
    last: date | None


class Indicators(NamedTuple):
    """A code's row of the physician fee schedule. `split`: it has a professional and a technical part."""

    global_days: str
    pctc: str
    bilateral: str
    assistant: str
    cosurgeon: str
    team: str
    split: bool


class AddOn(NamedTuple):
    """An add-on code: its primary codes, and whether the list of them is complete (edit type 1)."""

    primaries: frozenset[str]
    complete: bool


class UnitLimit(NamedTuple):
    """The most units of a code, of a line (adjudication indicator 1) or of a day."""

    most: int
    by_line: bool


@dataclass(slots=True)
class Reference:
    """The rows of the tables for the codes at hand, and the editions they are of.

    `days` covers `listed_from` to `listed_to`. `pairs`: (column 1, column 2) to the modifier indicator 0, 1 or 9.
    """

    listed_from: date
    listed_to: date
    days: dict[str, Days]
    indicators: dict[str, Indicators]
    add_ons: dict[str, AddOn]
    limits: dict[str, UnitLimit]
    pairs: dict[tuple[str, str], str]
    editions: Mapping[str, str] = field(default_factory=dict)


_CODES = "cpt/cpt_hcpcs_code_list_*"
_FEES = "cpt/pprrvu_*"
_PAIRS = "ncci/ncci_ptp_practitioner_*"
_LIMITS = "ncci/mue_practitioner_*"
_ADD_ONS = "ncci/ncci_addon_codes_*"
_QUARTERS = re.compile(r"(\d{4})Q([1-4])-(\d{4})Q([1-4])")
_EDITION = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?|Q[1-4])(?:-\d{4}Q[1-4])?")


def read_reference(folder: Path, *, codes: Collection[str]) -> Reference:
    """Read what the tables of a folder say about some service codes.

    Raises BadReference where the folder, a file or a column is missing, or a value has the wrong form.
    """
    if not folder.is_dir():
        raise BadReference(f"{folder}: there is no such folder")
    files = {pattern: _newest(folder, pattern) for pattern in (_CODES, _FEES, _PAIRS, _LIMITS, _ADD_ONS)}
    quarters = _QUARTERS.search(files[_CODES].name)
    if quarters is None:
        raise BadReference(f"{files[_CODES]}: the name does not say its quarters, like 2019Q3-2026Q2")
    y1, q1, y2, q2 = map(int, quarters.groups())
    wanted = frozenset(codes)
    # A primary code need not be in the content to be wanted: add-on rows are read by the add-on.
    return Reference(
        listed_from=date(y1, 3 * q1 - 2, 1),
        listed_to=date(y2 + q2 // 4, 3 * q2 % 12 + 1, 1) - timedelta(days=1),
        days=_days(files[_CODES], wanted),
        indicators=_indicators(files[_FEES], wanted),
        add_ons=_add_ons(files[_ADD_ONS], wanted),
        limits=_limits(files[_LIMITS], wanted),
        pairs=_pairs(files[_PAIRS], wanted),
        editions={
            "codes": _edition(files[_CODES]),
            "indicators": _edition(files[_FEES]),
            "pairs": _edition(files[_PAIRS]),
            "units": _edition(files[_LIMITS]),
            "add_ons": _edition(files[_ADD_ONS]),
        },
    )


def _newest(folder: Path, pattern: str) -> Path:
    found = sorted(path for ending in ("csv", "csv.gz") for path in folder.glob(f"{pattern}.{ending}"))
    if not found:
        raise BadReference(f"{folder}: the file {pattern}.csv.gz is missing")
    return found[-1]


def _edition(file: Path) -> str:
    found = _EDITION.search(file.name)
    return found.group() if found else file.name


def _open(file: Path) -> TextIO:
    if file.suffix == ".gz":
        return gzip.open(file, "rt", encoding="utf-8-sig", newline="")
    return file.open(encoding="utf-8-sig", newline="")


def _rows(file: Path, *columns: str) -> Iterator[list[str]]:
    """Yield of each row the columns whose names begin so; raise BadReference where a column or a cell is missing."""
    number = 1
    try:
        with _open(file) as text:
            reader = csv.reader(text)
            header = next(reader, [])
            places = []
            for column in columns:
                place = next((i for i, name in enumerate(header) if name.startswith(column)), None)
                if place is None:
                    raise BadReference(f"{file}: the column {column} is missing; the header is {', '.join(header)}")
                places.append(place)
            least = max(places) + 1
            for number, row in enumerate(reader, start=2):
                if len(row) < least:
                    raise BadReference(f"{file}, line {number}: {len(row)} cells where {least} are needed")
                yield [row[place].strip() for place in places]
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise BadReference(f"{file}, after line {number}: cannot be read: {error}") from None


def _days(file: Path, wanted: frozenset[str]) -> dict[str, Days]:
    rows = _rows(file, "code", "first_seen", "last_valid_day")
    return {code: Days(_day(first, file, code), _day(last, file, code)) for code, first, last in rows if code in wanted}


def _day(text: str, file: Path, code: str) -> date | None:
    if not text or text.startswith("before"):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadReference(f"{file}: {text!r} at {code} is no day; 20260101 is the form") from None


def _indicators(file: Path, wanted: frozenset[str]) -> dict[str, Indicators]:
    columns = ("hcpcs", "mod", "glob_days", "pctc_ind", "bilat_surg", "asst_surg", "co_surg", "team_surg")
    whole: dict[str, list[str]] = {}
    parts: set[str] = set()
    for code, modifier, *values in _rows(file, *columns):
        if code in wanted and modifier in ("", "26", "TC"):
            if modifier:
                parts.add(code)
            if not modifier or code not in whole:
                whole[code] = values
    found = {}
    for code, (days, pctc, bilateral, assistant, cosurgeon, team) in whole.items():
        found[code] = Indicators(days, pctc, bilateral, assistant, cosurgeon, team, code in parts)
    return found


def _add_ons(file: Path, wanted: frozenset[str]) -> dict[str, AddOn]:
    primaries: dict[str, set[str]] = {}
    kinds: dict[str, set[str]] = {}
    for code, primary, kind in _rows(file, "addon_code", "primary_code", "type"):
        if code in wanted:
            primaries.setdefault(code, set()).update({primary} - {""})
            kinds.setdefault(code, set()).add(kind)
    return {code: AddOn(frozenset(found), kinds[code] == {"1"}) for code, found in primaries.items()}


def _limits(file: Path, wanted: frozenset[str]) -> dict[str, UnitLimit]:
    found: dict[str, UnitLimit] = {}
    for code, most, indicator in _rows(file, "code", "mue_value", "mai"):
        if code in wanted:
            if not most.isdecimal():
                raise BadReference(f"{file}: {most!r} at {code} is no number of units")
            found[code] = UnitLimit(int(most), indicator.startswith("1"))
    return found


def _pairs(file: Path, wanted: frozenset[str]) -> dict[tuple[str, str], str]:
    rows = _rows(file, "column1", "column2", "modifier_indicator")
    return {(one, two): indicator for one, two, indicator in rows if one in wanted and two in wanted}
