"""What a learner submits for a case: a claim, as a frozen value, and how it is read from loose data."""

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from coachapp.domain.claimboxes import MOST_UNITS, BoxError, letter_text, pointer_meant, read_place, split_pointers
from coachapp.domain.codes import normalise_diagnosis, normalise_service, split_modifiers
from coachapp.domain.items import FORM_LIMITS, ClaimForm
from coachapp.domain.keylines import Poa

LETTERS = string.ascii_uppercase
MOST_MODIFIERS = 4
MOST_POINTERS = 4


class ResponseError(ValueError):
    """A claim that its form could not hold. `problems` lists (place, message); nothing was cut to make it fit."""

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        """Keep every problem; the message joins them."""
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{place}: {message}" if place else message for place, message in self.problems))


@dataclass(frozen=True, slots=True)
class DiagnosisEntry:
    """One diagnosis row that holds a code. `letter` is the letter of its row, `index` its place among all rows sent."""

    code: str
    letter: str
    index: int
    poa: Poa = Poa.EXEMPT


@dataclass(frozen=True, slots=True)
class ServiceEntry:
    """One service row that holds a code, its modifiers in the order entered, units, and letters of diagnoses."""

    code: str
    index: int
    modifiers: tuple[str, ...] = ()
    units: int = 1
    pointers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClaimResponse:
    """A claim in normal form: rows in the order of the page, empty rows left out."""

    diagnoses: tuple[DiagnosisEntry, ...] = ()
    services: tuple[ServiceEntry, ...] = ()
    pos: str | None = None
    no_service: bool = False

    @property
    def blank(self) -> bool:
        """Say whether nothing at all was entered."""
        return not (self.diagnoses or self.services or self.pos or self.no_service)


_TOP = {"diagnoses", "services", "pos", "no_service"}
_DIAGNOSIS = {"code", "letter", "poa"}
_SERVICE = {"code", "modifiers", "units", "pointers"}


class _Reader:
    """Reads one claim and gathers every problem instead of stopping at the first."""

    def __init__(self, form: ClaimForm) -> None:
        self.form = form
        self.problems: list[tuple[str, str]] = []

    def problem(self, place: str, message: str) -> None:
        self.problems.append((place, message))

    def rows(self, data: Mapping[str, object], name: str, most: int) -> list[tuple[str, Mapping[str, object]]]:
        raw = data.get(name, [])
        if not isinstance(raw, list):
            self.problem(name, f"must be a list, not {_kind(raw)}")
            return []
        if len(raw) > most:
            self.problem(name, f"{len(raw)} rows, but a {_form_name(self.form)} claim holds {most}")
        known = _DIAGNOSIS if name == "diagnoses" else _SERVICE
        found: list[tuple[str, Mapping[str, object]]] = []
        for index, row in enumerate(raw):
            place = f"{name}[{index}]"
            if not isinstance(row, dict):
                self.problem(place, f"must be an object, not {_kind(row)}")
                continue
            for field in row:
                if field not in known:
                    self.problem(f"{place}.{field}", f"unknown field; known are {', '.join(sorted(known))}")
            found.append((place, row))
        return found

    def text(self, row: Mapping[str, object], field: str, place: str) -> str:
        value = row.get(field)
        if value is None:
            return ""
        if not isinstance(value, str):
            self.problem(f"{place}.{field}", f"must be text, not {_kind(value)}")
            return ""
        if len(value) > 100:
            self.problem(f"{place}.{field}", "is longer than 100 characters")
            return ""
        return value

    def texts(self, row: Mapping[str, object], field: str, place: str) -> list[str]:
        value = row.get(field)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            self.problem(f"{place}.{field}", "must be a list of texts")
            return []
        return value

    def diagnoses(self, data: Mapping[str, object]) -> list[DiagnosisEntry]:
        most = FORM_LIMITS[self.form][0]
        found: list[DiagnosisEntry] = []
        taken: set[str] = set()
        for index, (place, row) in enumerate(self.rows(data, "diagnoses", most)):
            letter = letter_text(self.text(row, "letter", place)) or LETTERS[min(index, 25)]
            if letter not in LETTERS[:most] or len(letter) != 1:
                self.problem(f"{place}.letter", f"{letter!r} is no row of this claim (A to {LETTERS[most - 1]})")
            elif letter in taken:
                self.problem(f"{place}.letter", f"{letter} is the letter of two rows")
            taken.add(letter)
            code = normalise_diagnosis(self.text(row, "code", place))
            poa = self.poa(row, place)
            if code:
                found.append(DiagnosisEntry(code, letter, index, poa))
            elif poa is not Poa.EXEMPT:
                self.problem(place, "has a present-on-admission indicator but no code")
        return found

    def poa(self, row: Mapping[str, object], place: str) -> Poa:
        raw = letter_text(self.text(row, "poa", place))
        if raw in ("", "1", Poa.EXEMPT.value.upper()):
            return Poa.EXEMPT
        if self.form is not ClaimForm.INPATIENT:
            self.problem(f"{place}.poa", "only an inpatient claim carries present-on-admission indicators")
            return Poa.EXEMPT
        try:
            return Poa(raw)
        except ValueError:
            self.problem(f"{place}.poa", f"{raw!r} is not one of Y, N, U, W or blank (exempt)")
            return Poa.EXEMPT

    def services(self, data: Mapping[str, object]) -> list[ServiceEntry]:
        found: list[ServiceEntry] = []
        for index, (place, row) in enumerate(self.rows(data, "services", FORM_LIMITS[self.form][1])):
            inpatient = self.form is ClaimForm.INPATIENT
            code, trailing = normalise_service(self.text(row, "code", place), inpatient=inpatient)
            modifiers = [*trailing]
            for box in self.texts(row, "modifiers", place):
                modifiers += split_modifiers(box)
            pointers = self.pointers(row, place)
            units = self.units(row, place)
            if not code:
                if modifiers or pointers or units is not None:
                    self.problem(place, "has modifiers, units or pointers but no code")
                continue
            if len(modifiers) > MOST_MODIFIERS:
                self.problem(f"{place}.modifiers", f"{len(modifiers)} modifiers, but a line holds {MOST_MODIFIERS}")
            if inpatient and (modifiers or units not in (None, 1)):
                self.problem(place, "an ICD-10-PCS line carries no modifiers or units")
            for modifier in modifiers:
                if len(modifier) != 2 or not (modifier.isascii() and modifier.isalnum()):
                    self.problem(f"{place}.modifiers", _no_modifier(modifier))
            found.append(ServiceEntry(code, index, tuple(modifiers), units or 1, pointers))
        return found

    def place(self, data: Mapping[str, object]) -> str | None:
        try:
            return read_place(self.text(data, "pos", "claim"))
        except BoxError as error:
            self.problem("pos", str(error))
            return None

    def units(self, row: Mapping[str, object], place: str) -> int | None:
        value = row.get("units")
        if value is None:
            return None
        if isinstance(value, float) and value.is_integer():
            value = int(value)  # JSON has one kind of number: 2.0 is 2
        if isinstance(value, bool) or not isinstance(value, int):
            kind = f"{value:g}" if isinstance(value, float) else _kind(value)
            self.problem(f"{place}.units", f"must be a whole number, not {kind}")
            return None
        if not 1 <= value <= MOST_UNITS:
            self.problem(f"{place}.units", f"{value} is outside 1 to {MOST_UNITS:,}")
            return None
        return value

    def pointers(self, row: Mapping[str, object], place: str) -> tuple[str, ...]:
        pointers: list[str] = []
        for box in self.texts(row, "pointers", place):
            try:
                pointers += split_pointers(box)
            except BoxError as error:
                self.problem(f"{place}.pointers", str(error))
        if pointers and self.form is not ClaimForm.PROFESSIONAL:
            self.problem(f"{place}.pointers", f"a {_form_name(self.form)} claim has no diagnosis pointers")
            return ()
        if len(pointers) > MOST_POINTERS:
            self.problem(f"{place}.pointers", f"{len(pointers)} pointers, but a line holds {MOST_POINTERS}")
        last = LETTERS[FORM_LIMITS[self.form][0] - 1]
        for pointer in pointers:
            if len(pointer) != 1 or not "A" <= pointer <= last:
                self.problem(f"{place}.pointers", _no_row(pointer, last))
            elif pointers.count(pointer) > 1:
                self.problem(f"{place}.pointers", f"{pointer} stands twice")
                break
        return tuple(pointers)


