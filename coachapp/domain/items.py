"""Cases and their answer keys as frozen values (the format is described in cases/README.md)."""

import re
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from coachapp.domain.checks import Answer
from coachapp.domain.codes import CodeSystem
from coachapp.domain.keylines import Frozen, KeyDiagnosis, KeyLine, KeyService, LineKind, Slug, Text, Trap
from coachapp.domain.typed_text import plain


class ClaimForm(StrEnum):
    """The paper a claim goes on; it fixes the grid a learner sees."""

    PROFESSIONAL = "professional"
    FACILITY_OUTPATIENT = "facility_outpatient"
    INPATIENT = "inpatient"


CaseId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*/[a-z0-9]+(-[a-z0-9]+)*$", max_length=120)]


class Payer(StrEnum):
    """Who pays. `unstated` means that CPT's own rules hold."""

    MEDICARE = "medicare"
    MEDICAID = "medicaid"
    COMMERCIAL = "commercial"
    UNSTATED = "unstated"


class Level(StrEnum):
    """How hard a case is meant to be."""

    FOUNDATION = "foundation"
    PRACTITIONER = "practitioner"
    EXPERT = "expert"


class Sex(StrEnum):
    """Recorded sex of the invented patient."""

    FEMALE = "female"
    MALE = "male"
    UNKNOWN = "unknown"


class Branch(Frozen):
    """One complete acceptable claim, with a name."""

    name: Text
    diagnoses: tuple[KeyDiagnosis, ...] = ()
    services: tuple[KeyService, ...] = ()
    no_service: bool = False

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        """Refuse a branch that contradicts itself; the message says which line and how."""
        ids = [line.id for line in (*self.diagnoses, *self.services)]
        for line_id in ids:
            if ids.count(line_id) > 1:
                raise ValueError(f"the line id {line_id} is used twice")
        by_id = {d.id: d for d in self.diagnoses}
        for d in self.diagnoses:
            if d.after is not None:
                self._check_after(d, by_id)
        for lines, what in ((self.diagnoses, "diagnosis"), (self.services, "procedure")):
            firsts = [line for line in lines if line.first]
            if len(firsts) > 1:
                raise ValueError(f"more than one {what} is marked first: {', '.join(f.id for f in firsts)}")
            if firsts and firsts[0].optional:
                raise ValueError(f"{firsts[0].id} is first and cannot be optional")
        for s in self.services:
            for pointer in (*(s.pointers or ()), *((s.primary,) if s.primary else ())):
                if pointer not in by_id:
                    raise ValueError(f"{s.id} points to {pointer}, which is no diagnosis of this branch")
            if s.primary and s.primary not in (s.pointers or ()):
                raise ValueError(f"{s.id} has primary {s.primary}, which is not among its pointers")
        if self.no_service and any(not s.optional for s in self.services):
            raise ValueError("no_service contradicts a service that is not optional")
        if not self.no_service and all(line.optional for line in (*self.diagnoses, *self.services)):
            raise ValueError("at least one line must be scored, or no_service stated")
        return self

    @staticmethod
    def _check_after(line: KeyDiagnosis, by_id: dict[str, KeyDiagnosis]) -> None:
        other = by_id.get(line.after or "")
        if other is None or other is line:
            raise ValueError(f"{line.id} stands after {line.after}, which is no other diagnosis of this branch")
        if other.optional or line.first:
            raise ValueError(
                f"{line.id} stands after {line.after}: the earlier line may not be optional, nor the later one first"
            )
        seen = {line.id}
        while other is not None and other.after is not None:
            if other.id in seen:
                raise ValueError(f"{line.id} stands after itself by way of {other.id}")
            seen.add(other.id)
            other = by_id.get(other.after)

    def _index(self, lines: tuple[KeyLine, ...]) -> dict[str, tuple[tuple[int, float], ...]]:
        found: dict[str, list[tuple[int, float]]] = {}
        for position, line in enumerate(lines):
            for code, credit in line.credits.items():
                found.setdefault(code, []).append((position, credit))
        return {code: tuple(places) for code, places in found.items()}

    @cached_property
    def diagnosis_index(self) -> dict[str, tuple[tuple[int, float], ...]]:
        """Return, for each code a diagnosis line knows, the positions of those lines and the credit."""
        return self._index(self.diagnoses)

    @cached_property
    def service_index(self) -> dict[str, tuple[tuple[int, float], ...]]:
        """Return, for each code a service line knows, the positions of those lines and the credit."""
        return self._index(self.services)


class Weights(Frozen):
    """Points per element (grading.md section 4); a policy that is not the default carries its own name."""

    name: Text = "coachapp-1"
    code: float = Field(default=1, ge=0, le=100)
    first: float = Field(default=1, ge=0, le=100)
    after: float = Field(default=0.5, ge=0, le=100)
    poa: float = Field(default=0.25, ge=0, le=100)
    modifiers: float = Field(default=0.5, ge=0, le=100)
    units: float = Field(default=0.25, ge=0, le=100)
    pointers: float = Field(default=0.25, ge=0, le=100)
    pos: float = Field(default=0.25, ge=0, le=100)
    no_service: float = Field(default=1, ge=0, le=100)
    unsupported_diagnosis: float = Field(default=1, ge=0, le=100)
    unsupported_service: float = Field(default=1.5, ge=0, le=100)


DEFAULT_POLICY = Weights()


