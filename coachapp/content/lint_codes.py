"""Check that codes exist and are reportable on the date of service, and stand in the right grid."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Protocol

from coachapp.content.sites import CodeSite
from coachapp.content.yamlread import Located, Source
from coachapp.domain.codes import CodeFact, CodeFacts, CodeSystem, service_system
from coachapp.domain.keylines import LineKind
from coachapp.domain.labels import Label
from coachapp.domain.reasons import belongs_elsewhere, hint, instead_of, is_placeholder_slip

# Labels under which a trap or a wrong option is not a valid code by intent.
BY_VALIDITY = frozenset({Label.INVALID_CODE, Label.NOT_VALID_ON_DATE, Label.NOT_BILLABLE})
# Labels under which a code of another grid is expected.
_BY_GRID = frozenset({Label.WRONG_CODE_SYSTEM, Label.WRONG_SETTING})


class FactSource(Protocol):
    """What reads facts about codes; `coachapp.codesets` does."""

    def facts_for(self, *, on: date, diagnoses: Iterable[str], services: Iterable[str], inpatient: bool) -> CodeFacts:
        """Return the facts of normalised codes on a date."""
        ...


def facts_of(sites: Iterable[CodeSite], fact_source: FactSource, *, on: date, inpatient: bool) -> CodeFacts:
    """Read the facts of every code of a file at once."""
    listed = tuple(sites)
    diagnoses = sorted({site.code for site in listed if site.kind is LineKind.DIAGNOSIS})
    services = sorted({site.code for site in listed if site.kind is LineKind.SERVICE})
    return fact_source.facts_for(on=on, diagnoses=diagnoses, services=services, inpatient=inpatient)


def check_codes(
    sites: Iterable[CodeSite], source: Source, *, facts: CodeFacts, inpatient: bool, modifiers: bool = False
) -> Iterator[Located]:
    """Yield an error for each code that cannot be reported on the date, at the code.

    `inpatient`: services are ICD-10-PCS. `modifiers`: codes may carry modifiers behind a hyphen (options of questions).
    """
    for site in sites:
        if site.trailing and not modifiers:
            yield source.at(site.loc, f"write {site.code} alone, without {', '.join(site.trailing)}")
            continue
        if site.kind is LineKind.DIAGNOSIS:
            fact = facts.diagnosis(site.code)
            fault = _diagnosis_fault(site.code, fact, facts.on)
        else:
            fact = facts.service(site.code)
            fault = _service_fault(site.code, fact, facts.on, inpatient)
        mended = site.label is Label.SEVENTH_CHARACTER and is_placeholder_slip(fact)
        if site.label in BY_VALIDITY or mended:
            if fault is None and fact.valid is not None:
                message = f"the label is {site.label}, but {site.code} is valid and billable on {facts.on}"
                yield source.at(site.loc, message)
        elif fault and not site.excused and not (site.label in _BY_GRID and fact.elsewhere):
            yield source.at(site.loc, fault)


def _diagnosis_fault(code: str, fact: CodeFact, on: date) -> str | None:
    if fact.valid is False and not _dated(fact):
        if belongs_elsewhere(fact) or service_system(code) is CodeSystem.CPT:
            return f"{code} is no diagnosis; it is {_named(fact, code)}"
        return f"{code} is no ICD-10-CM code{hint(fact)}"
    return _fault_on_date(code, fact, on)


def _service_fault(code: str, fact: CodeFact, on: date, inpatient: bool) -> str | None:
    shape = service_system(code)
    if fact.valid is False and CodeSystem.ICD10CM in fact.elsewhere and belongs_elsewhere(fact):
        return f"{code} is a diagnosis, but stands among the services"
    if "." in code:
        return f"{code} is no service code: only a diagnosis has a dot{hint(fact)}"
    if inpatient and shape is not CodeSystem.ICD10PCS:
        return f"{code} is no ICD-10-PCS code; an inpatient claim takes no other procedures{hint(fact)}"
    if not inpatient and shape not in (CodeSystem.CPT, CodeSystem.HCPCS):
        return f"{code} is neither a CPT nor a HCPCS code{hint(fact)}"
    if fact.valid is False and not _dated(fact):
        system = "ICD-10-PCS" if inpatient else "HCPCS"
        return f"{code} is no {system} code on {on}{hint(fact)}"
    return _fault_on_date(code, fact, on)


def _fault_on_date(code: str, fact: CodeFact, on: date) -> str | None:
    if fact.valid is False:
        later = fact.valid_from and on < fact.valid_from
        dated = f"it begins on {fact.valid_from}" if later else f"it ended on {fact.valid_to}"
        return f"{code} is not valid on {on}; {dated}. {instead_of(fact, on)}".rstrip(". ")
    if fact.billable is False:
        if fact.seventh and len(code.replace(".", "")) < 7:
            characters = ", ".join(character for character, _ in fact.seventh)
            return f"{code} is not billable on {on}; it needs a 7th character ({characters})"
        return f"{code} is not billable on {on}; it needs more characters"
    return None


def _dated(fact: CodeFact) -> bool:
    return fact.valid_from is not None or fact.valid_to is not None


def _named(fact: CodeFact, code: str) -> str:
    names = {
        CodeSystem.HCPCS: "a HCPCS code",
        CodeSystem.CPT: "a CPT number",
        CodeSystem.ICD10PCS: "an ICD-10-PCS code",
    }
    system = fact.elsewhere[0] if fact.elsewhere else service_system(code)
    return names.get(system or CodeSystem.CPT, "another kind of code")
