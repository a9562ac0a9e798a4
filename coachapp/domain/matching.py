"""Pairing of a claim's lines with a branch's lines (grading.md section 3)."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from coachapp.domain.keylines import KeyLine, Trap
from coachapp.domain.points import CREDIT_STEPS, BranchPlan, Grains, service_points
from coachapp.domain.responses import ClaimResponse, ServiceEntry


class Pairing(NamedTuple):
    """Which submitted line each key line of one kind takes. Positions count among the claim's non-empty rows.

    `paired`: key position -> (submitted position, credit). `near`: key position -> submitted position of a near miss.
    `alone`: submitted positions that stay unsupported.
    """

    paired: dict[int, tuple[int, float]]
    near: dict[int, int]
    alone: list[int]


def pair_diagnoses(plan: BranchPlan, claim: ClaimResponse) -> Pairing:
    """Pair a claim's diagnoses with a branch's."""
    entries = claim.diagnoses
    plain, index = plan.plain_diagnoses, plan.branch.diagnosis_index
    paired: dict[int, tuple[int, float]] = {}
    for place, entry in enumerate(entries):
        position = plain.get(entry.code)
        if position is None:
            if entry.code in index:  # an accepted code, or one that several lines know
                paired = _best_diagnoses(plan, claim)
                break
        elif position not in paired:
            paired[position] = (place, 1.0)
    if len(paired) == len(entries):
        return Pairing(paired, {}, [])
    near, alone = _near(
        [(i, p.line) for i, p in enumerate(plan.diagnoses) if i not in paired and not p.optional],
        [d.code for d in entries],
        used={place for place, _ in paired.values()},
        traps=plan.diagnosis_traps,
    )
    return Pairing(paired, near, alone)


def pair_services(plan: BranchPlan, claim: ClaimResponse, *, reach: Mapping[str, str], grains: Grains) -> Pairing:
    """Pair a claim's services with a branch's; `reach` gives the key diagnosis that each letter stands for."""
    entries = claim.services
    plain, index = plan.plain_services, plan.branch.service_index
    paired: dict[int, tuple[int, float]] = {}
    for place, entry in enumerate(entries):
        position = plain.get(entry.code)
        if position is None:
            if entry.code in index:
                paired = _best_services(plan, claim, reach=reach, grains=grains)
                break
        elif position in paired:  # two lines for one: the better one counts
            paired = _best_services(plan, claim, reach=reach, grains=grains)
            break
        else:
            paired[position] = (place, 1.0)
    if len(paired) == len(entries):
        return Pairing(paired, {}, [])
    near, alone = _near(
        [(i, q.line) for i, q in enumerate(plan.services) if i not in paired and not q.optional],
        [s.code for s in entries],
        used={place for place, _ in paired.values()},
        traps=plan.service_traps,
    )
    return Pairing(paired, near, alone)


def _best_diagnoses(plan: BranchPlan, claim: ClaimResponse) -> dict[int, tuple[int, float]]:
    """Give each key diagnosis the line with its own code, else with the accepted code of highest credit; earliest."""
    best: dict[int, tuple[float, int]] = {}  # key position -> (rank, submitted position)
    index = plan.branch.diagnosis_index
    lines = plan.diagnoses
    for place, entry in enumerate(claim.diagnoses):
        for position, credit in index.get(entry.code, ()):
            rank = 2.0 if lines[position].line.code == entry.code else credit
            held = best.get(position)
            if held is None or rank > held[0]:
                best[position] = (rank, place)
    found: dict[int, tuple[int, float]] = {}
    used: set[int] = set()
    for position in sorted(best):
        rank, place = best[position]
        if place not in used:
            used.add(place)
            found[position] = (place, 1.0 if rank >= 1 else rank)
    return found


def _best_services(
    plan: BranchPlan, claim: ClaimResponse, *, reach: Mapping[str, str], grains: Grains
) -> dict[int, tuple[int, float]]:
    """Return the best assignment of submitted services to key services (grading.md section 3, step 2)."""
    index = plan.branch.service_index
    edges: dict[int, dict[int, float]] = {}
    keys_of: dict[int, list[int]] = {}
    for place, entry in enumerate(claim.services):
        for position, credit in index.get(entry.code, ()):
            edges.setdefault(position, {})[place] = credit
            keys_of.setdefault(place, []).append(position)
    found: dict[int, tuple[int, float]] = {}
    done: set[int] = set()
    for position, partners in edges.items():
        if position in done:
            continue
        if len(partners) == 1:
            ((place, credit),) = partners.items()
            if len(keys_of[place]) == 1:
                found[position] = (place, credit)
                continue
        keys, places = _component(position, edges, keys_of)
        done.update(keys)
        weights, ranked = _weigh(keys, places, edges=edges, plan=plan, claim=claim, reach=reach, grains=grains)
        for key, column in zip(keys, assign(weights), strict=True):
            if column is not None:
                found[key] = (ranked[column], edges[key][ranked[column]])
    return found


def _component(
    start: int, edges: Mapping[int, Mapping[int, float]], keys_of: Mapping[int, list[int]]
) -> tuple[list[int], list[int]]:
    keys, places, waiting = {start}, set(), [start]
    while waiting:
        for place in edges[waiting.pop()]:
            if place not in places:
                places.add(place)
                fresh = [k for k in keys_of[place] if k not in keys]
                keys.update(fresh)
                waiting += fresh
    return sorted(keys), sorted(places)


def _content(entry: ServiceEntry, codes_by_letter: Mapping[str, str]) -> tuple[object, ...]:
    """Return what a line says, whatever row it stands in and whatever letters its diagnoses happen to have."""
    reached = tuple(codes_by_letter.get(letter, "") for letter in entry.pointers)
    return (entry.code, tuple(sorted(entry.modifiers)), entry.units, tuple(sorted(reached)), reached, entry.modifiers)


def _weigh(
    keys: Sequence[int],
    places: Sequence[int],
    *,
    edges: Mapping[int, Mapping[int, float]],
    plan: BranchPlan,
    claim: ClaimResponse,
    reach: Mapping[str, str],
    grains: Grains,
) -> tuple[list[list[int]], list[int]]:
    """Weigh every possible pair of a group of lines that share codes; return weights and the places of its columns.

    What an assignment should have is, in this order: most code credit, most of the other points, most optional lines,
    and, between equals, the lines that come first by content. The four are packed into one whole number per pair, each
    above all that the later ones could add up to.
    """
    codes = {d.letter: d.code for d in claim.diagnoses}
    ranked = sorted(places, key=lambda p: (_content(claim.services[p], codes), p))
    size = len(ranked)
    content_room = (size + 1) ** (len(keys) + 1)
    optional_room = len(keys) + 1
    other_room = (grains.modifiers + grains.units + grains.pointers + 1) * len(keys) + 1
    weights: list[list[int]] = []
    for row, key in enumerate(keys):
        line: list[int] = []
        for rank, place in enumerate(ranked):
            credit = edges[key].get(place)
            if credit is None:
                line.append(0)
                continue
            credit_steps, others, optional = 0, 0, 1
            if not plan.services[key].line.optional:
                points = service_points(
                    plan.services[key], claim.services[place], credit=credit, reach=reach, branch=plan, grains=grains
                )
                credit_steps, others, optional = (
                    round(credit * CREDIT_STEPS),
                    points.modifiers + points.units + points.pointers,
                    0,
                )
            value = (credit_steps * other_room + others) * optional_room + optional
            line.append(value * content_room + (size - rank) * (size + 1) ** (len(keys) - 1 - row))
        weights.append(line)
    return weights, ranked


def assign(weights: Sequence[Sequence[int]]) -> list[int | None]:
    """Return for each row the column of an assignment with the greatest sum of weights; None where a row stays free.

    The Hungarian method with potentials on whole numbers, O(rows² · columns). A weight of 0 means "may not pair".
    """
    rows, columns = len(weights), len(weights[0]) + len(weights)
    cost = [[-w for w in row] + [0] * rows for row in weights]
    infinite = 1 + 4 * sum(max(row) for row in weights)
    u, v = [0] * (rows + 1), [0] * (columns + 1)
    match = [0] * (columns + 1)
    for row in range(1, rows + 1):
        match[0], column = row, 0
        least = [infinite] * (columns + 1)
        way, used = [0] * (columns + 1), [False] * (columns + 1)
        while True:
            used[column] = True
            i, delta, following = match[column], infinite, 0
            for j in range(1, columns + 1):
                if used[j]:
                    continue
                reduced = cost[i - 1][j - 1] - u[i] - v[j]
                if reduced < least[j]:
                    least[j], way[j] = reduced, column
                if least[j] < delta:
                    delta, following = least[j], j
            for j in range(columns + 1):
                if used[j]:
                    u[match[j]] += delta
                    v[j] -= delta
                else:
                    least[j] -= delta
            column = following
            if match[column] == 0:
                break
        while column:
            match[column] = match[way[column]]
            column = way[column]
    found: list[int | None] = [None] * rows
    for j in range(1, columns + 1):
        if match[j] and j <= columns - rows and weights[match[j] - 1][j - 1] > 0:
            found[match[j] - 1] = j - 1
    return found


def _near(
    left: Sequence[tuple[int, KeyLine]], codes: Sequence[str], *, used: set[int], traps: Mapping[tuple[str, str], Trap]
) -> tuple[dict[int, int], list[int]]:
    """Pair what is left by closeness, to explain: a trap of the line, else the same first three characters.

    Three characters are the ICD category, the CPT or HCPCS family, and section, body system and operation of PCS.
    Closest first: trap, longer common beginning, key order, code. Returns near misses and what stays alone.
    """
    free = [place for place in range(len(codes)) if place not in used]
    if not free or not left:
        return {}, free
    candidates: list[tuple[bool, int, int, str, int]] = []
    for position, line in left:
        for place in free:
            trap = (line.id, codes[place]) in traps
            if trap or (codes[place][:3] == line.code[:3] and len(codes[place]) >= 3):
                candidates.append((not trap, -_common(line.code, codes[place]), position, codes[place], place))
    near: dict[int, int] = {}
    taken: set[int] = set()
    for _, _, position, _, place in sorted(candidates):
        if position not in near and place not in taken:
            near[position] = place
            taken.add(place)
    return near, [place for place in free if place not in taken]


def _common(a: str, b: str) -> int:
    count = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        count += 1
    return count
