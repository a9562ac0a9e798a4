"""The laws of grading as properties over random keys and claims."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from coachapp.domain.grading import grade, key_claim
from coachapp.domain.items import Case, ClaimForm
from coachapp.domain.keylines import LineKind, Poa
from coachapp.domain.labels import Verdict
from coachapp.domain.matching import assign
from coachapp.domain.responses import (
    LETTERS,
    ClaimResponse,
    DiagnosisEntry,
    ServiceEntry,
    claim_data,
    read_claim,
    reindexed,
)
from coachapp.domain.results import Result, result_data

from .builders import NOTHING_KNOWN, case_of

DIAGNOSES = ["S52.501A", "S52.502A", "S52.501D", "I10", "I11.0", "E11.9", "E11.65", "G63", "Z79.4", "M17.11"]
SERVICES = ["25605", "25607", "99213", "99214", "20610", "J1885", "11102", "11103"]
PROCEDURES = ["0DTJ4ZZ", "0DTJ0ZZ", "0DTN0ZZ", "5A1955Z"]
UNKNOWN_DIAGNOSES = ["X99.9XXA", "S52.999A", "I10.9", "Q00.0"]
UNKNOWN_SERVICES = ["25699", "99215", "Q9999", "01999"]
MODIFIERS = ["25", "59", "RT", "LT", "76"]
NEVER_RAISED = ("coachapp", "code_over_code", "penalised", "precision", "f1", "record_over_record")


@st.composite
def branches(draw, form: ClaimForm, name: str) -> dict:
    codes = draw(st.lists(st.sampled_from(DIAGNOSES), unique=True, min_size=1, max_size=5))
    spare = [c for c in DIAGNOSES if c not in codes]
    lines = []
    for i, code in enumerate(codes):
        line: dict = {"id": f"d{i}", "code": code, "optional": draw(st.booleans()) and i > 0}
        if spare and draw(st.booleans()):
            line["accept"] = [{"code": spare.pop(), "credit": draw(st.sampled_from([0.25, 0.5, 1.0]))}]
        if form is ClaimForm.INPATIENT and draw(st.booleans()):
            line["poa"] = draw(st.sampled_from(list(Poa)))
        earlier = [x["id"] for x in lines if not x["optional"]]
        if earlier and draw(st.booleans()):
            line["after"] = draw(st.sampled_from(earlier))
        lines.append(line)
    lines[0]["first"] = draw(st.booleans())
    pool = PROCEDURES if form is ClaimForm.INPATIENT else SERVICES
    services = []
    for i, code in enumerate(draw(st.lists(st.sampled_from(pool), max_size=4))):
        service: dict = {"id": f"s{i}", "code": code, "optional": draw(st.booleans())}
        if form is not ClaimForm.INPATIENT:
            names = draw(st.lists(st.sampled_from(MODIFIERS), unique=True, max_size=3))
            service["modifiers"] = [{"code": m, "optional": draw(st.booleans())} for m in names]
            service["modifier_order"] = draw(st.booleans())
            service["units"] = draw(st.sampled_from([None, 1, 2]))
        if form is ClaimForm.PROFESSIONAL and draw(st.booleans()):
            service["pointers"] = draw(
                st.lists(st.sampled_from([x["id"] for x in lines]), unique=True, min_size=1, max_size=3)
            )
            service["primary"] = draw(st.sampled_from([None, *service["pointers"]]))
        services.append(service)
    return {"name": name, "diagnoses": lines, "services": services}


@st.composite
def cases(draw, most_branches: int = 3) -> Case:
    form = draw(st.sampled_from(list(ClaimForm)))
    made = [draw(branches(form, f"branch {i}")) for i in range(draw(st.integers(1, most_branches)))]
    traps = []
    if draw(st.booleans()):
        line = draw(st.sampled_from(made[0]["diagnoses"]))["id"]
        traps.append(
            {"code": UNKNOWN_DIAGNOSES[0], "kind": "diagnosis", "line": line, "label": "unspecified", "why": "Said."}
        )
    pos = draw(st.sampled_from([None, "11"])) if form is ClaimForm.PROFESSIONAL else None
    return case_of(*made, form=form.value, pos=pos, traps=traps)


@st.composite
def claims(draw, case: Case) -> ClaimResponse:
    form = case.claim_form
    letters = draw(st.permutations(LETTERS[:12]))
    diagnoses = tuple(
        DiagnosisEntry(
            code, letters[i], i, draw(st.sampled_from(list(Poa))) if form is ClaimForm.INPATIENT else Poa.EXEMPT
        )
        for i, code in enumerate(draw(st.lists(st.sampled_from(DIAGNOSES + UNKNOWN_DIAGNOSES), max_size=6)))
    )
    pool = PROCEDURES if form is ClaimForm.INPATIENT else SERVICES + UNKNOWN_SERVICES
    services = []
    for i, code in enumerate(draw(st.lists(st.sampled_from(pool), max_size=5))):
        if form is ClaimForm.INPATIENT:
            services.append(ServiceEntry(code, i))
            continue
        modifiers = tuple(draw(st.lists(st.sampled_from(MODIFIERS), max_size=3)))
        pointers = tuple(draw(st.lists(st.sampled_from(LETTERS[:12]), unique=True, max_size=4)))
        pointers = pointers if form is ClaimForm.PROFESSIONAL else ()
        services.append(ServiceEntry(code, i, modifiers, draw(st.integers(1, 2)), pointers))
    return ClaimResponse(diagnoses, tuple(services), draw(st.sampled_from([None, "11"])) if case.pos else None)


@st.composite
def graded_pairs(draw, most_branches: int = 3) -> tuple[Case, ClaimResponse]:
    """Draw a case with a claim: random, or the key's own claim with something changed (right lines are common)."""
    case = draw(cases(most_branches))
    if draw(st.booleans()):
        return case, draw(claims(case))
    claim = key_claim(case, draw(st.integers(0, len(case.key.branches) - 1)), optional=draw(st.booleans()))
    extra = draw(claims(case))
    used = {d.letter for d in claim.diagnoses}
    diagnoses = claim.diagnoses + tuple(d for d in extra.diagnoses if d.letter not in used)[:3]
    keep = draw(st.lists(st.booleans(), min_size=len(diagnoses), max_size=len(diagnoses)))
    services = claim.services + extra.services[:2]
    if draw(st.booleans()):
        diagnoses = tuple(d for d, kept in zip(diagnoses, keep, strict=True) if kept)
    return case, reindexed(replace(claim, diagnoses=tuple(draw(st.permutations(diagnoses))), services=services))


