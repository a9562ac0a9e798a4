"""The worked examples of the grading design, and each rule of pairing and points on its own."""

import pytest

from coachapp.domain.grading import key_claim
from coachapp.domain.items import Weights
from coachapp.domain.labels import Label, Verdict
from coachapp.domain.results import Result, result_data

from .builders import case_of, claim_of, graded

A, B, X = "S52.501A", "E11.9", "Z99.89"
RT_LINE = {"id": "s1", "code": "25605", "modifiers": ["RT"], "units": 1, "pointers": ["d1"]}
FIRST_B = {"diagnoses": [{"id": "d1", "code": A, "first": True}, {"id": "d2", "code": B}], "services": [RT_LINE]}


def labels(result: Result) -> set[Label]:
    return {label.label for line in result.lines for label in line.labels}


def line(result: Result, code: str):
    return next(x for x in result.lines if x.submitted is not None and x.submitted.code == code)


def test_worked_example_a():
    claim = claim_of(B, A, X, services=[{"code": "25605", "modifiers": ["RT", "59"], "units": 1, "pointers": ["B"]}])
    result = graded(case_of(FIRST_B), claim)
    # The extra modifier halves 0.5; first-listed is lost: 5 - 1 - 0.25 = 3.75.
    assert (result.earned, result.possible, result.unsupported_worth) == (3.75, 5, 1)
    assert result.scores["coachapp"] == 0.625
    assert result.scores["code_over_code"] == 1
    assert result.scores["penalised"] == 0.75
    assert result.scores["f1"] == pytest.approx(6 / 7)
    assert result.scores["record_over_record"] == 0
    assert result.scores["first_listed"] == 0
    assert result.scores["modifiers"] == 0.5


def test_worked_example_b():
    key = {"diagnoses": [{"id": f"d{i}", "code": c} for i, c in enumerate(("I10", "E11.9", "J45.909", "M54.50"))]}
    result = graded(case_of(key), claim_of("I10", "E11.9", "J45.909", "Z87.891", "Z79.4"))
    assert result.scores["code_over_code"] == result.scores["recall"] == 0.75
    assert result.scores["penalised"] == 0.6
    assert result.scores["f1"] == pytest.approx(2 / 3)
    assert result.scores["record_over_record"] == 0


def test_first_listed_label_goes_to_the_line_that_stands_there():
    result = graded(case_of(FIRST_B), claim_of(B, A, services=[{"code": "25605-RT", "pointers": ["B"]}]))
    assert [x.label for x in line(result, B).labels] == [Label.FIRST_LISTED]
    assert line(result, A).labels == ()
    assert line(result, A).verdict is Verdict.PARTIAL


def test_formatting_changes_nothing():
    case = case_of(FIRST_B)
    plain = graded(case, claim_of(A, B, services=[{"code": "25605", "modifiers": ["RT"], "pointers": ["A"]}]))
    typed = graded(case, claim_of(" s52501a ", "e119", services=[{"code": "25605 rt", "pointers": ["a"]}]))
    assert result_data(plain) == result_data(typed)
    assert plain.scores["coachapp"] == 1


def test_a_service_box_never_drops_a_dot():
    case = case_of({"services": [{"id": "s1", "code": "A0100"}]})
    assert graded(case, claim_of(services=[{"code": "A01.00"}])).scores["coachapp"] == 0
    assert graded(case, claim_of(services=[{"code": "a0100"}])).scores["coachapp"] == 1


def test_own_code_wins_over_an_accepted_one_and_the_better_accepted_over_the_earlier():
    accept = [{"code": "K35.30", "credit": "0.5"}, {"code": "K35.31", "credit": 0.8, "note": "Less exact."}]
    case = case_of({"diagnoses": [{"id": "d1", "code": "K35.80", "accept": accept}]})
    both = graded(case, claim_of("K35.31", "K35.80"))
    assert line(both, "K35.80").verdict is Verdict.RIGHT
    assert line(both, "K35.31").verdict is Verdict.UNSUPPORTED
    better = graded(case, claim_of("K35.30", "K35.31"))
    assert line(better, "K35.31").points == 0.8
    assert better.scores["code_over_code"] == 0.8
    assert line(better, "K35.31").labels[0].label is Label.ACCEPTED_NOT_BEST
    assert "Less exact." in line(better, "K35.31").labels[0].text


