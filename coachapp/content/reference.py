"""Check keys and right options against Medicare's tables: existence of CPT numbers, then the rules of a claim."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from coachapp.content.answering import Remark
from coachapp.content.lint_codes import BY_VALIDITY
from coachapp.content.loader import CaseFile, Loaded, QuestionFile
from coachapp.content.reference_rules import ClaimLine, ClaimView, Judge, Tally
from coachapp.content.reference_tables import Reference, read_reference
from coachapp.content.sites import CodeSite, case_codes, option_codes
from coachapp.content.yamlread import Loc, Located, Source
from coachapp.domain.checks import WITHOUT_TABLES, Check
from coachapp.domain.codes import CodeSystem, normalise_service, service_system
from coachapp.domain.items import Case, ClaimForm, Payer
from coachapp.domain.keylines import KeyService, LineKind
from coachapp.domain.questions import Option, Question

REFERENCE_CHECKS = frozenset(Check) - WITHOUT_TABLES
_TIMES = r"\s*(?:x|×)\s*(\d+)\b"


@dataclass(slots=True)
class ReferenceReport:
    """What the tables say: errors, remarks by file, and how much could be checked against which editions."""

    reference: Reference
    errors: list[Located] = field(default_factory=list)
    remarks: dict[str, list[Remark]] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)

    def as_json(self) -> dict[str, Any]:
        """Return editions of the tables, and for each check how often it was made and could not be made."""
        checks = {
            check.value: {"checked": self.tally.checked[check], "not_checked": self.tally.not_checked[check]}
            for check in Check
            if check in REFERENCE_CHECKS
        }
        return {"editions": dict(self.reference.editions), "checks": checks}


def check_reference(loaded: Loaded, folder: Path) -> ReferenceReport:
    """Check every item without errors against the tables of a folder.

    Raises BadReference where the folder cannot be used.
    """
    report = ReferenceReport(read_reference(folder, codes=_service_codes(loaded)))
    judge = Judge(report.reference, report.tally)
    for case_file in loaded.case_files:
        if case_file.case is not None:
            sites = case_codes(case_file.source)
            _check_days(sites, case_file.source, on=case_file.case.date_of_service, report=report)
            report.remarks[case_file.source.file] = list(_case_remarks(case_file, case_file.case, judge))
    for file in loaded.question_files:
        if file.question is not None and file.question.date_of_service is not None:
            _check_days(option_codes(file.source), file.source, on=file.question.date_of_service, report=report)
            report.remarks[file.source.file] = list(_question_remarks(file, file.question, judge))
    return report


def _service_codes(loaded: Loaded) -> set[str]:
    sites = [site for case_file in loaded.case_files for site in case_codes(case_file.source)]
    sites += [site for question_file in loaded.question_files for site in option_codes(question_file.source)]
    return {site.code for site in sites if site.kind is LineKind.SERVICE}


def _check_days(sites: Iterable[CodeSite], source: Source, *, on: date, report: ReferenceReport) -> None:
    """Note an error at each CPT number that does not exist on the date; HCPCS codes are checked without the tables."""
    reference, tally = report.reference, report.tally
    for site in sites:
        if site.kind is LineKind.DIAGNOSIS or service_system(site.code) is not CodeSystem.CPT:
            continue
        if not reference.listed_from <= on <= reference.listed_to:
            tally.not_checked[Check.CPT_DATE] += 1
            continue
        tally.checked[Check.CPT_DATE] += 1
        fault = _fault(reference, site.code, on)
        if fault and not site.excused and site.label not in BY_VALIDITY:
            report.errors.append(source.at(site.loc, fault))


def _fault(reference: Reference, code: str, on: date) -> str | None:
    days = reference.days.get(code)
    if days is None:
        return f"{code} is no CPT number in the code list of {reference.editions['codes']}"
    if days.first is not None and on < days.first:
        return f"{code} is not valid on {on}; it begins on {days.first}"
    if days.last is not None and on > days.last:
        return f"{code} is not valid on {on}; it ended on {days.last}"
    return None


def _case_remarks(file: CaseFile, case: Case, judge: Judge) -> Iterator[Remark]:
    """Yield the doubts about each branch, those that two branches share once."""
    if case.claim_form is ClaimForm.INPATIENT:
        return
    text = " ".join([case.task, *(document.text for document in case.documents)])
    told: set[tuple[Check, frozenset[str], str]] = set()
    for index, branch in enumerate(case.key.branches):
        base: Loc = ("key", "branches", index, "services")
        lines = tuple(_key_line(line, (*base, n, "code")) for n, line in enumerate(branch.services))
        if case.claim_form is ClaimForm.FACILITY_OUTPATIENT:
            # The tables are those of physicians; a hospital's edits and limits are others.
            for check in (Check.UNITS, Check.NCCI_PAIR):
                judge.tally.not_checked[check] += len(lines)
            continue
        for doubt in judge.doubts(ClaimView(lines, text, case.payer is Payer.MEDICARE)):
            mark = (doubt.check, frozenset(doubt.codes), doubt.message)
            if mark not in told:
                told.add(mark)
                yield Remark(file.source.at(_loc(doubt.place), doubt.message), doubt.check, doubt.codes)


def _loc(place: object) -> Loc:
    return place if isinstance(place, tuple) else ()


def _key_line(line: KeyService, loc: Loc) -> ClaimLine:
    required = tuple(slot.any_of for slot in line.required_modifiers)
    return ClaimLine(line.code, required, line.optional_modifiers, line.units or 1, loc)


def _question_remarks(file: QuestionFile, question: Question, judge: Judge) -> Iterator[Remark]:
    """Yield the doubts about each right option, taken as a claim of which the question may ask a part."""
    text = f"{question.exhibit or ''} {question.stem}"
    medicare = question.payer is Payer.MEDICARE
    for index, option in enumerate(question.options):
        if option.right:
            lines = tuple(_option_lines(option, ("options", index, "codes")))
            for doubt in judge.doubts(ClaimView(lines, text, medicare, partial=True)):
                yield Remark(file.source.at(_loc(doubt.place), doubt.message), doubt.check, doubt.codes)


def _option_lines(option: Option, loc: Loc) -> Iterator[ClaimLine]:
    for index, written in enumerate(option.codes):
        code, modifiers = normalise_service(written)
        if service_system(code) in (CodeSystem.CPT, CodeSystem.HCPCS):
            times = re.search(rf"\b{re.escape(written)}{_TIMES}", option.text)
            units = int(times[1]) if times else 1
            yield ClaimLine(code, tuple((m,) for m in modifiers), units=units, place=(*loc, index))
