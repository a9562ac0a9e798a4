"""Findings about a claim as a claim (grading.md section 7): independent of the key, for the date of service."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from coachapp.domain.codes import CodeFact, CodeFacts, NoteKind, undotted
from coachapp.domain.items import Patient, Sex
from coachapp.domain.labels import Severity
from coachapp.domain.responses import ClaimResponse


@dataclass(frozen=True, slots=True)
class Finding:
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
    if fact.seventh and len(undotted(fact.code)) < 7:
        characters = ", ".join(character for character, _ in fact.seventh)
        text = f"{fact.code} needs a 7th character ({characters})."
        return Finding("missing_seventh_character", Severity.ERROR, (fact.code,), text)
    text = f"{fact.code} is a header; a claim takes only codes of full length."
    return Finding("header_code", Severity.ERROR, (fact.code,), text)


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


def _note_findings(claim: ClaimResponse, facts: CodeFacts) -> Iterator[Finding]:
    """Apply the tabular list's notes to each pair of diagnoses, both ways round."""
    codes = list(dict.fromkeys(d.code for d in claim.diagnoses))
    known = [(code, undotted(code), facts.diagnosis(code)) for code in codes]
    told: set[frozenset[str]] = set()
    for code, _, fact in known:
        for note in fact.notes:
            if note.kind is NoteKind.EXCLUDES1:
                for other, bare, _ in known:
                    pair = frozenset((code, other))
                    if other != code and pair not in told and note.covers(bare) and not _inside(note.at, bare):
                        told.add(pair)
                        text = (
                            f"Excludes1 at {note.at}: “{note.text}”. {code} and {other} are not reported together, "
                            "unless the two conditions are clearly unrelated."
                        )
                        yield Finding("excludes1", Severity.WARNING, (code, other), text)
    for code, _, fact in known:
        yield from _instruction_notes(code, fact, [bare for other, bare, _ in known if other != code])


def _inside(at: str, bare: str) -> bool:
    """Say whether a code lies in the place where the note stands: a note never excludes its own subject."""
    first, _, last = at.partition("-")
    first, last = undotted(first), undotted(last or first)
    return first[:1].isalpha() and bare[: len(first)] >= first and bare[: len(last)] <= last


_INSTRUCTIONS = {
    NoteKind.CODE_FIRST: ("code_first", "Code first"),
    NoteKind.USE_ADDITIONAL: ("use_additional", "Use additional code"),
    NoteKind.CODE_ALSO: ("code_also", "Code also"),
}


def _instruction_notes(code: str, fact: CodeFact, others: list[str]) -> Iterator[Finding]:
    """Show the instruction notes of a code that no other code on the claim answers.

    Chapter and block notes (resistance, tobacco …) stand at hundreds of codes and would bury the rest.
    """
    for note in fact.notes:
        named = _INSTRUCTIONS.get(note.kind)
        if named is None or not re.fullmatch(r"[A-Z]\d[0-9A-Z](\.[0-9A-Z]+)?", note.at):
            continue
        if any(note.covers(bare) for bare in others):
            continue
        rule, words = named
        yield Finding(rule, Severity.NOTE, (code,), f"{words} at {note.at}: “{note.text}”")


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
        for flag in sorted(fact.flags & _AGES.keys()):
            low, high = _AGES[flag]
            if not low <= patient.age <= high:
                text = f"{d.code} is meant for ages {low} to {high}; the patient is {patient.age}."
                yield Finding("age_conflict", Severity.WARNING, (d.code,), text)
        wrong = {Sex.FEMALE: "male", Sex.MALE: "female"}.get(patient.sex)
        if wrong in fact.flags:
            text = f"{d.code} is usually reported for {wrong} patients. The editor's flag ended in 2024; not scored."
            yield Finding("sex", Severity.NOTE, (d.code,), text)


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
        sides = {"RT": "left", "LT": "right"}
        for modifier in s.modifiers:
            against = sides.get(modifier)
            for letter in s.pointers:
                title = (facts.diagnosis(codes.get(letter, "")).title or "").lower()
                if against and re.search(rf"\b{against}\b", title):
                    text = f"{s.code}-{modifier} points to {codes[letter]}, which says {against}."
                    yield Finding("side_conflict", Severity.WARNING, (s.code, codes[letter]), text)