def test_a_code_accepted_in_full_carries_no_label():
    accept = [{"code": "K35.30", "credit": 1}]
    result = graded(case_of({"diagnoses": [{"id": "d1", "code": "K35.80", "accept": accept}]}), claim_of("K35.30"))
    assert result.scores["coachapp"] == result.scores["record_over_record"] == 1
    assert labels(result) == set()


def test_a_near_miss_costs_only_the_line_it_missed():
    case = case_of({"diagnoses": [{"id": "d1", "code": "S52.501A"}, {"id": "d2", "code": "I10"}]})
    near = graded(case, claim_of("S52.502A", "I10"))
    assert line(near, "S52.502A").verdict is Verdict.WRONG
    assert near.scores["coachapp"] == 0.5
    far = graded(case, claim_of("Z99.89", "I10"))
    assert line(far, "Z99.89").verdict is Verdict.UNSUPPORTED
    assert far.scores["coachapp"] == pytest.approx(1 / 3)


def test_a_trap_pairs_before_closeness_and_gives_its_label_and_reason():
    traps = [{"code": "R10.31", "kind": "diagnosis", "line": "d1", "label": "integral_symptom", "why": "Part of it."}]
    case = case_of({"diagnoses": [{"id": "d1", "code": "K35.80"}]}, traps=traps)
    result = graded(case, claim_of("K35.30", "R10.31"))
    trapped = line(result, "R10.31")
    assert trapped.verdict is Verdict.WRONG
    assert (trapped.labels[0].label, trapped.labels[0].text) == (Label.INTEGRAL_SYMPTOM, "Part of it.")
    assert line(result, "K35.30").verdict is Verdict.UNSUPPORTED


def test_optional_lines_change_nothing():
    key = {"diagnoses": [{"id": "d1", "code": A, "first": True}, {"id": "d2", "code": "W00.0XXA", "optional": True}]}
    without, present = graded(case_of(key), claim_of(A)), graded(case_of(key), claim_of(A, "W00.0XXA"))
    assert without.scores == present.scores
    assert [x.verdict for x in without.lines] == [Verdict.RIGHT, Verdict.OPTIONAL_ABSENT]
    assert [x.verdict for x in present.lines] == [Verdict.RIGHT, Verdict.OPTIONAL_PRESENT]


def test_an_optional_line_in_first_place_takes_the_first_listed_label():
    key = {"diagnoses": [{"id": "d1", "code": A, "first": True}, {"id": "d2", "code": "W00.0XXA", "optional": True}]}
    result = graded(case_of(key), claim_of("W00.0XXA", A))
    assert result.scores["record_over_record"] == 0
    assert line(result, "W00.0XXA").labels[0].label is Label.FIRST_LISTED


def test_after_is_earned_only_below_the_other_line():
    key = {"diagnoses": [{"id": "d1", "code": "E11.40"}, {"id": "d2", "code": "G63", "after": "d1"}]}
    assert graded(case_of(key), claim_of("E11.40", "G63")).earned == 2.5
    swapped = graded(case_of(key), claim_of("G63", "E11.40"))
    assert swapped.earned == 2
    assert line(swapped, "G63").labels[0].label is Label.ETIOLOGY_MANIFESTATION_ORDER
    alone = graded(case_of(key), claim_of("G63"))
    assert alone.earned == 1


