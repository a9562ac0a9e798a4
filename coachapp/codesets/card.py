"""The full card of a code, block or chapter, for reading in the code book."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from coachapp.codesets.facts import unpack_ranges
from coachapp.codesets.release import UNKNOWN, CodeRow, Release, State, View, code_row
from coachapp.domain.codes import CodeSystem, Note, NoteKind, lookup_spellings, undotted
from coachapp.domain.typed_text import plain

_COLUMNS = "id, system, code, bare, kind, title, parent"


@dataclass(frozen=True, slots=True)
class Entry:
    """A code, block or chapter as one line of a list. `kind`: chapter, block, category, subcategory or code."""

    code: str
    system: CodeSystem
    kind: str
    title: str | None
    billable: bool


@dataclass(frozen=True, slots=True)
class Card:
    """All that is known of one entry on one date. `path`: from the chapter down to the parent.

    `state`: unknown for blocks and chapters, which are no codes.
    `notes`: own notes first, then inherited ones; `Note.at` says where each stands. `children`: only those that exist
    in the edition.
    """

    entry: Entry
    on: date
    state: State
    path: tuple[Entry, ...]
    notes: tuple[Note, ...]
    seventh: tuple[tuple[str, str], ...]
    children: tuple[Entry, ...]


def read_card(view: View, code: str, *, system: CodeSystem | None) -> Card | None:
    """Read the card of a code (any case, with or without dot), a block ("S50-S59") or a chapter ("Chapter 19")."""
    row = _row(view, code, system)
    if row is None:
        return None
    release = view.chosen[row.system]
    chain = _chain(release, row)
    notes = tuple(
        Note(NoteKind(kind), text, above.code, unpack_ranges(ranges))
        for above in chain
        for kind, text, ranges in release.query(
            "SELECT kind, text, ranges FROM note WHERE code = ? ORDER BY seq", above.id
        )
    )
    tables = (
        tuple(
            (character, meaning)
            for character, meaning in release.query(
                "SELECT character, meaning FROM seventh WHERE code = ? ORDER BY seq", above.id
            )
        )
        for above in chain
    )
    return Card(
        entry=_entry(release, row),
        on=view.on,
        state=UNKNOWN if row.kind in ("chapter", "block") else release.states([row], view.on)[row.id],
        path=tuple(_entry(release, above) for above in reversed(chain[1:])),
        notes=notes,
        seventh=next((table for table in tables if table), ()),
        children=_children(release, row.id),
    )


def read_chapters(release: Release) -> tuple[Entry, ...]:
    """Return the chapters of ICD-10-CM in their order."""
    rows = release.query("SELECT code, system, kind, title, billable FROM code WHERE kind = 'chapter'")
    return tuple(sorted((_listed(row) for row in rows), key=lambda entry: int(entry.code.split()[1])))


def _row(view: View, code: str, system: CodeSystem | None) -> CodeRow | None:
    wanted = " ".join(plain(code).split())
    rows = view.chosen[CodeSystem.ICD10CM].query(
        f"SELECT {_COLUMNS} FROM code WHERE kind IN ('chapter', 'block') AND code IN (?, ?)",  # noqa: S608
        wanted.capitalize(),
        wanted.upper(),
    )
    if rows:
        return code_row(rows[0])
    for typed in lookup_spellings(code):
        bare = undotted(typed)
        if "." in typed:
            system = CodeSystem.ICD10CM
        for row in view.by_bare([bare]).get(bare, ()):
            if system in (None, row.system):
                return row
    return None


def _chain(release: Release, row: CodeRow) -> list[CodeRow]:
    chain = [row]
    while (parent := chain[-1].parent) is not None:
        chain.append(code_row(release.query(f"SELECT {_COLUMNS} FROM code WHERE id = ?", parent)[0]))  # noqa: S608
    return chain


def _children(release: Release, number: int) -> tuple[Entry, ...]:
    rows = release.query(
        "SELECT code, system, kind, title, billable FROM code WHERE parent = ? AND listed ORDER BY code", number
    )
    return tuple(_listed(row) for row in rows)


def _entry(release: Release, row: CodeRow) -> Entry:
    return _listed(release.query("SELECT code, system, kind, title, billable FROM code WHERE id = ?", row.id)[0])


def _listed(row: tuple[Any, ...]) -> Entry:
    code, system, kind, title, billable = row
    return Entry(code, CodeSystem(system), kind, title, bool(billable))
