"""Questions as values: option codes, CPT numbers in them, and the sections of the paper."""

import pytest

from coachapp.domain.codes import CodeSystem
from coachapp.domain.questions import Option, Question, Section, option_code, question_carries_cpt

OPTIONS = (
    Option(id="a", text="Right", right=True, why="x"),
    Option(id="b", text="Wrong", right=False, why="x"),
)


def question(**fields: object) -> Question:
    start: dict[str, object] = {"id": "em/q", "section": "em", "concepts": ["c"], "difficulty": 1, "stem": "Which?"}
    return Question.model_validate({**start, "options": OPTIONS, **fields})


def test_there_are_18_sections_in_the_order_of_the_paper() -> None:
    assert len(Section) == 18
    assert next(iter(Section)) == "surgery-10000"
    assert [*Section][-5:] == ["icd10cm", "hcpcs", "guidelines", "compliance", "cases"]


@pytest.mark.parametrize(
    ("text", "code", "system"),
    [
        ("s52.501a", "S52.501A", CodeSystem.ICD10CM),
        ("I10", "I10", CodeSystem.ICD10CM),
        ("25605-RT", "25605", CodeSystem.CPT),
        ("0502F", "0502F", CodeSystem.CPT),
        ("J1100", "J1100", CodeSystem.HCPCS),
        ("0PSHXZZ", "0PSHXZZ", CodeSystem.ICD10PCS),
        ("256", "256", None),
    ],
)
def test_the_shape_of_an_options_code_names_its_system(text: str, code: str, system: CodeSystem | None) -> None:
    assert option_code(text) == (code, system)


@pytest.mark.parametrize(
    ("fields", "carries"),
    [
        ({}, False),
        ({"stem": "Is 99213 right?"}, True),
        ({"exhibit": "Billed: 0502F."}, True),
        ({"stem": "A fee of $12345 and 10,000 units, 3.14159 of 25000%"}, False),
        ({"options": (OPTIONS[0], Option(id="b", text="99214-25", right=False, why="x"))}, True),
        (
            {
                "date_of_service": "2026-05-12",
                "options": (OPTIONS[0], Option(id="b", text="x", codes=("25605-RT",), right=False, why="x")),
            },
            True,
        ),
    ],
)
def test_a_question_that_names_a_cpt_number_is_known(fields: dict[str, object], carries: bool) -> None:
    assert question_carries_cpt(question(**fields)) is carries


def test_the_answer_is_the_set_of_right_options() -> None:
    third = Option(id="c", text="Also right", right=True, why="x")
    assert question(options=(*OPTIONS, third)).right == {"a", "c"}


def test_an_option_set_without_a_wrong_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one must be wrong"):
        question(options=(OPTIONS[0], Option(id="c", text="Also right", right=True, why="x")))


def test_a_stem_flows_and_keeps_its_paragraphs_and_lists() -> None:
    stem = "A woman of 49\n  falls. She has:\n- a cut\n- a bruise\n  of the arm\n\nWhat is\nreported?"
    made = question(stem=stem)
    assert made.stem == "A woman of 49 falls. She has:\n- a cut\n- a bruise of the arm\n\nWhat is reported?"
