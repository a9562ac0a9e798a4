"""What each element of a line is worth and earns (grading.md section 4), and keys prepared for grading.

Points are counted in grains, whole numbers that hold every share the rules can produce exactly, so that no sum depends
on the order of its parts and ties are real ties.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from coachapp.domain.identity import ByIdentity
from coachapp.domain.items import Branch, ClaimForm, Key, Weights
from coachapp.domain.keylines import KeyDiagnosis, KeyLine, KeyService, LineKind, Poa, Trap
from coachapp.domain.responses import ServiceEntry

# Weights and credits keep four decimals; modifier shares have denominators up to 8 (four required, four submitted),
# and 840 is divisible by each of 1 to 8.
CREDIT_STEPS = 10_000
_SHARE = 840
GRAINS_PER_POINT = CREDIT_STEPS * CREDIT_STEPS * _SHARE


def _weight(points: float) -> int:
    """Return a weight in grains."""
    return round(points * CREDIT_STEPS) * CREDIT_STEPS * _SHARE


@dataclass(frozen=True, slots=True)
class DiagnosisPlan:
    """One key diagnosis with its asserted points in grains; `after` is the position of the line it stands below.

    `worth` is the same in points; what follows `poa` repeats the line, so that the grader's loops need not ask it.
    """

    line: KeyDiagnosis
    possible: int
    worth: float
    after: int | None
    poa: Poa | None
    id: str
    code: str
    first: bool
    optional: bool
    rationale: str | None


@dataclass(frozen=True, slots=True)
class ServicePlan:
    """One key service with its asserted points in grains; `pointers` are the scored diagnoses to reach, or None.

    `worth` is `possible` in points; `without_units` is what the plainest answer earns with other
    units; what follows `without_units` repeats the line.
    """

    line: KeyService
    possible: int
    worth: float
    pointers: frozenset[str] | None
    primary: str | None
    # The plainest right answer, so that a right line is known at a glance: modifiers as written, pointers in order.
    plain_modifiers: tuple[str, ...]
    plain_pointers: tuple[str, ...]
    plain_points: "ServicePoints"
    without_units: "ServicePoints"
    units: int | None
    code: str
    first: bool
    optional: bool
    rationale: str | None


@dataclass(frozen=True, slots=True)
class Grains:
    """A policy's weights in grains."""

    code: int
    first: int
    after: int
    poa: int
    modifiers: int
    units: int
    pointers: int
    pos: int
    no_service: int
    unsupported_diagnosis: int
    unsupported_service: int


@dataclass(frozen=True, slots=True)
class BranchPlan:
    """A branch prepared for pairing under one policy and claim form.

    `plain_*`: the codes that only one line knows, and as its own: its position. `same_diagnoses`: the first branch of
    the key with the very same diagnoses, which come out the same. `codes`: diagnosis id -> code.
    """

    branch: Branch
    name: str
    same_diagnoses: int
    diagnoses: tuple[DiagnosisPlan, ...]
    services: tuple[ServicePlan, ...]
    plain_diagnoses: Mapping[str, int]
    plain_services: Mapping[str, int]
    diagnosis_traps: Mapping[tuple[str, str], Trap]
    service_traps: Mapping[tuple[str, str], Trap]
    optional_ids: frozenset[str]
    codes: Mapping[str, str]
    first_diagnosis: int | None
    first_service: int | None
    pos: str | None
    score_modifiers: bool
    no_service: bool
    key_codes: int
    possible_diagnoses: int
    possible_services: int
    possible: int


@dataclass(frozen=True, slots=True)
class KeyPlan:
    """A whole key prepared for grading."""

    grains: Grains
    branches: tuple[BranchPlan, ...]
    traps: Mapping[tuple[LineKind, str], tuple[Trap, ...]]


def plan_of(key: Key, form: ClaimForm, *, pos: str | None, policy: Weights) -> KeyPlan:
    """Prepare a key for grading under a policy; the result is remembered per key object."""
    return _plan(ByIdentity(key), form, pos, policy)


