"""What may have been meant by codes that do not exist on a date: near spellings that do, and the header begun with."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from coachapp.codesets.boxes import DIAGNOSIS, PROCEDURE, SERVICE, Box
from coachapp.codesets.conversions import relatives
from coachapp.codesets.release import CodeRow, State, View
from coachapp.domain.codes import CodeSystem, Slip, dotted, undotted
from coachapp.domain.spelling import Spellings, choose, looks_like_icd9, mixed_up, near_spellings, shortened


class Meant(NamedTuple):
    """What is known of a code that does not exist on a date. `code` and `slip`: what may be meant, dotted.

    `stem`: the row of the longest header it begins with.
    """

    code: str | None
    slip: Slip | None
    stem: CodeRow | None


def meant_by(view: View, box: Box, *, codes: Sequence[str], foreign: Collection[str] = ()) -> dict[str, Meant]:
    """Find for normalised codes that no list of a box has what may be meant, in two queries for all of them.

    A suggestion is valid on the date of the view; it is a header only where letters and digits were mixed up.
    `foreign`: codes that another system has; only O for 0, I for 1 and surplus characters are tried.
    """
    groups = {code: _groups(box, code, foreign=code in foreign) for code in codes}
    wanted = {pair.code for own in groups.values() for group in own for pair in group.pairs}
    rows = (
        {bare: row for bare, group in view.by_bare(wanted).items() for row in group if row.system in box.systems}
        if wanted
        else {}
    )
    states = view.states(rows.values()) if rows else {}
    reportable = {bare for bare, row in rows.items() if states[row.id].valid and states[row.id].billable}
    headers = {bare for bare, row in rows.items() if states[row.id].valid and not states[row.id].billable}
    found = {}
    for code, own in groups.items():
        choice = choose(own, reportable=reportable, headers=headers)
        meant = (dotted(choice.code) if box is DIAGNOSIS else choice.code) if choice else None
        found[code] = Meant(meant, choice.slip if choice else None, _stem(box.bare(code), rows, headers))
    return found


def _groups(box: Box, code: str, *, foreign: bool) -> tuple[Spellings, ...]:
    bare = box.bare(code)
    if foreign:
        return tuple(group for group in (mixed_up(bare), shortened(bare)) if group.pairs) if bare else ()
    return near_spellings(bare, diagnosis=box is DIAGNOSIS, icd9=box is DIAGNOSIS and looks_like_icd9(code))


def _stem(bare: str, rows: dict[str, CodeRow], headers: Collection[str]) -> CodeRow | None:
    return next((rows[bare[:n]] for n in range(len(bare) - 1, 2, -1) if bare[:n] in headers), None)


def replacements(view: View, states: dict[str, State]) -> dict[str, tuple[str, ...]]:
    """Find for dotted ICD-10-CM codes, given with their state, the reportable codes that stand for them on the date.

    The conversion table knows; it is followed forward from codes that ended and back from codes that begin later.
    """
    chains = {code: relatives(code, later=not (s.first and view.on < s.first)) for code, s in states.items()}
    wanted = {undotted(other) for chain in chains.values() for other in chain}
    if not wanted:
        return {}
    rows = [row for group in view.by_bare(wanted).values() for row in group if row.system is CodeSystem.ICD10CM]
    known = view.states(rows)
    reportable = {row.code for row in rows if known[row.id].valid and known[row.id].billable}
    found = {code: tuple(other for other in chain if other in reportable) for code, chain in chains.items()}
    return {code: others for code, others in found.items() if others}


def boxes_of(system: CodeSystem | None) -> tuple[Box, ...]:
    """Return the boxes that read a code system, in order of look-up; all of them for None."""
    return tuple(box for box in (DIAGNOSIS, SERVICE, PROCEDURE) if system is None or system in box.systems)
