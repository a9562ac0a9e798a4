"""Turning the pages of the code sets: entries by name, neighbours, and what begins with given characters."""

import json
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from coachapp.codesets.card import Entry
from coachapp.codesets.release import Release, State, View
from coachapp.codesets.window import Window
from coachapp.domain.codes import CodeSystem, undotted

_ENTRY = "code.code, code.system, code.kind, code.title, code.billable"
_AFTER_EVERY_CODE = "\x7f"
_IN_USE = "code.listed AND code.kind NOT IN ('chapter', 'block')"


class Browse:
    """The pages of the releases that answer for one date; safe to share between threads.

    A system that no release holds (CPT without a licensed file) has no entries.
    """

    def __init__(self, view: View) -> None:
        self._view = view

    def release_of(self, system: CodeSystem) -> tuple[str | None, Window] | None:
        """Return the id of the release that answers for a system (None: the bundled one) and the days it speaks of."""
        release = self._view.chosen.get(system)
        return (release.described.get("release"), release.windows[system]) if release else None

    def entries(self, wanted: Iterable[tuple[CodeSystem, str]]) -> dict[tuple[CodeSystem, str], Entry]:
        """Return entries by their codes as written (S52.501A, S50-S59, Chapter 19), in a query a release."""
        parts: defaultdict[Release, list[tuple[str, str]]] = defaultdict(list)
        for system, code in dict.fromkeys(wanted):
            if system in self._view.chosen:
                parts[self._view.chosen[system]].append((system.value, code))
        rows = [
            row
            for release, pairs in parts.items()
            for row in release.query(
                f"SELECT {_ENTRY} FROM"  # noqa: S608
                " (SELECT json_extract(value, '$[0]') AS system, json_extract(value, '$[1]') AS code FROM json_each(?))"
                " AS asked JOIN code ON code.bare = replace(asked.code, '.', '')"
                " AND code.code = asked.code AND code.system = asked.system",
                json.dumps(pairs),
            )
        ]
        return {(entry.system, entry.code): entry for entry in map(_entry, rows)}

    def states(self, entries: Iterable[Entry]) -> dict[tuple[CodeSystem, str], State]:
        """Return the state of codes on the date in two queries; chapters and blocks have none and are left out."""
        wanted: defaultdict[str, set[CodeSystem]] = defaultdict(set)
        for entry in entries:
            if entry.kind not in ("chapter", "block"):
                wanted[undotted(entry.code)].add(entry.system)
        rows = [
            row for bare, found in self._view.by_bare(wanted).items() for row in found if row.system in wanted[bare]
        ]
        states = self._view.states(rows)
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
        release = self._view.chosen[entry.system]
        found = []
        for sign, order in (("<", "DESC"), (">", "ASC")):
            rows = release.query(
                f"SELECT {_ENTRY} FROM code WHERE code.bare {sign} ? AND {around}"  # noqa: S608
                f" ORDER BY code.bare {order} LIMIT 1",
                undotted(entry.code),
                known,
            )
            found.append(_entry(rows[0]) if rows else None)
        return found[0], found[1]

    def beginning(self, system: CodeSystem, prefix: str, *, limit: int) -> tuple[Entry, ...]:
        """Return the codes in use that begin so (no dot), in order, at most `limit`."""
        release = self._view.chosen.get(system)
        if release is None:
            return ()
        rows = release.query(
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
        release = self._view.chosen.get(system)
        return _next_characters(release, system, prefix) if release else ()

    def billable_below(self, entry: Entry) -> int:
        """Return how many reportable codes of the edition begin with a header's characters."""
        bare = undotted(entry.code)
        rows = self._view.chosen[entry.system].query(
            "SELECT count(*) FROM code WHERE bare > ? AND bare < ? AND system = ? AND listed AND billable",
            bare,
            bare + _AFTER_EVERY_CODE,
            entry.system.value,
        )
        return int(rows[0][0])


def _entry(row: tuple[Any, ...]) -> Entry:
    code, system, kind, title, billable = row
    return Entry(code, CodeSystem(system), kind, title, bool(billable))


@lru_cache(maxsize=256)
def _next_characters(release: Release, system: CodeSystem, prefix: str) -> tuple[tuple[str, int], ...]:
    # Counting a whole section takes a tenth of a second; a release never changes.
    place = len(prefix) + 1
    rows = release.query(
        f"SELECT substr(code.bare, {place}, 1), count(*) FROM code"  # noqa: S608
        f" WHERE code.bare >= ? AND code.bare < ? AND code.system = ? AND {_IN_USE}"
        f" AND length(code.bare) >= {place} GROUP BY 1 ORDER BY 1",
        prefix,
        prefix + _AFTER_EVERY_CODE,
        system.value,
    )
    return tuple((str(character), int(count)) for character, count in rows)
