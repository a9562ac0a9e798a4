"""Instruction notes of the tabular list: "code first", "use additional code" and "code also", each read as a whole.

A note is a sentence, or a heading and the lines below it. Any code that it names answers it (ICD-10-CM Guidelines
I.A.13, I.A.17, I.B.7). What each note asks, and how strictly, is worked out once for each code.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby

from coachapp.domain.codes import CodeFact, CodeRange, Note, NoteKind, undotted

NAMES = {
    NoteKind.CODE_FIRST: ("code_first", "Code first"),
    NoteKind.USE_ADDITIONAL: ("use_additional", "Use additional code"),
    NoteKind.CODE_ALSO: ("code_also", "Code also"),
}
# Chapter and block notes (resistance, tobacco …) stand at hundreds of codes and would bury the rest; only those that
# set an order are read, such as "code first the condition resulting from the infection" at B90-B94.
_CATEGORY = re.compile(r"(?:[A-Z]\d|QA)[0-9A-Z](\.[0-9A-Z]+)?")
_BEGINS = re.compile(r"(?:external )?(?:cause )?codes?\b", re.I)
_IF = re.compile(r"\bif\b|\b(?:where|when) (?:applicable|known|present|desired|specified)\b", re.I)
_ANY = re.compile(r"\bany\b", re.I)
# "code to identify:" with no noun: each line below is a question of its own.
_NAKED = re.compile(r"codes?(?:\(s\))?,?(?: \(?(?:to identify(?: presence of)?|to specify|for)\)?)?:", re.I)
_SUCH_AS = re.compile(r"\b(?:such as|including)\b", re.I)
# "Code also" says that two codes may be needed (Guidelines I.A.17); these words say that the second one always exists.
_ALWAYS = re.compile(r"\bunderlying|\bcause\b|\betiology|\btype of\b|\brequiring\b|\bto identify\b", re.I)
# What a disease may bring with it, or need not; and poisoning, where an adverse effect of the drug is the alternative.
_MAY_BE_ABSENT = re.compile(
    r"\bassociated\b|\bmanifestations\b|\bother (?:transplant )?complications\b|\bfor other\b", re.I
)
_POISONING = re.compile(r"\bpoisoning due to\b", re.I)
_BY_TITLE = re.compile(r"\b(?:other|specified) (?:\w+ ){0,2}(?:manifestation|complication)", re.I)
_ADVERSE = "for adverse effects"
_ADVERSE_CODES = CodeRange("T36", "T50", "5")
_DRUG = re.compile(r"\bdrug\b", re.I)
_ORGANISMS = ("B95", "B96", "B97")
# Habits, and what an infectious organism is or resists: told by the record alone, never by the other codes.
_TOLD_BY_THE_RECORD = (*(f"F{number}" for number in range(10, 20)), "P96", *_ORGANISMS)
# Diseases told by combination codes, whose parts stand in different categories (Guidelines I.A.15, I.C.4.a, I.C.9.a);
# and dementia, whose category depends on its cause.
_FAMILIES = (
    frozenset({"E08", "E09", "E10", "E11", "E13"}),
    frozenset({"I10", "I11", "I12", "I13", "I15", "I16", "I1A"}),
    frozenset({"F01", "F02", "F03"}),
)
# Secondary hypertension and a hypertensive crisis stand beside the combination codes, not in their place.
_CAUSED_OTHERWISE = frozenset({"I15", "I16", "I1A"})
_SHOWN_LINES = 6
_MOST_REMEMBERED = 4_000
# So few examples ("such as: filariasis, influenza") do not tell in which chapters the others stand.
_FEW_EXAMPLES = 3
# Where any disease may be meant, not an infection or a neoplasm alone, it takes more of them.
_SOME_EXAMPLES = 10
_ANY_DISEASE = re.compile(r"\bunderlying (?:disease|condition|disorder|cause)\b", re.I)
DISEASES = frozenset({"AB", "CD", "D", "E", "F", "G", "H0", "H6", "I", "J", "K", "L", "M", "N", "O", "P", "Q"})


class Strictness(StrEnum):
    """How much an unanswered note says about a claim."""

    REQUIRED = "required"
    """The second code always exists."""
    CONDITIONAL = "conditional"
    """The second code exists only if the record tells of something more."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction note in force for a code, with all its lines.

    `key`: the same for every code that carries a note of these words. `ranges`: the codes it names.
    `if_applicable`: the note leaves to the record whether it holds. `open_list`: the list gives examples only, or there
    is none; `chapters`: where the other codes it may mean stand, by the names of `chapter_of`. `kin`: categories whose
    codes make a conditional note worth reading. `ordered`: a code it names never stands on the other side. `compared`:
    the codes, without dots, it was compared with so far; `named`: those among them that it names.
    """

    kind: NoteKind
    at: str
    key: tuple[NoteKind, str, bool]
    text: str
    ranges: tuple[CodeRange, ...]
    strictness: Strictness
    if_applicable: bool
    open_list: bool
    chapters: frozenset[str]
    kin: frozenset[str]
    ordered: bool
    compared: set[str] = field(default_factory=set, compare=False, repr=False)
    named: set[str] = field(default_factory=set, compare=False, repr=False)

    def sentence(self) -> str:
        """Return the note as a finding quotes it."""
        return f"{NAMES[self.kind][1]} at {self.at}: “{self.text}”"

    def named_among(self, codes: set[str]) -> set[str]:
        """Return those codes, given without their dots, that the note names."""
        if not codes <= self.compared:
            fresh = codes - self.compared
            named = {code for code in fresh if any(span.covers(code) for span in self.ranges)}
            if len(self.compared) > _MOST_REMEMBERED:
                return named | (codes & self.named)
            # In this order: another thread that finds a code compared finds its answer, too.
            self.named.update(named)
            self.compared.update(fresh)
        return codes & self.named


def instructions(fact: CodeFact) -> Iterator[Instruction]:
    """Yield the instruction notes in force for a code: own ones first, then inherited ones, nearest first."""
    for (kind, at), rows in groupby(fact.notes, key=lambda note: (note.kind, note.at)):
        if kind in NAMES and (kind is NoteKind.CODE_FIRST or _CATEGORY.fullmatch(at)):
            for lines in _parted(list(rows)):
                if _concerns(lines[0], fact):
                    yield _instruction(lines, fact)


def _parted(rows: Sequence[Note]) -> Iterator[list[Note]]:
    """Part the rows of one kind at one place into notes; a heading begins one, and so does each "code for …"."""
    lines: list[Note] = []
    for row in rows:
        begins = row.text.endswith(":") or (
            row.kind is NoteKind.USE_ADDITIONAL and _BEGINS.match(row.text) and not row.text.startswith("or ")
        )
        if lines and begins:
            yield lines
            lines = []
        lines.append(row)
    yield lines


def _concerns(lead: Note, fact: CodeFact) -> bool:
    """Say whether a note at T36-T50 "for adverse effects" concerns this code, which may be a poisoning."""
    return _ADVERSE not in lead.text or _ADVERSE_CODES.covers(undotted(fact.code))


def _instruction(lines: Sequence[Note], fact: CodeFact) -> Instruction:
    lead, rest = lines[0], lines[1:]
    kind, at = lead.kind, lead.at
    ranges = tuple(dict.fromkeys(span for line in lines for span in line.ranges))
    if _ADVERSE in lead.text:
        ranges = ()  # the effects it lists are a few of very many
    heading = lead.text.endswith(":") and bool(rest)
    menu = _is_menu(lead, rest, heading)
    if_applicable = bool(_IF.search(lead.text)) or (bool(rest) and all(_IF.search(line.text) for line in rest))
    strict = not (if_applicable or menu or _ANY.search(lead.text) or _is_told_by_the_record(lead, rest, ranges))
    if kind is NoteKind.CODE_FIRST:
        strict = strict and not _POISONING.search(lead.text)
    elif kind is NoteKind.USE_ADDITIONAL:
        strict = strict and (not _MAY_BE_ABSENT.search(lead.text) or bool(_BY_TITLE.search(fact.title or "")))
    else:
        strict = strict and bool(_ALWAYS.search(lead.text))
    drug = _drug_ranges(ranges, fact)
    if drug and not strict:
        # "if applicable" leaves open whether a drug is the cause; the title of this code says that one is.
        ranges, strict = drug, True
    such_as = bool(_SUCH_AS.search(lead.text))
    # A note that asks for an external cause, or for an obstetric condition, means any code of that chapter.
    whole_chapter = bool(ranges) and {chapter_of(span.first) for span in ranges} in ({"VY"}, {"O"})
    text = _text(lead, rest, heading)
    return Instruction(
        kind=kind,
        at=at,
        key=(kind, text, strict),
        text=text,
        ranges=ranges,
        strictness=Strictness.REQUIRED if strict else Strictness.CONDITIONAL,
        if_applicable=if_applicable,
        open_list=such_as or whole_chapter or not ranges,
        chapters=_chapters(ranges, vague=such_as and _is_vague(lead, rest), whole=whole_chapter),
        kin=_kin(kind, ranges, undotted(fact.code)[:3]),
        # The drug of a poisoning stands first, that of an adverse effect does not.
        ordered=_is_ordered(kind, at, ranges, menu=menu, loose=such_as or not strict or bool(drug)),
    )


def _chapters(ranges: Sequence[CodeRange], *, vague: bool, whole: bool) -> frozenset[str]:
    """Return the chapters in which the code that an open note asks for may stand."""
    if vague:
        return DISEASES
    named = frozenset(chapter_of(span.first) for span in ranges)
    return named if whole else named & DISEASES


def _is_vague(lead: Note, rest: Sequence[Note]) -> bool:
    """Say whether the examples are too few for what the note means to tell in which chapters the rest stands."""
    return len(rest) <= (_SOME_EXAMPLES if _ANY_DISEASE.search(lead.text) else _FEW_EXAMPLES)


def _is_menu(lead: Note, rest: Sequence[Note], heading: bool) -> bool:
    """Say whether the lines are questions of their own, one for each thing the record may tell of."""
    if heading:
        return bool(_NAKED.fullmatch(_IF_APPLICABLE.sub("", lead.text)))
    # "Code first" with a list and no heading: each line is a condition with its own cause (I50).
    return bool(rest) and lead.kind is not NoteKind.USE_ADDITIONAL


_IF_APPLICABLE = re.compile(r",? \(?(?:if|where) applicable\)?,?", re.I)


def _is_told_by_the_record(lead: Note, rest: Sequence[Note], ranges: Sequence[CodeRange]) -> bool:
    """Say whether all codes of a note are habits or organisms, or a list of nothing but status codes, or obstetric."""
    if not ranges:
        return False
    told = all(span.first[:3] in _TOLD_BY_THE_RECORD for span in ranges if span.first[0] != "Z")
    if told and (rest or lead.at[0] not in "OZ"):
        return bool(rest) or any(span.first[0] != "Z" for span in ranges)
    # Obstetric codes answer for the pregnant alone.
    return lead.at[0] not in "OPZ" and all(span.first[0] == "O" for span in ranges)


def _drug_ranges(ranges: Sequence[CodeRange], fact: CodeFact) -> tuple[CodeRange, ...]:
    """Return the ranges of an adverse-effect note without its intent, where the title says a drug is the cause."""
    adverse = bool(ranges) and all(span.characters == "5" and not span.place for span in ranges)
    if adverse and _DRUG.search((fact.title or "").replace("-", " ")):
        return (CodeRange("T36", "T65"),)  # a poisoning is coded first, and answers the note just as well
    return ()


def _is_ordered(kind: NoteKind, at: str, ranges: Sequence[CodeRange], *, menu: bool, loose: bool) -> bool:
    """Say whether a code the note names belongs on one side of its code whatever else the record tells.

    Code first: always (Guidelines I.A.13). Use additional code: the second code is secondary (I.B.7), but a code out of
    a list of examples or possibilities may be on the claim in its own right; organisms (I.C.1.b) and drugs with an
    adverse effect (I.C.19.e.5.a) never are. The Z code of an encounter may itself be secondary. Code also sets no
    order (I.A.17).
    """
    if kind is NoteKind.CODE_FIRST:
        return True
    if kind is NoteKind.CODE_ALSO or not ranges or at.startswith("Z"):
        return False
    if all(span.first[:3] in _ORGANISMS or (span.characters == "5" and not span.place) for span in ranges):
        return True
    return not menu and not loose


def _kin(kind: NoteKind, ranges: Sequence[CodeRange], own: str) -> frozenset[str]:
    """Return the categories of diseases that are close to one the note names, but for its own code's."""
    named = {span.first[:3] for span in ranges if span.first[:3] == span.last[:3] and not span.characters}
    kin = {category for category in named if kind is NoteKind.CODE_FIRST and category[0] not in "ORSTUVWXYZ"}
    for family in _FAMILIES:
        if not named.isdisjoint(family):
            kin |= family - _CAUSED_OTHERWISE
    own_family = next((family for family in _FAMILIES if own in family), frozenset({own}))
    return frozenset(kin - own_family - set(_ORGANISMS))


def _text(lead: Note, rest: Sequence[Note], heading: bool) -> str:
    text = lead.text.lstrip(", ")
    shown = [line.text for line in rest[:_SHOWN_LINES]]
    if len(rest) > _SHOWN_LINES:
        shown.append(f"… ({len(rest) - _SHOWN_LINES} more)")
    if not shown:
        return text
    return f"{text}{' ' if heading else '; '}{'; '.join(shown)}"


def chapter_of(bare: str) -> str:
    """Return a name for the chapter of a code; only codes whose letter is shared need more than it."""
    letter = bare[:1]
    if letter in "AB":
        return "AB"
    if letter == "C" or (letter == "D" and bare[1:2] < "5"):
        return "CD"
    if letter in "VWXY":
        return "VY"
    if letter == "H":
        return "H0" if bare[1:2] < "6" else "H6"
    return letter