@pytest.mark.parametrize(
    ("slots", "submitted", "points", "label"),
    [
        ([], [], 0.5, None),
        ([], ["59"], 0, Label.MODIFIER_EXTRA),
        (["RT"], [], 0, Label.MODIFIER_MISSING),
        (["RT"], ["LT"], 0, Label.MODIFIER_WRONG),
        (["RT"], ["RT", "59"], 0.25, Label.MODIFIER_EXTRA),
        (["RT", {"any_of": ["59", "XS"]}], ["XS", "RT"], 0.5, None),
        (["RT", {"any_of": ["59", "XS"]}], ["XS", "59"], pytest.approx(0.5 / 3), Label.MODIFIER_WRONG),
        (["RT", {"code": "51", "optional": "true"}], ["RT", "51"], 0.5, None),
        (["RT", {"code": "51", "optional": "true"}], ["RT"], 0.5, None),
        (["RT"], ["RT", "RT"], 0.25, Label.MODIFIER_EXTRA),
        ([{"any_of": ["59", "XS"]}, "59"], ["59", "XS"], 0.5, None),
    ],
)
def test_modifiers_are_right_over_union(slots, submitted, points, label):
    case = case_of({"services": [{"id": "s1", "code": "25605", "modifiers": slots}]})
    result = graded(case, claim_of(services=[{"code": "25605", "modifiers": submitted}]))
    assert line(result, "25605").points - 1 == points
    assert labels(result) == ({label} if label else set())


def test_the_wrong_order_of_modifiers_is_half_where_the_key_asserts_it():
    key = {"services": [{"id": "s1", "code": "66984", "modifiers": ["79", "RT"], "modifier_order": "true"}]}
    assert graded(case_of(key), claim_of(services=[{"code": "66984-79-RT"}])).earned == 1.5
    turned = graded(case_of(key), claim_of(services=[{"code": "66984-RT-79"}]))
    assert turned.earned == 1.25
    assert labels(turned) == {Label.MODIFIER_ORDER}


def test_units_count_only_where_written():
    assert (
        graded(
            case_of({"services": [{"id": "s1", "code": "J1885"}]}), claim_of(services=[{"code": "J1885", "units": 9}])
        ).earned
        == 1.5
    )
    case = case_of({"services": [{"id": "s1", "code": "J1885", "units": 2}]})
    result = graded(case, claim_of(services=[{"code": "J1885", "units": 4}]))
    assert result.earned == 1.5
    assert labels(result) == {Label.UNITS}
    assert "4 units entered, 2 documented" in line(result, "J1885").labels[0].text


POINTER_KEY = {
    "diagnoses": [
        {"id": "d1", "code": "M17.11"},
        {"id": "d2", "code": "E11.9"},
        {"id": "d3", "code": "Z79.4", "optional": True},
    ],
    "services": [{"id": "s1", "code": "20610", "pointers": ["d1", "d2", "d3"], "primary": "d1"}],
}


@pytest.mark.parametrize(
    ("pointers", "right"),
    [
        (["A", "B"], True),
        (["A", "B", "C"], True),
        (["C", "A", "B"], True),
        (["B", "A"], False),
        (["A"], False),
        (["A", "B", "D"], False),
        (["A", "B", "L"], False),
        ([], False),
    ],
)
def test_pointers_compare_as_the_set_of_key_diagnoses_they_reach(pointers, right):
    claim = claim_of("M17.11", "E11.9", "Z79.4", "Z99.89", services=[{"code": "20610", "pointers": pointers}])
    result = graded(case_of(POINTER_KEY), claim)
    assert line(result, "20610").points == (1.75 if right else 1.5)
    assert (Label.POINTER in labels(result)) is not right


def test_a_row_keeps_its_letter_when_rows_above_are_empty():
    claim = claim_of("C=M17.11", "H=E11.9", services=[{"code": "20610", "pointers": ["C", "H"]}])
    assert graded(case_of(POINTER_KEY), claim).scores["coachapp"] == 1


def test_place_of_service_counts_where_written():
    case = case_of({"services": [{"id": "s1", "code": "99213"}]}, pos="11")
    right = graded(case, claim_of(services=[{"code": "99213"}], pos="11"))
    wrong = graded(case, claim_of(services=[{"code": "99213"}], pos="22"))
    assert (right.earned, wrong.earned, wrong.possible) == (1.75, 1.5, 1.75)
    assert wrong.claim[0].labels[0].label is Label.PLACE_OF_SERVICE


def test_no_service_to_report_is_not_the_same_as_blank():
    case = case_of({"diagnoses": [{"id": "d1", "code": "Z09"}], "no_service": "true"})
    assert graded(case, claim_of("Z09", no_service=True)).scores["coachapp"] == 1
    blank = graded(case, claim_of("Z09"))
    assert blank.scores["coachapp"] == 0.5
    assert blank.claim[0].labels[0].label is Label.MISSED


