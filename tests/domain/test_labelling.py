"""Labels with the real code sets: how a line is wrong, in one sentence."""

import pytest

from coachapp.attempts.engine import judge
from coachapp.domain.labels import Label

from .builders import case_of, claim_of


def first_label(codesets, key: dict, claim, **fields):
    result = judge(case_of(key, **fields), claim, codesets=codesets)
    return next(line for line in result.lines if line.submitted).labels[0]


@pytest.mark.parametrize(
    ("entered", "key", "label", "words"),
    [
        ("S52.502A", "S52.501A", Label.LATERALITY, "says left; the chart supports right"),
        ("M17.12", "M17.11", Label.LATERALITY, "says left; the chart supports right"),
        ("M17.0", "M17.11", Label.LATERALITY, "says bilateral; the chart supports right"),
        ("S52.509A", "S52.501A", Label.UNSPECIFIED, "leaves unspecified"),
        ("S52.501D", "S52.501A", Label.SEVENTH_CHARACTER, "carries 7th character D"),
        ("S52.501", "S52.501A", Label.NOT_BILLABLE, "needs a 7th character (A, B, C"),
        ("S52.5", "S52.501A", Label.NOT_BILLABLE, "header"),
        ("I1O", "I10", Label.INVALID_CODE, "Did you mean I10?"),
        ("Q99.88", "I10", Label.INVALID_CODE, "is not a code"),
        ("99213", "I10", Label.WRONG_CODE_SYSTEM, "a CPT code, entered in a diagnosis box"),
        ("S02.3XXA", "S02.31XA", Label.NOT_VALID_ON_DATE, "S02.3XXA ended on"),
        ("E11.65", "E11.9", Label.SAME_CATEGORY, "right category"),
        ("O24.410", "O24.420", Label.SAME_CATEGORY, "right category"),
        ("T42.4X2A", "T42.4X1A", Label.INTENT, "intentional self-harm"),
    ],
)
def test_a_wrong_diagnosis_says_how(codesets, entered, key, label, words):
    found = first_label(codesets, {"diagnoses": [{"id": "d1", "code": key}]}, claim_of(entered))
    assert (found.label, words in found.text) == (label, True), found


def test_a_trimester(codesets):
    key = {"diagnoses": [{"id": "d1", "code": "O10.012"}]}
    assert first_label(codesets, key, claim_of("O10.011")).label is Label.TRIMESTER


def test_weeks_of_gestation(codesets):
    key = {"diagnoses": [{"id": "d1", "code": "Z3A.39"}]}
    assert first_label(codesets, key, claim_of("Z3A.38")).label is Label.TRIMESTER


def test_a_diagnosis_in_a_service_box(codesets):
    key = {"services": [{"id": "s1", "code": "99213"}]}
    found = first_label(codesets, key, claim_of(services=[{"code": "M54.50"}]))
    assert found.label is Label.WRONG_CODE_SYSTEM
    assert "an ICD-10-CM diagnosis, entered in a service box" in found.text


@pytest.mark.parametrize(
    ("entered", "text"),
    [
        ("99215", "99215 is 1 level above 99214 (office visit, established patient)."),
        ("99212", "99212 is 2 levels below 99214 (office visit, established patient)."),
    ],
)
def test_a_visit_level_by_how_many_and_which_element(codesets, entered, text):
    em = {"basis": "mdm", "problems": "moderate", "data": "limited", "risk": "moderate"}
    key = {"services": [{"id": "s1", "code": "99214", "em": em}]}
    found = first_label(codesets, key, claim_of(services=[{"code": entered}]))
    assert found.label is Label.EM_LEVEL
    assert found.text.startswith(text)
    assert "problems moderate, data limited, risk moderate" in found.text


def test_a_pcs_code_by_its_axis(codesets):
    key = {"services": [{"id": "p1", "code": "0DTJ4ZZ"}]}
    found = first_label(codesets, key, claim_of(services=[{"code": "0DTJ0ZZ"}], form="inpatient"), form="inpatient")
    assert found.label is Label.PCS_AXIS
    assert "approach" in found.text


def test_unknown_validity_is_never_called_invalid(codesets):
    key = {"services": [{"id": "s1", "code": "99213"}]}
    result = judge(case_of(key), claim_of(services=[{"code": "00001"}]), codesets=codesets)
    assert {x.label for line in result.lines for x in line.labels} == {Label.UNSUPPORTED, Label.MISSED}
    assert [f.rule for f in result.findings] == ["not_checked"]


def test_a_trap_leads_and_the_computed_labels_follow(codesets):
    traps = [{"code": "R10.9", "kind": "diagnosis", "label": "integral_symptom", "why": "Pain belongs to it."}]
    key = {"diagnoses": [{"id": "d1", "code": "K35.80"}]}
    result = judge(case_of(key, traps=traps), claim_of("K35.80", "R10.9"), codesets=codesets)
    assert [x.label for x in result.lines[1].labels] == [Label.INTEGRAL_SYMPTOM, Label.UNSUPPORTED]
    assert result.lines[1].why == "Pain belongs to it."
