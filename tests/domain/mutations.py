"""Known kinds of coder's error, applied to the right claim of a case: what to submit, and the label it must earn."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from coachapp.domain.codes import undotted
from coachapp.domain.emlevels import family_of
from coachapp.domain.grading import key_claim
from coachapp.domain.items import Case, ClaimForm
from coachapp.domain.keylines import Poa
from coachapp.domain.labels import Label
from coachapp.domain.responses import LETTERS, ClaimResponse, DiagnosisEntry, ServiceEntry, reindexed
from coachapp.domain.results import Result


@dataclass(frozen=True)
class Mutation:
    """One error: the claim it makes, and the code whose line must carry the label (None: the claim as a whole)."""

    kind: str
    claim: ClaimResponse
    code: str | None
    label: Label
    branch: int = 0


class Book:
    """Titles of reportable ICD-10-CM and ICD-10-PCS codes, read straight from a release file."""

    def __init__(self, release: Path) -> None:
        with closing(sqlite3.connect(f"file:{release}?mode=ro", uri=True)) as connection:
            rows = connection.execute(
                "SELECT system, code, title FROM code WHERE billable AND listed AND title IS NOT NULL"
            ).fetchall()
        self.titles: dict[str, str] = {}
        self.by_category: dict[str, list[str]] = {}
        self.by_table: dict[str, list[str]] = {}
        for system, code, title in rows:
            if system == "icd10cm":
                self.titles[code] = title.lower()
                self.by_category.setdefault(code[:3], []).append(code)
            elif system == "icd10pcs":
                self.by_table.setdefault(code[:3], []).append(code)

    def siblings(self, code: str) -> list[str]:
        return [c for c in self.by_category.get(code[:3], []) if c != code]


def _sides(title: str) -> list[str]:
    return re.findall(r"\b(right|left|bilateral)\b", title)


def mutations(case: Case, book: Book) -> Iterator[Mutation]:
    """Yield every mutation that applies to each branch of a case."""
    for index in range(len(case.key.branches)):
        claim = key_claim(case, index, optional=False)
        taken = {*case.all_codes()[0], *case.all_codes()[1]}
        for kind in (_diagnosis_codes, _orders, _services, _procedures, _others):
            yield from (replace(found, branch=index) for found in kind(case, index, claim, book, taken))


def _with_diagnosis(claim: ClaimResponse, place: int, code: str) -> ClaimResponse:
    rows = list(claim.diagnoses)
    rows[place] = replace(rows[place], code=code)
    return replace(claim, diagnoses=tuple(rows))


def _with_service(claim: ClaimResponse, place: int, **changes: object) -> ClaimResponse:
    rows = list(claim.services)
    rows[place] = replace(rows[place], **changes)  # type: ignore[arg-type]
    return replace(claim, services=tuple(rows))


def _sides(title: str) -> list[str]:
    return re.findall(r"\b(?:right|left|bilateral)\b", title)


def _alike(a: str, b: str) -> bool:
    """Say whether two titles agree in everything that has a label of its own."""
    patterns = (
        r"\b(?:right|left|bilateral|unilateral)\b",
        r"\bunspecified\b|\bnos\b",
        r"\b(?:first|second|third) trimester\b|\bweeks\b",
        r"sequela",
        r"accidental|intentional self-harm|assault|undetermined|adverse effect|underdosing",
    )
    return all(re.findall(p, a) == re.findall(p, b) for p in patterns)


def _diagnosis_codes(case: Case, index: int, claim: ClaimResponse, book: Book, taken: set[str]) -> Iterator[Mutation]:
    for place, entry in enumerate(claim.diagnoses):
        code, bare = entry.code, undotted(entry.code)
        title = book.titles.get(code, "")
        free = [c for c in book.siblings(code) if c not in taken]

        def made(kind: str, other: str, label: Label, place: int = place) -> Mutation:
            return Mutation(kind, _with_diagnosis(claim, place, other), other, label)

        turned = re.sub(r"\b(right|left)\b", lambda m: {"right": "left", "left": "right"}[m.group()], title)
        if turned != title:
            yield from (made("laterality flipped", c, Label.LATERALITY) for c in free if book.titles[c] == turned)
        if len(bare) == 7:
            same = [c for c in free if undotted(c)[:6] == bare[:6]]
            # At the eyes the 7th character is the side, and the side is what the label should name.
            yield from (
                made(
                    "7th character changed",
                    c,
                    Label.LATERALITY if _sides(book.titles[c]) != _sides(title) else Label.SEVENTH_CHARACTER,
                )
                for c in same
            )
            yield made("7th character left off", code[:-1].rstrip("."), Label.NOT_BILLABLE)
        elif len(bare) > 3 and code[:-1].rstrip(".") not in taken:
            shorter = code[:-1].rstrip(".")
            if shorter not in book.titles:
                yield made("truncated", shorter, Label.NOT_BILLABLE)
        for c in free:
            other = book.titles[c]
            vague = len(re.findall(r"\bunspecified\b", other)) > len(re.findall(r"\bunspecified\b", title))
            if code.startswith("Z3A."):
                yield made("weeks changed", c, Label.TRIMESTER)
            elif vague and undotted(c)[6:] == bare[6:] and "unspecified" not in title:
                yield made("unspecified though documented", c, Label.UNSPECIFIED)
            elif _alike(title, other) and undotted(c)[6:] == bare[6:]:
                yield made("replaced by a sibling", c, Label.SAME_CATEGORY)
            elif "trimester" in title and "trimester" in other and c[:-1] == code[:-1] and "unspecified" not in other:
                yield made("trimester changed", c, Label.TRIMESTER)
        swapped = code.replace("0", "O") if "0" in code[3:] else code[:1] + code[1:].replace("1", "I")
        if swapped not in (code, *taken) and swapped not in book.titles:
            yield made("letter O for zero or I for one", swapped, Label.INVALID_CODE)


def _orders(case: Case, index: int, claim: ClaimResponse, book: Book, taken: set[str]) -> Iterator[Mutation]:
    branch = case.key.branches[index]
    rows = claim.diagnoses
    after = {d.code: next(x.code for x in branch.diagnoses if x.id == d.after) for d in branch.diagnoses if d.after}
    firsts = {d.code for b in case.key.branches for d in b.diagnoses if d.first}
    asserted = any(d.first and d.code == rows[0].code for d in branch.diagnoses)
    if len(rows) > 1 and asserted and rows[1].code not in firsts:  # some keys accept either order, as two branches
        turned = replace(claim, diagnoses=(rows[1], rows[0], *rows[2:]))
        yield Mutation("first and second swapped", reindexed(turned), rows[1].code, Label.FIRST_LISTED)
    for code, earlier in after.items():
        places = {d.code: i for i, d in enumerate(rows)}
        if code in places and earlier in places:
            moved = [d for d in rows if d.code != code]
            moved.insert([d.code for d in moved].index(earlier), rows[places[code]])
            if moved[0].code == rows[0].code or not any(d.first for d in branch.diagnoses):
                turned = reindexed(replace(claim, diagnoses=tuple(moved)))
                yield Mutation("manifestation before etiology", turned, code, Label.ETIOLOGY_MANIFESTATION_ORDER)


def _services(case: Case, index: int, claim: ClaimResponse, book: Book, taken: set[str]) -> Iterator[Mutation]:
    if case.claim_form is ClaimForm.INPATIENT:
        return
    lines = {s.code: s for s in case.key.branches[index].services}
    codes = [s.code for s in claim.services]
    for place, entry in enumerate(claim.services):
        if codes.count(entry.code) > 1:
            continue  # two lines of one code: which of them the error stands in is the assignment's choice
        key = lines[entry.code]

        def made(kind: str, label: Label, *, place: int = place, own: str = entry.code, **changes: object) -> Mutation:
            return Mutation(kind, _with_service(claim, place, **changes), str(changes.get("code", own)), label)

        if entry.modifiers:
            yield made("modifier dropped", Label.MODIFIER_MISSING, modifiers=entry.modifiers[:-1])
            known = {m for slot in key.modifiers for m in slot.any_of}
            other = next(m for m in ("RT", "LT", "59", "25", "TC") if m not in known)
            wrong = (*entry.modifiers[:-1], other)
            yield made("modifier replaced", Label.MODIFIER_WRONG, modifiers=wrong)
        if len(entry.modifiers) < 4:
            extra = next(m for m in ("22", "52", "76") if m not in key.optional_modifiers | set(entry.modifiers))
            yield made("modifier added", Label.MODIFIER_EXTRA, modifiers=(*entry.modifiers, extra))
        if key.units is not None:
            yield made("units doubled", Label.UNITS, units=entry.units * 2)
        if key.pointers:
            free = next(letter for letter in LETTERS[:12] if letter not in {d.letter for d in claim.diagnoses})
            yield made("pointer to an empty row", Label.POINTER, pointers=(free,))
            yield made("pointers left out", Label.POINTER, pointers=())
        family = family_of(entry.code)
        for level in family[1] if family else ():
            if level not in taken:
                yield made("visit level changed", Label.EM_LEVEL, code=level)


def _procedures(case: Case, index: int, claim: ClaimResponse, book: Book, taken: set[str]) -> Iterator[Mutation]:
    if case.claim_form is not ClaimForm.INPATIENT:
        return
    for place, entry in enumerate(claim.services):
        table = [c for c in book.by_table.get(entry.code[:3], []) if c not in taken]
        for c in [c for c in table if sum(a != b for a, b in zip(c, entry.code, strict=True)) == 1][:12]:
            yield Mutation("PCS character changed", _with_service(claim, place, code=c), c, Label.PCS_AXIS)


UNSUPPORTED = ("Q87.42", "H61.23", "B07.0", "L60.0", "R68.2")


def _others(case: Case, index: int, claim: ClaimResponse, book: Book, taken: set[str]) -> Iterator[Mutation]:
    def add(kind: str, code: str, label: Label) -> Iterator[Mutation]:
        if len(claim.diagnoses) < 12:
            free = next(letter for letter in LETTERS[:12] if letter not in {d.letter for d in claim.diagnoses})
            row = DiagnosisEntry(code, free, len(claim.diagnoses))
            yield Mutation(kind, replace(claim, diagnoses=(*claim.diagnoses, row)), code, label)

    categories = {code[:3] for code in taken}
    for code in UNSUPPORTED:
        if code[:3] not in categories:
            yield from add("unsupported diagnosis added", code, Label.UNSUPPORTED)
    for entry in claim.diagnoses:
        yield from add("diagnosis entered twice", entry.code, Label.DUPLICATE)
        gone = replace(claim, diagnoses=tuple(d for d in claim.diagnoses if d is not entry))
        yield Mutation("diagnosis left out", gone, entry.code, Label.MISSED)
    yield from add("service code in a diagnosis box", "99213", Label.WRONG_CODE_SYSTEM)
    if case.claim_form is not ClaimForm.INPATIENT:
        row = ServiceEntry("M54.50", len(claim.services))
        misplaced = replace(claim, services=(*claim.services, row), no_service=False)
        yield Mutation("diagnosis in a service box", misplaced, "M54.50", Label.WRONG_CODE_SYSTEM)
    if case.pos:
        elsewhere = replace(claim, pos="99" if case.pos != "99" else "11")
        yield Mutation("place of service changed", elsewhere, None, Label.PLACE_OF_SERVICE)
    poa = {d.code: d.poa for d in case.key.branches[index].diagnoses}
    for place, entry in enumerate(claim.diagnoses):
        if poa.get(entry.code) is not None:
            rows = list(claim.diagnoses)
            rows[place] = replace(entry, poa=Poa.NO if entry.poa is not Poa.NO else Poa.YES)
            yield Mutation("POA changed", replace(claim, diagnoses=tuple(rows)), entry.code, Label.POA)


def names_the_kind(case: Case, mutation: Mutation, judged: Callable[[ClaimResponse], Result]) -> bool:
    """Say whether the line's primary label is the expected one; an author's trap for the code may speak first.

    Where another branch suits the mutated claim better, the same error may stand in another line of it.
    """
    result = judged(mutation.claim)
    if result.branch_index != mutation.branch:
        return any(line.labels and line.labels[0].label is mutation.label for line in result.lines)
    if mutation.code is None:
        return any(x.label is mutation.label for e in result.claim for x in e.labels)
    trapped = any(t.code == mutation.code for t in case.key.traps)
    for line in result.lines:
        shown = line.submitted or line.expected
        if shown.code != mutation.code or not line.labels:
            continue
        labels = [x.label for x in line.labels]
        if labels[0] is mutation.label or (trapped and mutation.label in labels):
            return True
    return False
