"""How one line is wrong (grading.md section 6): labels with one exact sentence each, computed from facts and traps."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from coachapp.domain.axes import axis_between, encounter_of
from coachapp.domain.codes import CodeFact, CodeFacts, CodeSystem, Slip, dotted, service_system, undotted
from coachapp.domain.emlevels import level_sentence
from coachapp.domain.identity import ByIdentity
from coachapp.domain.keylines import KeyLine, KeyService, LineKind, Trap
from coachapp.domain.labels import Label
from coachapp.domain.rates import percent_text
from coachapp.domain.reasons import instead_of, is_placeholder_slip, lacks_only_the_seventh, why_not_a_code


class LineLabel(NamedTuple):
    """One thing wrong with a line. `element` is the part it concerns: code, first, after, poa, modifiers, units …"""

    label: Label
    element: str
    codes: tuple[str, ...]
    text: str


_SIDE_WORDS = re.compile(r"\b(right|left|bilateral|unilateral)\b")
_TRIMESTERS = re.compile(
    r"\b(first|second|third|unspecified) trimester\b|\b\d+ weeks gestation\b|\bweeks of gestation\b"
)
_INTENTS = (
    ("poisoning", "accidental"),
    ("poisoning", "intentional self-harm"),
    ("poisoning", "assault"),
    ("poisoning", "undetermined"),
    ("adverse effect", ""),
    ("underdosing", ""),
)
_SYSTEM_NAMES = {
    CodeSystem.ICD10CM: "an ICD-10-CM diagnosis",
    CodeSystem.HCPCS: "a HCPCS Level II code",
    CodeSystem.CPT: "a CPT code",
    CodeSystem.ICD10PCS: "an ICD-10-PCS procedure",
}


def diagnosis_code_labels(
    code: str, key: KeyLine | None, *, facts: CodeFacts, trap: Trap | None, earlier: Sequence[str]
) -> Iterator[LineLabel]:
    """Yield what is wrong with a submitted diagnosis code, against the key line it stands for, if any.

    `earlier`: codes of the diagnoses above it.
    """
    if trap is not None:
        yield LineLabel(trap.label, "code", (code,), trap.why)
    if code in earlier:
        text = f"{code} is already on the claim; a diagnosis is reported once."
        yield LineLabel(Label.DUPLICATE, "code", (code,), text)
    fact = facts.diagnosis(code)
    expected = facts.diagnosis(key.code) if key is not None else None
    validity = validity_label(fact, LineKind.DIAGNOSIS, facts)
    if validity is not None:
        yield validity
    # What never was a code differs from nothing: only what is known of it is said.
    if expected is not None and not (fact.never_existed or expected.never_existed):
        yield from compared(ByIdentity(fact), ByIdentity(expected))


# The same slips come again and again: what two codes differ in is worked out once for each pair of facts.
@lru_cache(maxsize=16_384)
def compared(fact: ByIdentity[CodeFact], expected: ByIdentity[CodeFact]) -> tuple[LineLabel, ...]:
    """Return how one ICD-10-CM code differs from another, remembered for the pair."""
    return tuple(compare_diagnoses(fact.value, expected.value))


def validity_label(fact: CodeFact, kind: LineKind, facts: CodeFacts) -> LineLabel | None:
    """Return what is wrong with a code by itself on the date of service, or None; unknown validity is nothing wrong."""
    code = fact.code
    if fact.valid is False:
        if not fact.never_existed:
            return LineLabel(Label.NOT_VALID_ON_DATE, "code", (code,), _date_sentence(fact, facts))
        codes = (code, fact.suggestion) if fact.suggestion else (code,)
        elsewhere = _other_system(fact, kind)
        if elsewhere is not None and fact.slip is not Slip.LOOKALIKE:
            text = _system_sentence(code, elsewhere, kind)
            if fact.suggestion:
                text += f" If a diagnosis was meant: did you mean {fact.suggestion}?"
            return LineLabel(Label.WRONG_CODE_SYSTEM, "code", (code,), text)
        if is_placeholder_slip(fact):
            return LineLabel(Label.SEVENTH_CHARACTER, "code", codes, why_not_a_code(fact))
        if lacks_only_the_seventh(fact):
            text = f"{code} cannot be reported: {what_lacks(fact)}."
            return LineLabel(Label.NOT_BILLABLE, "code", (code,), text)
        text = why_not_a_code(fact)
        if kind is LineKind.SERVICE and "." in code:
            text += " Only a diagnosis code has a dot; it was entered in a service box."
        return LineLabel(Label.INVALID_CODE, "code", codes, text)
    if fact.valid and fact.billable is False:
        return LineLabel(Label.NOT_BILLABLE, "code", (code,), f"{code} cannot be reported: {what_lacks(fact)}.")
    return None


def what_lacks(fact: CodeFact) -> str:
    """Say what a header, or a header with its placeholders, needs to become a code that can be reported."""
    if not fact.seventh:
        return "it is a header, and more characters are needed"
    characters = ", ".join(character for character, _ in fact.seventh)
    if len(undotted(fact.code)) == 6:
        return f"it needs a 7th character ({characters})"
    if lacks_only_the_seventh(fact):
        return f"it needs placeholders X up to the 6th place and a 7th character ({characters})"
    return f"it is a header, and more characters are needed, the 7th among them ({characters})"


def _other_system(fact: CodeFact, kind: LineKind) -> CodeSystem | None:
    if fact.elsewhere:
        return fact.elsewhere[0]
    shape = service_system(fact.code)
    if kind is LineKind.DIAGNOSIS and shape is CodeSystem.CPT:
        return shape
    return None


def _system_sentence(code: str, system: CodeSystem, kind: LineKind) -> str:
    box = "diagnosis" if kind is LineKind.DIAGNOSIS else "service"
    bare = undotted(code)
    if system is CodeSystem.ICD10CM and dotted(bare) != code:
        return f"{code} is {_SYSTEM_NAMES[system]} ({dotted(bare)} without its dot), entered in a {box} box."
    if system is not CodeSystem.ICD10CM and bare != code:
        # The dot may be the reader's, put in where a code has the shape of a diagnosis.
        return f"{code} is not a diagnosis code; {bare} is {_SYSTEM_NAMES[system]}, entered in a {box} box."
    return f"{code} is {_SYSTEM_NAMES[system]}, entered in a {box} box."


def _date_sentence(fact: CodeFact, facts: CodeFacts) -> str:
    if fact.valid_from and facts.on < fact.valid_from:
        said = f"{fact.code} begins on {fact.valid_from}; the date of service is {facts.on}."
    elif fact.valid_to:
        said = f"{fact.code} ended on {fact.valid_to}; the date of service is {facts.on}."
    else:
        said = f"{fact.code} is not valid on {facts.on}, the date of service."
    return f"{said} {instead_of(fact, facts.on)}".rstrip()


def compare_diagnoses(fact: CodeFact, expected: CodeFact) -> Iterator[LineLabel]:
    """Yield how one ICD-10-CM code differs from another, from their titles and characters.

    The category is named only where nothing more exact can be said.
    """
    exact = tuple(_exact_differences(fact, expected))
    code, key = fact.code, expected.code
    if exact:
        yield from exact
    elif code[:3] == key[:3]:
        axis = axis_between((fact.title or "").lower(), (expected.title or "").lower())
        tail = f" They differ by {axis}." if axis else ""
        text = f"{code} is in the right category; {key} is the code.{tail}"
        yield LineLabel(Label.SAME_CATEGORY, "code", (code, key), text)
    else:
        text = f"{code} is another category; the chart supports {key}."
        yield LineLabel(Label.OTHER_CATEGORY, "code", (code, key), text)


def _exact_differences(fact: CodeFact, expected: CodeFact) -> Iterator[LineLabel]:
    yield from _seventh_labels(fact, expected)
    if not (fact.title and expected.title):
        return
    code, key = fact.code, expected.code
    pair = (code, key)
    mine, right = fact.title.lower(), expected.title.lower()
    if _unspecified(mine) > _unspecified(right) and code[:3] == key[:3]:
        text = f"{code} leaves unspecified what the chart documents; {key} says it."
        yield LineLabel(Label.UNSPECIFIED, "code", pair, text)
    side, key_side = _side(mine), _side(right)
    if side and key_side and _contradict(side, key_side):
        text = f"{code} says {side}; the chart supports {key_side} ({key})."
        yield LineLabel(Label.LATERALITY, "code", pair, text)
    stage, key_stage = encounter_of(mine), encounter_of(right)
    if stage and key_stage and stage != key_stage:
        text = (
            f"{code} reports a sequela; the chart shows the current condition ({key})."
            if stage == "sequela"
            else f"The chart shows a sequela ({key}); {code} reports the condition as current."
        )
        yield LineLabel(Label.SEQUELA, "code", pair, text)
    weeks, key_weeks = _TRIMESTERS.search(mine), _TRIMESTERS.search(right)
    if weeks and key_weeks and weeks.group() != key_weeks.group() and bool(weeks[1]) == bool(key_weeks[1]):
        text = f"{code} says {weeks.group()}; the chart supports {key_weeks.group()} ({key})."
        yield LineLabel(Label.TRIMESTER, "code", pair, text)
    intent, key_intent = _intent(mine), _intent(right)
    if intent and key_intent and intent != key_intent:
        text = f"{code} says {intent}; the chart supports {key_intent} ({key})."
        yield LineLabel(Label.INTENT, "code", pair, text)


def _seventh_labels(fact: CodeFact, expected: CodeFact) -> Iterator[LineLabel]:
    mine, right = undotted(fact.code), undotted(expected.code)
    pair = (fact.code, expected.code)
    if len(mine) == len(right) == 7 and mine[6] != right[6]:
        said, needed = dict(fact.seventh).get(mine[6]), dict(expected.seventh).get(right[6])
        if said and needed:
            text = f"{fact.code} carries 7th character {mine[6]} ({said}); the chart supports {right[6]} ({needed})."
            yield LineLabel(Label.SEVENTH_CHARACTER, "code", pair, text)
    elif expected.seventh and len(right) == 7 and len(mine) < 7 and right.startswith(mine):
        text = f"{fact.code} lacks the 7th character; {expected.code} has it."
        yield LineLabel(Label.SEVENTH_CHARACTER, "code", pair, text)


def _side(title: str) -> str | None:
    found = set(_SIDE_WORDS.findall(title))
    if len(found) > 1:
        found.discard("unilateral")  # "unilateral primary osteoarthritis, left knee" is of the left
    return found.pop() if len(found) == 1 else None


def _contradict(side: str, other: str) -> bool:
    """Say whether two sides exclude each other: "unilateral" leaves open which side, and both agree with it."""
    return side != other and {side, other} not in ({"unilateral", "left"}, {"unilateral", "right"})


def _unspecified(title: str) -> int:
    return len(re.findall(r"\bunspecified\b|\bnos\b", title))


def _intent(title: str) -> str | None:
    for first, second in _INTENTS:
        if first in title and second in title:
            return f"{first}, {second}" if second else first
    if "accident" in title:
        return "accident"
    return None


def service_code_labels(
    code: str, key: KeyService | None, *, facts: CodeFacts, trap: Trap | None, duplicate: bool
) -> Iterator[LineLabel]:
    """Yield what is wrong with a submitted service code, against the key line it stands for, if any."""
    if trap is not None:
        yield LineLabel(trap.label, "code", (code,), trap.why)
    if duplicate:
        text = f"{code} with the same modifiers is already on the claim."
        yield LineLabel(Label.DUPLICATE, "code", (code,), text)
    fact = facts.service(code)
    validity = validity_label(fact, LineKind.SERVICE, facts)
    if validity is not None:
        yield validity
    if key is None or fact.never_existed or facts.service(key.code).never_existed:
        return
    pair = (code, key.code)
    if len(code) == len(key.code) == 7:
        axis = _pcs_axis(code, key.code)
        if axis:
            text = f"{code} differs from {key.code} in {axis}."
            yield LineLabel(Label.PCS_AXIS, "code", pair, text)
            return
    level = level_sentence(code, key.code, key.em)
    if level is not None:
        yield LineLabel(Label.EM_LEVEL, "code", pair, level)
    elif code[:3] == key.code[:3]:
        text = f"{code} is of the right family; the chart supports {key.code}."
        yield LineLabel(Label.SAME_CATEGORY, "code", pair, text)
    else:
        yield LineLabel(Label.OTHER_CATEGORY, "code", pair, f"The chart supports {key.code}, not {code}.")


_PCS_AXES = ("section", "body system", "operation", "body part", "approach", "device", "qualifier")


def _pcs_axis(code: str, key: str) -> str | None:
    names = [name for name, a, b in zip(_PCS_AXES, code, key, strict=True) if a != b]
    return " and ".join(names) if names else None


def modifier_label(
    code: str, missing: Sequence[Sequence[str]], extra: Sequence[str], *, order: bool
) -> LineLabel | None:
    """Return the label of a paired service's modifiers, or None where they are right."""
    wanted = ", ".join(" or ".join(slot) for slot in missing)
    written = ", ".join(extra)
    if missing and extra:
        text = f"{code} carries {written}; the chart supports {wanted}."
        return LineLabel(Label.MODIFIER_WRONG, "modifiers", (code,), text)
    if missing:
        return LineLabel(Label.MODIFIER_MISSING, "modifiers", (code,), f"{code} needs modifier {wanted}.")
    if extra:
        return LineLabel(Label.MODIFIER_EXTRA, "modifiers", (code,), f"Nothing supports modifier {written} on {code}.")
    if order:
        text = f"The modifiers of {code} are right, but in the wrong order."
        return LineLabel(Label.MODIFIER_ORDER, "modifiers", (code,), text)
    return None


def accepted_label(code: str, key: KeyLine, credit: float) -> LineLabel | None:
    """Return the label of a code that is accepted for part of the credit, or None where it is fully right."""
    if credit >= 1:
        return None
    note = next((a.note for a in key.accept if a.code == code and a.note), None)
    text = f"{code} is accepted for {percent_text(credit)} of the code; {key.code} is better."
    text += f" {note}" if note else ""
    return LineLabel(Label.ACCEPTED_NOT_BEST, "code", (code, key.code), text)


def traps_of(
    traps: Mapping[tuple[LineKind, str], Sequence[Trap]], kind: LineKind, code: str, line: str | None
) -> Trap | None:
    """Return the trap for a code: the one that names the line, else one that names none; for a lone line, any."""
    found = traps.get((kind, code), ())
    for trap in found:
        if trap.line == line:
            return trap
    return next((t for t in found if t.line is None or line is None), None)
