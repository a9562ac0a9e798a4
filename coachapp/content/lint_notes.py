"""Check keys and right options against the tabular list's notes and against the side that the words name.

Each finding is a remark that an author may answer in the item.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from coachapp.content.answering import Remark
from coachapp.content.yamlread import Loc, Located, Source
from coachapp.domain.checks import Check
from coachapp.domain.codes import CodeFacts, CodeSystem, NoteKind, normalise_service, service_system
from coachapp.domain.edits import findings
from coachapp.domain.findings import Finding
from coachapp.domain.grading import grade, key_claim
from coachapp.domain.instructionedits import judged_notes
from coachapp.domain.items import Branch, Case, Patient, Sex
from coachapp.domain.keylines import KeyLine
from coachapp.domain.labels import Severity
from coachapp.domain.poa import ON_EXEMPT
from coachapp.domain.questions import Option, Question, option_code
from coachapp.domain.responses import ClaimResponse, DiagnosisEntry
from coachapp.domain.sequencing import (
    FIRST_ONLY,
    QUESTIONABLE,
    SECONDARY_ONLY,
    SEQUELA,
    first_obstacle,
    may_stand_first,
)
from coachapp.domain.sides import (
    OPPOSITE,
    Place,
    conflict,
    in_words,
    place_of_diagnosis,
    places_of_modifiers,
    side_of_modifiers,
    side_of_title,
)

_EXCLUDES1_EXCEPTION = re.compile(r"\bI\.A\.12\.a\b")
_ASKED = {
    NoteKind.CODE_FIRST: (Check.CODE_FIRST, "code first"),
    NoteKind.USE_ADDITIONAL: (Check.USE_ADDITIONAL, "use additional code"),
}
_RULES = {
    "excludes1": Check.EXCLUDES1,
    "code_first_order": Check.CODE_FIRST,
    "use_additional_order": Check.USE_ADDITIONAL,
    "age_conflict": Check.AGE,
    "side_conflict": Check.SIDE,
    "duplicate_service": Check.DUPLICATE_SERVICE,
    **dict.fromkeys((SEQUELA, QUESTIONABLE, SECONDARY_ONLY, FIRST_ONLY), Check.FIRST_LISTED),
}
_SIDE_NAMES = re.compile(r"\b(right|left)\b", re.IGNORECASE)
# Words by which a chart may name a side without the word itself; eyes and ears have abbreviations of their own.
_OTHER_NAMES = {
    "right": re.compile(r"\b(?:RT|OD|AD|R|bilateral\w*|both|each|two|RUQ|RLQ|RUE|RLE|RCA|rt)\b"),
    "left": re.compile(r"\b(?:LT|OS|AS|L|bilateral\w*|both|each|two|LUQ|LLQ|LUE|LLE|LAD|lt)\b"),
}


def case_remarks(case: Case, source: Source, facts: CodeFacts) -> Iterator[Remark]:
    """Yield what the notes and the sides say against each branch of a key."""
    text = " ".join([case.task, *(document.text for document in case.documents)])
    for index, branch in enumerate(case.key.branches):
        yield from _findings(case, source, index, facts)
        yield from _instructions(branch, source, index, facts)
        yield from _sides(branch, source, index, facts, text)


def _findings(case: Case, source: Source, index: int, facts: CodeFacts) -> Iterator[Remark]:
    branch = case.key.branches[index]
    result = grade(case, key_claim(case, index, optional=True), facts=facts)
    for finding in result.findings:
        explained = finding.rule == "excludes1" and _explained(branch, finding.codes)
        # Indicators are checked at the line that asserts them.
        if finding.severity is Severity.WARNING and finding.rule != ON_EXEMPT and not explained:
            yield Remark(
                source.at(_loc_of(branch, index, finding.codes), finding.text), _RULES[finding.rule], finding.codes
            )


def _explained(branch: Branch, codes: tuple[str, ...]) -> bool:
    """Say whether an author cites the exception for unrelated conditions at one of the two codes."""
    lines = [d for d in branch.diagnoses if d.code in codes]
    return any(_EXCLUDES1_EXCEPTION.search(reference) for line in lines for reference in line.references)


def _loc_of(branch: Branch, index: int, codes: tuple[str, ...]) -> Loc:
    for field, lines in (("diagnoses", branch.diagnoses), ("services", branch.services)):
        for position, line in enumerate(lines):
            if line.code in codes:
                return ("key", "branches", index, field, position, "code")
    return ("key", "branches", index)


def _instructions(branch: Branch, source: Source, index: int, facts: CodeFacts) -> Iterator[Remark]:
    """Warn where the tabular list asks for another code and the branch has none that it names.

    Notes that ask only "if applicable" are left to the author, unless a code of the branch is kin to one they name. A
    line that cites the note among its references ("ICD-10-CM Tabular List, L57 use additional code note") has answered
    it in its rationale.
    """
    lines = {line.code: (position, line) for position, line in enumerate(branch.diagnoses)}
    for note, finding in judged_notes({code: facts.diagnosis(code) for code in lines}):
        if finding.severity is not Severity.NOTE or note.kind not in _ASKED or not note.ranges:
            continue
        check, words = _ASKED[note.kind]
        carriers = [lines[code] for code in finding.codes]
        if not any(f"{note.at} {words} note" in reference for _, line in carriers for reference in line.references):
            position, line = carriers[0]
            loc: Loc = ("key", "branches", index, "diagnoses", position, "code")
            message = f"{line.code}: the note at {note.at} says {words}, and none of its codes is here: {note.text}"
            yield Remark(source.at(loc, message), check, (line.code,))


def _sides(branch: Branch, source: Source, index: int, facts: CodeFacts, text: str) -> Iterator[Remark]:
    """Warn where a line's side is not that of its own evidence, or is not named in the chart at all."""
    lines: list[tuple[str, int, KeyLine, str | None]] = [
        ("diagnoses", n, line, side_of_title(facts.diagnosis(line.code))) for n, line in enumerate(branch.diagnoses)
    ]
    for n, service in enumerate(branch.services):
        choices = {choice for slot in service.required_modifiers for choice in slot.any_of}
        lines.append(("services", n, service, side_of_modifiers(choices)))
    for field, position, line, side in lines:
        if side is None:
            continue
        quoted = {word.lower() for evidence in line.evidence for word in _SIDE_NAMES.findall(evidence.quote)}
        loc: Loc = ("key", "branches", index, field, position, "code")
        if quoted == {OPPOSITE[side]}:
            message = f"{line.code} is for the {side} side; its evidence says {OPPOSITE[side]}"
            yield Remark(source.at(loc, message), Check.SIDE, (line.code,))
        elif not _named(side, text):
            message = f"{line.code} is for the {side} side, which no document names"
            yield Remark(source.at(loc, message), Check.SIDE, (line.code,))


