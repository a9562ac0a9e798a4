"""Findings about a claim as a claim (grading.md section 7): independent of the key, for the date of service."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from coachapp.domain.codes import CodeFact, CodeFacts, CodeRange, Note, NoteKind, undotted
from coachapp.domain.findings import Finding
from coachapp.domain.instructionedits import instruction_findings
from coachapp.domain.items import Patient, Sex
from coachapp.domain.labelling import what_lacks
from coachapp.domain.labels import Severity
from coachapp.domain.poa import poa_remarks
from coachapp.domain.reasons import instead_of, why_not_a_code
from coachapp.domain.responses import ClaimResponse, ServiceEntry
from coachapp.domain.sequencing import first_obstacles
from coachapp.domain.sides import (
    LEFT,
    RIGHT,
    SIDED_MODIFIERS,
    Place,
    conflict,
    in_words,
    place_of_diagnosis,
    places_of_modifiers,
)


def findings(
    claim: ClaimResponse, facts: CodeFacts, *, patient: Patient, inpatient: bool = False
) -> tuple[Finding, ...]:
    """Return every finding about a claim, in the order of its rows."""
    diagnoses = {d.code: facts.diagnosis(d.code) for d in claim.diagnoses}
    services = {s.code: facts.service(s.code) for s in claim.services}
    return (
        *_code_findings(diagnoses, services, facts),
        *_duplicates(claim, diagnoses),
        *_exclusion_findings(diagnoses),
        *instruction_findings(diagnoses),
        *_first_listed(claim, diagnoses, inpatient),
        *(Finding(*remark) for remark in (poa_remarks(claim.diagnoses, diagnoses) if inpatient else ())),
        *_patient_findings(claim, diagnoses, patient),
        *_line_findings(claim, diagnoses),
    )


def _code_findings(
    diagnoses: Mapping[str, CodeFact], services: Mapping[str, CodeFact], facts: CodeFacts
) -> list[Finding]:
    unknown: list[str] = []
    found: list[Finding] = []
    for boxes in (diagnoses, services):
        for code, fact in boxes.items():
            if boxes is services and code in diagnoses:
                continue
            if fact.valid:
                if fact.billable is False:
                    found.append(_header(fact))
            elif fact.valid is None:
                unknown.append(code)
            else:
                found.append(_invalid(fact, facts))
    if unknown:
        text = f"Not checked here: {', '.join(unknown)}. This site holds no list that covers them on {facts.on}."
        found.append(Finding("not_checked", Severity.NOTE, tuple(unknown), text))
    return found


def _invalid(fact: CodeFact, facts: CodeFacts) -> Finding:
    code = fact.code
    if fact.never_existed:
        return Finding("invalid_code", Severity.ERROR, (code,), why_not_a_code(fact))
    if fact.valid_from and facts.on < fact.valid_from:
        rule, text = "not_yet_valid", f"{code} is not valid before {fact.valid_from}"
    elif fact.valid_to:
        rule, text = "expired", f"{code} expired on {fact.valid_to}"
    else:
        rule, text = "invalid_code", f"{code} is not valid on this date"
    said = f"{text}; the date of service is {facts.on}. {instead_of(fact, facts.on)}"
    return Finding(rule, Severity.ERROR, (code,), said.rstrip())


def _header(fact: CodeFact) -> Finding:
    lacks_only_the_last = fact.seventh and len(undotted(fact.code)) == 6
    rule = "missing_seventh_character" if lacks_only_the_last else "header_code"
    return Finding(rule, Severity.ERROR, (fact.code,), f"{fact.code} cannot be reported: {what_lacks(fact)}.")


def _duplicates(claim: ClaimResponse, diagnoses: Mapping[str, CodeFact]) -> Iterator[Finding]:
    told: set[object] = set()
    if len(diagnoses) < len(claim.diagnoses):
        seen: set[str] = set()
        for d in claim.diagnoses:
            if d.code in seen and d.code not in told:
                told.add(d.code)
                text = f"{d.code} is listed more than once; a diagnosis is reported once."
                yield Finding("duplicate_diagnosis", Severity.ERROR, (d.code,), text)
            seen.add(d.code)
    codes = [s.code for s in claim.services]
    if len(set(codes)) == len(codes):
        return
    lines: set[tuple[str, tuple[str, ...]]] = set()
    for s in claim.services:
        line = (s.code, tuple(sorted(s.modifiers)))
        if line in lines and line not in told:
            told.add(line)
            text = f"{s.code} is listed more than once with the same modifiers."
            yield Finding("duplicate_service", Severity.WARNING, (s.code,), text)
        lines.add(line)


@dataclass(frozen=True, slots=True)
class _NoteIndex:
    """The notes of one code, arranged so that most claims are answered by a few set operations.

    `bare`: the code without its dot; `beginnings`: what a note may name it by. `prefixes`: single prefixes named by
    Excludes1 notes; `spans`: first and last category of their true ranges; `outside`: categories found to lie in none
    of them.
    """

    bare: str
    beginnings: tuple[str, ...]
    prefixes: frozenset[str]
    spans: tuple[tuple[str, str], ...]
    outside: set[str]
    excludes1: tuple[tuple[Note, frozenset[str], tuple[CodeRange, ...]], ...]


def _index(fact: CodeFact) -> _NoteIndex:
    """Return the notes of a fact arranged; worked out once for each fact."""
    held: _NoteIndex | None = fact.derived.get("notes")
    if held is not None:
        return held
    bare = undotted(fact.code)
    excludes1 = fact.notes_of(NoteKind.EXCLUDES1)
    fact.derived["notes"] = index = _NoteIndex(
        bare,
        tuple(bare[:length] for length in range(3, len(bare) + 1)),
        frozenset(r.first for note in excludes1 for r in note.ranges if r.first == r.last),
        tuple((r.first[:3], r.last[:3]) for note in excludes1 for r in note.ranges if r.first != r.last),
        set(),
        tuple((note, *_named(note)) for note in excludes1),
    )
    return index


def _named(note: Note) -> tuple[frozenset[str], tuple[CodeRange, ...]]:
    """Return the plain prefixes a note names, and its other ranges."""
    return (
        frozenset(r.first for r in note.ranges if _is_prefix(r)),
        tuple(r for r in note.ranges if not _is_prefix(r)),
    )


def _is_prefix(span: CodeRange) -> bool:
    return span.first == span.last and not span.characters


def _exclusion_findings(diagnoses: Mapping[str, CodeFact]) -> list[Finding]:
    """Apply the Excludes1 notes to each pair of diagnoses, both ways round."""
    indexed = [(code, _index(fact)) for code, fact in diagnoses.items()]
    beginnings: set[str] = set()
    for _, index in indexed:
        beginnings.update(index.beginnings)
    categories = {index.bare[:3] for _, index in indexed}
    told: set[frozenset[str]] = set()
    found: list[Finding] = []
    for code, index in indexed:
        if not index.prefixes.isdisjoint(beginnings) or (index.spans and _touches(index, categories)):
            found += _exclusions(code, index, indexed, beginnings, told)
    return found


def _touches(index: _NoteIndex, categories: set[str]) -> bool:
    """Say whether any of the categories lies within any of the spans; those that do not are remembered."""
    for category in categories - index.outside:
        if any(first <= category <= last for first, last in index.spans):
            return True
        index.outside.add(category)
    return False


def _exclusions(
    code: str,
    mine: _NoteIndex,
    indexed: Sequence[tuple[str, _NoteIndex]],
    beginnings: set[str],
    told: set[frozenset[str]],
) -> Iterator[Finding]:
    for note, prefixes, spans in mine.excludes1:
        if not spans and prefixes.isdisjoint(beginnings):
            continue
        for other, index in indexed:
            if other == code or not note.covers(index.bare) or _inside(note.at, index.bare):
                continue
            pair = frozenset((code, other))
            if pair not in told:
                told.add(pair)
                text = (
                    f"Excludes1 at {note.at}: “{note.text}”. {code} and {other} are not reported together, "
                    "unless the two conditions are clearly unrelated."
                )
                yield Finding("excludes1", Severity.WARNING, (code, other), text)


def _inside(at: str, bare: str) -> bool:
    """Say whether a code lies in the place where the note stands: a note never excludes its own subject."""
    first, _, last = at.partition("-")
    first, last = undotted(first), undotted(last or first)
    return first[:1].isalpha() and bare[: len(first)] >= first and bare[: len(last)] <= last


def _first_listed(claim: ClaimResponse, diagnoses: Mapping[str, CodeFact], inpatient: bool) -> Iterator[Finding]:
    for found in first_obstacles([d.code for d in claim.diagnoses], diagnoses, inpatient=inpatient):
        yield Finding(found.rule, found.severity, (found.code,), found.text)


# Age in years at the date of service for which the editor's flags call a code plausible.
_AGES = {"newborn": (0, 0), "pediatric": (0, 17), "maternity": (9, 64), "adult": (15, 124)}


def _patient_findings(claim: ClaimResponse, diagnoses: Mapping[str, CodeFact], patient: Patient) -> Iterator[Finding]:
    for d in claim.diagnoses:
        fact = diagnoses[d.code]
        if not fact.flags:
            continue
        for flag in sorted(fact.flags & _AGES.keys()):
            low, high = _AGES[flag]
            if not low <= patient.age <= high:
                text = f"{d.code} is meant for ages {low} to {high}; the patient is {patient.age}."
                yield Finding("age_conflict", Severity.WARNING, (d.code,), text)
        wrong = {Sex.FEMALE: "male", Sex.MALE: "female"}.get(patient.sex)
        if wrong in fact.flags:
            text = f"{d.code} is usually reported for {wrong} patients. The editor's flag ended in 2024; not scored."
            yield Finding("sex", Severity.NOTE, (d.code,), text)


def _line_findings(claim: ClaimResponse, diagnoses: Mapping[str, CodeFact]) -> Iterator[Finding]:
    codes = {d.letter: d.code for d in claim.diagnoses}
    for s in claim.services:
        for letter in s.pointers:
            if letter not in codes:
                text = f"{s.code} points to {letter}, a row with no diagnosis."
                yield Finding("empty_pointer", Severity.ERROR, (s.code,), text)
        if s.units > 999:
            text = f"{s.code}: {s.units:,} units; the paper form holds three digits."
            yield Finding("units_on_paper", Severity.NOTE, (s.code,), text)
        places = places_of_modifiers(s.modifiers)
        if places:
            pointed = [diagnoses[codes[letter]] for letter in s.pointers if letter in codes]
            yield from _side_findings(s, places, pointed)


def _side_findings(service: ServiceEntry, places: tuple[Place, ...], pointed: list[CodeFact]) -> Iterator[Finding]:
    code, sides = service.code, [(fact, place_of_diagnosis(fact)) for fact in pointed]
    named = [modifier for modifier in service.modifiers if modifier in SIDED_MODIFIERS]
    for fact, place in sides:
        if place is not None and conflict(places, place):
            says = " and ".join(dict.fromkeys(in_words(p) for p in places))
            text = (
                f"{code}-{'-'.join(named)} points to {fact.code}: the modifier is for the {says}, "
                f"the diagnosis for the {in_words(place)}."
            )
            yield Finding("side_conflict", Severity.WARNING, (code, fact.code), text)
    only = {place.side if place is not None else "" for _, place in sides}
    if named == ["50"] and len(only) == 1 and only < {RIGHT, LEFT}:
        listed = " and ".join(dict.fromkeys(fact.code for fact in pointed))
        text = f"{code}-50 reports both sides, yet every diagnosis it points to ({listed}) is of the {only.pop()} side."
        yield Finding("side_conflict", Severity.WARNING, (code, *dict.fromkeys(fact.code for fact in pointed)), text)
