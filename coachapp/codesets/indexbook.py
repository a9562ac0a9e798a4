"""The index to ICD-10-CM as people use it: searched by words, or opened at a letter and a main term."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from coachapp.codesets import words
from coachapp.codesets.indexfiles import COLUMNS
from coachapp.codesets.release import Release
from coachapp.codesets.shelf import INDEX_KINDS, Kind, ReleaseInfo, Shelf
from coachapp.codesets.synonyms import other_words

_COLUMNS = "id, letter, level, term, nonessential, see, see_also, code, cells"
_CANDIDATES = 300
_MOST_WORDS = 8
_MOST_BELOW = 5_000


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One line of the index. `id`: its name in links, "drugs-17", stable within a release.

    `level`: 0 for main terms. `cells`: column and code of the two tables, columns without a code left out. `path`: the
    terms it stands under, the main term first.
    """

    id: str
    kind: Kind
    letter: str
    level: int
    term: str
    nonessential: str
    see: str
    see_also: str
    code: str
    cells: tuple[tuple[str, str], ...]
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IndexPage:
    """One entry opened. `above`: from the main term down to its parent; `below`: all under it, in their order.

    `release` says which edition it is from.
    """

    entry: IndexEntry
    above: tuple[IndexEntry, ...]
    below: tuple[IndexEntry, ...]
    release: ReleaseInfo


class IndexBook:
    """The parts of the index that have been imported; a part that has not is simply empty."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def parts(self, on: date) -> tuple[ReleaseInfo, ...]:
        """Return the releases that answer for a date, one for each part that has been imported."""
        found = (self._shelf.index(kind, on) for kind in INDEX_KINDS)
        return tuple(pair[0] for pair in found if pair)

    def search(self, text: str, *, on: date, limit: int, kinds: Sequence[Kind]) -> list[IndexEntry]:
        """Return the entries that have all the words in their term, the terms above or the modifiers; best first."""
        line = f" {' '.join(words.split(text))} "
        tokens = words.meaningful(line)[:_MOST_WORDS]
        if not tokens or limit < 1:
            return []
        query = " AND ".join(_either(token, last=token == tokens[-1]) for token in tokens)
        found: list[tuple[tuple[int, int, int], IndexEntry]] = []
        for at, kind in enumerate(kinds):
            pair = self._shelf.index(kind, on)
            if pair is None:
                continue
            release = pair[1]
            rows = release.query(
                f"SELECT {_COLUMNS} FROM (SELECT rowid AS at FROM find WHERE find MATCH ?"  # noqa: S608
                " ORDER BY rank LIMIT ?) JOIN entry ON id = at",
                query,
                _CANDIDATES,
            )
            for row in rows:
                own = sum(token in words.split(row[3]) for token in tokens)
                found.append(((-own, row[2], at), _entry(row, kind)))
        found.sort(key=lambda pair: pair[0])
        return [self._with_path(entry, on) for _, entry in found[:limit]]

    def page(self, entry_id: str, *, on: date) -> IndexPage | None:
        """Open an entry by its id; None where there is none."""
        kind, number = _parted(entry_id)
        pair = self._shelf.index(kind, on) if kind else None
        if kind is None or pair is None:
            return None
        info, release = pair
        above = _above(release, number)
        if not above:
            return None
        row = above.pop()
        rows = release.query(
            f"SELECT {_COLUMNS} FROM entry WHERE id > ? AND id < coalesce("  # noqa: S608
            "(SELECT min(id) FROM entry WHERE id > ? AND level <= ?), 1 << 40) ORDER BY id LIMIT ?",
            number,
            number,
            row[2],
            _MOST_BELOW,
        )
        path = tuple(one[3] for one in above)
        return IndexPage(
            entry=_entry(row, kind, path),
            above=tuple(_entry(one, kind) for one in above),
            below=tuple(_entry(one, kind) for one in rows),
            release=info,
        )

    def letters(self, kind: Kind, *, on: date) -> tuple[tuple[str, int], ...]:
        """Return the letters of a part and how many main terms (sites, in the Neoplasm Table) each has."""
        pair = self._shelf.index(kind, on)
        if pair is None:
            return ()
        rows = pair[1].query(
            "SELECT letter, count(*) FROM entry WHERE level = ? AND letter != '' GROUP BY letter ORDER BY letter",
            _top_level(kind),
        )
        return tuple((str(letter), int(count)) for letter, count in rows)

    def terms(self, kind: Kind, letter: str, *, on: date) -> tuple[IndexEntry, ...]:
        """Return the main terms (sites, in the Neoplasm Table) under a letter, in their order."""
        pair = self._shelf.index(kind, on)
        if pair is None:
            return ()
        rows = pair[1].query(
            f"SELECT {_COLUMNS} FROM entry WHERE letter = ? AND level = ? ORDER BY id",  # noqa: S608
            letter.upper(),
            _top_level(kind),
        )
        return tuple(_entry(row, kind) for row in rows)

    def _with_path(self, entry: IndexEntry, on: date) -> IndexEntry:
        pair = self._shelf.index(entry.kind, on)
        rows = _above(pair[1], _parted(entry.id)[1])[:-1] if pair else []
        return IndexEntry(
            entry.id, entry.kind, entry.letter, entry.level, entry.term, entry.nonessential, entry.see,
            entry.see_also, entry.code, entry.cells, tuple(row[3] for row in rows),
        )  # fmt: skip


def _above(release: Release, number: int) -> list[tuple[Any, ...]]:
    """Return an entry and those above it, the main term first; empty where there is no such entry."""
    chain = (
        "WITH RECURSIVE up (at) AS (SELECT ? UNION ALL SELECT parent FROM up JOIN entry ON id = at"
        " WHERE parent IS NOT NULL)"
    )
    return release.query(f"{chain} SELECT {_COLUMNS} FROM up JOIN entry ON id = at ORDER BY id", number)  # noqa: S608


def _either(token: str, *, last: bool) -> str:
    forms = [f'"{token}"*' if last else f'"{token}"', *(f'"{form}"' for form in words.inflected(token))]
    for other in other_words().get(token, ()):
        forms.append("(" + " AND ".join(f'"{word}"' for word in words.meaningful(other)) + ")")
    return f"({' OR '.join(forms)})"


def _top_level(kind: Kind) -> int:
    return 1 if kind is Kind.NEOPLASM else 0


def _parted(entry_id: str) -> tuple[Kind | None, int]:
    name, _, number = entry_id.rpartition("-")
    # Longer numbers than SQLite has are no entries.
    if (
        name not in {kind.value for kind in INDEX_KINDS}
        or not (number.isascii() and number.isdigit())
        or len(number) > 9
    ):
        return None, 0
    return Kind(name), int(number)


def _entry(row: tuple[Any, ...], kind: Kind, path: tuple[str, ...] = ()) -> IndexEntry:
    number, letter, level, term, nonessential, see, see_also, code, cells = row
    codes = json.loads(cells)
    columns = tuple((column, cell) for column, cell in zip(COLUMNS.get(kind, ()), codes, strict=False) if cell)
    return IndexEntry(f"{kind}-{number}", kind, letter, level, term, nonessential, see, see_also, code, columns, path)
