"""Check all that was loaded: codes, evidence, keys, concepts, questions. Errors stop an item, warnings do not."""

from collections.abc import Iterator
from datetime import date

from coachapp.content.lint_case import case_errors, case_warnings, check_evidence
from coachapp.content.lint_codes import FactSource, check_codes, facts_of
from coachapp.content.lint_questions import likenesses, question_warnings
from coachapp.content.loader import CaseFile, Loaded, QuestionFile
from coachapp.content.sites import case_codes, option_codes
from coachapp.content.yamlread import Loc, Located, Source
from coachapp.domain.items import ClaimForm
from coachapp.domain.questions import Concept


def lint(
    loaded: Loaded, fact_source: FactSource, *, concepts: tuple[Concept, ...]
) -> tuple[list[Located], list[Located]]:
    """Return every error and every warning, those of loading included, sorted by place.

    `concepts` are the ones that items may name. Codes and evidence of a file are checked even where its shape is wrong.
    """
    errors, warnings = list(loaded.errors), list(loaded.warnings)
    known = frozenset(concept.id for concept in concepts)
    for case_file in loaded.case_files:
        _lint_case(case_file, fact_source, errors=errors, warnings=warnings)
        warnings += _unknown_concepts(case_file.source, known)
    for question_file in loaded.question_files:
        _lint_question(question_file, fact_source, errors=errors, warnings=warnings)
        warnings += _unknown_concepts(question_file.source, known)
    warnings += likenesses(loaded.question_files)
    return sorted(set(errors)), sorted(set(warnings))


def _day(data: object) -> date | None:
    value = data.get("date_of_service") if isinstance(data, dict) else None
    try:
        return date.fromisoformat(value.strip()) if isinstance(value, str) else None
    except ValueError:
        return None


def _lint_case(file: CaseFile, fact_source: FactSource, *, errors: list[Located], warnings: list[Located]) -> None:
    errors += check_evidence(file)
    on = _day(file.source.data)
    form = file.source.data.get("claim_form") if isinstance(file.source.data, dict) else None
    if on is None or not isinstance(form, str) or form not in frozenset(ClaimForm):
        return
    inpatient = form == ClaimForm.INPATIENT
    sites = tuple(case_codes(file.source))
    facts = facts_of(sites, fact_source, on=on, inpatient=inpatient)
    errors += check_codes(sites, file.source, facts=facts, inpatient=inpatient)
    if file.case is not None:
        errors += case_errors(file.case, file.source, facts)
        warnings += case_warnings(file.case, file.source, facts)


def _lint_question(
    file: QuestionFile, fact_source: FactSource, *, errors: list[Located], warnings: list[Located]
) -> None:
    on = _day(file.source.data)
    if on is not None:
        errors += _question_codes(file, fact_source, on)
    if file.question is not None:
        warnings += question_warnings(file.question, file.source)


def _question_codes(file: QuestionFile, fact_source: FactSource, on: date) -> Iterator[Located]:
    """Check each option's codes by shape: an option may mix ICD-10-PCS with other services."""
    sites = tuple(option_codes(file.source))
    for inpatient in (False, True):
        chosen = tuple(site for site in sites if (len(site.code) == 7 and "." not in site.code) is inpatient)
        if chosen:
            facts = facts_of(chosen, fact_source, on=on, inpatient=inpatient)
            yield from check_codes(chosen, file.source, facts=facts, inpatient=inpatient, modifiers=True)


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
