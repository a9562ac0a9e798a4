"""Look-up of one code: what it is, and whether it is valid and reportable on a date."""

from dataclasses import dataclass
from datetime import date

from coachapp.codesets.release import ABSENT, CodeRow, State, View
from coachapp.domain.codes import CodeSystem, lookup_spellings, service_system, undotted


@dataclass(frozen=True, slots=True)
class LookupResult:
    """What is known of a code on a date. `also`: the same characters as a code of other systems."""

    code: str
    system: CodeSystem | None
    title: str | None
    billable: bool | None
    valid: bool | None
    valid_from: date | None = None
    valid_to: date | None = None
    also: tuple["LookupResult", ...] = ()

    def as_json(self) -> dict[str, object]:
        """Return the result as JSON values, dates as YYYY-MM-DD."""
        return {
            "code": self.code,
            "system": self.system and self.system.value,
            "title": self.title,
            "billable": self.billable,
            "valid": self.valid,
            "valid_from": self.valid_from and self.valid_from.isoformat(),
            "valid_to": self.valid_to and self.valid_to.isoformat(),
            "also": [other.as_json() for other in self.also],
        }


def lookup(view: View, text: str, *, system: CodeSystem | None) -> LookupResult:
    """Look up a code as typed, in any format; a dot means ICD-10-CM, and modifiers behind the code are left out."""
    spellings = lookup_spellings(text)
    found: list[LookupResult] = []
    for typed in spellings:
        found = _listed(view, typed, system)
        if found:
            break
    if not found:
        typed = spellings[0]
        asked = system or (CodeSystem.ICD10CM if "." in typed else None)
        return _unlisted(view, typed, asked)
    first, *rest = found
    return LookupResult(
        first.code,
        first.system,
        first.title,
        first.billable,
        first.valid,
        first.valid_from,
        first.valid_to,
        tuple(rest),
    )


def _listed(view: View, typed: str, system: CodeSystem | None) -> list[LookupResult]:
    """Return what the lists have under one spelling, in the order of the systems."""
    bare = undotted(typed)
    if "." in typed and system is None:
        system = CodeSystem.ICD10CM
    rows = [row for row in view.by_bare([bare]).get(bare, []) if system in (None, row.system)]
    if "." in typed:
        # No other system writes a dot: J10.10 is never the supply J1010.
        rows = [row for row in rows if row.system is CodeSystem.ICD10CM]
    states = view.states(rows)
    return [_result(row, states[row.id]) for row in rows]


def _result(row: CodeRow, state: State) -> LookupResult:
    return LookupResult(row.code, row.system, row.title, state.billable, state.valid, state.first, state.last)


def _unlisted(view: View, code: str, system: CodeSystem | None) -> LookupResult:
    """Judge a code that no list has by its shape: what no list of the date speaks of stays unknown."""
    shape = service_system(code)
    state = view.unlisted(code) if shape and system in (None, shape) else ABSENT
    if state is not ABSENT:
        system = shape
    return LookupResult(code, system, None, state.billable, state.valid)