class Key(Frozen):
    """The answer key of a case."""

    branches: tuple[Branch, ...] = Field(min_length=1)
    traps: tuple[Trap, ...] = ()

    @model_validator(mode="after")
    def _names_and_traps(self) -> Self:
        names = [b.name for b in self.branches]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two branches are named {name!r}")
        kinds: dict[LineKind, set[str]] = {
            LineKind.DIAGNOSIS: {d.id for b in self.branches for d in b.diagnoses},
            LineKind.SERVICE: {s.id for b in self.branches for s in b.services},
        }
        for trap in self.traps:
            if trap.line is not None and trap.line not in kinds[trap.kind]:
                raise ValueError(f"the trap {trap.code} names the line {trap.line}, which is no {trap.kind} of the key")
        return self


class Document(Frozen):
    """One document of a chart: Markdown, from `file` beside case.yaml; `text` is filled in by the loader."""

    id: Slug
    title: Text
    file: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*\.md$")]
    text: str = ""


class Patient(Frozen):
    """The invented patient: age in years at the date of service (a newborn is 0), recorded sex."""

    age: int = Field(ge=0, le=120)
    sex: Sex


FORM_LIMITS: dict[ClaimForm, tuple[int, int]] = {
    ClaimForm.PROFESSIONAL: (12, 50),
    ClaimForm.FACILITY_OUTPATIENT: (25, 50),
    ClaimForm.INPATIENT: (25, 25),
}


class Case(Frozen):
    """A chart to code, with its key."""

    id: CaseId
    title: Text
    specialty: Slug
    setting: Text
    claim_form: ClaimForm
    payer: Payer = Payer.UNSTATED
    date_of_service: date
    patient: Patient
    task: Text
    level: Level
    minutes: int = Field(ge=1, le=240)
    documents: tuple[Document, ...] = Field(min_length=1)
    pos: Annotated[str, StringConstraints(pattern=r"^\d{2}$")] | None = None
    concepts: tuple[Slug, ...] = Field(min_length=1)
    policy: Weights | None = None
    key: Key
    lesson: Text
    answered: tuple[Answer, ...] = ()
    verified: date | None = None

    @field_validator("pos", mode="before")
    @classmethod
    def _plain_place(cls, value: object) -> object:
        return plain(value).strip() if isinstance(value, str) else value

    @field_validator("verified")
    @classmethod
    def _after_2020(cls, value: date | None) -> date | None:
        if value is not None and value.year < 2020:
            raise ValueError("verified is the date of the blind second coding")
        return value

    @model_validator(mode="after")
    def _fits_its_form(self) -> Self:
        """Refuse a key that its claim form could not hold."""
        if self.id.split("/")[0] != self.specialty:
            raise ValueError(f"the id begins with {self.id.split('/')[0]}, the specialty is {self.specialty}")
        documents = [d.id for d in self.documents]
        for document in documents:
            if documents.count(document) > 1:
                raise ValueError(f"two documents have the id {document}")
        inpatient = self.claim_form is ClaimForm.INPATIENT
        professional = self.claim_form is ClaimForm.PROFESSIONAL
        if self.pos is not None and not professional:
            raise ValueError("pos belongs to professional claims only")
        most_diagnoses, most_services = FORM_LIMITS[self.claim_form]
        for branch in self.key.branches:
            if len(branch.diagnoses) > most_diagnoses or len(branch.services) > most_services:
                raise ValueError(f"branch {branch.name!r} has more lines than a {self.claim_form} claim holds")
            for d in branch.diagnoses:
                if d.poa is not None and not inpatient:
                    raise ValueError(f"{d.id}: poa belongs to inpatient claims only")
            for s in branch.services:
                if inpatient and (s.modifiers or s.units is not None or s.pointers):
                    raise ValueError(f"{s.id}: ICD-10-PCS codes carry no modifiers, units or pointers")
                if s.pointers and not professional:
                    raise ValueError(f"{s.id}: pointers belong to professional claims only")
                if s.first and not inpatient:
                    raise ValueError(f"{s.id}: only an inpatient claim has a principal procedure")
                if len(s.required_modifiers) > 4:
                    raise ValueError(f"{s.id}: a line holds four modifiers")
        return self

    @property
    def service_systems(self) -> tuple[CodeSystem, ...]:
        """Return the code systems a service of this case may come from."""
        if self.claim_form is ClaimForm.INPATIENT:
            return (CodeSystem.ICD10PCS,)
        return (CodeSystem.CPT, CodeSystem.HCPCS)

    def all_codes(self) -> tuple[frozenset[str], frozenset[str]]:
        """Return every diagnosis and every service code of key and traps."""
        diagnoses: set[str] = set()
        services: set[str] = set()
        for branch in self.key.branches:
            diagnoses.update(code for d in branch.diagnoses for code in d.credits)
            services.update(code for s in branch.services for code in s.credits)
        for trap in self.key.traps:
            (diagnoses if trap.kind is LineKind.DIAGNOSIS else services).add(trap.code)
        return frozenset(diagnoses), frozenset(services)


CPT_SHAPE = re.compile(r"\d{4}[0-9A-Z]")


def carries_cpt(case: Case) -> bool:
    """Say whether a case's key or traps name a CPT number, so that an operator may leave such items out."""
    return any(CPT_SHAPE.fullmatch(code) for code in case.all_codes()[1])
