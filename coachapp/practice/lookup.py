"""What the code boxes say while one types: suggestions, the title of a code, and "did you mean"."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal

from coachapp.codesets import CodeSets
from coachapp.codesets.release import ReleaseMissing
from coachapp.domain.claimrows import Payload
from coachapp.domain.codes import CodeFact, CodeSystem, normalise_diagnosis, normalise_service, several_diagnoses
from coachapp.domain.items import ClaimForm
from coachapp.domain.reasons import belongs_elsewhere, hint, instead_of
from coachapp.domain.typed_text import character_name, foreign_character, plain

Box = Literal["diagnosis", "service"]
SHORTEST_QUERY = 2
LONGEST_QUERY = 100
SUGGESTIONS = 12


@dataclass(frozen=True, slots=True)
class CodeNote:
    """What stands under a code box. `tone` is `plain` or `warn`; `swap` a code to offer instead."""

    text: str
    tone: str = "plain"
    swap: str | None = None


def suggestions(codesets: CodeSets, text: str, *, box: Box, form: ClaimForm, on: date) -> list[dict[str, Any]]:
    """Return up to twelve codes of a date for a box, as JSON values; fewer than two characters suggest nothing."""
    if len(plain(text).strip()) < SHORTEST_QUERY:
        return []
    hits = codesets.suggest(text[:LONGEST_QUERY], box=box, claim_form=form.value, limit=SUGGESTIONS, on=on)
    return [{"code": hit.code, "title": hit.title or "", "billable": hit.billable} for hit in hits]


def note_for(codesets: CodeSets, text: str, *, box: Box, form: ClaimForm, on: date) -> dict[str, Any] | None:
    """Return the note on one code as typed, as JSON values, or None for an empty box."""
    code = normal_code(text, box=box, form=form)
    # Words of a title on their way to a suggestion are no code yet.
    coded = any(character.isdigit() for character in code)
    notes = _notes(codesets, {box: [code]}, form=form, on=on) if coded else {}
    return asdict(notes[box, code]) if (box, code) in notes else None


def notes_of(codesets: CodeSets, payload: Payload, *, form: ClaimForm, on: date) -> dict[str, list[CodeNote | None]]:
    """Return the note of each row of a payload, by `dx` and `sv`; without a code-set file there are none."""
    codes = {
        "diagnosis": [normal_code(row["code"], box="diagnosis", form=form) for row in payload["diagnoses"]],
        "service": [normal_code(row["code"], box="service", form=form) for row in payload["services"]],
    }
    try:
        notes = _notes(codesets, codes, form=form, on=on)
    except ReleaseMissing:
        notes = {}
    return {
        "dx": [notes.get(("diagnosis", code)) for code in codes["diagnosis"]],
        "sv": [notes.get(("service", code)) for code in codes["service"]],
    }


def normal_code(text: str, *, box: Box, form: ClaimForm) -> str:
    """Return the code that a box of a claim form holds, in the form in which it is graded."""
    text = text[:LONGEST_QUERY]
    if box == "diagnosis":
        return normalise_diagnosis(text)
    return normalise_service(text, inpatient=form is ClaimForm.INPATIENT)[0]


def _notes(
    codesets: CodeSets, codes: Mapping[str, Sequence[str]], *, form: ClaimForm, on: date
) -> dict[tuple[str, str], CodeNote]:
    facts = codesets.facts_for(
        on=on,
        diagnoses=[code for code in codes.get("diagnosis", ()) if code],
        services=[code for code in codes.get("service", ()) if code],
        inpatient=form is ClaimForm.INPATIENT,
    )
    found: dict[tuple[str, str], CodeNote] = {}
    for box, known in (("diagnosis", facts.diagnoses), ("service", facts.services)):
        for code, fact in known.items():
            meant = known.get(fact.suggestion) if fact.suggestion else None
            found[box, code] = _note(fact, box, on, meant.title if meant else None)
    return found


def _note(fact: CodeFact, box: str, on: date, meant_title: str | None) -> CodeNote:
    title = fact.title or ""
    if fact.valid is None:
        return CodeNote(title or ("" if fact.system is CodeSystem.CPT else "Not checked for this date"))
    if fact.valid and fact.billable:
        return CodeNote(title or "A valid code; its title is not in our data")
    if fact.valid:
        return CodeNote(f"{title}: needs more characters" if title else "Needs more characters", "warn")
    if not fact.never_existed:
        said = f"{title}: not valid on the date of service" if title else "Not valid on the date of service"
        return CodeNote(f"{said}. {instead_of(fact, on)}".rstrip(". "), "warn")
    if fact.suggestion and not belongs_elsewhere(fact):
        meant = f"{fact.suggestion} ({meant_title})" if meant_title else fact.suggestion
        return CodeNote(f"Did you mean {meant}?", "warn", fact.suggestion)
    if box == "service" and CodeSystem.ICD10CM in fact.elsewhere:
        return CodeNote("A diagnosis code; it belongs among the diagnoses", "warn")
    if box == "diagnosis" and fact.elsewhere:
        return CodeNote("A service code; it belongs among the services", "warn")
    if foreign := foreign_character(fact.code):
        return CodeNote(f"“{foreign}” ({character_name(foreign)}) is in no code; type the code again", "warn")
    if box == "diagnosis" and several_diagnoses(fact.code):
        return CodeNote("More than one code; enter each in a row of its own", "warn")
    known = hint(fact).removeprefix("; ")
    return CodeNote(f"Not in the code set on this date{f': {known}' if known else ''}", "warn")
