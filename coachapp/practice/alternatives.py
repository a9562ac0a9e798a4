"""What else would have been right, and what was tempting and wrong: other branches, choices of a line, traps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from coachapp.domain.codes import CodeFacts
from coachapp.domain.items import Branch, Case
from coachapp.domain.keylines import KeyDiagnosis, KeyLine, KeyService, LineKind
from coachapp.domain.keytext import branch_words
from coachapp.domain.rates import percent_text
from coachapp.web.wording import label_words


@dataclass(frozen=True, slots=True)
class OtherBranch:
    """A branch of the key that was not used: what the claim scores under it, and the lines that differ.

    `has` are lines only this branch has, `lacks` those only the branch used has. `score` is None where an older grade
    did not keep it.
    """

    name: str
    score: float | None
    has: Sequence[str]
    lacks: Sequence[str]


@dataclass(frozen=True, slots=True)
class TrapLine:
    """A wrong code the author expected, and whether this claim holds it."""

    code: str
    title: str | None
    label: str
    why: str
    entered: bool


def also_right(line: KeyLine, *, titles: CodeFacts) -> list[str]:
    """Return what else would have been right for one line: accepted codes with credit and note, free modifiers."""
    found = []
    for accept in line.accept:
        facts = titles.diagnosis(accept.code) if isinstance(line, KeyDiagnosis) else titles.service(accept.code)
        credit = "full credit" if accept.credit == 1 else f"{percent_text(accept.credit)} of the code's points"
        title = f" {facts.title}" if facts.title else ""
        found.append(f"{accept.code}{title} ({credit}){'. ' + accept.note if accept.note else ''}")
    if isinstance(line, KeyService):
        for slot in line.modifiers:
            if slot.optional:
                found.append(f"With or without modifier {' or '.join(slot.any_of)}")
            elif len(slot.any_of) > 1:
                found.append(f"Modifier {' or '.join(slot.any_of)}")
    return found


def other_branches(case: Case, used: Branch, *, scores: Sequence[Mapping[str, Any]]) -> list[OtherBranch]:
    """Return the branches that were not used, nearest to the claim first; `scores` are those of the Result."""
    known = {each["name"]: each["coachapp"] for each in scores}
    mine = branch_words(used, case.claim_form)
    found = []
    for branch in case.key.branches:
        if branch.name != used.name:
            theirs = branch_words(branch, case.claim_form)
            has = [line for line in theirs if line not in mine]
            lacks = [line for line in mine if line not in theirs]
            found.append(OtherBranch(branch.name, known.get(branch.name), has, lacks))
    return sorted(found, key=lambda other: -(other.score or 0))


def trap_lines(case: Case, result: Mapping[str, Any], *, titles: CodeFacts) -> list[TrapLine]:
    """Return the wrong codes the author expected, those this claim holds first."""
    entered = {(line["kind"], line["submitted"]["code"]) for line in result["lines"] if line["submitted"]}
    found = []
    for trap in case.key.traps:
        facts = titles.diagnosis(trap.code) if trap.kind is LineKind.DIAGNOSIS else titles.service(trap.code)
        held = (trap.kind.value, trap.code) in entered
        found.append(TrapLine(trap.code, facts.title, label_words(trap.label.value), trap.why, held))
    return sorted(found, key=lambda trap: not trap.entered)
