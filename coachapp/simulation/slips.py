"""Known kinds of coder's slip, applied to the right claim of a case."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random

from coachapp.domain.codes import undotted
from coachapp.domain.emlevels import family_of
from coachapp.domain.items import FORM_LIMITS, Case, ClaimForm
from coachapp.domain.keylines import LineKind, Poa
from coachapp.domain.responses import LETTERS, ClaimResponse, DiagnosisEntry, ServiceEntry, reindexed

Slip = Callable[[ClaimResponse], ClaimResponse]

UNSUPPORTED = ("Z79.899", "R53.83", "Z87.891", "I10", "E78.5")
_FREE_MODIFIERS = ("59", "25", "22", "51")


def possible_slips(case: Case, claim: ClaimResponse) -> list[Slip]:
    """Return the slips that a coder could make in this claim, in a fixed order."""
    return [*_diagnosis_slips(claim, case), *_service_slips(claim, case), *_trap_slips(claim, case)]


def with_slips(case: Case, claim: ClaimResponse, *, chance: float, random: Random) -> ClaimResponse:
    """Return the claim with each possible slip made with a chance; never two in one row, and never an empty claim."""
    for slip in possible_slips(case, claim):
        if random.random() < chance:
            claim = slip(claim)
    return claim if not claim.blank else replace(claim, no_service=True)


def _at_diagnosis(entry: DiagnosisEntry, **changes: str | Poa) -> Slip:
    def slip(claim: ClaimResponse) -> ClaimResponse:
        rows = tuple(replace(d, **changes) if d == entry else d for d in claim.diagnoses)  # type: ignore[arg-type]
        return replace(claim, diagnoses=rows)

    return slip


def _at_service(entry: ServiceEntry, **changes: object) -> Slip:
    def slip(claim: ClaimResponse) -> ClaimResponse:
        rows = tuple(replace(s, **changes) if s == entry else s for s in claim.services)  # type: ignore[arg-type]
        return replace(claim, services=rows)

    return slip


def _without(entry: DiagnosisEntry | ServiceEntry) -> Slip:
    def slip(claim: ClaimResponse) -> ClaimResponse:
        left = replace(
            claim,
            diagnoses=tuple(d for d in claim.diagnoses if d != entry),
            services=tuple(s for s in claim.services if s != entry),
        )
        return reindexed(left)

    return slip


def _with_diagnosis(code: str, most: int) -> Slip:
    def slip(claim: ClaimResponse) -> ClaimResponse:
        taken = {d.letter for d in claim.diagnoses}
        free = [letter for letter in LETTERS[:most] if letter not in taken]
        if not free or any(d.code == code for d in claim.diagnoses):
            return claim
        return replace(claim, diagnoses=(*claim.diagnoses, DiagnosisEntry(code, free[0], len(claim.diagnoses))))

    return slip


def _first_two_swapped(claim: ClaimResponse) -> ClaimResponse:
    if len(claim.diagnoses) < 2:
        return claim
    one, other, *rest = claim.diagnoses
    return reindexed(replace(claim, diagnoses=(other, one, *rest)))


def _diagnosis_slips(claim: ClaimResponse, case: Case) -> Iterator[Slip]:
    most = FORM_LIMITS[case.claim_form][0]
    if len(claim.diagnoses) > 1:
        yield _first_two_swapped
        yield _without(claim.diagnoses[-1])
    for entry in claim.diagnoses:
        bare = undotted(entry.code)
        if len(bare) == 7 and bare[6] in "ADS":
            yield _at_diagnosis(entry, code=entry.code[:-1] + {"A": "D", "D": "A", "S": "A"}[bare[6]])
        elif len(bare) > 4:
            yield _at_diagnosis(entry, code=entry.code[:-1])
        if entry.poa is not Poa.EXEMPT:
            yield _at_diagnosis(entry, poa=Poa.NO if entry.poa is Poa.YES else Poa.YES)
    known = case.all_codes()[0]
    added = next((code for code in UNSUPPORTED if not any(k[:3] == code[:3] for k in known)), None)
    if added is not None:
        yield _with_diagnosis(added, most)


def _service_slips(claim: ClaimResponse, case: Case) -> Iterator[Slip]:
    if len(claim.services) > 1:
        yield _without(claim.services[-1])
    if case.claim_form is ClaimForm.INPATIENT:
        return
    for entry in claim.services:
        if entry.modifiers:
            yield _at_service(entry, modifiers=entry.modifiers[:-1])
        elif len(entry.modifiers) < 4:
            extra = next(m for m in _FREE_MODIFIERS if m not in entry.modifiers)
            yield _at_service(entry, modifiers=(*entry.modifiers, extra))
        if entry.units > 1:
            yield _at_service(entry, units=1)
        if len(entry.pointers) > 1:
            yield _at_service(entry, pointers=entry.pointers[::-1])
        family = family_of(entry.code)
        if family is not None:
            place = family[1].index(entry.code)
            yield _at_service(entry, code=family[1][place - 1 if place else 1])


def _trap_slips(claim: ClaimResponse, case: Case) -> Iterator[Slip]:
    most = FORM_LIMITS[case.claim_form][0]
    lines = {line.id: line.code for branch in case.key.branches for line in (*branch.diagnoses, *branch.services)}
    for trap in case.key.traps:
        instead_of = lines.get(trap.line or "")
        if trap.kind is LineKind.DIAGNOSIS:
            found = next((d for d in claim.diagnoses if d.code == instead_of), None)
            yield _at_diagnosis(found, code=trap.code) if found else _with_diagnosis(trap.code, most)
        else:
            service = next((s for s in claim.services if s.code == instead_of), None)
            yield _at_service(service, code=trap.code) if service else _with_service(trap.code)


def _with_service(code: str) -> Slip:
    def slip(claim: ClaimResponse) -> ClaimResponse:
        if claim.no_service or any(s.code == code for s in claim.services):
            return claim
        return replace(claim, services=(*claim.services, ServiceEntry(code, len(claim.services))))

    return slip


def payload_of(claim: ClaimResponse) -> dict[str, object]:
    """Return a claim as the rows of the form, as somebody would have typed them."""
    return {
        "diagnoses": [
            {"code": d.code, "letter": d.letter, "poa": "" if d.poa is Poa.EXEMPT else d.poa.value}
            for d in claim.diagnoses
        ],
        "services": [
            {
                "code": s.code,
                "modifiers": [*s.modifiers, *[""] * (4 - len(s.modifiers))],
                "units": str(s.units),
                "pointers": "".join(s.pointers),
            }
            for s in claim.services
        ],
        "pos": claim.pos or "",
        "no_service": claim.no_service,
    }