def _named(side: str, text: str) -> bool:
    return re.search(rf"\b{side}\b", text, re.IGNORECASE) is not None or _OTHER_NAMES[side].search(text) is not None


def question_remarks(question: Question, source: Source, facts: CodeFacts) -> Iterator[Remark]:
    """Yield what notes and sides say against each right option, and what its diagnoses say against each other."""
    text = f"{question.exhibit or ''} {question.stem}"
    for index, option in enumerate(question.options):
        if option.right:
            diagnoses = _diagnoses(option)
            for finding in _among(diagnoses, facts):
                if finding.rule == "excludes1" and not _cites_the_exception(question.references):
                    place = source.at(("options", index, "codes"), finding.text)
                    yield Remark(place, Check.EXCLUDES1, finding.codes)
                if finding.rule.endswith("_order") and finding.severity is Severity.WARNING:
                    place = source.at(("options", index, "codes"), finding.text)
                    yield Remark(place, _RULES[finding.rule], finding.codes)
            yield from _option_sides(option, source, index, facts, text)


def question_errors(question: Question, source: Source, facts: CodeFacts) -> Iterator[Located]:
    """Yield an error where a right option begins with a diagnosis that may not, or has two in the wrong order.

    An option that names only codes that may not stand first lists no claim: it answers which of them is right.
    """
    for index, option in enumerate(question.options):
        codes = _diagnoses(option) if option.right else []
        diagnoses, inpatient = [facts.diagnosis(code) for code in codes], _inpatient(option)
        refused = None
        if any(may_stand_first(fact, inpatient=inpatient) for fact in diagnoses):
            obstacle = first_obstacle(diagnoses[0], inpatient=inpatient)
            if obstacle is not None and obstacle.severity is Severity.ERROR:
                refused = codes[0]
                yield source.at(("options", index, "codes"), obstacle.text)
        for finding in _among(codes, facts) if len(codes) > 1 else ():
            # One error is enough for a code that may not stand first, though its code first note says so once more.
            known = refused is not None and finding.codes[-1] == refused
            if finding.rule.endswith("_order") and finding.severity is Severity.ERROR and not known:
                yield source.at(("options", index, "codes"), finding.text)


def _inpatient(option: Option) -> bool:
    """Say whether an option is of an inpatient claim, the only one that has ICD-10-PCS codes."""
    return any(service_system(code) is CodeSystem.ICD10PCS for code, _ in map(option_code, option.codes))


def _diagnoses(option: Option) -> list[str]:
    found = [option_code(code) for code in option.codes]
    return [code for code, system in found if system is CodeSystem.ICD10CM]


def _among(diagnoses: Sequence[str], facts: CodeFacts) -> tuple[Finding, ...]:
    rows = tuple(DiagnosisEntry(code, "?", index) for index, code in enumerate(diagnoses))
    return findings(ClaimResponse(diagnoses=rows), facts, patient=Patient(age=40, sex=Sex.UNKNOWN))


def _cites_the_exception(references: Iterable[str]) -> bool:
    return any(_EXCLUDES1_EXCEPTION.search(reference) for reference in references)


def _option_sides(option: Option, source: Source, index: int, facts: CodeFacts, text: str) -> Iterator[Remark]:
    named: list[tuple[int, str, str]] = []
    services: list[tuple[str, tuple[Place, ...]]] = []
    diagnoses: list[tuple[str, Place]] = []
    for position, written in enumerate(option.codes):
        code, system = option_code(written)
        if system is CodeSystem.ICD10CM:
            fact = facts.diagnosis(code)
            side, place = side_of_title(fact), place_of_diagnosis(fact)
            if place is not None:
                diagnoses.append((code, place))
        else:
            modifiers = normalise_service(written)[1]
            side, places = side_of_modifiers(modifiers), places_of_modifiers(modifiers)
            if places:
                services.append((code, places))
        if side is not None:
            named.append((position, code, side))
    for position, code, side in named:
        if not _named(side, text):
            message = f"{code} is for the {side} side, which neither stem nor exhibit names"
            yield Remark(source.at(("options", index, "codes", position), message), Check.SIDE, (code,))
    if services and diagnoses and all(conflict(places, place) for _, places in services for _, place in diagnoses):
        said = " and ".join(dict.fromkeys(in_words(place) for _, places in services for place in places))
        told = " and ".join(dict.fromkeys(in_words(place) for _, place in diagnoses))
        message = f"the services are for the {said} and the diagnoses for the {told}"
        codes = (*(code for code, _ in services), *(code for code, _ in diagnoses))
        yield Remark(source.at(("options", index, "codes"), message), Check.SIDE, codes)
