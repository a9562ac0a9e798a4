"""The grader: a pure function from a case, a claim and what is known of the codes to a Result."""

from coachapp.domain.codes import CodeFacts
from coachapp.domain.edits import findings
from coachapp.domain.explaining import Explainer
from coachapp.domain.items import DEFAULT_POLICY, Branch, Case, ClaimForm, Weights
from coachapp.domain.keylines import KeyDiagnosis, Poa
from coachapp.domain.matching import Pairing
from coachapp.domain.points import GRAINS_PER_POINT, plan_of
from coachapp.domain.responses import LETTERS, ClaimResponse, DiagnosisEntry, ServiceEntry
from coachapp.domain.results import BranchScore, Result
from coachapp.domain.scores import DiagnosisSums, ratio, scores, weigh, weigh_diagnoses


def grade(case: Case, claim: ClaimResponse, policy: Weights | None = None, *, facts: CodeFacts) -> Result:
    """Grade a claim against every branch of the case's key and explain it against the one that suits it best.

    The best Coachapp score counts, the first branch on a tie. `policy` is the assignment's, else the case's, else the
    default. The same arguments always give an equal Result.
    """
    policy = policy or case.policy or DEFAULT_POLICY
    plan = plan_of(case.key, case.claim_form, pos=case.pos, policy=policy)
    grains = plan.grains
    # Branches mostly differ in services alone: diagnoses that are the same are weighed once.
    diagnoses: dict[int, tuple[Pairing, DiagnosisSums]] = {}
    outcomes = []
    for branch in plan.branches:
        if branch.same_diagnoses not in diagnoses:
            diagnoses[branch.same_diagnoses] = weigh_diagnoses(branch, claim, grains=grains)
        outcomes.append(weigh(branch, claim, diagnoses[branch.same_diagnoses], grains=grains))
    best = 0
    for index, outcome in enumerate(outcomes):
        # a/b > c/d in whole numbers, so that equal scores are equal.
        if outcome.earned * outcomes[best].whole > outcomes[best].earned * outcome.whole:
            best = index
    chosen = outcomes[best]
    inpatient = case.claim_form is ClaimForm.INPATIENT
    explainer = Explainer(plan, claim, chosen, facts)
    return Result(
        scores=scores(chosen, claim, grains=grains),
        policy=policy.name,
        branch=chosen.branch.name,
        branch_index=best,
        earned=_points(chosen.earned),
        possible=_points(chosen.branch.possible),
        unsupported_worth=_points(chosen.whole - chosen.branch.possible),
        lines=explainer.lines(),
        claim=explainer.elements(),
        findings=findings(claim, facts, patient=case.patient, inpatient=inpatient),
        branches=tuple([BranchScore(o.branch.name, ratio(o.earned, o.whole)) for o in outcomes]),
    )


def _points(grains: int) -> float:
    return grains / GRAINS_PER_POINT


def key_claim(case: Case, branch_index: int = 0, *, optional: bool = True) -> ClaimResponse:
    """Return the claim that a branch of the key describes, with or without its optional lines.

    Diagnoses stand in the key's order, but for the one marked first and those that must come after another.
    """
    branch = case.key.branches[branch_index]
    ordered = _in_order(branch, optional)
    letters = {d.id: LETTERS[i] for i, d in enumerate(ordered)}
    diagnoses = tuple(DiagnosisEntry(d.code, letters[d.id], i, d.poa or Poa.EXEMPT) for i, d in enumerate(ordered))
    lines = [s for s in branch.services if optional or not s.optional]
    lines.sort(key=lambda s: not s.first)
    services = []
    for i, s in enumerate(lines):
        modifiers: tuple[str, ...] = ()
        for slot in s.required_modifiers:
            modifiers += (next((m for m in slot.any_of if m not in modifiers), slot.any_of[0]),)
        pointers = [p for p in s.pointers or () if p in letters]
        if s.primary in pointers:
            pointers = [s.primary, *(p for p in pointers if p != s.primary)]
        services.append(ServiceEntry(s.code, i, modifiers, s.units or 1, tuple(letters[p] for p in pointers if p)))
    pos = case.pos if case.claim_form is ClaimForm.PROFESSIONAL else None
    return ClaimResponse(diagnoses, tuple(services), pos, branch.no_service)


def _in_order(branch: Branch, optional: bool) -> list[KeyDiagnosis]:
    waiting = [d for d in branch.diagnoses if optional or not d.optional]
    waiting.sort(key=lambda d: not d.first)
    ordered: list[KeyDiagnosis] = []
    placed: set[str] = set()
    while waiting:
        following = next(d for d in waiting if d.after is None or d.after in placed)
        waiting.remove(following)
        placed.add(following.id)
        ordered.append(following)
    return ordered