def test_poa_of_an_inpatient_claim():
    key = {
        "diagnoses": [
            {"id": "d1", "code": "A41.9", "first": True, "poa": "Y"},
            {"id": "d2", "code": "Z79.4", "poa": "exempt"},
        ],
        "services": [{"id": "p1", "code": "0DTJ4ZZ", "first": True}],
    }
    case = case_of(key, form="inpatient")
    right = graded(case, claim_of("A41.9/y", "Z79.4", services=[{"code": "0DTJ4ZZ"}], form="inpatient"))
    assert right.scores["coachapp"] == 1
    assert right.scores["modifiers"] is None
    wrong = graded(case, claim_of("A41.9/N", "Z79.4/1", services=[{"code": "0DTJ4ZZ"}], form="inpatient"))
    assert wrong.possible - wrong.earned == 0.25
    assert labels(wrong) == {Label.POA}


@pytest.mark.parametrize(("form", "code", "worth"), [("inpatient", "5A1955Z", 1), ("professional", "99499", 1.5)])
def test_what_an_unsupported_procedure_or_service_costs(form, code, worth):
    case = case_of({"diagnoses": [{"id": "d1", "code": "A41.9"}]}, form=form)
    result = graded(case, claim_of("A41.9", services=[{"code": code}], form=form))
    assert result.unsupported_worth == worth


def test_the_best_branch_counts_and_the_first_on_a_tie():
    fifty = {"name": "50", "services": [{"id": "s1", "code": "69436", "modifiers": ["50"]}]}
    sides = {
        "name": "sides",
        "services": [
            {"id": "s1", "code": "69436", "modifiers": ["RT"]},
            {"id": "s2", "code": "69436", "modifiers": ["LT"]},
        ],
    }
    case = case_of(fifty, sides)
    assert graded(case, claim_of(services=[{"code": "69436-50"}])).branch == "50"
    both = graded(case, claim_of(services=[{"code": "69436-LT"}, {"code": "69436-RT"}]))
    assert (both.branch, both.scores["coachapp"]) == ("sides", 1)
    assert graded(case, claim_of()).branch == "50"


def test_services_are_assigned_for_the_best_total_whatever_their_order():
    key = {
        "services": [
            {"id": "s1", "code": "11102", "modifiers": ["59"], "units": 1},
            {"id": "s2", "code": "11102", "units": 2},
            {"id": "s3", "code": "11102", "modifiers": ["76"], "optional": True},
        ]
    }
    rows = [{"code": "11102", "units": 2}, {"code": "11102-76"}, {"code": "11102-59"}]
    for order in ([0, 1, 2], [2, 1, 0], [1, 2, 0]):
        result = graded(case_of(key), claim_of(services=[rows[i] for i in order]))
        assert result.scores["coachapp"] == 1
        assert sum(x.verdict is Verdict.OPTIONAL_PRESENT for x in result.lines) == 1


def test_a_duplicate_is_unsupported_and_says_so():
    result = graded(case_of({"diagnoses": [{"id": "d1", "code": "I10"}]}), claim_of("I10", "i10"))
    assert result.count(Verdict.UNSUPPORTED) == 1
    assert result.lines[1].labels[0].label is Label.DUPLICATE
    assert result.scores["coachapp"] == 0.5


def test_the_weights_are_a_policy_and_the_result_names_it():
    policy = Weights(name="code only", modifiers=0, units=0, pointers=0, first=0)
    claim = claim_of(B, A, services=[{"code": "25605"}])
    result = graded(case_of(FIRST_B), claim, policy)
    assert (result.policy, result.scores["coachapp"], result.possible) == ("code only", 1, 3)
    assert graded(case_of(FIRST_B, policy={"name": "own", "code": 2}), claim).policy == "own"


def test_the_key_claim_scores_full_and_its_data_is_plain():
    case = case_of(FIRST_B, pos="22")
    result = graded(case, key_claim(case))
    assert {v for v in result.scores.values() if v is not None} == {1.0}
    assert result_data(result)["lines"][0]["verdict"] == "right"
