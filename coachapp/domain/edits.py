"""Findings about a claim as a claim (grading.md section 7): independent of the key, for the date of service."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from coachapp.domain.codes import CodeFact, CodeFacts, Note, NoteKind, undotted
from coachapp.domain.identity import ByIdentity
from coachapp.domain.items import Patient, Sex
from coachapp.domain.labelling import what_lacks
from coachapp.domain.labels import Severity
from coachapp.domain.responses import ClaimResponse


class Finding(NamedTuple):
    """One remark about the claim. `rule` is a stable name; `codes` the codes concerned."""

    rule: str
    severity: Severity
    codes: tuple[str, ...]
    text: str


def findings(claim: ClaimResponse, facts: CodeFacts, *, patient: Patient) -> tuple[Finding, ...]:
    """Return every finding about a claim, in the order of its rows."""
    return (
        *_code_findings(claim, facts),
        *_duplicates(claim),
        *_note_findings(claim, facts),
        *_first_listed(claim, facts),
        *_patient_findings(claim, facts, patient),
        *_line_findings(claim, facts),
    )


def _code_findings(claim: ClaimResponse, facts: CodeFacts) -> Iterator[Finding]:
    unknown: list[str] = []
    seen: set[str] = set()
    rows = [(d.code, facts.diagnosis(d.code)) for d in claim.diagnoses]
    rows += [(s.code, facts.service(s.code)) for s in claim.services]
    for code, fact in rows:
        if code in seen:
            continue
        seen.add(code)
        if fact.valid is None:
            unknown.append(code)
        elif not fact.valid:
            yield _invalid(fact, facts)
        elif fact.billable is False:
            yield _header(fact)
    if unknown:
        text = f"Not checked here: {', '.join(unknown)}. This site holds no list that covers them on {facts.on}."
        yield Finding("not_checked", Severity.NOTE, tuple(unknown), text)


def _invalid(fact: CodeFact, facts: CodeFacts) -> Finding:
    code = fact.code
    if fact.valid_from and facts.on < fact.valid_from:
        text = f"{code} is not valid before {fact.valid_from}; the date of service is {facts.on}."
        return Finding("not_yet_valid", Severity.ERROR, (code,), text)
    if fact.valid_to and facts.on > fact.valid_to:
        text = f"{code} expired on {fact.valid_to}; the date of service is {facts.on}."
        return Finding("expired", Severity.ERROR, (code,), text)
    hint = f" Did you mean {fact.swap}?" if fact.swap else ""
    return Finding("invalid_code", Severity.ERROR, (code,), f"{code} is not a code.{hint}")


def _header(fact: CodeFact) -> Finding:
    lacks_only_the_last = fact.seventh and len(undotted(fact.code)) == 6
    rule = "missing_seventh_character" if lacks_only_the_last else "header_code"
    return Finding(rule, Severity.ERROR, (fact.code,), f"{fact.code} cannot be reported: {what_lacks(fact)}.")


def _duplicates(claim: ClaimResponse) -> Iterator[Finding]:
    seen: set[str] = set()
    told: set[object] = set()
    for d in claim.diagnoses:
        if d.code in seen and d.code not in told:
            told.add(d.code)
            text = f"{d.code} is listed more than once; a diagnosis is reported once."
            yield Finding("duplicate_diagnosis", Severity.ERROR, (d.code,), text)
        seen.add(d.code)
    lines: set[tuple[str, tuple[str, ...]]] = set()
    for s in claim.services:
        line = (s.code, tuple(sorted(s.modifiers)))
        if line in lines and line not in told:
            told.add(line)
            text = f"{s.code} is listed more than once with the same modifiers."
            yield Finding("duplicate_service", Severity.WARNING, (s.code,), text)
        lines.add(line)


_INSTRUCTIONS = {
    NoteKind.CODE_FIRST: ("code_first", "Code first"),
    NoteKind.USE_ADDITIONAL: ("use_additional", "Use additional code"),
    NoteKind.CODE_ALSO: ("code_also", "Code also"),
}
# Chapter and block notes (resistance, tobacco …) stand at hundreds of codes and would bury the rest.
_CATEGORY = re.compile(r"(?:[A-Z]\d|QA)[0-9A-Z](\.[0-9A-Z]+)?")


@dataclass(frozen=True, slots=True)
class _NoteIndex:
    """The notes of one code, arranged so that most claims are answered by a few set operations.

    `prefixes`: single prefixes named by Excludes1 notes; `spans`: first and last category of their true ranges;
    `instructions`: what each instruction note would say, its single prefixes, and whether it has true ranges too.
    """

    prefixes: frozenset[str]
    spans: tuple[tuple[str, str], ...]
    excludes1: tuple[Note, ...]
    instructions: tuple[tuple[Finding, Note, frozenset[str], bool], ...]


@lru_cache(maxsize=16_384)
def _index(same: ByIdentity[CodeFact]) -> _NoteIndex:
    fact = same.value
    excludes1 = fact.notes_of(NoteKind.EXCLUDES1)
    instructions = []
    for note in fact.notes:
        named = _INSTRUCTIONS.get(note.kind)
        if named is not None and _CATEGORY.fullmatch(note.at):
            text = f"{named[1]} at {note.at}: “{note.text}”"
            finding = Finding(named[0], Severity.NOTE, (fact.code,), text)
            instructions.append((finding, note, _prefixes(note), _has_spans(note)))
    return _NoteIndex(
        frozenset(prefix for note in excludes1 for prefix in _prefixes(note)),
        tuple((r.first[:3], r.last[:3]) for note in excludes1 for r in note.ranges if r.first != r.last),
        excludes1,
        tuple(instructions),
    )


def _prefixes(note: Note) -> frozenset[str]:
    return frozenset(r.first for r in note.ranges if r.first == r.last)


def _has_spans(note: Note) -> bool:
    return any(r.first != r.last for r in note.ranges)


def _note_findings(claim: ClaimResponse, facts: CodeFacts) -> Iterator[Finding]:
    """Apply the tabular list's notes to each pair of diagnoses, both ways round."""
    bare = {d.code: undotted(d.code) for d in claim.diagnoses}
    beginnings = frozenset([b[:length] for b in bare.values() for length in range(3, len(b) + 1)])
    categories = sorted({b[:3] for b in bare.values()})
    indexed = [(code, _index(ByIdentity(facts.diagnosis(code)))) for code in bare]
    told: set[frozenset[str]] = set()
    for code, index in indexed:
        if not index.prefixes.isdisjoint(beginnings) or _touches(index.spans, categories):
            yield from _exclusions(code, index.excludes1, bare, told)
    for code, index in indexed:
        for finding, note, prefixes, spans in index.instructions:
            doubtful = spans or not prefixes.isdisjoint(beginnings)
            if not (doubtful and any(note.covers(b) for other, b in bare.items() if other != code)):
                yield finding


