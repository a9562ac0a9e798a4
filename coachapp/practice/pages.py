"""What the solve page shows: the chart and the learner's own rows, and nothing of the key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from coachapp.content.render import render_document
from coachapp.domain.claimrows import Payload
from coachapp.domain.items import FORM_LIMITS, Case, ClaimForm
from coachapp.domain.pos import PLACES
from coachapp.domain.responses import LETTERS
from coachapp.practice.forms import padded
from coachapp.practice.listing import AttemptRow
from coachapp.practice.lookup import CodeNote

FORM_NAMES = {
    ClaimForm.PROFESSIONAL: "professional",
    ClaimForm.FACILITY_OUTPATIENT: "facility outpatient",
    ClaimForm.INPATIENT: "inpatient",
}

_PAYERS = {
    "medicare": "Medicare",
    "medicaid": "Medicaid",
    "commercial": "Commercial",
    "unstated": "not stated",
}


@dataclass(frozen=True, slots=True)
class ChartDocument:
    """One document of a chart as safe HTML."""

    id: str
    title: str
    html: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A case as a coder sees it before coding: no key, no traps, no lesson."""

    slug: str
    title: str
    task: str
    specialty: str
    setting: str
    level: str
    payer: str
    patient: str
    date_of_service: date
    minutes: int
    form: ClaimForm
    documents: Sequence[ChartDocument]
    verified: bool

    @property
    def form_name(self) -> str:
        """Return the claim form in words."""
        return FORM_NAMES[self.form]

    @property
    def limits(self) -> tuple[int, int]:
        """Return how many diagnoses and services the form holds."""
        return FORM_LIMITS[self.form]

    @property
    def letters(self) -> str:
        """Return the letters of the form's diagnosis rows."""
        return LETTERS[: self.limits[0]]


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with one row, or with the claim (`row` None), in words.

    `part` is `dx`, `sv`, `pos` or `no-service`.
    """

    part: str
    row: int | None
    field: str | None
    text: str

    @property
    def place(self) -> str:
        """Return where it is, in words."""
        if self.row is None:
            return {"dx": "Diagnoses", "sv": "Services", "pos": "Place of service"}.get(self.part, "Claim")
        return f"Diagnosis row {self.row + 1}" if self.part == "dx" else f"Service line {self.row + 1}"

    @property
    def target(self) -> str:
        """Return the id of the element to go to."""
        if self.row is None:
            return {"dx": "diagnoses", "sv": "services", "pos": "pos"}.get(self.part, "no-service")
        name = {"modifiers": "mod1", None: "code", "letter": "code"}.get(self.field, self.field)
        return f"{self.part}-{self.row}-{name}"


@dataclass(frozen=True, slots=True)
class SolvePage:
    """The solve page: the chart, the rows as typed, and where the draft stands.

    `attempt_id` is None until something was saved; `seq` is the seq of the draft the rows come from.
    """

    chart: Chart
    payload: Payload
    notes: Mapping[str, Sequence[CodeNote | None]]
    version_id: int
    attempt_id: int | None = None
    seq: int = 0
    saved_at: datetime | None = None
    opened_at: datetime | None = None
    history: Sequence[AttemptRow] = ()
    problems: Sequence[RowProblem] = ()
    notices: Sequence[str] = ()
    ask_empty: bool = False
    sample: bool = False
    places: Mapping[str, str] = field(default_factory=lambda: PLACES)

    def problem_at(self, part: str, row: int | None) -> list[RowProblem]:
        """Return the problems of one row."""
        return [p for p in self.problems if p.part == part and p.row == row]

    def is_wrong(self, part: str, row: int | str, name: str) -> bool:
        """Say whether a problem of the row lies in the box `name` (`code`, `mod1`, `units` …)."""
        return any(p.target == f"{part}-{row}-{name}" for p in self.problems)


def chart_of(case: Case) -> Chart:
    """Return what of a case may be seen before it is coded."""
    years = "newborn or under 1 year" if case.patient.age == 0 else f"{case.patient.age} years"
    sex = "" if case.patient.sex.value == "unknown" else f", {case.patient.sex.value}"
    return Chart(
        slug=case.id,
        title=case.title,
        task=case.task,
        specialty=case.specialty,
        setting=case.setting,
        level=case.level.value,
        payer=_PAYERS[case.payer],
        patient=f"{years}{sex}",
        date_of_service=case.date_of_service,
        minutes=case.minutes,
        form=case.claim_form,
        documents=tuple(ChartDocument(d.id, d.title, render_document(d.text)) for d in case.documents),
        verified=case.verified is not None,
    )


def solve_rows(payload: Payload, form: ClaimForm, rows: Mapping[str, int] | None = None) -> Payload:
    """Return the rows to print: those typed, and empty ones behind them up to what was asked for."""
    asked = rows or {}
    filled = padded(payload, form)
    return padded(filled, form, diagnoses=asked.get("dx", 0), services=asked.get("sv", 0))


def row_problems(problems: Sequence[tuple[str, str]]) -> list[RowProblem]:
    """Turn the places that `read_claim` names (`services[2].units`) into places on the page."""
    return [_row_problem(place, text) for place, text in dict.fromkeys(problems)]


def _row_problem(place: str, text: str) -> RowProblem:
    name, _, rest = place.partition("[")
    number, _, tail = rest.partition("]")
    part = {"diagnoses": "dx", "services": "sv", "pos": "pos", "claim.pos": "pos"}.get(name, "no-service")
    return RowProblem(part, int(number) if number else None, tail.lstrip(".") or None, text)


def payload_summary(payload: Payload) -> dict[str, list[str]]:
    """Return a payload in short lines, for showing two versions beside each other."""
    diagnoses = [_diagnosis_line(row) for row in _typed(payload, "diagnoses")]
    services = [_service_line(row) for row in _typed(payload, "services")]
    claim = [f"Place of service {payload['pos']}"] if payload["pos"] else []
    claim += ["No service to report"] if payload["no_service"] else []
    return {"Diagnoses": diagnoses, "Services": services, "Claim": claim}


def _typed(payload: Payload, name: str) -> list[dict[str, Any]]:
    def typed(row: dict[str, Any]) -> bool:
        texts = [v for k, v in row.items() if k not in ("letter", "evidence")]
        return bool(row.get("evidence")) or any("".join(text).strip() for text in texts)

    return [row for row in payload[name] if typed(row)]


def _diagnosis_line(row: dict[str, Any]) -> str:
    poa = f" (POA {row['poa']})" if row["poa"] else ""
    return "  ".join(part for part in (f"{row['letter']}: {row['code'] or 'no code'}{poa}", _quotes(row)) if part)


def _quotes(row: dict[str, Any]) -> str:
    number = len(row.get("evidence", ()))
    return f"({number} {'quote' if number == 1 else 'quotes'})" if number else ""


def _service_line(row: dict[str, Any]) -> str:
    modifiers = " ".join(m for m in row["modifiers"] if m)
    parts = [row["code"] or "no code", modifiers, f"× {row['units']}" if row["units"] else "", row["pointers"]]
    parts.append(_quotes(row))
    return "  ".join(part for part in parts if part)
