"""What a key asserts, in words: for whoever reads a review or weighs a changed key."""

from collections.abc import Mapping

from coachapp.domain.items import Branch, Case, ClaimForm
from coachapp.domain.keylines import KeyDiagnosis, KeyLine, KeyService, ModifierSlot
from coachapp.domain.questions import Question
from coachapp.domain.rates import percent_text


def key_words(item: Case | Question) -> list[str]:
    """Return all that the key of an item asserts, so that what two versions share has the same words.

    Of a case each line of each branch with the codes it accepts, place of service and weights; of a question the right
    options.
    """
    if isinstance(item, Question):
        return [f"{option.id.upper()}: {option.text}" for option in item.options if option.right]
    found = []
    for branch in item.key.branches:
        name = f"{branch.name}: " if len(item.key.branches) > 1 else ""
        found += [f"{name}{words}" for words in branch_words(branch, item.claim_form)]
        found += [f"{name}{accepted}" for line in (*branch.diagnoses, *branch.services) for accepted in _accepted(line)]
    found += [f"{trap.code} is wrong: {trap.label.value.replace('_', ' ')}" for trap in item.key.traps]
    if item.pos is not None:
        found.append(f"Place of service {item.pos}")
    if item.policy is not None:
        found.append(f"Weights {item.policy.name}")
    return list(dict.fromkeys(found))


def _accepted(line: KeyLine) -> list[str]:
    return [f"{accept.code} for {line.code}, {percent_text(accept.credit)} of its points" for accept in line.accept]


def slot_words(slot: ModifierSlot) -> str:
    """Return a modifier the key asks for or allows, in words: `59 or XS`, `51 (optional)`."""
    words = " or ".join(slot.any_of)
    return f"{words} (optional)" if slot.optional else words


def modifier_words(line: KeyService) -> str:
    """Return all modifiers of a key line in words."""
    return ", ".join(slot_words(slot) for slot in line.modifiers) or "none"


def pointer_words(line: KeyService, codes: Mapping[str, str]) -> str:
    """Return the diagnoses a service points to, the main one first and named so; `codes` maps line ids to codes."""
    pointers = sorted(line.pointers or (), key=lambda pointer: pointer != line.primary)
    lead = f" ({codes[line.primary]} first)" if line.primary and len(pointers) > 1 else ""
    return ", ".join(codes[pointer] for pointer in pointers) + lead


def branch_words(branch: Branch, form: ClaimForm) -> list[str]:
    """Return what a branch asserts, line by line in words, so that equal lines have equal words."""
    codes = {line.id: line.code for line in (*branch.diagnoses, *branch.services)}
    lines = [_diagnosis(line, codes) for line in branch.diagnoses]
    lines += [_service(line, codes, form) for line in branch.services]
    return lines + (["No service to report"] if branch.no_service else [])


def _diagnosis(line: KeyDiagnosis, codes: Mapping[str, str]) -> str:
    place = "first" if line.first else f"after {codes[line.after]}" if line.after else ""
    poa = f"POA {line.poa.value}" if line.poa else ""
    return ", ".join(part for part in (line.code, place, poa, "optional" if line.optional else "") if part)


def _service(line: KeyService, codes: Mapping[str, str], form: ClaimForm) -> str:
    parts = [line.code, "first" if line.first else ""]
    if form is not ClaimForm.INPATIENT:
        parts.append(f"modifiers {modifier_words(line)}" if line.modifiers else "no modifier")
    if line.units is not None:
        parts.append(f"{line.units:,} {'unit' if line.units == 1 else 'units'}")
    if line.pointers:
        parts.append(f"points to {pointer_words(line, codes)}")
    return ", ".join(part for part in (*parts, "optional" if line.optional else "") if part)
