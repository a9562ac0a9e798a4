"""The list of ICD-10-CM codes exempt from present-on-admission reporting, in the layout in which CMS publishes it."""

import csv
import io
import re
import sqlite3
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from coachapp.codesets.intake import BadFile, OfficialFile
from coachapp.codesets.poa import poa_ranges
from coachapp.codesets.release import Release, State
from coachapp.codesets.shelf import Shelf
from coachapp.codesets.window import Window
from coachapp.domain.codes import CodeSystem, dotted, undotted
from coachapp.domain.typed_text import code_text, plain

MEMBER = re.compile(r"(?!\.)(?!.*(?:add|delet|revis|readme)).*exempt.*\.(?:txt|csv)", re.IGNORECASE)
"""The name of the list itself in the zip of a year, where it lies beside its changes and a spreadsheet of the same."""

_CHANGES = re.compile(r"exempt[ _-]?(?:add|delet|revis)", re.IGNORECASE)
_HEADER_WITHIN = 20  # lines
_ICD10CM = re.compile(r"[A-Z]\d[0-9A-Z]{1,5}|[A-Z]{2}\d[0-9A-Z]{0,4}")
_AROUND = " \t=\"'.,;"
_YEAR = re.compile(r"(?<!\d)(20[1-4]\d)(?!\d)")
_SHORT_YEAR = re.compile(r"(?:fy|apr(?:il)?|ord(?:er)?|codes)[ _-]?(\d\d)(?!\d)", re.IGNORECASE)
_APRIL = re.compile(r"apr|(?<!\d)20\d\d[-_]?04(?!\d)", re.IGNORECASE)
_SHOWN = 5  # codes of a message
_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE exempt (code TEXT PRIMARY KEY) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Edition:
    """The fiscal year of a list. `april`: the update that replaces its second half."""

    year: int
    april: bool = False

    @property
    def name(self) -> str:
        """The name of the edition, FY2025 or FY2025-April."""
        return f"FY{self.year}-April" if self.april else f"FY{self.year}"

    @property
    def first(self) -> date:
        """The first day the edition answers for."""
        return date(self.year, 4, 1) if self.april else date(self.year - 1, 10, 1)

    @property
    def last(self) -> date:
        """The last day the edition answers for."""
        return date(self.year, 9, 30)


def edition_in(text: str) -> Edition | None:
    """Read an edition out of a name or a head: FY25, Apr23, 2021; None where it names no year."""
    if found := _YEAR.search(text):
        return Edition(int(found[1]), bool(_APRIL.search(text)))
    if found := _SHORT_YEAR.search(text):
        return Edition(2000 + int(found[1]), bool(_APRIL.search(text)))
    return None


def list_edition(file: OfficialFile, name: str) -> Edition | None:
    """Return the edition that the head of a list names, failing that the file's name; None where neither does.

    Raises BadFile where the two name different years, or where the file has not the head of such a list.
    """
    headed, named = _edition(_Head(file)), edition_in(name)
    if headed and named and headed.year != named.year:
        raise BadFile(
            f"{file.name} is the list of {headed.name} by its heads, but its name says {named.name}: "
            "rename the file, or give --from and --to."
        )
    if headed and named:
        return Edition(headed.year, headed.april or named.april)
    return headed or named


def read_exempt(file: OfficialFile, window: Window) -> dict[str, int]:
    """Read a list for the days of `window`: its codes, undotted, with the line each stands on.

    Layout: a column POAexemptCode, commonly between an order number (OrdFY25) and a description, separated by tabs;
    commas, semicolons and bars are taken, too. Codes may lack their dots. Raises BadFile with the line.
    """
    if _CHANGES.search(file.name):
        raise BadFile(f"{file.name} holds changes only: import the list itself, POAexemptCodes with its year.")
    head = _Head(file)
    edition = _edition(head)
    if edition and not (Edition(edition.year).first <= window.first and window.last <= edition.last):
        raise BadFile(
            f"{file.name}, line {head.line}: the list is that of {edition.name}, which does not answer for "
            f"{window.first} to {window.last}."
        )
    codes: dict[str, int] = {}
    for number, cell in head.codes():
        code = undotted(code_text(cell).strip(_AROUND))
        if not _ICD10CM.fullmatch(code):
            raise BadFile(f"{file.name}, line {number}: {cell.strip()[:20]!r} is no ICD-10-CM code.")
        if code in codes:
            raise BadFile(f"{file.name}, line {number}: {dotted(code)} is listed twice, first on line {codes[code]}.")
        codes[code] = number
    if not codes:
        raise BadFile(f"{file.name} holds no code below its heads.")
    return codes


