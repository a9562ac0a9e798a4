"""Codes as values: normal forms, and what a grader may know about a code on a date."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from coachapp.domain.typed_text import SOFT_HYPHEN, code_text, query_text


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
    `poa_exempt`: exempt from present-on-admission reporting; None where unknown.
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
    poa_exempt: bool | None = None
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
# A letter that no code has is no separator: it makes a code unknown instead of cutting it in two.
_LETTERS = r"0-9A-Z\x80-\U0010ffff"
_SEPARATORS = re.compile(rf"[^{_LETTERS}]+")
_PIECES = re.compile(rf"([^{_LETTERS}.]*)([{_LETTERS}.]+)")
_EDGES = "".join(sign for sign in map(chr, range(128)) if not sign.isalnum())
# What a box without letters and digits may hold and still be empty; a question mark alone is an answer.
_FORMAT = re.compile(r"[\s.,;:/_-]*")
_PLAIN_DIAGNOSIS = re.compile(r"(?:[A-Z][0-9OI]|QA)[0-9A-Z](?:\.[0-9A-Z]{1,4})?")
_CATEGORY = re.compile(r"[A-Z]\d\d|C4A|C7[AB]|D3A|I1A|M1A|O9A|Z3A|QA0")
# ASC X12 837, HI segment: principal, other, admitting, external cause, patient's reason; principal and other procedure.
_DIAGNOSIS_QUALIFIER = re.compile(r"(?:ABK|ABF|ABJ|ABN|APR)[^0-9A-Z.]+(?=[A-Z])")
# ASC X12 837, SV1 and SV2 segments ("HC:99213:25"), and HI for procedures.
_SERVICE_QUALIFIERS = ("HC", "BBR", "BBQ")
# A range of categories (C50-C61) and a code with a modifier are no such thing.
_MISDOTTED = re.compile(r"([A-Z]\d[0-9AB])[,:;_-]((?=[A-Z]*\d|X)[0-9A-Z]{1,4})", re.IGNORECASE)
_AFTER_FIVE = re.compile(r"([0-9A-Z]{5})((?:\.[0-9A-Z]{2})+)")


def undotted(code: str) -> str:
    """Return a code without its dot."""
    return code.replace(".", "")


def dotted(code: str) -> str:
    """Return an undotted ICD-10-CM code with its dot after the third character."""
    return code if len(code) <= 3 else f"{code[:3]}.{code[3:]}"


def normalise_diagnosis(text: str) -> str:
    """Return what a diagnosis box holds in normal form: plain capitals, the dot after the third character.

    Spaces and punctuation around and within the code are format: `S52 501A`, `S52,501A`, `S52-501A` and `(S52.501A).`
    are the same, and so is the qualifier of a claim file before it (`ABK:S52501A`). Zeros and X placeholders are never
    touched. What has not the shape of one ICD-10-CM code, and two codes in one box, stay as typed in capitals; format
    alone is an empty box.
    """
    typed = code_text(text)
    if _PLAIN_DIAGNOSIS.fullmatch(typed):
        return typed
    inner = typed.strip(_EDGES)
    if not inner:
        return "" if _FORMAT.fullmatch(typed) else "".join(typed.split())
    unqualified = _DIAGNOSIS_QUALIFIER.sub("", inner, count=1) if ":" in inner or "*" in inner else inner
    compact = _SEPARATORS.sub("", unqualified)
    if not _ICD_SHAPE.fullmatch(compact):
        return "".join(inner.split())
    return " ".join(inner.split()) if several_diagnoses(unqualified) else dotted(compact)


def several_diagnoses(typed: str) -> bool:
    """Say whether a diagnosis box, in capitals, seems to hold two codes: behind the first category a second begins."""
    pieces = _SEPARATORS.split(typed)
    before = len(pieces[0])
    for at, piece in enumerate(pieces[1:], start=1):
        if _CATEGORY.match(piece) and not piece.startswith("X"):
            if before > 3:
                return True
            # Behind a category anything may be the rest of its code (G40.A01), unless it has a dot of its own.
            if before == 3 and at == 1 and len(piece) == 3 and "." in typed[4:] and typed[3] != ".":
                return True
        before += len(piece)
    return False


def normalise_service(text: str, *, inpatient: bool = False) -> tuple[str, tuple[str, ...]]:
    """Split what a service box holds into its code and the modifiers written behind it.

    `99213-25`, `99213 25`, `99213,25`, `99213:25` and the `HC:99213:25` of a claim file are the same. A dot is never
    dropped here: a dotted code is a diagnosis entered in the wrong place, and about 600 HCPCS codes equal an
    ICD-10-CM code without its dot. A dot behind five characters is no ICD-10-CM dot and stands for the dash.
    `inpatient`: the box is for ICD-10-PCS codes, which have no modifiers, so `00160 70` is 0016070.
    """
    if SOFT_HYPHEN in text and not inpatient:
        # Shown as a hyphen or not at all: it counts as a hyphen where that alone makes a code and modifiers of it.
        code, modifiers = normalise_service(text.replace(SOFT_HYPHEN, "-"))
        if modifiers and service_system(code) and all(len(modifier) == 2 for modifier in modifiers):
            return code, modifiers
    typed = code_text(text)
    # Each piece with whether only space stands before it.
    pieces = [(not lead.strip(), piece) for lead, part in _PIECES.findall(typed) if (piece := part.strip("."))]
    if not pieces:
        return ("", ()) if _FORMAT.fullmatch(typed) else ("".join(typed.split()), ())
    if pieces[0][1] in _SERVICE_QUALIFIERS and len(pieces) > 1:
        del pieces[0]
    code, rest = _service_head(pieces, inpatient=inpatient)
    if not inpatient and _CATEGORY.fullmatch(code) and any(len(piece) != 2 for piece in rest):
        # The code of a diagnosis, its dot mistyped.
        diagnosis = normalise_diagnosis(typed)
        if "." in diagnosis and _PLAIN_DIAGNOSIS.fullmatch(diagnosis):
            return diagnosis, ()
    if "." in code:
        split = _AFTER_FIVE.fullmatch(code)
        if split and service_system(split[1]):
            code, rest = split[1], [split[2][1:], *rest]
        elif _ICD_SHAPE.fullmatch(undotted(code)):
            code = normalise_diagnosis(code)
    modifiers = _joined(part for piece in rest for part in piece.split(".") if part)
    if inpatient and modifiers and (not service_system(code) or all(spaced for spaced, _ in pieces[1:])):
        joined = code + "".join(modifiers)
        if service_system(joined) is CodeSystem.ICD10PCS:
            return joined, ()
    return code, modifiers


def _service_head(pieces: list[tuple[bool, str]], *, inpatient: bool) -> tuple[str, list[str]]:
    """Return the code and the pieces behind it; spaces within a code are passed over where that completes it."""
    joined = code = pieces[0][1]
    if len(code) < 5 and "." not in code:
        for at, (spaced, piece) in enumerate(pieces[1:], start=1):
            joined += piece
            if not spaced or len(joined) > 7:
                break
            system = service_system(joined)
            # Outside inpatient claims a category with four characters behind it is a diagnosis, not a procedure.
            if system and (inpatient or system is not CodeSystem.ICD10PCS or not _CATEGORY.fullmatch(code)):
                return joined, [piece for _, piece in pieces[at + 1 :]]
    return code, [piece for _, piece in pieces[1:]]


def _joined(parts: Iterable[str]) -> tuple[str, ...]:
    """Put single characters together in pairs, for a modifier has two: `R T` is RT."""
    found: list[str] = []
    for part in parts:
        if len(part) == 1 and found and len(found[-1]) == 1:
            found[-1] += part
        else:
            found.append(part)
    return tuple(found)


def normalise_modifier(text: str) -> str:
    """Return one modifier in plain capitals, without spaces and without punctuation around it."""
    return "".join(code_text(text).strip(_EDGES).split())


def split_modifiers(text: str) -> tuple[str, ...]:
    """Return the modifiers of one box in their order: `RT-59`, `RT/59`, `RT 59`, `RT,59` and `-RT.59` are the same."""
    if SOFT_HYPHEN in text:
        modifiers = split_modifiers(text.replace(SOFT_HYPHEN, "-"))
        if all(len(modifier) == 2 for modifier in modifiers):
            return modifiers
    return _joined(part for part in _SEPARATORS.split(code_text(text)) if part)


def lookup_spellings(text: str) -> tuple[str, ...]:
    """Return the codes that a text of any code system may mean, the most likely first; at least one.

    Spaces are format in every system. Where other punctuation stands within the text, it is a service code with
    modifiers, or else the code of a diagnosis with its dot mistyped.
    """
    typed = "".join(code_text(text).split()).strip(_EDGES)
    diagnosis = normalise_diagnosis(text)
    code, modifiers = normalise_service(text)
    if "." in typed:
        likely = [code] if service_system(code) else [diagnosis, code]
    elif typed.isalnum():
        likely = [typed]
    elif service_system(code) and all(len(modifier) == 2 for modifier in modifiers):
        likely = [code, diagnosis]
    else:
        likely = [diagnosis, code]
    return tuple(dict.fromkeys(filter(None, likely))) or ("".join(text.split()),)


def search_text(text: str) -> str:
    """Return what was typed into a search box, in plain characters and without punctuation behind it.

    A comma or dash where the code has its dot is the dot.
    """
    plain = query_text(text).rstrip(" ,.;:")
    match = _MISDOTTED.fullmatch(plain)
    return f"{match[1]}.{match[2]}" if match and not _CATEGORY.fullmatch(match[2].upper()) else plain


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
