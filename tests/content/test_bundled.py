"""Every case and question that comes with the program: loads, is clean, grades itself as right, and round-trips."""

from functools import cache
from pathlib import Path

import pytest

from coachapp.codesets import CodeSets
from coachapp.content.export import export_item
from coachapp.content.lint import lint
from coachapp.content.loader import load
from coachapp.content.sites import case_codes
from coachapp.domain.grading import grade, key_claim
from coachapp.domain.items import Case, ClaimForm
from coachapp.domain.keylines import LineKind
from coachapp.domain.questions import Concept
from coachapp.domain.responses import ClaimResponse
from coachapp.paths import bundled

CASES = sorted(bundled("cases").glob("*/*/case.yaml"))
QUESTIONS = sorted(file for file in bundled("question_bank").glob("*/*.yaml") if file.parent.name != "plans")


def name(file: Path) -> str:
    return (
        f"{file.parent.parent.name}/{file.parent.name}"
        if file.name == "case.yaml"
        else f"{file.parent.name}/{file.stem}"
    )


@cache
def concepts() -> tuple[Concept, ...]:
    file = bundled("question_bank") / "concepts.yaml"
    loaded = load(file)
    assert loaded.errors == []
    return loaded.concepts or ()


def test_ids_are_unique() -> None:
    assert load(bundled("cases"), bundled("question_bank")).errors == []
    assert len({name(file) for file in CASES + QUESTIONS}) == len(CASES + QUESTIONS)


@pytest.mark.parametrize("file", CASES, ids=name)
def test_a_case_is_clean(file: Path, codesets: CodeSets) -> None:
    errors, _ = lint(load(file), codesets, concepts=())
    assert [str(e) for e in errors] == []


@pytest.mark.parametrize("file", CASES, ids=name)
def test_a_case_round_trips(file: Path, tmp_path: Path) -> None:
    (case,) = load(file).cases
    export_item(case, tmp_path)
    assert load(tmp_path).cases == (case,)


@pytest.mark.parametrize("file", CASES, ids=name)
def test_a_key_scores_full_and_a_blank_claim_nothing(file: Path, codesets: CodeSets) -> None:
    (case,) = load(file).cases
    sites = list(case_codes(load(file).case_files[0].source))
    facts = codesets.facts_for(
        on=case.date_of_service,
        diagnoses={s.code for s in sites if s.kind is LineKind.DIAGNOSIS},
        services={s.code for s in sites if s.kind is LineKind.SERVICE},
        inpatient=case.claim_form is ClaimForm.INPATIENT,
    )
    for index in range(len(case.key.branches)):
        for optional in (True, False):
            scores = grade(case, key_claim(case, index, optional=optional), facts=facts).scores
            assert {s for s in scores.values() if s is not None} == {1}
    assert {s for s in grade(case, ClaimResponse(), facts=facts).scores.values() if s is not None} <= {0}


@pytest.mark.parametrize("file", QUESTIONS, ids=name)
def test_a_question_is_clean_and_round_trips(file: Path, codesets: CodeSets, tmp_path: Path) -> None:
    errors, _ = lint(load(file), codesets, concepts=())
    assert [str(e) for e in errors] == []
    (question,) = load(file).questions
    export_item(question, tmp_path)
    assert load(tmp_path).questions == (question,)


def test_every_concept_that_is_named_exists(codesets: CodeSets) -> None:
    _, warnings = lint(load(*CASES, *QUESTIONS), codesets, concepts=concepts())
    assert [str(w) for w in warnings if "concepts.yaml" in w.message] == []


def test_documents_of_cases_are_part_of_them() -> None:
    for file in CASES:
        (case,) = load(file).cases
        assert isinstance(case, Case)
        assert all(document.text.strip() for document in case.documents)