@lru_cache(maxsize=512)
def _plan(same: ByIdentity[Key], form: ClaimForm, pos: str | None, policy: Weights) -> KeyPlan:
    names = Grains.__dataclass_fields__
    weights = {name: _weight(getattr(policy, name)) for name in names}
    if form is ClaimForm.INPATIENT:  # a procedure line is one code, without modifiers: it costs what a diagnosis costs
        weights["unsupported_service"] = weights["unsupported_diagnosis"]
    grains = Grains(**weights)
    traps: dict[tuple[LineKind, str], list[Trap]] = {}
    for trap in same.value.traps:
        traps.setdefault((trap.kind, trap.code), []).append(trap)
    by_line = {(t.kind, t.line, t.code): t for t in reversed(same.value.traps) if t.line}
    return KeyPlan(
        grains,
        tuple(
            _branch_plan(same.value, i, form=form, pos=pos, grains=grains, traps=by_line)
            for i in range(len(same.value.branches))
        ),
        {code: tuple(found) for code, found in traps.items()},
    )


def _branch_plan(
    key: Key,
    number: int,
    *,
    form: ClaimForm,
    pos: str | None,
    grains: Grains,
    traps: Mapping[tuple[LineKind, str, str], Trap],
) -> BranchPlan:
    branch = key.branches[number]
    places = {d.id: i for i, d in enumerate(branch.diagnoses)}
    optional = frozenset(d.id for d in branch.diagnoses if d.optional)
    modifiers = form is not ClaimForm.INPATIENT
    diagnoses = []
    for d in branch.diagnoses:
        possible = grains.code
        possible += grains.first if d.first else 0
        possible += grains.after if d.after else 0
        possible += grains.poa if d.poa else 0
        after = places[d.after] if d.after else None
        diagnoses.append(
            DiagnosisPlan(
                d,
                possible,
                possible / GRAINS_PER_POINT,
                after,
                d.poa,
                d.id,
                d.code,
                d.first,
                d.optional,
                d.rationale,
            )
        )
    services = []
    for s in branch.services:
        possible = grains.code
        possible += grains.first if s.first else 0
        possible += grains.modifiers if modifiers else 0
        possible += grains.units if s.units is not None else 0
        possible += grains.pointers if s.pointers else 0
        pointers = frozenset(s.pointers) - optional if s.pointers else None
        primary = s.primary if s.primary and s.primary not in optional else None
        plain = tuple(p for p in s.pointers or () if p not in optional)
        if primary is not None:
            plain = (primary, *(p for p in plain if p != primary))
        modifiers_written = tuple(slot.any_of[0] for slot in s.required_modifiers)
        points = ServicePoints(
            grains.code,
            grains.modifiers if modifiers else 0,
            grains.units if s.units is not None else 0,
            grains.pointers if pointers is not None else 0,
        )
        services.append(
            ServicePlan(
                s,
                possible,
                possible / GRAINS_PER_POINT,
                pointers,
                primary,
                modifiers_written,
                plain,
                points,
                points._replace(units=0),
                s.units,
                s.code,
                s.first,
                s.optional,
                s.rationale,
            )
        )
    possible_diagnoses = sum(p.possible for p in diagnoses if not p.line.optional)
    possible_services = sum(p.possible for p in services if not p.line.optional)
    possible_services += grains.no_service if branch.no_service else 0
    return BranchPlan(
        branch,
        branch.name,
        next(i for i, other in enumerate(key.branches) if other.diagnoses == branch.diagnoses),
        tuple(diagnoses),
        tuple(services),
        _plain(branch.diagnosis_index, branch.diagnoses),
        _plain(branch.service_index, branch.services),
        {(line, code): t for (kind, line, code), t in traps.items() if kind is LineKind.DIAGNOSIS},
        {(line, code): t for (kind, line, code), t in traps.items() if kind is LineKind.SERVICE},
        optional,
        {d.id: d.code for d in branch.diagnoses},
        next((i for i, p in enumerate(diagnoses) if p.line.first), None),
        next((i for i, q in enumerate(services) if q.line.first), None),
        pos,
        modifiers,
        branch.no_service,
        sum(not line.optional for line in (*branch.diagnoses, *branch.services)),
        possible_diagnoses,
        possible_services,
        possible_diagnoses + possible_services + (grains.pos if pos else 0),
    )


def _plain(index: Mapping[str, tuple[tuple[int, float], ...]], lines: Sequence[KeyLine]) -> dict[str, int]:
    return {
        code: places[0][0] for code, places in index.items() if len(places) == 1 and lines[places[0][0]].code == code
    }


