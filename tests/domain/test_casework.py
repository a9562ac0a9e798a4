"""What graded cases say of a coder's work, on results worked by hand and on what the grader gives."""

from typing import Any

import pytest

from coachapp.attempts.engine import judge
from coachapp.codesets import CodeSets
from coachapp.domain.casework import Element, accuracy, code_family, coded_elements, element_rates, slips
from coachapp.domain.grading import key_claim
from coachapp.domain.labels import Label
from coachapp.domain.rates import Rate
from coachapp.domain.responses import read_claim
from coachapp.domain.results import result_data
from tests.practice.samples import wrist


def line(verdict: str, *, code: str = "A00.0", key: str | None = "A00.0", **fields: Any) -> dict[str, Any]:
    """Return one stored line; `key` None: the key has no such line."""
    expected = None if key is None else {"id": "d1", "code": key, **fields.pop("expected", {})}
    return {
        "kind": fields.pop("kind", "diagnosis"),
        "submitted": None if verdict == "missed" else {"index": 0, "code": code, "letter": "A", "poa": None},
        "expected": expected,
        "verdict": verdict,
        "labels": [{"label": x, "element": None, "codes": [], "text": f"Why {x}."} for x in fields.pop("labels", ())],
        "points": 0,
        "possible": 1,
        "why": None,
    }


def result(*lines: dict[str, Any], first: float | None = None, modifiers: float | None = None) -> dict[str, Any]:
    """Return a stored result."""
    missed = sum(one["verdict"] == "missed" for one in lines)
    unsupported = sum(one["verdict"] == "unsupported" for one in lines)
    return {
        "scores": {"first_listed": first, "modifiers": modifiers},
        "totals": {"missed": missed, "unsupported": unsupported},
        "lines": list(lines),
        "claim": [],
    }


def test_key_codes_found_count_and_optional_and_unsupported_lines_do_not() -> None:
    found = result(
        line("right"),
        line("partial"),
        line("wrong", code="B00.0"),
        line("missed"),
        line("unsupported", key=None),
        line("optional_present"),
        line("optional_absent"),
    )
    assert coded_elements(found) == [1, 1, 0, 0]


def test_a_code_accepted_in_part_earns_its_part() -> None:
    accept = {"accept": [{"code": "A00.9", "credit": 0.5}]}
    assert coded_elements(result(line("partial", code="A00.9", expected=accept))) == [0.5]
    assert coded_elements(result(line("right", code="A00.0", expected=accept))) == [1]


def test_accuracy_takes_the_latest_whole_cases_up_to_the_number_of_elements() -> None:
    new = result(line("right"), line("missed"), line("unsupported", key=None))
    old = result(line("right"), line("right"))
    found = accuracy([new, old, old], most=3)
    assert found.rate == Rate(3, 4)
    assert (found.under, found.over, found.cases) == (1, 1, 2)
    assert accuracy([]).rate.share is None


def test_elements_are_counted_where_the_key_asserts_them() -> None:
    service = {"kind": "service", "key": "99213", "code": "99213"}
    found = result(
        line("partial", **service, labels=["units"], expected={"units": 2, "pointers": ["d1"]}),
        line("right", **service, expected={"units": 1}),
        line("partial", **service, labels=["modifier_missing", "pointer"], expected={"pointers": ["d1"]}),
        line("missed", **service, expected={"units": 1}),
        first=0.5,
        modifiers=0.8,
    )
    assert element_rates([found]) == {
        Element.FIRST_LISTED: Rate(0.5, 1),
        Element.MODIFIERS: Rate(2, 3),
        Element.UNITS: Rate(1, 2),
        Element.POINTERS: Rate(1, 2),
    }


def test_elements_nobody_asserted_have_no_rate() -> None:
    assert all(rate.share is None for rate in element_rates([result(line("right"))]).values())


def test_slips_are_told_by_their_primary_label_with_the_learners_own_code() -> None:
    found = slips(
        result(
            line("wrong", code="E11.8", key="E11.9", labels=["same_category", "unspecified"]),
            line("missed", key="J10.1", labels=["missed"]),
            line("right"),
        ),
        inpatient=False,
    )
    assert [(one.label, one.code, one.written) for one in found] == [
        (Label.SAME_CATEGORY, "E11.8", True),
        (Label.MISSED, "J10.1", False),
    ]
    assert found[0].text == "Why same_category."
    assert found[1].family == "ICD-10-CM: respiratory system"


def test_a_place_of_service_that_is_wrong_is_a_slip_of_the_whole_claim() -> None:
    graded = result()
    label = {"label": "place_of_service", "element": "pos", "codes": [], "text": "Why."}
    graded["claim"] = [{"element": "pos", "submitted": "11", "expected": "22", "labels": [label]}]
    [found] = slips(graded, inpatient=False)
    assert (found.label, found.family, found.code) == (Label.PLACE_OF_SERVICE, "Claim as a whole", "11")


@pytest.mark.parametrize(
    ("code", "family"),
    [
        ("B20", "ICD-10-CM: infections"),
        ("C50.911", "ICD-10-CM: neoplasms"),
        ("D49.9", "ICD-10-CM: neoplasms"),
        ("D50.0", "ICD-10-CM: blood and immune system"),
        ("H59.89", "ICD-10-CM: eye"),
        ("H60.00", "ICD-10-CM: ear"),
        ("T36.0X1A", "ICD-10-CM: injury and poisoning"),
        ("W19.XXXA", "ICD-10-CM: external causes"),
        ("Z00.00", "ICD-10-CM: factors influencing health"),
    ],
)
def test_diagnoses_belong_to_their_chapters(code: str, family: str) -> None:
    assert code_family(code, diagnosis=True) == family


@pytest.mark.parametrize(
    ("code", "family"),
    [
        ("00100", "CPT: Anesthesia"),
        ("11042", "CPT: 10000 series"),
        ("60500", "CPT: 50000 series"),
        ("61000", "CPT: 60000 series"),
        ("99199", "CPT: Medicine"),
        ("99213", "CPT: Evaluation and management"),
        ("99601", "CPT: Medicine"),
        ("J1885", "HCPCS Level II"),
        ("?", "Other codes"),
    ],
)
def test_services_belong_to_their_areas(code: str, family: str) -> None:
    assert code_family(code, diagnosis=False) == family
    assert code_family(code, diagnosis=False, inpatient=True) == "ICD-10-PCS"


def test_what_the_grader_stores_is_read(codesets: CodeSets) -> None:
    case = wrist()
    right = result_data(judge(case, key_claim(case, optional=False), codesets=codesets))
    assert accuracy([right]).rate.share == 1
    assert slips(right, inpatient=False) == []
    blank = result_data(judge(case, read_claim({}, case.claim_form), codesets=codesets))
    assert accuracy([blank]).rate.share == 0
    assert {one.label for one in slips(blank, inpatient=False)} >= {Label.MISSED}
