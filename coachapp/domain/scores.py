"""Scores by name (grading.md section 5), from the points a pairing earns."""

from collections.abc import Mapping
from dataclasses import dataclass

from coachapp.domain.keylines import LineKind
from coachapp.domain.matching import Pairing
from coachapp.domain.points import BranchPlan, Grains, ServicePoints, code_grains, service_points
from coachapp.domain.responses import ClaimResponse


@dataclass(slots=True)
class Tally:
    """What a branch gives a claim, in grains: the Coachapp score is earned / (possible + unsupported)."""

    diagnoses: int
    services: int
    claim: int
    first: dict[LineKind, bool | None]
    after: dict[int, bool]
    points: dict[int, ServicePoints]
    unsupported_diagnoses: int
    unsupported_services: int

    @property
    def earned(self) -> int:
        """Return all grains earned."""
        return self.diagnoses + self.services + self.claim

    @property
    def unsupported(self) -> int:
        """Return the worth of all unsupported lines."""
        return self.unsupported_diagnoses + self.unsupported_services


def tally(plan: BranchPlan, claim: ClaimResponse, *, pairing: Pairing, grains: Grains) -> Tally:
    """Add up the points of a pairing."""
    diagnoses = services = 0
    first: dict[LineKind, bool | None] = {LineKind.DIAGNOSIS: None, LineKind.SERVICE: None}
    after: dict[int, bool] = {}
    paired_diagnoses = pairing.diagnoses
    if plan.first_diagnosis is not None:
        held = paired_diagnoses.get(plan.first_diagnosis)
        first[LineKind.DIAGNOSIS] = stands = held is not None and held[0] == 0
        diagnoses += grains.first if stands else 0
    for i, (place, credit) in paired_diagnoses.items():
        p = plan.diagnoses[i]
        if p.optional:
            continue
        diagnoses += grains.code if credit == 1.0 else code_grains(credit, grains)
        if p.after is not None:
            earlier = paired_diagnoses.get(p.after)
            after[i] = earlier is not None and earlier[0] < place
            diagnoses += grains.after if after[i] else 0
        if p.poa is not None and claim.diagnoses[place].poa is p.poa:
            diagnoses += grains.poa
    points: dict[int, ServicePoints] = {}
    reach = pairing.reach
    if plan.first_service is not None:
        held = pairing.services.get(plan.first_service)
        first[LineKind.SERVICE] = stands = held is not None and held[0] == 0
        services += grains.first if stands else 0
    for i, (place, credit) in pairing.services.items():
        q = plan.services[i]
        entry = claim.services[place]
        # A line that is right to the letter is known at a glance; most are, and this runs for every branch.
        if credit == 1.0 and entry.modifiers == q.plain_modifiers and (q.units is None or entry.units == q.units):
            reached = tuple([reach.get(letter) for letter in entry.pointers]) if q.pointers is not None else ()
            if reached == q.plain_pointers:
                points[i] = q.plain_points
                if not q.optional:
                    services += q.plain_total
                continue
        earned = service_points(q, entry, credit=credit, reach=reach, branch=plan, grains=grains)
        points[i] = earned
        if not q.optional:
            services += earned.code + earned.modifiers + earned.units + earned.pointers
    if plan.branch.no_service and claim.no_service:
        services += grains.no_service
    return Tally(
        diagnoses,
        services,
        grains.pos if plan.pos and claim.pos == plan.pos else 0,
        first,
        after,
        points,
        len(pairing.alone_diagnoses) * grains.unsupported_diagnosis,
        len(pairing.alone_services) * grains.unsupported_service,
    )


def ratio(part: int, whole: int) -> float | None:
    """Return part / whole as the nearest float, or None where there is nothing to divide by."""
    return part / whole if whole else None


def scores(
    plan: BranchPlan, claim: ClaimResponse, *, pairing: Pairing, sums: Tally, grains: Grains
) -> Mapping[str, float | None]:
    """Return every score by name, each from 0 to 1, or None where the branch asserts none.

    `found` sums code credit over scored lines; `entered` counts submitted lines not paired with an optional line.
    `penalised` is found / max(entered, key codes).
    """
    found = sum(_credit(credit, grains) for i, (_, credit) in pairing.diagnoses.items() if _scored(plan, i, None))
    found += sum(_credit(credit, grains) for i, (_, credit) in pairing.services.items() if _scored(plan, None, i))
    optional = sum(not _scored(plan, i, None) for i in pairing.diagnoses)
    optional += sum(not _scored(plan, None, i) for i in pairing.services)
    one = grains.code or 1
    key_codes = sum(not p.line.optional for p in plan.diagnoses) + sum(not p.line.optional for p in plan.services)
    entered = len(claim.diagnoses) + len(claim.services) - optional
    recall = ratio(found, key_codes * one)
    firsts = [stands for stands in sums.first.values() if stands is not None]
    paired = [i for i in pairing.services if not plan.services[i].line.optional]
    whole = plan.possible + sums.unsupported
    return {
        "coachapp": ratio(sums.earned, whole),
        "code_over_code": recall,
        "recall": recall,
        "penalised": ratio(found, max(entered, key_codes) * one),
        "precision": None if not key_codes else (ratio(found, entered * one) or 0.0),
        "f1": None if not key_codes else ratio(2 * found, (entered + key_codes) * one),
        "record_over_record": 1.0 if sums.earned == whole else 0.0,
        "first_listed": ratio(sum(firsts), len(firsts)),
        "diagnoses": _kind_score(sums.diagnoses, plan.possible_diagnoses, sums.unsupported_diagnoses),
        "services": _kind_score(sums.services, plan.possible_services, sums.unsupported_services),
        "modifiers": ratio(sum(sums.points[i].modifiers for i in paired), len(paired) * grains.modifiers)
        if plan.score_modifiers
        else None,
    }


def _scored(plan: BranchPlan, diagnosis: int | None, service: int | None) -> bool:
    if diagnosis is not None:
        return not plan.diagnoses[diagnosis].line.optional
    return service is not None and not plan.services[service].line.optional


def _credit(credit: float, grains: Grains) -> int:
    return code_grains(credit, grains) if grains.code else round(credit)


def _kind_score(earned: int, possible: int, unsupported: int) -> float | None:
    """Return the Coachapp rule within one kind of line; None where the branch asserts nothing of that kind."""
    return ratio(earned, possible + unsupported) if possible else None