@dataclass(frozen=True, slots=True)
class ModifierMatch:
    """How submitted modifiers meet the slots of a line."""

    right: int
    union: int
    missing: tuple[tuple[str, ...], ...]
    extra: tuple[str, ...]
    out_of_order: bool


_EMPTY_MATCH = ModifierMatch(0, 0, (), (), False)


def match_modifiers(line: KeyService, submitted: tuple[str, ...]) -> ModifierMatch:
    """Match modifiers with slots: most slots met, each by one modifier; optional ones are left out of both sides.

    A modifier written twice is right at most once.
    """
    if not submitted and not line.modifiers:
        return _EMPTY_MATCH
    return _match_modifiers(ByIdentity(line), submitted)


@lru_cache(maxsize=8192)
def _match_modifiers(same: ByIdentity[KeyService], submitted: tuple[str, ...]) -> ModifierMatch:
    line = same.value
    slots = line.required_modifiers
    taken: dict[int, int] = {}  # position in submitted -> slot

    def place(slot: int, seen: set[int]) -> bool:
        for position, modifier in enumerate(submitted):
            if modifier in slots[slot].any_of and position not in seen:
                seen.add(position)
                if position not in taken or place(taken[position], seen):
                    taken[position] = slot
                    return True
        return False

    met = [place(slot, set()) for slot in range(len(slots))]
    filled = set(taken.values())
    extra = tuple(
        modifier
        for position, modifier in enumerate(submitted)
        if position not in taken and not (modifier in line.optional_modifiers and modifier not in submitted[:position])
    )
    order = [taken[position] for position in sorted(taken)]
    return ModifierMatch(
        right=sum(met),
        union=len(slots) + len(extra),
        missing=tuple(slot.any_of for i, slot in enumerate(slots) if i not in filled),
        extra=extra,
        out_of_order=line.modifier_order and order != sorted(order),
    )


def modifier_grains(match: ModifierMatch, weight: int) -> int:
    """Return the grains earned by the modifiers of a paired service."""
    if match.union == 0:
        return weight
    if match.right == match.union:
        return weight // 2 if match.out_of_order else weight
    return weight * match.right // match.union


def pointers_right(
    plan: ServicePlan, entry: ServiceEntry, *, reach: Mapping[str, str], optional: frozenset[str]
) -> bool:
    """Say whether a paired service points at just the key diagnoses it should, the primary one first.

    `reach` gives the key diagnosis each letter stands for; a letter that is missing from it (an empty row, a wrong or
    unsupported code) is a wrong member. Optional diagnoses are ignored on both sides.
    """
    scored = tuple([reach.get(letter, "") for letter in entry.pointers])
    if scored == plan.plain_pointers:
        return True
    if optional:
        scored = tuple(line for line in scored if line not in optional)
    if plan.pointers is None or plan.pointers != set(scored):
        return False
    return plan.primary is None or scored[0] == plan.primary


class ServicePoints(NamedTuple):
    """What a paired service earns, in grains."""

    code: int
    modifiers: int
    units: int
    pointers: int


def service_points(
    plan: ServicePlan,
    entry: ServiceEntry,
    *,
    credit: float,
    reach: Mapping[str, str],
    branch: BranchPlan,
    grains: Grains,
) -> ServicePoints:
    """Return what a service earns when paired with a key line."""
    modifiers = 0
    if branch.score_modifiers:
        if entry.modifiers == plan.plain_modifiers:
            modifiers = grains.modifiers
        else:
            modifiers = modifier_grains(match_modifiers(plan.line, entry.modifiers), grains.modifiers)
    units = grains.units if plan.units is not None and entry.units == plan.units else 0
    pointers = 0
    if plan.pointers is not None and pointers_right(plan, entry, reach=reach, optional=branch.optional_ids):
        pointers = grains.pointers
    return ServicePoints(code_grains(credit, grains), modifiers, units, pointers)


def code_grains(credit: float, grains: Grains) -> int:
    """Return the grains of a code accepted for `credit`."""
    return grains.code if credit == 1.0 else grains.code // CREDIT_STEPS * round(credit * CREDIT_STEPS)
