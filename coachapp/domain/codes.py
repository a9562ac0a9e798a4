"""Codes as values: normal forms, and what a grader may know about a code on a date."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any


class CodeSystem(StrEnum):
    """A code set. The order is the order of look-up for a code written without a dot."""

    ICD10CM = "icd10cm"
    HCPCS = "hcpcs"
    CPT = "cpt"
    ICD10PCS = "icd10pcs"


class NoteKind(StrEnum):
    """Kinds of official note in the ICD-10-CM tabular list."""

    NOTE = "note"
    INCLUDES = "includes"
    INCLUSION_TERM = "inclusion_term"
    EXCLUDES1 = "excludes1"
    EXCLUDES2 = "excludes2"
    CODE_FIRST = "code_first"
    USE_ADDITIONAL = "use_additional"
    CODE_ALSO = "code_also"
    SEVENTH = "seventh_character"


class Slip(StrEnum):
    """How the characters as entered came from those of a code."""

    PLACEHOLDER_MISSING = "placeholder_missing"
    PLACEHOLDER_SURPLUS = "placeholder_surplus"
    PLACEHOLDER_MISPLACED = "placeholder_misplaced"
    SURPLUS = "surplus"
    MISSING = "missing"
    LOOKALIKE = "lookalike"
    TRANSPOSED = "transposed"


@dataclass(frozen=True, slots=True)
class CodeRange:
    """The codes a note names: every code from `first` to `last`, both undotted prefixes, ends included.

    `characters`: where the note restricts the range to codes with one of these characters in one place; empty means no
    restriction. `place`: that place, counted from 1 without the dot ("S02.- with 7th character B" is 7); 0 means where
    T36-T65 carry the intent ("T36-T50 with fifth or sixth character 5").
    """

    first: str
    last: str
    characters: str = ""
    place: int = 0

    def covers(self, undotted: str) -> bool:
        """Say whether a code, written without its dot, lies in the range."""
        if not (undotted[: len(self.first)] >= self.first and undotted[: len(self.last)] <= self.last):
            return False
        if not self.characters:
            return True
        if self.place:
            character = undotted[self.place - 1 : self.place]
        else:
            # T36-T65 carry the intent in the 6th place, or in the 5th where the 6th is a placeholder or missing.
            character = undotted[5:6] if undotted[5:6] not in ("", "X") else undotted[4:5]
        # A header too short to have the character is not named by the note.
        return bool(character) and character in self.characters


@dataclass(frozen=True, slots=True)
class Note:
    """One official note in force for a code. `at` is the code, block or chapter where it stands."""

    kind: NoteKind
    text: str
    at: str
    ranges: tuple[CodeRange, ...] = ()

    def covers(self, undotted: str) -> bool:
        """Say whether the note names this code; a note that names no code never does."""
        for span in self.ranges:  # noqa: SIM110 (a plain loop: this is asked dozens of times a claim)
            if span.covers(undotted):
                return True
        return False


@dataclass(frozen=True, slots=True)
class CodeFact:
    """What is known of one code on one date.

    `valid`: exists as a code or header; `billable`: reportable; both None where unknown (HCPCS outside its quarter,
    CPT without a licensed file). `valid_from`/`valid_to`: None also where the data end. `ancestors`: nearest first,
    down to the chapter. `notes`: own notes first, then inherited ones, nearest first. `seventh`: (character, meaning).
    `elsewhere`: other code systems in which the same characters (dot ignored) are a code. `flags`: editor flags on the
    date (manifestation …). Of a code that never existed: `suggestion` is a code valid on the date that may have been
    meant, `slip` how the two differ, `stem` the longest header it begins with, and
    `seventh` that header's table. `replaced_by`: codes valid on the date that took over from one valid on another.
    """

    code: str
    system: CodeSystem | None = None
    title: str | None = None
    valid: bool | None = None
    billable: bool | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    ancestors: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    seventh: tuple[tuple[str, str], ...] = ()
    elsewhere: tuple[CodeSystem, ...] = ()
    flags: frozenset[str] = frozenset()
    suggestion: str | None = None
    slip: Slip | None = None
    stem: str | None = None
    replaced_by: tuple[str, ...] = ()
    # What was worked out from the fact once, by name: facts are kept and asked again for every claim.
    derived: dict[str, Any] = field(default_factory=dict, init=False, compare=False, repr=False)

    @property
    def never_existed(self) -> bool:
        """Say whether the code is known to be valid on no date; unknown validity is not known to be none."""
        return self.valid is False and self.title is None and self.valid_from is None and self.valid_to is None

    def notes_of(self, kind: NoteKind) -> tuple[Note, ...]:
        """Return the notes of one kind in force for the code."""
        return tuple(note for note in self.notes if note.kind is kind)


@dataclass(frozen=True, slots=True)
class CodeFacts:
    """Everything the grader may ask about codes, read beforehand for one item, one claim and one date.

    Diagnosis and service boxes are separate worlds: the same characters may be a diagnosis in one and a supply in the
    other, hence two mappings, keyed by normalised code.
    """

    on: date
    diagnoses: Mapping[str, CodeFact] = field(default_factory=dict)
    services: Mapping[str, CodeFact] = field(default_factory=dict)

    def diagnosis(self, code: str) -> CodeFact:
        """Return the fact for a code in a diagnosis box; an unknown code gives a fact that knows nothing."""
        return self.diagnoses.get(code) or CodeFact(code)

    def service(self, code: str) -> CodeFact:
        """Return the fact for a code in a service box; an unknown code gives a fact that knows nothing."""
        return self.services.get(code) or CodeFact(code)


# QA0 is the one category with a letter in its second place; O and I stand for mistyped digits.
_ICD_SHAPE = re.compile(r"(?:[A-Z][0-9OI]|QA)[0-9A-Z]{1,5}")
_SEPARATORS = re.compile(r"[\s,;/\-–]+")


def undotted(code: str) -> str:
    """Return a code without its dot."""
    return code.replace(".", "")


def dotted(code: str) -> str:
    """Return an undotted ICD-10-CM code with its dot after the third character."""
    return code if len(code) <= 3 else f"{code[:3]}.{code[3:]}"


def normalise_diagnosis(text: str) -> str:
    """Return what a diagnosis box holds in normal form: upper case, no spaces, the dot after the third character.

    Zeros and X placeholders are never touched. What has not the shape of an ICD-10-CM code stays as typed, in capitals.
    """
    bare = "".join(text.split()).upper()
    compact = bare.replace(".", "")
    return dotted(compact) if _ICD_SHAPE.fullmatch(compact) else bare


def normalise_service(text: str) -> tuple[str, tuple[str, ...]]:
    """Split what a service box holds into its code and the modifiers written behind it.

    `99213-25`, `99213 25` and `99213,25` are the same. A dot is never dropped here: a dotted code is a diagnosis
    entered in the wrong place, and about 600 HCPCS codes equal an ICD-10-CM code without its dot.
    """
    parts = [part for part in _SEPARATORS.split(text.upper()) if part]
    return (parts[0], tuple(parts[1:])) if parts else ("", ())


def normalise_modifier(text: str) -> str:
    """Return a modifier in capitals without spaces or a leading dash."""
    return "".join(text.split()).upper().lstrip("-–")


def service_system(code: str) -> CodeSystem | None:
    """Tell from its shape which code system a service code belongs to, or None where it has no such shape."""
    if re.fullmatch(r"[A-V]\d{4}", code):
        return CodeSystem.HCPCS
    if re.fullmatch(r"\d{4}[0-9A-Z]", code):
        return CodeSystem.CPT
    if re.fullmatch(r"[0-9A-HJ-NP-Z]{7}", code):
        return CodeSystem.ICD10PCS
    return None


def swaps(code: str) -> tuple[str, ...]:
    """Return the codes that exchanging the letter O with zero or the letter I with one would give, in fixed order.

    Fewest exchanges first. Only the first eight doubtful places are tried.
    """
    places = [i for i, c in enumerate(code) if c in "O0I1"]
    other = {"O": "0", "0": "O", "I": "1", "1": "I"}
    found: list[str] = []
    for mask in range(1, 1 << min(len(places), 8)):
        letters = list(code)
        for bit, place in enumerate(places[:8]):
            if mask >> bit & 1:
                letters[place] = other[letters[place]]
        found.append("".join(letters))
    return tuple(sorted(found, key=lambda s: (sum(a != b for a, b in zip(s, code, strict=True)), s)))