def _kind(value: object) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", str: "text", list: "a list", dict: "an object"}
    return "nothing" if value is None else names.get(type(value), type(value).__name__)


def _no_row(pointer: str, last: str) -> str:
    return f"{pointer!r} is no row of this claim (A to {last}){pointer_meant(pointer, last)}"


def _no_modifier(text: str) -> str:
    pairs = [text[at : at + 2] for at in range(0, len(text), 2)]
    likely = len(text) in (4, 6, 8) and text.isascii() and text.isalnum()
    meant = f"; did you mean {' '.join(pairs)}?" if likely else ""
    return f"{text!r} is not a modifier of two characters{meant}"


def _form_name(form: ClaimForm) -> str:
    return form.value.replace("_", " ")


def read_claim(data: object, form: ClaimForm) -> ClaimResponse:
    """Read a claim of loose data in the shape of grading.md section 10; missing fields take their defaults.

    Codes are normalised here. Raises ResponseError naming every place that a claim of this form could not hold; an
    unknown code is no such thing, it is the grader's business.
    """
    if not isinstance(data, dict):
        raise ResponseError([("", f"a claim must be an object, not {_kind(data)}")])
    reader = _Reader(form)
    for field in data:
        if field not in _TOP:
            reader.problem(str(field), f"unknown field; known are {', '.join(sorted(_TOP))}")
    diagnoses = reader.diagnoses(data)
    services = reader.services(data)
    pos = reader.place(data)
    if pos is not None and form is not ClaimForm.PROFESSIONAL:
        reader.problem("pos", "only a professional claim carries a place of service")
    no_service = data.get("no_service", False)
    if not isinstance(no_service, bool):
        reader.problem("no_service", f"must be true or false, not {_kind(no_service)}")
    elif no_service and services:
        reader.problem("no_service", "the claim states that there is no service to report, yet lists services")
    if reader.problems:
        raise ResponseError(reader.problems)
    return ClaimResponse(tuple(diagnoses), tuple(services), pos, bool(no_service))


def claim_data(claim: ClaimResponse) -> dict[str, object]:
    """Return a claim as plain data that `read_claim` reads back to an equal claim (but for the index of rows)."""
    return {
        "diagnoses": [
            {"code": d.code, "letter": d.letter, "poa": None if d.poa is Poa.EXEMPT else d.poa.value}
            for d in claim.diagnoses
        ],
        "services": [
            {"code": s.code, "modifiers": list(s.modifiers), "units": s.units, "pointers": list(s.pointers)}
            for s in claim.services
        ],
        "pos": claim.pos,
        "no_service": claim.no_service,
    }


def reindexed(claim: ClaimResponse) -> ClaimResponse:
    """Return the claim with its rows counted anew, as if the empty ones had never been sent."""
    return replace(
        claim,
        diagnoses=tuple(replace(d, index=i) for i, d in enumerate(claim.diagnoses)),
        services=tuple(replace(s, index=i) for i, s in enumerate(claim.services)),
    )