def _touches(spans: tuple[tuple[str, str], ...], categories: list[str]) -> bool:
    """Say whether any of the categories, in order, lies within any of the spans."""
    for first, last in spans:
        place = bisect_left(categories, first)
        if place < len(categories) and categories[place] <= last:
            return True
    return False


def _exclusions(
    code: str, notes: tuple[Note, ...], bare: dict[str, str], told: set[frozenset[str]]
) -> Iterator[Finding]:
    for note in notes:
        for other, b in bare.items():
            if other == code or not note.covers(b) or _inside(note.at, b):
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


def _first_listed(claim: ClaimResponse, facts: CodeFacts) -> Iterator[Finding]:
    if not claim.diagnoses:
        return
    code = claim.diagnoses[0].code
    fact = facts.diagnosis(code)
    if "manifestation" in fact.flags or "in diseases classified elsewhere" in (fact.title or "").lower():
        text = f"{code} is a manifestation code and is never first; the disease that causes it comes before."
        yield Finding("manifestation_first", Severity.ERROR, (code,), text)


# Age in years at the date of service for which the editor's flags call a code plausible.
_AGES = {"newborn": (0, 0), "pediatric": (0, 17), "maternity": (9, 64), "adult": (15, 124)}


def _patient_findings(claim: ClaimResponse, facts: CodeFacts, patient: Patient) -> Iterator[Finding]:
    for d in claim.diagnoses:
        fact = facts.diagnosis(d.code)
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


_AGAINST = {"RT": "left", "LT": "right"}


def _line_findings(claim: ClaimResponse, facts: CodeFacts) -> Iterator[Finding]:
    codes = {d.letter: d.code for d in claim.diagnoses}
    for s in claim.services:
        for letter in s.pointers:
            if letter not in codes:
                text = f"{s.code} points to {letter}, a row with no diagnosis."
                yield Finding("empty_pointer", Severity.ERROR, (s.code,), text)
        if s.units > 999:
            text = f"{s.code}: {s.units:,} units; the paper form holds three digits."
            yield Finding("units_on_paper", Severity.NOTE, (s.code,), text)
        for modifier in s.modifiers:
            against = _AGAINST.get(modifier)
            if against is None:
                continue
            for letter in s.pointers:
                title = (facts.diagnosis(codes.get(letter, "")).title or "").lower()
                if re.search(rf"\b{against}\b", title):
                    text = f"{s.code}-{modifier} points to {codes[letter]}, which says {against}."
                    yield Finding("side_conflict", Severity.WARNING, (s.code, codes[letter]), text)
