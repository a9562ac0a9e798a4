"""Which codes are exempt from present-on-admission reporting, as far as the bundled ranges say it."""

from dataclasses import dataclass
from datetime import date
from functools import cache

import yaml

from coachapp.codesets.release import State
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


def poa_exempt(code: str, state: State, on: date) -> bool | None:
    """Say whether an ICD-10-CM code is exempt from POA reporting on a day; None where that is not known.

    Source: the CMS list of POA exempt codes, to which ICD-10-CM Guidelines, Appendix I, refers.
    """
    ranges = poa_ranges()
    if not (ranges.first <= on <= ranges.last) or not state.billable:
        return None
    if state.first is not None and state.first > ranges.newest:
        return None
    bare = undotted(code)
    if any(span.covers(bare) for span in ranges.exempt):
        return True
    return False if any(span.covers(bare) for span in ranges.reported) else None