def refuse_unknown(file: OfficialFile, codes: Mapping[str, int], *, shelf: Shelf, window: Window) -> None:
    """Raise BadFile where a list has codes that are reportable neither on the first nor on the last of its days.

    Where no release of ICD-10-CM speaks of the first day, codes that no release has are taken as they are.
    """
    opened, closed = (_states(shelf, codes, day) for day in (window.first, window.last))
    covered = shelf.on(window.first).covering(CodeSystem.ICD10CM) is not None
    absent = State(False, False) if covered else State(None, None)
    wrong = [
        code
        for code in codes
        if opened.get(code, absent).billable is False and closed.get(code, absent).billable is False
    ]
    if not wrong:
        return
    code = wrong[0]
    what = "is a header, no code" if opened.get(code, absent).valid else "is no code that can be reported"
    more = ""
    if others := wrong[1:]:
        named = ", ".join(dotted(one) for one in others[:_SHOWN])
        count = "another one" if len(others) == 1 else f"{len(others):,} others"
        more = f" The same holds for {count}: {named}{' …' if len(others) > _SHOWN else ''}."
    raise BadFile(f"{file.name}, line {codes[code]}: {dotted(code)} {what} from {window.first} to {window.last}.{more}")


def _states(shelf: Shelf, codes: Iterable[str], day: date) -> dict[str, State]:
    view = shelf.on(day)
    rows = {bare: row for bare, some in view.by_bare(codes).items() for row in some if row.system is CodeSystem.ICD10CM}
    states = view.states(rows.values())
    return {bare: states[row.id] for bare, row in rows.items()}


def refuse_short(file: OfficialFile, codes: Iterable[str]) -> None:
    """Raise BadFile where a list has no code of a range known to be wholly exempt: it is cut short, or of some changes.

    Ranges are those of `poa_ranges`.
    """
    listed = sorted(codes)
    for span in poa_ranges().exempt:
        at = bisect_left(listed, span.first)
        if at == len(listed) or not span.covers(listed[at]):
            name = dotted(span.first) if span.first == span.last else f"{dotted(span.first)}-{dotted(span.last)}"
            raise BadFile(
                f"{file.name} holds no code of {name} (its last is {dotted(listed[-1])}): it looks cut short. "
                "Give --short if it is meant so."
            )


def write_exempt(db: sqlite3.Connection, codes: Iterable[str], *, meta: Mapping[str, str]) -> None:
    """Write undotted codes and what describes them into a new file."""
    db.executescript(_TABLES)
    db.execute("BEGIN")
    db.executemany("INSERT INTO exempt VALUES (?)", ((code,) for code in sorted(codes)))
    db.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
    db.execute("COMMIT")


def exempt_codes(release: Release | None) -> frozenset[str]:
    """Return the undotted codes of an imported list; none without a list."""
    return frozenset(code for (code,) in release.query("SELECT code FROM exempt")) if release else frozenset()


class _Head:
    """The heads of a list and where they stand. Raises BadFile where there are none, or not those of such a list."""

    def __init__(self, file: OfficialFile) -> None:
        self._file = file
        self._lines = file.text().splitlines()
        for at, line in enumerate(self._lines[:_HEADER_WITHIN]):
            delimiter = max("\t|;,", key=line.count)
            cells = [plain(cell).strip(_AROUND) for cell in line.split(delimiter)]
            names = [re.sub(r"[^a-z0-9]+", "", cell.lower()) for cell in cells]
            if "poaexemptcode" in names:
                self.line, self.cells, self._delimiter = at + 1, cells, delimiter
                self._place = names.index("poaexemptcode")
                return
        start = next((line for line in self._lines if line.strip()), "")
        raise BadFile(
            f"{file.name}, line 1: the heads of a list of POA exempt codes, with a column POAexemptCode, are expected; "
            f"here are {start[:60]!r}."
        )

    def codes(self) -> Iterable[tuple[int, str]]:
        """Yield the cell of each row that holds its code, with its line."""
        body = io.StringIO("\n".join(self._lines[self.line :]))
        rows = csv.reader(body, delimiter=self._delimiter, strict=True)
        try:
            for row in rows:
                if not any(cell.strip() for cell in row):
                    continue
                number = self.line + rows.line_num
                if len(row) < len(self.cells) or any(cell.strip() for cell in row[len(self.cells) :]):
                    raise BadFile(
                        f"{self._file.name}, line {number} has {len(row)} cells where {len(self.cells)} are expected."
                    )
                yield number, row[self._place]
        except csv.Error as error:
            number = self.line + rows.line_num
            raise BadFile(f"{self._file.name}, line {number} is no whole row of a table: {error}.") from error


def _edition(head: _Head) -> Edition | None:
    return next((found for cell in head.cells if cell.lower().startswith("ord") and (found := edition_in(cell))), None)
