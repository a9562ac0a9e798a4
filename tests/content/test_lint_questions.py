"""What the check finds in questions whose files are readable."""

from collections.abc import Callable
from pathlib import Path

import pytest

from coachapp.codesets import CodeSets
from coachapp.content.lint import lint
from coachapp.content.loader import load
from coachapp.domain.questions import Concept, Section
from tests.content.samples import MARK, QUESTION, marked

Write = Callable[..., Path]
CONCEPTS = (Concept(id="icd-seventh-character", section=Section.ICD10CM, title="T", lesson="L", source="S"),)


def test_a_sound_question_is_clean(question_file: Write, codesets: CodeSets) -> None:
    assert lint(load(question_file()), codesets, concepts=CONCEPTS) == ([], [])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("codes: [S52.501A, 25605-RT]", f"codes: [{MARK}S52.501, 25605-RT]", "S52.501 is not billable"),
        ("codes: [S52.501A, 25605-RT]", f"codes: [S52.501A, {MARK}J1020-RT]", "J1020 is no HCPCS code"),
        ("codes: [S52.501A, 25605-RT]", f"codes: [S52.501A, {MARK}256]", "256 is neither a CPT nor a HCPCS code"),
        ("codes: [S52.501A, 25605-RT]", f"codes: [S52.501A, {MARK}0PSHXZQ]", "0PSHXZQ is no ICD-10-PCS code"),
        ("codes: [S52.502A]", f"codes: [{MARK}S52.50]", "S52.50 is not billable"),
        (
            "codes: [S52.502A], right: false",
            f"codes: [{MARK}S52.502A], right: false, label: invalid_code",
            "but S52.502A is valid and billable",
        ),
    ],
)
def test_a_code_that_cannot_be_reported_is_an_error(
    question_file: Write, codesets: CodeSets, old: str, new: str, message: str
) -> None:
    text, line, column = marked(QUESTION, old, new)
    errors, _ = lint(load(question_file(text)), codesets, concepts=CONCEPTS)
    assert [(e.line, e.column) for e in errors] == [(line, column)], errors
    assert message in errors[0].message


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            "codes: [S52.502A], right: false, why: The wrong side.",
            "codes: [S52.50], right: false, why: It is a header.",
        ),
        ("codes: [S52.502A], right: false", "codes: [S52.50], right: false, label: not_billable"),
        ("codes: [S52.502A]", "codes: [0PSHXZZ, J1100]"),
    ],
)
def test_an_option_may_be_wrong_for_that_very_reason_if_it_says_so(
    question_file: Write, codesets: CodeSets, old: str, new: str
) -> None:
    errors, _ = lint(load(question_file(QUESTION.replace(old, new))), codesets, concepts=CONCEPTS)
    assert errors == []


def test_a_right_option_has_no_such_excuse(question_file: Write, codesets: CodeSets) -> None:
    text = QUESTION.replace(
        "codes: [S52.501A, 25605-RT], right: true, why: Active", "codes: [S52.5], right: true, why: A header."
    )
    errors, _ = lint(load(question_file(text.replace(" treatment", ""))), codesets, concepts=CONCEPTS)
    assert [e.line for e in errors] == [10]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("date_of_service: 2026-05-12", f"date_of_service: {MARK}2026-07-12", "2026-04-01 to 2026-06-30 only"),
        ("[icd-seventh-character]", f"[{MARK}icd-sevenths]", "the concept 'icd-sevenths' is not in concepts.yaml"),
        ('text: "S52.502A"', f"text: {MARK}All of the above", "nothing stands above"),
    ],
)
def test_a_warning_stands_at_its_value(
    question_file: Write, codesets: CodeSets, old: str, new: str, message: str
) -> None:
    text, line, column = marked(QUESTION, old, new)
    errors, warnings = lint(load(question_file(text)), codesets, concepts=CONCEPTS)
    assert errors == []
    assert [(w.line, w.column) for w in warnings] == [(line, column)]
    assert message in warnings[0].message


def test_a_short_exhibit_is_a_warning(question_file: Write, codesets: CodeSets) -> None:
    text = QUESTION.replace("icd10cm/", "cases/").replace("section: icd10cm", "section: cases\nexhibit: A short chart.")
    _, warnings = lint(load(question_file(text, section="cases")), codesets, concepts=CONCEPTS)
    assert [(w.line, w.column, w.message) for w in warnings] == [
        (3, 10, "the exhibit has 3 words; 150 to 500 are usual")
    ]


def test_two_questions_that_ask_the_same_are_a_warning(question_file: Write, codesets: CodeSets) -> None:
    first = question_file()
    question_file(
        QUESTION.replace("wrist-01", "wrist-02").replace("a broken right", "the broken right"), slug="wrist-02"
    )
    other = QUESTION.replace("wrist-01", "wrist-03").replace("S52.501", "M25.531").replace("M25.531A", "M25.531")
    question_file(other.replace("M25.531D", "M25.532").replace("S52.502A", "M25.539"), slug="wrist-03")
    errors, warnings = lint(load(first.parent), codesets, concepts=CONCEPTS)
    assert errors == []
    assert [(Path(w.file).name, w.line, w.column, w.message) for w in warnings] == [
        ("wrist-02.yaml", 8, 7, "nearly the same as the question icd10cm/wrist-01")
    ]
