"""An open release file and the questions every reader asks of it."""

import json
import sqlite3
import weakref
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from coachapp.codesets.connections import Connections, FileReplaced
from coachapp.codesets.sources import SCHEMA
from coachapp.codesets.window import Window, unpack_window
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

    ReleaseMissing is raised on the first question, not on construction, so that an app starts without the file. Whoever
    makes a release closes it, or uses it as a context manager. One that others may still be asking is let go of
    instead: its connections are closed when the last of them lets go of it, too.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connections = Connections(path, partial(_connect, path))
        weakref.finalize(self, self._connections.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; a question under way in another thread is answered first, and may be the last.

        A later question opens the file again.
        """
        self._connections.close()

    def query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Return all rows of one SELECT."""
        try:
            return self._connections.query(sql, values)
        except FileReplaced as error:
            raise ReleaseMissing(f"{self.path} was replaced while it was being read: try again.") from error

    @cached_property
    def described(self) -> Mapping[str, str]:
        """Return what the file says of itself: stamp, edition, per system its rows and the days it speaks of."""
        return dict(self.query("SELECT key, value FROM meta"))

    def meta(self, key: str) -> str:
        """Return one value of the file's own description; KeyError where it has none of that name."""
        return self.described[key]

    @cached_property
    def windows(self) -> Mapping[CodeSystem, Window]:
        """Return the days the file speaks of, for each system that is in it."""
        return {
            system: unpack_window(self.described[key])
            for system in CodeSystem
            if (key := f"{system}_window") in self.described
        }

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
        return {row.id: _state(spans[row.id], on, self.windows[row.system]) for row in rows}


class View:
    """The releases that answer for one date: one for each system; a system may have none.

    `exempt`: the imported list of POA exempt codes that answers for the date; None where there is none.
    """

    def __init__(self, chosen: Mapping[CodeSystem, Release], on: date, exempt: Release | None = None) -> None:
        self.chosen = chosen
        self.on = on
        self.exempt = exempt
        self.releases = tuple(dict.fromkeys(chosen.values()))

    def covering(self, system: CodeSystem) -> Release | None:
        """Return the release of a system whose days include the date, None where none does."""
        release = self.chosen.get(system)
        if release is None:
            return None
        window = release.windows[system]
        return release if window.first <= self.on <= window.last else None

    def by_bare(self, bare: Iterable[str]) -> dict[str, list[CodeRow]]:
        """Return codes and headers as Release.by_bare does, each system from its own release."""
        wanted = list(bare)
        if len(self.releases) == 1:
            return self.releases[0].by_bare(wanted)
        found: dict[str, list[CodeRow]] = {}
        for release in self.releases:
            for writing, rows in release.by_bare(wanted).items():
                found.setdefault(writing, []).extend(row for row in rows if self.chosen.get(row.system) is release)
        for rows in found.values():
            rows.sort(key=lambda row: row.id)
        return found

    def states(self, rows: Iterable[CodeRow]) -> dict[int, State]:
        """Return the state of codes on the date, by row number."""
        states: dict[int, State] = {}
        for release, own in self.parted(rows):
            states |= release.states(own, self.on)
        return states

    def parted(self, rows: Iterable[CodeRow]) -> list[tuple[Release, list[CodeRow]]]:
        """Return the rows by the release they come from; the first release is there even without rows."""
        parts: dict[Release, list[CodeRow]] = {self.releases[0]: []}
        for row in rows:
            parts.setdefault(self.chosen[row.system], []).append(row)
        return list(parts.items())

    def unlisted(self, code: str) -> State:
        """Return the state of a service code that no list has.

        Unknown for D codes, and where no list of its system speaks of the date or of codes of its kind.
        """
        system = service_system(code)
        if system not in (CodeSystem.HCPCS, CodeSystem.CPT):
            return ABSENT
        release = self.covering(system)
        if release is None or (system is CodeSystem.HCPCS and code[0] == "D"):
            return UNKNOWN
        if system is CodeSystem.CPT and cpt_category(code) not in release.described.get("complete", ""):
            return UNKNOWN
        return ABSENT


def cpt_category(code: str) -> str:
    """Return the letter at the end of a CPT code (F Category II, T Category III …), 1 for Category I."""
    return "1" if code[-1].isdigit() else code[-1]


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


def _connect(path: Path) -> sqlite3.Connection:
    """Open a connection that any one thread at a time may use; raise ReleaseMissing where the file is none of ours."""
    if not path.is_file():
        raise ReleaseMissing(f"The code sets are not built yet ({path} is missing): run coachapp init.")
    # immutable: the file is replaced as a whole, never written, so no lock is taken.
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)
    try:
        row = connection.execute("SELECT value FROM meta WHERE key = 'stamp'").fetchone()
    except sqlite3.Error as error:
        connection.close()
        raise ReleaseMissing(f"{path} is not a code-set file: run coachapp codes build.") from error
    if row is None or str(row[0]).partition("-")[0] != str(SCHEMA):
        connection.close()
        raise ReleaseMissing(f"{path} was built by another version: run coachapp codes build.")
    return connection


def _state(spans: list[tuple[bool, date, date]], on: date, window: Window) -> State:
    """Tell a code's state from its spans (reportable or header, first day, last day), in order of their first day."""

    def known(day: date) -> date | None:
        return None if day in window.ends else day

    within = [span for span in spans if span[1] <= on <= span[2]]
    if within:
        billable, first, last = max(within)
        return State(True, billable, known(first), known(last))
    open_ended = [
        span
        for span in spans
        if (on > window.last and span[2] == window.last) or (on < window.first and span[1] == window.first)
    ]
    if open_ended:
        _, first, last = open_ended[0]
        return State(None, None, known(first), known(last))
    if not spans:
        return ABSENT
    # Not valid on the date: the dates say when it was (the latest past span) or will be (the first future one).
    past = [span for span in spans if span[2] < on]
    _, first, last = past[-1] if past else spans[0]
    return State(False, False, known(first), known(last))
