"""Check a case beyond its shape: evidence, key lines, tabular notes, and that the key grades itself as right."""

from collections.abc import Iterator
from datetime import date

from coachapp.content.lint_sequence import accepted_first, poa_errors, poa_warnings
from coachapp.content.loader import CaseFile
from coachapp.content.render import Problem, blocks, locate
from coachapp.content.sites import case_quotes
from coachapp.content.yamlread import Loc, Located, Source
from coachapp.domain.codes import CodeFacts
from coachapp.domain.grading import grade, key_claim
from coachapp.domain.items import Branch, Case, ClaimForm
from coachapp.domain.keylines import KeyLine, LineKind
from coachapp.domain.labels import Severity
from coachapp.domain.poa import MISSING
from coachapp.domain.pos import place_name

# The quarter for which our HCPCS list holds, and the part of the year in which the ICD-10-CM release holds.
SERVICE_WINDOW = (date(2026, 4, 1), date(2026, 6, 30))
DIAGNOSIS_WINDOW = (date(2026, 1, 1), date(2026, 9, 30))
LEAST_WORDS, MOST_WORDS = 200, 1200


def check_evidence(file: CaseFile) -> Iterator[Located]:
    """Yield an error for each quotation that does not stand in its document, at the quotation."""
    data = file.source.data
    documents = data.get("documents") if isinstance(data, dict) else None
    listed = [d.get("id") for d in documents if isinstance(d, dict)] if isinstance(documents, list) else []
    for site in case_quotes(file.source):
        if site.document not in listed:
            message = f"the case has no document {site.document!r}; it has {', '.join(map(str, listed)) or 'none'}"
            yield file.source.at((*site.loc, "document"), message)
        elif site.document in file.texts:
            place = locate(site.quote, file.texts[site.document], nth=site.nth)
            if isinstance(place, Problem):
                elsewhere = _other_document(site.quote, site.document, file.texts)
                message = f"evidence not found in {site.document}: {elsewhere or place.message}"
                if place.message.startswith(("the words occur", "nth is")):
                    message = f"evidence in {site.document}: {place.message}"
                yield file.source.at((*site.loc, "quote"), message)


def _other_document(quote: str, named: str, texts: dict[str, str]) -> str | None:
    for other, text in texts.items():
        if other != named and not isinstance(locate(quote, text, nth=1), Problem):
            return f"the words stand in {other}"
    return None


def case_errors(case: Case, source: Source, facts: CodeFacts) -> Iterator[Located]:
    """Yield what is wrong with a key whose shape is right."""
    if case.pos is not None and place_name(case.pos) is None:
        yield source.at(("pos",), f"{case.pos} is no place-of-service number")
    yield from accepted_first(case, source, facts)
    yield from poa_errors(case, source, facts)
    for index, branch in enumerate(case.key.branches):
        loc: Loc = ("key", "branches", index)
        yield from _shared_codes(branch, source, loc)
        yield from _own_grade(case, source, index, facts)


def _shared_codes(branch: Branch, source: Source, loc: Loc) -> Iterator[Located]:
    """One code may not answer two diagnosis lines: a diagnosis is reported once (ICD-10-CM Guidelines I.B.12)."""
    for code, places in branch.diagnosis_index.items():
        if len(places) > 1:
            first, second = branch.diagnoses[places[0][0]], branch.diagnoses[places[1][0]]
            where = _code_loc((*loc, "diagnoses", places[1][0]), second, code)
            yield source.at(where, f"{code} could answer both {first.id} and {second.id}; a diagnosis is reported once")


def _code_loc(loc: Loc, line: KeyLine, code: str) -> Loc:
    if line.code == code:
        return (*loc, "code")
    return (*loc, "accept", next(i for i, a in enumerate(line.accept) if a.code == code), "code")


def _own_grade(case: Case, source: Source, index: int, facts: CodeFacts) -> Iterator[Located]:
    """The branch, handed in as a claim, must score 1 on everything and raise no finding that is an error."""
    loc: Loc = ("key", "branches", index)
    name = case.key.branches[index].name
    told: set[str] = set()
    for optional in (True, False):
        result = grade(case, key_claim(case, index, optional=optional), facts=facts)
        short = {score: value for score, value in result.scores.items() if value is not None and value != 1}
        if short:
            listed = ", ".join(f"{score} {value:.2f}" for score, value in short.items())
            without = "" if optional else " without its optional lines"
            told.add(f"branch {name!r}, handed in as a claim{without}, scores less than 1: {listed}")
        # Codes that cannot be reported are told of at the code.
        invalid = ("invalid_code", "not_yet_valid", "expired", "header_code", "missing_seventh_character")
        # A key need not assert an indicator, so the claim made of it may lack some: those are checked at the line.
        elsewhere = (*invalid, MISSING)
        errors = [f for f in result.findings if f.severity is Severity.ERROR and f.rule not in elsewhere]
        told.update(f"branch {name!r}, handed in as a claim, has a fault: {finding.text}" for finding in errors)
    for message in sorted(told):
        yield source.at_key((*loc, "name"), message)


def case_warnings(case: Case, source: Source, facts: CodeFacts) -> Iterator[Located]:
    """Yield what an author should look at again, though it may be right."""
    yield from poa_warnings(case, source, facts)
    yield from _window(case, source)
    yield from _length(case, source)
    for index, branch in enumerate(case.key.branches):
        for field, lines in (("diagnoses", branch.diagnoses), ("services", branch.services)):
            for position, line in enumerate(lines):
                loc: Loc = ("key", "branches", index, field, position)
                if not line.optional and not line.evidence:
                    yield source.at(loc, f"{line.id} is scored, but no evidence from the chart is given")
                if not line.optional and not line.rationale:
                    yield source.at(loc, f"{line.id} is scored, but no rationale is given")
    yield from _trap_warnings(case, source)


def _window(case: Case, source: Source) -> Iterator[Located]:
    services = any(branch.services for branch in case.key.branches) and case.claim_form is not ClaimForm.INPATIENT
    first, last = SERVICE_WINDOW if services else DIAGNOSIS_WINDOW
    if not first <= case.date_of_service <= last:
        what = "with CPT or HCPCS codes" if services else "with ICD-10 codes only"
        yield source.at(("date_of_service",), f"a case {what} can be checked for {first} to {last} only")


def _length(case: Case, source: Source) -> Iterator[Located]:
    words = sum(len(block.split()) for document in case.documents for block in blocks(document.text))
    if not LEAST_WORDS <= words <= MOST_WORDS:
        yield source.at_key(("documents",), f"the chart has {words} words; {LEAST_WORDS} to {MOST_WORDS} are usual")


def _trap_warnings(case: Case, source: Source) -> Iterator[Located]:
    answers = {
        LineKind.DIAGNOSIS: {code for b in case.key.branches for code in b.diagnosis_index},
        LineKind.SERVICE: {code for b in case.key.branches for code in b.service_index},
    }
    for position, trap in enumerate(case.key.traps):
        if trap.code in answers[trap.kind]:
            yield source.at(("key", "traps", position, "code"), f"the trap {trap.code} is also an answer of the key")
