"""Facts for the grader: everything it may ask of the codes of one item and one claim, read in a few queries."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache

from coachapp.codesets.boxes import DIAGNOSIS, SERVICE, Box
from coachapp.codesets.poa import poa_exempt
from coachapp.codesets.release import ABSENT, CodeRow, Release, State, View
from coachapp.codesets.suggesting import Meant, meant_by, replacements
from coachapp.domain.codes import (
    CodeFact,
    CodeRange,
    CodeSystem,
    Note,
    NoteKind,
    service_system,
    undotted,
)


def read_facts(view: View, box: Box, *, codes: Sequence[str]) -> dict[str, CodeFact]:
    """Read the facts of normalised codes in one kind of box, by code as given.

    Where a code never existed and another may be meant, that one's fact is included too.
    """
    rows = view.by_bare({undotted(code) for code in codes})
    chosen = {code: _own_row(box, code, rows) for code in codes}
    states = view.states([row for row in chosen.values() if row])
    meant, replaced = _instead(view, box, chosen=chosen, rows=rows, states=states)
    extra = list(dict.fromkeys(m.code for m in meant.values() if m.code and m.code not in chosen))
    rows |= view.by_bare(undotted(code) for code in extra)
    chosen |= {code: _own_row(box, code, rows) for code in extra}
    states |= view.states([row for code in extra if (row := chosen[code])])
    stems = [m.stem for m in meant.values() if m.stem]
    details = _Details(view, [*(row for row in chosen.values() if row), *stems])
    own = {code: _state(view, box, code, row, states) for code, row in chosen.items()}
    exempt = poa_exempt(view, own) if box is DIAGNOSIS else {}
    facts = {}
    for code, row in chosen.items():
        state = own[code]
        known = meant.get(code, _NOTHING)
        facts[code] = CodeFact(
            code=code,
            system=_system(box, code, row, rows, state),
            title=row.title if row else None,
            valid=state.valid,
            billable=state.billable,
            valid_from=state.first,
            valid_to=state.last,
            ancestors=details.ancestors(row),
            notes=details.notes(row),
            seventh=details.seventh(row or known.stem),
            elsewhere=_elsewhere(box, code, rows),
            flags=details.flags(row),
            suggestion=known.code,
            slip=known.slip,
            stem=known.stem.code if known.stem else None,
            replaced_by=replaced.get(code, ()),
            poa_exempt=exempt.get(code),
        )
    return facts


_NOTHING = Meant(None, None, None)


def _instead(
    view: View,
    box: Box,
    *,
    chosen: Mapping[str, CodeRow | None],
    rows: dict[str, list[CodeRow]],
    states: dict[int, State],
) -> tuple[dict[str, Meant], dict[str, tuple[str, ...]]]:
    """Find what may be meant by codes that never existed, and what stands for those valid on another date."""
    invalid = {
        code: state for code, row in chosen.items() if (state := _state(view, box, code, row, states)).valid is False
    }
    dated = {code: state for code, state in invalid.items() if state.first or state.last}
    never = [code for code in invalid if code not in dated and chosen[code] is None]
    foreign = {code for code in never if _elsewhere(box, code, rows)}
    return (
        meant_by(view, box, codes=never, foreign=foreign) if never else {},
        replacements(view, dated) if dated and box is DIAGNOSIS else {},
    )


def _own_row(box: Box, code: str, rows: dict[str, list[CodeRow]]) -> CodeRow | None:
    return next((row for row in rows.get(box.bare(code), ()) if row.system in box.systems), None)


def _state(view: View, box: Box, code: str, row: CodeRow | None, states: dict[int, State]) -> State:
    if row:
        return states[row.id]
    return view.unlisted(code) if box is SERVICE else ABSENT


def _system(
    box: Box, code: str, row: CodeRow | None, rows: dict[str, list[CodeRow]], state: State
) -> CodeSystem | None:
    """Name the system a code belongs to in this box; None for what belongs to another box or to none."""
    if row:
        return row.system
    shape = service_system(code)
    if box is not SERVICE or shape not in box.systems:
        return None
    return None if state.valid is False and _elsewhere(box, code, rows) else shape


def _elsewhere(box: Box, code: str, rows: dict[str, list[CodeRow]]) -> tuple[CodeSystem, ...]:
    found = {row.system for row in rows.get(undotted(code), ())}
    if service_system(code) is CodeSystem.CPT:
        found.add(CodeSystem.CPT)
    return tuple(system for system in CodeSystem if system in found - box.systems)


class _Details:
    """Ancestors, notes, 7th characters and flags of a set of codes: one query for each of these tables."""

    def __init__(self, view: View, rows: Iterable[CodeRow]) -> None:
        self._codes: dict[int, str] = {}
        self._parents: dict[int, int] = {}
        self._notes: dict[int, list[Note]] = {}
        self._seventh: dict[int, list[tuple[str, str]]] = {}
        self._flags: dict[int, frozenset[str]] = {}
        for release, own in view.parted(rows):
            self._read(release, json.dumps([row.id for row in own]), view.on)

    def _read(self, release: Release, leaves: str, on: date) -> None:
        codes: dict[int, str] = {}
        for number, code, parent in release.query(
            "WITH RECURSIVE up (id, code, parent) AS ("
            " SELECT id, code, parent FROM code WHERE id IN (SELECT value FROM json_each(?))"
            " UNION SELECT above.id, above.code, above.parent FROM up JOIN code above ON above.id = up.parent"
            ") SELECT id, code, parent FROM up",
            leaves,
        ):
            codes[number] = code
            if parent is not None:
                self._parents[number] = parent
        self._codes |= codes
        everyone = json.dumps(list(codes))
        for at, kind, text, ranges in release.query(
            "SELECT code, kind, text, ranges FROM note WHERE code IN (SELECT value FROM json_each(?))"
            " ORDER BY code, seq",
            everyone,
        ):
            number = at
            note = Note(NoteKind(kind), text, self._codes[number], unpack_ranges(ranges))
            self._notes.setdefault(number, []).append(note)
        for at, character, meaning in release.query(
            "SELECT code, character, meaning FROM seventh WHERE code IN (SELECT value FROM json_each(?))"
            " ORDER BY code, seq",
            everyone,
        ):
            self._seventh.setdefault(at, []).append((character, meaning))
        self._flags |= {
            at: frozenset(flags.split("|"))
            for at, flags in release.query(
                "SELECT code, flags FROM flag WHERE code IN (SELECT value FROM json_each(?))"
                " AND ? BETWEEN first AND last",
                leaves,
                on.isoformat(),
            )
        }

    def _chain(self, row: CodeRow | None) -> list[int]:
        """Return a code's row number and those of its ancestors, nearest first."""
        chain = []
        at = row.id if row else None
        while at is not None:
            chain.append(at)
            at = self._parents.get(at)
        return chain

    def ancestors(self, row: CodeRow | None) -> tuple[str, ...]:
        return tuple(self._codes[at] for at in self._chain(row)[1:])

    def notes(self, row: CodeRow | None) -> tuple[Note, ...]:
        """Return own notes, then inherited ones, nearest first."""
        return tuple(note for at in self._chain(row) for note in self._notes.get(at, ()))

    def seventh(self, row: CodeRow | None) -> tuple[tuple[str, str], ...]:
        """Return the 7th characters in force: the table of the nearest ancestor that has one."""
        return next((tuple(self._seventh[at]) for at in self._chain(row) if at in self._seventh), ())

    def flags(self, row: CodeRow | None) -> frozenset[str]:
        return self._flags.get(row.id, frozenset()) if row else frozenset()


@lru_cache(maxsize=20_000)
def unpack_ranges(text: str) -> tuple[CodeRange, ...]:
    """Read ranges as the release stores them: first:last:characters:place, parted by spaces."""
    parts = (item.split(":") for item in text.split())
    return tuple(CodeRange(first, last, characters, int(place)) for first, last, characters, place in parts)
