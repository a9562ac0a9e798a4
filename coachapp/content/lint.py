"""Check all that was loaded: codes, evidence, keys, concepts, questions. Errors stop an item, warnings do not."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from coachapp.content.answering import Remark, answered_by
from coachapp.content.lint_case import case_errors, case_warnings, check_evidence
from coachapp.content.lint_codes import FactSource, check_codes, facts_of
from coachapp.content.lint_notes import case_remarks, question_errors, question_remarks
from coachapp.content.lint_questions import likenesses, question_warnings
from coachapp.content.loader import CaseFile, Loaded, QuestionFile
from coachapp.content.reference import ReferenceReport
from coachapp.content.sites import CodeSite, case_codes, option_codes
from coachapp.content.yamlread import Loc, Located, Source
from coachapp.domain.checks import WITHOUT_TABLES, Answer, Check
from coachapp.domain.codes import CodeFacts
from coachapp.domain.items import ClaimForm
from coachapp.domain.keylines import LineKind
from coachapp.domain.questions import Concept


@dataclass(slots=True)
class Inspection:
    """All that was found, sorted by place: errors, warnings to act on, and warnings answered by their authors."""

    errors: list[Located]
    warnings: list[Located]
    answered: list[Located] = field(default_factory=list)


def lint(
    loaded: Loaded, fact_source: FactSource, *, concepts: tuple[Concept, ...]
) -> tuple[list[Located], list[Located]]:
    """Return every error and every warning, those of loading included, sorted by place.

    `concepts` are the ones that items may name. Codes and evidence of a file are checked even where its shape is wrong.
    """
    found = inspect(loaded, fact_source, concepts=concepts)
    return found.errors, found.warnings


def inspect(
    loaded: Loaded,
    fact_source: FactSource,
    *,
    concepts: tuple[Concept, ...],
    reference: ReferenceReport | None = None,
) -> Inspection:
    """Check as `lint` does, add what the tables of a reference folder say, and part warnings that were answered."""
    found = Inspection(list(loaded.errors), list(loaded.warnings))
    known = frozenset(concept.id for concept in concepts)
    checks = WITHOUT_TABLES if reference is None else frozenset(Check)
    aside = reference.remarks if reference is not None else {}
    for case_file in loaded.case_files:
        remarks = _lint_case(case_file, fact_source, found)
        found.warnings += _unknown_concepts(case_file.source, known)
        answers = case_file.case.answered if case_file.case else ()
        _part(found, [*remarks, *aside.get(case_file.source.file, ())], answers, case_file.source, checks)
    for file in loaded.question_files:
        remarks = _lint_question(file, fact_source, found)
        found.warnings += _unknown_concepts(file.source, known)
        answers = file.question.answered if file.question else ()
        _part(found, [*remarks, *aside.get(file.source.file, ())], answers, file.source, checks)
    found.warnings += likenesses(loaded.question_files)
    found.errors += reference.errors if reference is not None else []
    return Inspection(sorted(set(found.errors)), sorted(set(found.warnings)), sorted(set(found.answered)))


def _part(
    found: Inspection, remarks: list[Remark], answers: tuple[Answer, ...], source: Source, checks: frozenset[Check]
) -> None:
    parted = answered_by(remarks, answers, source=source, checks=checks)
    found.warnings += parted.warnings
    found.answered += parted.answered


def _day(data: object) -> date | None:
    value = data.get("date_of_service") if isinstance(data, dict) else None
    try:
        return date.fromisoformat(value.strip()) if isinstance(value, str) else None
    except ValueError:
        return None


def _lint_case(file: CaseFile, fact_source: FactSource, found: Inspection) -> list[Remark]:
    found.errors += check_evidence(file)
    on = _day(file.source.data)
    form = file.source.data.get("claim_form") if isinstance(file.source.data, dict) else None
    if on is None or not isinstance(form, str) or form not in frozenset(ClaimForm):
        return []
    inpatient = form == ClaimForm.INPATIENT
    sites = tuple(case_codes(file.source))
    facts = facts_of(sites, fact_source, on=on, inpatient=inpatient)
    found.errors += check_codes(sites, file.source, facts=facts, inpatient=inpatient)
    if file.case is None:
        return []
    found.errors += case_errors(file.case, file.source, facts)
    found.warnings += case_warnings(file.case, file.source, facts)
    return list(case_remarks(file.case, file.source, facts))


def _lint_question(file: QuestionFile, fact_source: FactSource, found: Inspection) -> list[Remark]:
    on = _day(file.source.data)
    facts: CodeFacts | None = None
    if on is not None:
        sites = tuple(option_codes(file.source))
        found.errors += _question_codes(sites, file.source, fact_source, on)
        diagnoses = [site for site in sites if site.kind is LineKind.DIAGNOSIS]
        facts = facts_of(diagnoses, fact_source, on=on, inpatient=False)
    if file.question is None:
        return []
    found.warnings += question_warnings(file.question, file.source)
    if facts is None:
        return []
    found.errors += question_errors(file.question, file.source, facts)
    return list(question_remarks(file.question, file.source, facts))


def _question_codes(
    sites: tuple[CodeSite, ...], source: Source, fact_source: FactSource, on: date
) -> Iterator[Located]:
    """Check each option's codes by shape: an option may mix ICD-10-PCS with other services."""
    for inpatient in (False, True):
        chosen = tuple(site for site in sites if (len(site.code) == 7 and "." not in site.code) is inpatient)
        if chosen:
            facts = facts_of(chosen, fact_source, on=on, inpatient=inpatient)
            yield from check_codes(chosen, source, facts=facts, inpatient=inpatient, modifiers=True)


def _unknown_concepts(source: Source, known: frozenset[str]) -> Iterator[Located]:
    """Warn of each concept that concepts.yaml does not have, wherever a file names one."""
    for loc in source.values:
        named = len(loc) >= 2 and loc[-2] == "concepts" and isinstance(loc[-1], int)
        if named and (name := _text_at(source.data, loc)) and name not in known:
            yield source.at(loc, f"the concept {name!r} is not in concepts.yaml")


def _text_at(data: object, loc: Loc) -> str | None:
    for part in loc:
        if isinstance(data, dict):
            data = data.get(str(part))
        elif isinstance(data, list) and isinstance(part, int):
            data = data[part]
    return data.strip() if isinstance(data, str) else None
