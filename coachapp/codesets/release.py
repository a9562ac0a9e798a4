"""An open release file: one read-only connection per thread, and the questions every reader asks of it."""

import json
import sqlite3
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from coachapp.codesets.sources import DATA_FIRST, DATA_LAST, QUARTER_FIRST, QUARTER_LAST, SCHEMA
from coachapp.domain.codes import CodeSystem, service_system


class ReleaseMissing(Exception):
    """The code-set file is not there, or was built by another version of Coachapp."""


@dataclass(frozen=True, slots=True)
class CodeRow:
    """One row of the code table. `id` is the row's number in this file and means nothing outside it."""

    id: int
    system: CodeSystem
    code: str
    bare: str
    kind: str
    title: str | None
    parent: int | None


@dataclass(frozen=True, slots=True)
class State:
    """What is known of a code on one date; the fields are those of `CodeFact`."""

    valid: bool | None
    billable: bool | None
    first: date | None = None
    last: date | None = None


UNKNOWN = State(None, None)
ABSENT = State(False, False)


class Release:
    """A release file opened read-only; safe to share between threads.

    ReleaseMissing is raised on the first question, not on construction, so that an app starts without the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()

    def query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Return all rows of one SELECT."""
        return self._connection().execute(sql, values).fetchall()

    def meta(self, key: str) -> str:
        """Return one value of the file's own description: stamp, edition, first and last row of a system."""
        return str(self.query("SELECT value FROM meta WHERE key = ?", key)[0][0])

    def by_bare(self, bare: Iterable[str]) -> dict[str, list[CodeRow]]:
        """Return the codes and headers written without their dot as given, by that writing, in order of systems."""
        found: dict[str, list[CodeRow]] = {}
        for row in self.query(
            "SELECT id, system, code, bare, kind, title, parent FROM code"
            " WHERE bare IN (SELECT value FROM json_each(?)) AND kind NOT IN ('chapter', 'block') ORDER BY id",
            json.dumps(list(bare)),
        ):
            code = code_row(row)
            found.setdefault(code.bare, []).append(code)
        return found

    def states(self, rows: Iterable[CodeRow], on: date) -> dict[int, State]:
        """Return the state of codes on a date, by row number."""
        rows = list(rows)
        spans: dict[int, list[tuple[bool, date, date]]] = {row.id: [] for row in rows}
        for code, billable, first, last in self.query(
            "SELECT code, billable, first, last FROM span WHERE code IN (SELECT value FROM json_each(?))"
            " ORDER BY first",
            json.dumps(list(spans)),
        ):
            spans[code].append((bool(billable), date.fromisoformat(first), date.fromisoformat(last)))
        return {
            row.id: hcpcs_state(on) if row.system is CodeSystem.HCPCS else _state(spans[row.id], on) for row in rows
        }

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._open()
        return connection

    def _open(self) -> sqlite3.Connection:
        if not self.path.is_file():
            raise ReleaseMissing(f"The code sets are not built yet ({self.path} is missing): run coachapp init.")
        # immutable: the file is replaced as a whole, never written, so no lock is taken.
        connection = sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        try:
            row = connection.execute("SELECT value FROM meta WHERE key = 'stamp'").fetchone()
        except sqlite3.Error as error:
            connection.close()
            raise ReleaseMissing(f"{self.path} is not a code-set file: run coachapp codes build.") from error
        if row is None or str(row[0]).partition("-")[0] != str(SCHEMA):
            connection.close()
            raise ReleaseMissing(f"{self.path} was built by another version: run coachapp codes build.")
        return connection


def code_row(values: tuple[Any, ...]) -> CodeRow:
    """Make a CodeRow of the columns id, system, code, bare, kind, title, parent."""
    number, system, code, bare, kind, title, parent = values
    return CodeRow(
        id=number,
        system=CodeSystem(system),
        code=code,
        bare=bare,
        kind=kind,
        title=title,
        parent=None if parent is None else parent,
    )


def hcpcs_state(on: date) -> State:
    """Return the state of a listed HCPCS code: the list speaks of its own quarter only, and gives no dates."""
    return State(True, True) if QUARTER_FIRST <= on <= QUARTER_LAST else UNKNOWN


def unlisted_state(code: str, on: date) -> State:
    """Return the state of a service code that no list has: unknown for CPT, D codes and HCPCS of other quarters."""
    system = service_system(code)
    in_quarter = QUARTER_FIRST <= on <= QUARTER_LAST
    if system is CodeSystem.CPT or (system is CodeSystem.HCPCS and (code[0] == "D" or not in_quarter)):
        return UNKNOWN
    return ABSENT


def _state(spans: list[tuple[bool, date, date]], on: date) -> State:
    """Tell a code's state from its spans (reportable or header, first day, last day), in order of their first day."""
    within = [span for span in spans if span[1] <= on <= span[2]]
    if within:
        billable, first, last = max(within)
        return State(True, billable, _known(first), _known(last))
    open_ended = [
        span
        for span in spans
        if (on > DATA_LAST and span[2] == DATA_LAST) or (on < DATA_FIRST and span[1] == DATA_FIRST)
    ]
    if open_ended:
        _, first, last = open_ended[0]
        return State(None, None, _known(first), _known(last))
    if not spans:
        return ABSENT
    # Not valid on the date: the dates say when it was (the latest past span) or will be (the first future one).
    past = [span for span in spans if span[2] < on]
    _, first, last = past[-1] if past else spans[0]
    return State(False, False, _known(first), _known(last))


def _known(day: date) -> date | None:
    return None if day in (DATA_FIRST, DATA_LAST) else day
