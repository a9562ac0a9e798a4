"""Scores by name (grading.md section 5), from the points a pairing earns."""

from collections.abc import Mapping
from typing import NamedTuple

from coachapp.domain.matching import Pairing, pair_diagnoses, pair_services
from coachapp.domain.points import BranchPlan, Grains, ServicePoints, code_grains, service_points
from coachapp.domain.responses import ClaimResponse


class DiagnosisSums(NamedTuple):
    """What a branch gives a claim's diagnoses, in grains.

    `found`: code credit; `optional`: how many lines met an optional one; `first`: whether the first-listed one stands
    first, None where none is marked; `after`: the same for each line that must follow another; `reach`: letter -> id of
    the key diagnosis.
    """

    earned: int
    found: int
    optional: int
    unsupported: int
    first: bool | None
    after: dict[int, bool]
    reach: dict[str, str]


class ServiceSums(NamedTuple):
    """What a branch gives a claim's services, in grains; `points` by key position, `modifiers` over scored lines."""

    earned: int
    found: int
    optional: int
    unsupported: int
    first: bool | None
    points: dict[int, ServicePoints]
    modifiers: int


class Outcome(NamedTuple):
    """A claim against one branch: the Coachapp score is earned / whole, both in grains."""

    branch: BranchPlan
    diagnoses: Pairing
    services: Pairing
    diagnosis_sums: DiagnosisSums
    service_sums: ServiceSums
    earned: int
    whole: int


def weigh_diagnoses(plan: BranchPlan, claim: ClaimResponse, *, grains: Grains) -> tuple[Pairing, DiagnosisSums]:
    """Pair a claim's diagnoses with a branch's and add up their points."""
    pairing = pair_diagnoses(plan, claim)
    paired, entries, lines = pairing.paired, claim.diagnoses, plan.diagnoses
    earned = found = optional = 0
    first: bool | None = None
    after: dict[int, bool] = {}
    reach: dict[str, str] = {}
    if plan.first_diagnosis is not None:
        held = paired.get(plan.first_diagnosis)
        first = held is not None and held[0] == 0
        earned = grains.first if first else 0
    for i, (place, credit) in paired.items():
        p = lines[i]
        entry = entries[place]
        reach[entry.letter] = p.id
        if p.optional:
            optional += 1
            continue
        code = grains.code if credit == 1.0 else code_grains(credit, grains)
        found += code if grains.code else round(credit)
        earned += code
        if p.after is not None:
            earlier = paired.get(p.after)
            after[i] = earlier is not None and earlier[0] < place
            earned += grains.after if after[i] else 0
        if p.poa is not None and entry.poa is p.poa:
            earned += grains.poa
    unsupported = len(pairing.alone) * grains.unsupported_diagnosis
    return pairing, DiagnosisSums(earned, found, optional, unsupported, first, after, reach)


def weigh_services(
    plan: BranchPlan, claim: ClaimResponse, *, reach: Mapping[str, str], grains: Grains
) -> tuple[Pairing, ServiceSums]:
    """Pair a claim's services with a branch's and add up their points."""
    pairing = pair_services(plan, claim, reach=reach, grains=grains)
    paired, entries, lines = pairing.paired, claim.services, plan.services
    earned = found = optional = modifiers = 0
    first: bool | None = None
    points: dict[int, ServicePoints] = {}
    if plan.first_service is not None:
        held = paired.get(plan.first_service)
        first = held is not None and held[0] == 0
        earned = grains.first if first else 0
    for i, (place, credit) in paired.items():
        q = lines[i]
        entry = entries[place]
        gained = None
        # A line that is right to the letter is known at a glance; most are, and this runs for every branch.
        if credit == 1.0 and entry.modifiers == q.plain_modifiers:
            reached = tuple([reach.get(letter) for letter in entry.pointers]) if q.pointers is not None else ()
            if reached == q.plain_pointers:
                gained = q.plain_points if q.units is None or entry.units == q.units else q.without_units
                total = gained.code + gained.modifiers + gained.units + gained.pointers
        if gained is None:
            gained = service_points(q, entry, credit=credit, reach=reach, branch=plan, grains=grains)
            total = gained.code + gained.modifiers + gained.units + gained.pointers
        points[i] = gained
        if q.optional:
            optional += 1
        else:
            earned += total
            modifiers += gained.modifiers
            found += gained.code if grains.code else round(credit)
    if plan.no_service and claim.no_service:
        earned += grains.no_service
    unsupported = len(pairing.alone) * grains.unsupported_service
    return pairing, ServiceSums(earned, found, optional, unsupported, first, points, modifiers)


def weigh(
    plan: BranchPlan,
    claim: ClaimResponse,
    diagnoses: tuple[Pairing, DiagnosisSums],
    *,
    grains: Grains,
) -> Outcome:
    """Weigh a claim against a branch, given how its diagnoses came out."""
    paired, sums = diagnoses
    services, more = weigh_services(plan, claim, reach=sums.reach, grains=grains)
    earned = sums.earned + more.earned + (grains.pos if plan.pos and claim.pos == plan.pos else 0)
    return Outcome(plan, paired, services, sums, more, earned, plan.possible + sums.unsupported + more.unsupported)


def ratio(part: int, whole: int) -> float | None:
    """Return part / whole as the nearest float, or None where there is nothing to divide by."""
    return part / whole if whole else None


def scores(outcome: Outcome, claim: ClaimResponse, *, grains: Grains) -> Mapping[str, float | None]:
    """Return every score by name, each from 0 to 1, or None where the branch asserts none.

    `found` sums code credit over scored lines; `entered` counts submitted lines not paired with an optional line.
    `penalised` is found / max(entered, key codes).
    """
    plan, diagnoses, services = outcome.branch, outcome.diagnosis_sums, outcome.service_sums
    found = diagnoses.found + services.found
    one = grains.code or 1
    key_codes = plan.key_codes
    entered = len(claim.diagnoses) + len(claim.services) - diagnoses.optional - services.optional
    recall = ratio(found, key_codes * one)
    firsts = [stands for stands in (diagnoses.first, services.first) if stands is not None]
    paired = len(outcome.services.paired) - services.optional
    return {
        "coachapp": ratio(outcome.earned, outcome.whole),
        "code_over_code": recall,
        "recall": recall,
        "penalised": ratio(found, max(entered, key_codes) * one),
        "precision": None if not key_codes else (ratio(found, entered * one) or 0.0),
        "f1": None if not key_codes else ratio(2 * found, (entered + key_codes) * one),
        "record_over_record": 1.0 if outcome.earned == outcome.whole else 0.0,
        "first_listed": ratio(sum(firsts), len(firsts)),
        "diagnoses": _kind_score(diagnoses.earned, plan.possible_diagnoses, diagnoses.unsupported),
        "services": _kind_score(services.earned, plan.possible_services, services.unsupported),
        "modifiers": ratio(services.modifiers, paired * grains.modifiers) if plan.score_modifiers else None,
    }


def _kind_score(earned: int, possible: int, unsupported: int) -> float | None:
    """Return the Coachapp rule within one kind of line; None where the branch asserts nothing of that kind."""
    return ratio(earned, possible + unsupported) if possible else None
