"""Turning the pages of the code sets: entries by name, neighbours, and what begins with given characters."""

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from coachapp.codesets.card import Entry
from coachapp.codesets.release import Release, State
from coachapp.domain.codes import CodeSystem, undotted

_ENTRY = "code.code, code.system, code.kind, code.title, code.billable"
_AFTER_EVERY_CODE = "\x7f"
_IN_USE = "code.listed AND code.kind NOT IN ('chapter', 'block')"


class Browse:
    """The pages of one release file; safe to share between threads. Raises ReleaseMissing where it is missing."""

    def __init__(self, path: Path) -> None:
        self._release = Release(path)
        self._top: dict[tuple[CodeSystem, str], tuple[tuple[str, int], ...]] = {}

    def entries(self, wanted: Iterable[tuple[CodeSystem, str]]) -> dict[tuple[CodeSystem, str], Entry]:
        """Return the entries with these codes as they are written (S52.501A, S50-S59, Chapter 19), in one query."""
        pairs = list(dict.fromkeys(wanted))
        rows = self._release.query(
            f"SELECT {_ENTRY} FROM json_each(?) AS asked JOIN code"  # noqa: S608
            " ON code.bare = replace(json_extract(asked.value, '$[1]'), '.', '')"
            " AND code.code = json_extract(asked.value, '$[1]') AND code.system = json_extract(asked.value, '$[0]')",
            json.dumps([(system.value, code) for system, code in pairs]),
        )
        found = [_entry(row) for row in rows]
        return {(entry.system, entry.code): entry for entry in found}

    def states(self, entries: Iterable[Entry], on: date) -> dict[tuple[CodeSystem, str], State]:
        """Return the state of codes on a date in two queries; chapters and blocks have none and are left out."""
        wanted: defaultdict[str, set[CodeSystem]] = defaultdict(set)
        for entry in entries:
            if entry.kind not in ("chapter", "block"):
                wanted[undotted(entry.code)].add(entry.system)
        rows = [
            row for bare, found in self._release.by_bare(wanted).items() for row in found if row.system in wanted[bare]
        ]
        states = self._release.states(rows, on)
        return {(row.system, row.code): states[row.id] for row in rows}

    def neighbours(self, entry: Entry) -> tuple[Entry | None, Entry | None]:
        """Return the entries before and after one in the order of the book: of its own kind, headers of its own length.

        A chapter lies between chapters, a block between those of the same chapter or block.
        """
        if entry.kind == "chapter":
            number = int(entry.code.split()[1])
            names = [(entry.system, f"Chapter {number + step}") for step in (-1, 1)]
            chapters = self.entries(names)
            return chapters.get(names[0]), chapters.get(names[1])
        if entry.kind == "block":
            around = (
                "code.kind = 'block' AND code.parent IS"
                " (SELECT parent FROM code AS own WHERE own.code = ? AND own.kind = 'block')"
            )
            known: object = entry.code
        elif entry.kind == "code":
            around, known = f"{_IN_USE} AND code.system = ? AND code.billable", entry.system.value
        else:
            around, known = f"{_IN_USE} AND NOT code.billable AND length(code.bare) = ?", len(undotted(entry.code))
        found = []
        for sign, order in (("<", "DESC"), (">", "ASC")):
            rows = self._release.query(
                f"SELECT {_ENTRY} FROM code WHERE code.bare {sign} ? AND {around}"  # noqa: S608
                f" ORDER BY code.bare {order} LIMIT 1",
                undotted(entry.code),
                known,
            )
            found.append(_entry(rows[0]) if rows else None)
        return found[0], found[1]

    def beginning(self, system: CodeSystem, prefix: str, *, limit: int) -> tuple[Entry, ...]:
        """Return the codes in use that begin so (no dot), in order, at most `limit`."""
        rows = self._release.query(
            f"SELECT {_ENTRY} FROM code WHERE code.bare >= ? AND code.bare < ? AND code.system = ? AND {_IN_USE}"  # noqa: S608
            " ORDER BY code.bare LIMIT ?",
            prefix,
            prefix + _AFTER_EVERY_CODE,
            system.value,
            limit,
        )
        return tuple(_entry(row) for row in rows)

    def next_characters(self, system: CodeSystem, prefix: str) -> tuple[tuple[str, int], ...]:
        """Return each character that follows a beginning (no dot) in this system, and how many codes go on so."""
        key = (system, prefix)
        if key in self._top:
            return self._top[key]
        place = len(prefix) + 1
        rows = self._release.query(
            f"SELECT substr(code.bare, {place}, 1), count(*) FROM code"  # noqa: S608
            f" WHERE code.bare >= ? AND code.bare < ? AND code.system = ? AND {_IN_USE}"
            f" AND length(code.bare) >= {place} GROUP BY 1 ORDER BY 1",
            prefix,
            prefix + _AFTER_EVERY_CODE,
            system.value,
        )
        found = tuple((str(character), int(count)) for character, count in rows)
        if len(prefix) < 2:
            # Counting a whole section takes a tenth of a second; the file never changes.
            self._top[key] = found
        return found

    def billable_below(self, entry: Entry) -> int:
        """Return how many reportable codes of the edition begin with a header's characters."""
        bare = undotted(entry.code)
        rows = self._release.query(
            "SELECT count(*) FROM code WHERE bare > ? AND bare < ? AND system = ? AND listed AND billable",
            bare,
            bare + _AFTER_EVERY_CODE,
            entry.system.value,
        )
        return int(rows[0][0])


def _entry(row: tuple[Any, ...]) -> Entry:
    code, system, kind, title, billable = row
    return Entry(code, CodeSystem(system), kind, title, bool(billable))


@lru_cache(maxsize=8)
def open_browse(path: Path) -> Browse:
    """Return the pages of a release file, the same object each time."""
    return Browse(path)
