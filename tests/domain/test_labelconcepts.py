"""Every label leads to concepts that exist, and the exact rule outranks the general one."""

from dataclasses import replace
from typing import Any

import pytest

from coachapp.content.loader import load
from coachapp.domain.keylines import LineKind
from coachapp.domain.labelconcepts import (
    LABEL_CONCEPTS,
    LabelRule,
    concepts_for_labels,
    concepts_for_line,
    mapped_concepts,
)
from coachapp.domain.labelling import LineLabel
from coachapp.domain.labels import Label, Verdict
from coachapp.domain.results import LineResult, result_data
from coachapp.paths import bundled
from tests.domain.builders import case_of, claim_of, graded

SERVICE = {"id": "s1", "code": "25605", "modifiers": ["LT", {"any_of": ["59", "XS"]}, {"code": "51", "optional": True}]}
WRIST = case_of({"diagnoses": [{"id": "d1", "code": "S52.532A"}], "services": [SERVICE]})


def stored(line: LineResult) -> dict[str, Any]:
    """Return a line in the form in which a grade keeps it."""
    result = replace(graded(WRIST, claim_of("S52.532A")), lines=(line,))
    [data] = result_data(result)["lines"]
    return dict(data)


def line(label: Label, *codes: str, kind: LineKind = LineKind.DIAGNOSIS, element: str = "code") -> dict[str, Any]:
    """Return a wrong line with one label."""
    return stored(LineResult(kind, None, None, Verdict.WRONG, (LineLabel(label, element, codes, "…"),), 0, 1, None))


@pytest.mark.parametrize("label", list(Label))
def test_every_label_leads_to_a_concept_whatever_the_line(label: Label) -> None:
    assert concepts_for_labels([label])
    for kind in LineKind:
        for inpatient in (False, True):
            assert concepts_for_line(line(label, "X", kind=kind), inpatient=inpatient)


def test_every_concept_named_is_in_the_concept_file() -> None:
    known = {concept.id for concept in load(bundled("question_bank") / "concepts.yaml").concepts or ()}
    assert mapped_concepts() - known == set()


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (line(Label.SEVENTH_CHARACTER, "S52.501D", "S52.501A"), "icd-seventh-character"),
        (line(Label.NOT_BILLABLE, "S52.501", "S52.501A"), "icd-seventh-character"),
        (line(Label.NOT_BILLABLE, "E11"), "icd-specificity"),
        (line(Label.SAME_CATEGORY, "I50.20", "I50.22"), "icd-heart-failure-type"),
        (line(Label.OTHER_CATEGORY, "J18.9", "J44.0"), "icd-index-then-tabular"),
        (line(Label.SEQUELA, "I63.9", "I69.351"), "icd-stroke-sequela"),
        (line(Label.EM_LEVEL, "99213", "99214", kind=LineKind.SERVICE), "em-mdm-office"),
        (line(Label.EM_LEVEL, "99284", "99285", kind=LineKind.SERVICE), "em-emergency-department"),
        (line(Label.PCS_AXIS, "0DTJ4ZZ", "0DTJ0ZZ", kind=LineKind.SERVICE), "pcs-approach"),
        (line(Label.PCS_AXIS, "0DBJ4ZZ", "0DTJ4ZZ", kind=LineKind.SERVICE), "pcs-excision-resection"),
        (line(Label.BUNDLED, "0DBJ4ZX", kind=LineKind.SERVICE), "pcs-integral-steps"),
        (line(Label.BUNDLED, "12001", kind=LineKind.SERVICE), "ncci-bundling"),
        (line(Label.UNITS, "J1885", kind=LineKind.SERVICE, element="units"), "drug-units"),
        (line(Label.UNITS, "97110", kind=LineKind.SERVICE, element="units"), "therapy-minutes"),
    ],
)
def test_the_kind_of_code_decides(wrong: dict[str, Any], expected: str) -> None:
    assert concepts_for_line(wrong) == (expected,)


def test_a_right_line_is_about_its_own_concepts() -> None:
    right = stored(LineResult(LineKind.DIAGNOSIS, None, None, Verdict.RIGHT, (), 1, 1, None))
    assert concepts_for_line(right, line_concepts=("icd-sepsis",)) == ("icd-sepsis",)


def test_an_exact_rule_comes_before_the_lines_own_concepts_and_a_general_one_gives_way() -> None:
    exact = line(Label.LATERALITY, "H25.11", "H25.12")
    assert concepts_for_line(exact, line_concepts=("cataract-surgery",)) == ("icd-laterality", "cataract-surgery")
    general = line(Label.OTHER_CATEGORY, "66982", "66984", kind=LineKind.SERVICE)
    assert concepts_for_line(general) == ("code-from-documentation",)
    assert concepts_for_line(general, line_concepts=("cataract-surgery",)) == ("cataract-surgery",)


def test_first_listed_and_principal_are_two_rules() -> None:
    first = line(Label.FIRST_LISTED, "I10", "I21.4", element="first")
    assert concepts_for_line(first) == ("icd-first-listed",)
    assert concepts_for_line(first, inpatient=True) == ("icd-principal-diagnosis",)


def service_line(modifiers: list[str]) -> dict[str, Any]:
    """Grade the fracture's treatment with these modifiers and return its line."""
    result = graded(WRIST, claim_of("S52.532A", services=[{"code": "25605", "modifiers": modifiers}]))
    return stored(next(found for found in result.lines if found.kind is LineKind.SERVICE))


@pytest.mark.parametrize(
    ("modifiers", "expected"),
    [
        (["59"], ("modifier-rt-lt",)),
        (["LT"], ("modifier-59-distinct",)),
        ([], ("modifier-rt-lt", "modifier-59-distinct")),
        (["LT", "XS", "22"], ("modifier-choice",)),
        (["50", "59"], ("modifier-rt-lt", "modifier-50-bilateral")),
        (["LT", "XS", "51"], ()),
    ],
)
def test_the_modifier_at_issue_decides(modifiers: list[str], expected: tuple[str, ...]) -> None:
    assert concepts_for_line(service_line(modifiers)) == expected


def test_elements_of_the_whole_claim_have_concepts() -> None:
    assert concepts_for_labels([Label.PLACE_OF_SERVICE]) == ("place-of-service",)


def test_another_mapping_may_be_given() -> None:
    own = (LabelRule(Label.LATERALITY, "sides"),)
    assert concepts_for_line(line(Label.LATERALITY, "H25.11"), mapping=own) == ("sides",)
    assert len(LABEL_CONCEPTS) > len(Label)