def run(case: Case, claim: ClaimResponse) -> Result:
    return grade(case, claim, facts=NOTHING_KNOWN)


def never_raises(before: Result, after: Result, names=NEVER_RAISED) -> None:
    for name in names:
        old, new = before.scores[name], after.scores[name]
        assert (new or 0) <= (old or 0), (name, old, new)


def one_branch(case: Case, index: int) -> Case:
    return case.model_copy(update={"key": case.key.model_copy(update={"branches": (case.key.branches[index],)})})


@given(cases(), st.booleans())
def test_own_key_scores_full_under_every_branch(case, optional):
    for index in range(len(case.key.branches)):
        for shown in (case, one_branch(case, index)):
            result = run(shown, key_claim(case, index, optional=optional))
            assert {v for v in result.scores.values() if v is not None} <= {1.0}
            assert result.scores["coachapp"] == 1


@given(cases())
def test_blank_scores_zero_or_null(case):
    assert {v for v in run(case, ClaimResponse()).scores.values() if v is not None} <= {0.0}


@given(graded_pairs())
def test_full_if_and_only_if_nothing_scored_carries_a_label(pair):
    result = run(*pair)
    labelled = any(element.labels for element in result.claim)
    for line in result.lines:
        optional = line.verdict in (Verdict.OPTIONAL_PRESENT, Verdict.OPTIONAL_ABSENT)
        labelled |= any(not optional or label.element == "first" for label in line.labels)
    assert (result.scores["coachapp"] == 1) is (not labelled)
    assert (result.scores["record_over_record"] == 1) is (not labelled)


@given(graded_pairs(), st.data())
def test_a_line_no_key_line_knows_never_raises(pair, data):
    case, claim = pair
    before = run(case, claim)
    used = {d.letter for d in claim.diagnoses}
    if data.draw(st.booleans()) and len(claim.diagnoses) < 11:
        free = [letter for letter in LETTERS[:12] if letter not in used]
        place = data.draw(st.integers(0, len(claim.diagnoses)))
        entry = DiagnosisEntry(data.draw(st.sampled_from(UNKNOWN_DIAGNOSES)), data.draw(st.sampled_from(free)), 0)
        claim = replace(claim, diagnoses=(*claim.diagnoses[:place], entry, *claim.diagnoses[place:]))
    else:
        place = data.draw(st.integers(0, len(claim.services)))
        service = ServiceEntry(data.draw(st.sampled_from(UNKNOWN_SERVICES)), 0)
        claim = replace(claim, services=(*claim.services[:place], service, *claim.services[place:]))
    after = run(case, reindexed(claim))
    never_raises(before, after, ("coachapp",))
    if len(case.key.branches) == 1:
        never_raises(before, after)


