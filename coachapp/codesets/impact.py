"""What a new release changes for codes in use: validity, billability, title; and what to put in their place."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from coachapp.codesets.conversions import conversions
from coachapp.codesets.release import CodeRow, Release, State
from coachapp.codesets.shelf import CODE_KINDS, ReleaseInfo, Shelf
from coachapp.codesets.titles import Titles
from coachapp.domain.codes import CodeSystem, undotted

_MOST_PROPOSALS = 12
_Known = tuple[CodeRow, State, Titles]


class ChangeKind(StrEnum):
    """How a code differs between two releases."""

    GONE = "gone"
    HEADER = "now a header"
    BILLABLE = "now billable"
    SPLIT = "has a new neighbor"
    TITLE = "title"


@dataclass(frozen=True, slots=True)
class Change:
    """How one code differs. `proposals`: codes of the new release that may take its place, with their titles."""

    code: str
    system: CodeSystem
    kind: ChangeKind
    old_title: str | None
    new_title: str | None
    proposals: tuple[tuple[str, str | None], ...] = ()


def changes(shelf: Shelf, new: ReleaseInfo, codes: Iterable[str]) -> dict[str, Change]:
    """Compare codes, dotted as usual, on the first day of a release with the day before; unchanged ones are left out.

    Codes of other systems than the release's are unchanged. A code is compared with the release that answers for the
    day before, and as the releases that stand beside the new one answer.
    """
    if new.kind not in CODE_KINDS:
        return {}
    system = CodeSystem(new.kind.value)
    release = shelf.release(new)
    eve = new.first - timedelta(days=1)
    old = shelf.on(eve).chosen.get(system)
    if old is None:
        return {}
    wanted = {undotted(code): code for code in codes}
    before, after = _rows(old, system, wanted, eve), _rows(release, system, wanted, new.first)
    found = {}
    for bare, code in wanted.items():
        change = _change(code, before.get(bare), after.get(bare), release=release, system=system, on=new.first)
        if change:
            found[code] = change
    return found


def _rows(release: Release, system: CodeSystem, wanted: Iterable[str], on: date) -> dict[str, _Known]:
    rows = [row for group in release.by_bare(wanted).values() for row in group if row.system is system]
    window = release.windows[system]
    states = release.states(rows, min(max(on, window.first), window.last))
    shorts = dict(
        release.query(
            "SELECT id, short FROM code WHERE id IN (SELECT value FROM json_each(?)) AND short IS NOT NULL",
            json.dumps([row.id for row in rows]),
        )
    )
    return {row.bare: (row, states[row.id], Titles(row.title, shorts.get(row.id))) for row in rows}


def _change(
    code: str,
    before: _Known | None,
    after: _Known | None,
    *,
    release: Release,
    system: CodeSystem,
    on: date,
) -> Change | None:
    old = before[1] if before else State(False, False)
    new = after[1] if after else State(False, False)
    titles = before[2] if before else Titles(None), after[2] if after and new.valid else Titles(None)
    kind: ChangeKind | None = None
    proposals: list[str] = []
    if old.valid and not new.valid:
        kind, proposals = ChangeKind.GONE, _successors(code, None)
    elif old.billable and not new.billable:
        kind, proposals = ChangeKind.HEADER, _successors(code, None) + _below(release, code, system)
    elif new.billable and not old.billable:
        kind = ChangeKind.BILLABLE
    elif new.billable and (proposals := _successors(code, on)):
        kind = ChangeKind.SPLIT
    elif old.valid and new.valid and titles[0].differ(titles[1]):
        kind = ChangeKind.TITLE
    if kind is None:
        return None
    return Change(code, system, kind, titles[0].title, titles[1].title, _offered(release, system, proposals, code, on))


def _successors(code: str, on: date | None) -> list[str]:
    """Return the codes that took over from one, those of one day only if it is given; the latest day first."""
    entries = sorted(conversions().get(code, ()))
    entries.sort(key=lambda entry: entry[0], reverse=True)
    return [current for day, current in entries if on is None or day == on.isoformat()]


def _below(release: Release, code: str, system: CodeSystem) -> list[str]:
    rows = release.query(
        "SELECT code FROM code WHERE bare > ? AND bare < ? AND system = ? AND billable ORDER BY code LIMIT ?",
        undotted(code),
        undotted(code) + "\x7f",
        system,
        _MOST_PROPOSALS,
    )
    return [row[0] for row in rows]


def _offered(
    release: Release, system: CodeSystem, proposals: list[str], code: str, on: date
) -> tuple[tuple[str, str | None], ...]:
    """Keep the proposals that are reportable in the new release, with their titles there."""
    rows = _rows(release, system, {undotted(one) for one in proposals}, on)
    kept = []
    for one in dict.fromkeys(proposals):
        known = rows.get(undotted(one))
        if known and known[1].billable and one != code:
            kept.append((one, known[0].title))
    return tuple(kept[:_MOST_PROPOSALS])
