"""Which codes are exempt from present-on-admission reporting: by the list imported, otherwise by the bundled ranges."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

import yaml

from coachapp.codesets.release import State, View
from coachapp.codesets.window import unpack_window
from coachapp.domain.codes import CodeRange, undotted
from coachapp.paths import DATA

POA_EXEMPT = DATA / "poa_exempt.yaml"


@dataclass(frozen=True, slots=True)
class PoaRanges:
    """Ranges wholly exempt and wholly to be reported, the days they hold for, first day of their newest code."""

    exempt: tuple[CodeRange, ...]
    reported: tuple[CodeRange, ...]
    first: date
    last: date
    newest: date


@cache
def poa_ranges() -> PoaRanges:
    """Read the bundled ranges."""
    data = yaml.safe_load(POA_EXEMPT.read_text(encoding="utf-8"))
    exempt, reported = (tuple(_range(text) for text in data[name]) for name in ("exempt", "reported"))
    return PoaRanges(exempt, reported, data["first_day"], data["last_day"], data["newest_code"])


def _range(text: str) -> CodeRange:
    first, _, last = text.partition("-")
    return CodeRange(first, last or first)


def poa_exempt(view: View, states: Mapping[str, State]) -> dict[str, bool | None]:
    """Say which ICD-10-CM codes are exempt from POA reporting on the view's day; None where that is not known.

    `states` are those of the codes on that day. One query where an imported list covers the day, none otherwise.
    Source: the CMS list of POA exempt codes, to which ICD-10-CM Guidelines, Appendix I, refers.
    """
    if view.exempt is None:
        return {code: _by_ranges(code, state, view.on) for code, state in states.items()}
    listed = {
        code
        for (code,) in view.exempt.query(
            "SELECT code FROM exempt WHERE code IN (SELECT value FROM json_each(?))",
            json.dumps([undotted(code) for code in states]),
        )
    }
    first = unpack_window(view.exempt.meta("days")).first
    return {code: _by_list(state, first, listed=undotted(code) in listed) for code, state in states.items()}


def _by_list(state: State, first: date, *, listed: bool) -> bool | None:
    if state.billable is False:
        return None
    if listed:
        return True
    # A list says nothing of codes that came after its first day: its update of April does.
    newer = state.first is not None and state.first > first
    return None if newer or state.billable is None else False


def _by_ranges(code: str, state: State, on: date) -> bool | None:
    ranges = poa_ranges()
    if not (ranges.first <= on <= ranges.last) or not state.billable:
        return None
    if state.first is not None and state.first > ranges.newest:
        return None
    bare = undotted(code)
    if any(span.covers(bare) for span in ranges.exempt):
        return True
    return False if any(span.covers(bare) for span in ranges.reported) else None