@given(graded_pairs(most_branches=1), st.data())
def test_removing_a_right_line_never_raises(pair, data):
    case, claim = pair
    before = run(case, claim)
    right = [line for line in before.lines if line.verdict is Verdict.RIGHT]
    if not right:
        return
    gone = data.draw(st.sampled_from(right))
    codes = gone.expected.credits
    rest = claim.diagnoses if gone.kind is LineKind.DIAGNOSIS else claim.services
    rest = tuple(x for x in rest if x is not gone.submitted)
    if any(x.code in codes for x in rest):
        return
    if gone.kind is LineKind.DIAGNOSIS:
        claim = replace(claim, diagnoses=rest)
    else:
        claim = replace(claim, services=rest)
    never_raises(before, run(case, reindexed(claim)))


@given(graded_pairs(most_branches=1), st.data())
def test_removing_an_optional_line_changes_nothing(pair, data):
    case, claim = pair
    before = run(case, claim)
    present = [x for x in before.lines if x.verdict is Verdict.OPTIONAL_PRESENT and x.submitted.index > 0]
    if not present:
        return
    gone = data.draw(st.sampled_from(present))
    diagnosis = gone.kind is LineKind.DIAGNOSIS
    rest = tuple(x for x in (claim.diagnoses if diagnosis else claim.services) if x is not gone.submitted)
    # The law speaks of lines no other could stand in for; a pointer to a row that goes away is a change of its own.
    replaceable = any(x.code in gone.expected.credits for x in rest)
    pointed = diagnosis and any(gone.submitted.letter in s.pointers for s in claim.services)
    if replaceable or pointed:
        return
    claim = replace(claim, diagnoses=rest) if diagnosis else replace(claim, services=rest)
    assert run(case, reindexed(claim)).scores == before.scores


@given(graded_pairs(), st.data())
def test_permuting_free_lines_changes_no_score(pair, data):
    case, claim = pair
    if case.claim_form is not ClaimForm.INPATIENT:
        claim = replace(claim, services=tuple(data.draw(st.permutations(claim.services))))
    before = run(case, pair[1])
    after = run(case, reindexed(claim))
    assert before.scores == after.scores
    ordered = all(d.after is None and not d.first for b in case.key.branches for d in b.diagnoses)
    if (
        ordered
        and case.claim_form is not ClaimForm.INPATIENT
        and len({d.code for d in claim.diagnoses}) == len(claim.diagnoses)
    ):
        turned = replace(claim, diagnoses=tuple(data.draw(st.permutations(claim.diagnoses))))
        assert run(case, reindexed(turned)).scores == before.scores


@given(graded_pairs())
def test_scores_are_shares_and_grading_is_repeatable(pair):
    case, claim = pair
    first = run(case, claim)
    assert all(v is None or 0 <= v <= 1 for v in first.scores.values())
    again = Case.model_validate(case.model_dump())
    assert result_data(first) == result_data(run(again, claim))


@given(graded_pairs())
def test_each_line_stands_in_exactly_one_verdict(pair):
    case, claim = pair
    result = run(case, claim)
    branch = case.key.branches[result.branch_index]
    for kind, entries, keys in (
        (LineKind.DIAGNOSIS, claim.diagnoses, branch.diagnoses),
        (LineKind.SERVICE, claim.services, branch.services),
    ):
        lines = [line for line in result.lines if line.kind is kind]
        assert sorted(line.submitted.index for line in lines if line.submitted) == [e.index for e in entries]
        assert sorted(line.expected.id for line in lines if line.expected) == sorted(k.id for k in keys)


@given(graded_pairs())
def test_points_of_lines_and_claim_add_up(pair):
    result = run(*pair)
    parts = [*result.lines, *result.claim]
    assert abs(sum(p.points for p in parts) - result.earned) < 1e-9
    assert abs(sum(p.possible for p in parts) - result.possible) < 1e-9


@given(graded_pairs())
def test_a_claim_survives_its_plain_form(pair):
    case, claim = pair
    assert read_claim(claim_data(claim), case.claim_form) == reindexed(claim)


@given(st.integers(1, 4), st.integers(1, 5), st.data())
def test_assignment_is_the_best_there_is(rows, columns, data):
    from itertools import permutations

    weights = [[data.draw(st.integers(0, 9)) for _ in range(columns)] for _ in range(rows)]
    padded = [row + [0] * rows for row in weights]
    best = max(sum(padded[i][j] for i, j in enumerate(p)) for p in permutations(range(columns + rows), rows))
    chosen = assign(weights)
    used = [c for c in chosen if c is not None]
    assert len(used) == len(set(used))
    assert sum(weights[i][c] for i, c in enumerate(chosen) if c is not None) == best
