"""Findings about instruction notes: those a claim leaves unanswered, and those whose order it reverses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from coachapp.domain.codes import CodeFact, NoteKind, undotted
from coachapp.domain.findings import Finding
from coachapp.domain.instructions import DISEASES, NAMES, Instruction, Strictness, chapter_of, instructions
from coachapp.domain.labels import Severity

_SOURCES = "ICD-10-CM Guidelines I.A.13, I.B.7"


@dataclass(frozen=True, slots=True)
class _Carried:
    """A code as other codes' notes see it, and the notes it carries, arranged so that most claims are soon answered.

    `required`: those worth reading whatever else is on the claim. `near`: the categories that any of the others names
    or is kin to; `wide`: first and last category of their ranges over several; `outside`: categories found in neither.
    """

    bare: str
    category: str
    chapter: str
    instructions: tuple[Instruction, ...]
    keys: frozenset[tuple[NoteKind, str, bool]]
    required: tuple[Instruction, ...]
    near: frozenset[str]
    wide: tuple[tuple[str, str], ...]
    outside: set[str]

    def concerned(self, categories: set[str]) -> tuple[Instruction, ...]:
        """Return the notes that may have something to say about a claim with codes of these categories."""
        if not self.near.isdisjoint(categories):
            return self.instructions
        if not categories <= self.outside:
            for category in categories - self.outside:
                if any(first <= category <= last for first, last in self.wide):
                    return self.instructions
                self.outside.add(category)
        return self.required


def _carried(fact: CodeFact) -> _Carried:
    held: _Carried | None = fact.derived.get("instructions")
    if held is not None:
        return held
    bare = undotted(fact.code)
    notes = tuple(instructions(fact))
    optional = [note for note in notes if note.strictness is Strictness.CONDITIONAL]
    spans = [(span.first[:3], span.last[:3]) for note in optional for span in note.ranges]
    fact.derived["instructions"] = held = _Carried(
        bare,
        bare[:3],
        chapter_of(bare),
        notes,
        frozenset(note.key for note in notes),
        tuple(note for note in notes if note.strictness is Strictness.REQUIRED),
        frozenset({first for first, last in spans if first == last}.union(*(note.kin for note in optional))),
        tuple((first, last) for first, last in spans if first != last),
        set(),
    )
    return held


def instruction_findings(diagnoses: Mapping[str, CodeFact]) -> list[Finding]:
    """Return the findings of `judged_notes`."""
    return [finding for _, finding in judged_notes(diagnoses)]


def judged_notes(diagnoses: Mapping[str, CodeFact]) -> list[tuple[Instruction, Finding]]:
    """Return the notes that a claim leaves unanswered and those whose order it reverses, in the order of its rows.

    `diagnoses`: facts by code, in the order of the rows. A conditional note is left out unless a code on the claim is
    kin to one it names. A reversed order is an error where the note leaves no choice (ICD-10-CM Guidelines I.A.13),
    else a warning.
    """
    rows = [_carried(fact) for fact in diagnoses.values()]
    places = {row.bare: at for at, row in enumerate(rows)}
    bares = set(places)
    categories = {row.category for row in rows}
    seen: set[tuple[NoteKind, str, bool]] = set()
    displaced: set[str] = set()
    found: list[tuple[Instruction, Finding]] = []
    for at, row in enumerate(rows):
        for note in row.concerned(categories):
            if note.key in seen:
                continue
            seen.add(note.key)
            partners = sorted([places[bare] for bare in note.named_among(bares)])
            if partners and _in_order(note, at, partners[0]):
                continue
            carriers = [place for place, other in enumerate(rows) if note.key in other.keys]
            claim = _Claim(tuple(diagnoses), rows, carriers)
            # A code does not answer a note that it alone carries.
            if partners and (len(carriers) > 1 or partners != carriers):
                reversal = _reversal(note, claim, partners, displaced) if note.ordered else None
                found += [(note, reversal)] if reversal else []
            elif note.strictness is Strictness.CONDITIONAL:
                found += [] if note.kin.isdisjoint(categories) else [(note, _unanswered(note, claim))]
            elif not _may_be_answered(note, claim):
                found.append((note, _stands_first(note, claim) or _unanswered(note, claim)))
    return found


def _in_order(note: Instruction, carrier: int, partner: int) -> bool:
    """Say whether the uppermost code a note names stands where it should, or anywhere if that does not matter."""
    if note.kind is NoteKind.CODE_FIRST:
        return partner < carrier
    return partner > carrier or (partner < carrier and not note.ordered)


class _Claim(NamedTuple):
    """The diagnoses of a claim with respect to one note; `carriers`: the places of the codes that carry it."""

    codes: tuple[str, ...]
    rows: Sequence[_Carried]
    carriers: list[int]


def _unanswered(note: Instruction, claim: _Claim) -> Finding:
    codes = tuple(claim.codes[at] for at in claim.carriers)
    return Finding(NAMES[note.kind][0], Severity.NOTE, codes, note.sentence())


def _may_be_answered(note: Instruction, claim: _Claim) -> bool:
    """Say whether a code that the note does not name may be the one it asks for.

    A note that names none is answered by any other diagnosis, one that gives examples by any of their chapters; where
    it says "code first", by one that stands above. So is one whose code another note asks for to be added: the NIH
    stroke scale stands below a hemorrhage, too, though its own note names infarctions alone.
    """
    first = claim.carriers[0]
    if note.kind is NoteKind.CODE_FIRST and _is_added(claim, first):
        return True
    if not note.open_list:
        return False
    others = [
        row
        for at, row in enumerate(claim.rows)
        if at not in claim.carriers and (at < first or note.kind is not NoteKind.CODE_FIRST)
    ]
    return any(row.chapter in note.chapters for row in others) if note.ranges else bool(others)


def _is_added(claim: _Claim, place: int) -> bool:
    bare = {claim.rows[place].bare}
    return any(
        held.kind is NoteKind.USE_ADDITIONAL and held.named_among(bare)
        for row in claim.rows[:place]
        for held in row.instructions
    )


def _stands_first(note: Instruction, claim: _Claim) -> Finding | None:
    """Return a finding where a code stands in the first row though any of those below may be what goes before it."""
    if note.kind is not NoteKind.CODE_FIRST or not note.open_list or claim.carriers[0] != 0:
        return None
    chapters = note.chapters if note.ranges else DISEASES | {"R"}
    if not any(row.chapter in chapters for at, row in enumerate(claim.rows) if at not in claim.carriers):
        return None
    code = claim.codes[0]
    text = f"{code} stands first; what its note asks for belongs before it. {note.sentence()} ({_SOURCES})."
    return Finding("code_first_order", Severity.WARNING, (code,), text)


def _reversal(note: Instruction, claim: _Claim, partners: Sequence[int], displaced: set[str]) -> Finding | None:
    """Return a finding where a code that a note names stands on the wrong side; each displaced code is named once."""
    if note.kind is NoteKind.CODE_FIRST:
        found = _below(note, claim, partners)
    else:
        found = _above(note, claim, partners)
    if found is None:
        return None
    partner, carrier, severity = found
    # One code out of its place is one finding, though notes at both ends say so.
    later, earlier = sorted((partner, carrier))
    if claim.codes[later] in displaced:
        return None
    displaced.add(claim.codes[later])
    if severity is Severity.ERROR:
        said = f"{claim.codes[earlier]} must stand before {claim.codes[later]}."
    elif note.kind is NoteKind.CODE_FIRST:
        said = (
            f"{claim.codes[earlier]} stands below {claim.codes[later]}; "
            "if it is what the note means, it belongs before it."
        )
    else:
        said = (
            f"{claim.codes[later]} stands above {claim.codes[earlier]}; "
            "an additional code belongs below the code it is added to."
        )
    codes = (claim.codes[earlier], claim.codes[later])
    return Finding(f"{NAMES[note.kind][0]}_order", severity, codes, f"{said} {note.sentence()} ({_SOURCES}).")


def _below(note: Instruction, claim: _Claim, partners: Sequence[int]) -> tuple[int, int, Severity] | None:
    """Return the partner and the code of a "code first" note that has all its partners below it."""
    for carrier in claim.carriers:
        others = [at for at in partners if at != carrier]
        if not others or others[0] < carrier:
            continue
        if note.open_list and any(row.chapter in note.chapters for row in claim.rows[:carrier]):
            continue  # the list gives examples, and what stands above may be the disease meant
        doubtful = note.if_applicable or (note.open_list and carrier > 0)
        return others[0], carrier, Severity.WARNING if doubtful else Severity.ERROR
    return None


def _above(note: Instruction, claim: _Claim, partners: Sequence[int]) -> tuple[int, int, Severity] | None:
    """Return the partner and the code of a "use additional code" note that stands below the partner.

    A partner that a code above it asks for, too, is in its place. Organisms, drugs and external causes may belong to
    any code above.
    """
    carrier, partner = claim.carriers[0], partners[0]
    shared = note.strictness is Strictness.CONDITIONAL or note.chapters == {"VY"}
    if partner >= carrier or (shared and partner > 0):
        return None
    bare = {claim.rows[partner].bare}
    if any(held.named_among(bare) for row in claim.rows[:partner] for held in row.instructions):
        return None
    return partner, carrier, Severity.WARNING
