"""Sides and notes of keys and right options, as remarks that can be answered."""

from collections.abc import Callable
from pathlib import Path

import pytest

from coachapp.codesets import CodeSets
from coachapp.content.lint import inspect, lint
from coachapp.content.loader import load
from tests.content.samples import CASE, QUESTION
from tests.content.test_lint import CONCEPTS, LONG_NOTE

Write = Callable[..., Path]


def case_messages(file: Path, codesets: CodeSets) -> list[str]:
    """Return the warnings and errors of a case that are about sides."""
    errors, warnings = lint(load(file), codesets, concepts=CONCEPTS)
    return [place.message for place in (*errors, *warnings) if "(check side" in place.message]


def test_a_key_whose_evidence_names_the_other_side_is_a_warning(case_file: Write, codesets: CodeSets) -> None:
    text = CASE.replace("S52.501A", "S52.502A").replace("code: S52.502A, kind", "code: S52.501A, kind")
    found = case_messages(case_file(text, note=LONG_NOTE), codesets)
    assert "S52.502A is for the left side; its evidence says right (check side: S52.502A)" in found


def test_a_side_that_no_document_names_is_a_warning(case_file: Write, codesets: CodeSets) -> None:
    note = LONG_NOTE.replace("distal right radius", "distal radius")
    text = CASE.replace('"fracture of the distal right radius"', '"fracture of the distal radius"')
    found = case_messages(case_file(text, note=note), codesets)
    assert sorted(found) == [
        "25605 is for the right side, which no document names (check side: 25605)",
        "S52.501A is for the right side, which no document names (check side: S52.501A)",
    ]


def test_abbreviations_name_a_side_too(case_file: Write, codesets: CodeSets) -> None:
    note = LONG_NOTE.replace("distal right radius", "distal radius, RT")
    text = CASE.replace('"fracture of the distal right radius"', '"fracture of the distal radius, RT"')
    assert case_messages(case_file(text, note=note), codesets) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "a broken right wrist",
            "a broken wrist",
            "S52.501A is for the right side, which neither stem nor exhibit names",
        ),
        ("25605-RT", "25605-LT", "25605 is for the left side, which neither stem nor exhibit names"),
        (
            "[S52.501A, 25605-RT], right: true, why: Active treatment.",
            "[S52.501A, 25605-LT], right: true, why: The left wrist.",
            "the services are for the left side and the diagnoses for the right",
        ),
        ("[S52.501A, 25605-RT]", "[E10.9, E11.9]", "Excludes1 at E1"),
    ],
)
def test_the_right_option_is_held_to_sides_and_notes(
    question_file: Write, codesets: CodeSets, old: str, new: str, message: str
) -> None:
    _, warnings = lint(load(question_file(QUESTION.replace(old, new))), codesets, concepts=CONCEPTS)
    assert message in "\n".join(warning.message for warning in warnings)


def test_a_right_option_does_not_begin_with_a_manifestation(question_file: Write, codesets: CodeSets) -> None:
    text = QUESTION.replace("[S52.501A, 25605-RT]", "[D63.1, N18.4]")
    errors, _ = lint(load(question_file(text)), codesets, concepts=CONCEPTS)
    assert ["D63.1 is a manifestation code and may not be listed first" in error.message for error in errors] == [True]
    turned = QUESTION.replace("[S52.501A, 25605-RT]", "[N18.4, D63.1]")
    assert lint(load(question_file(turned)), codesets, concepts=CONCEPTS)[0] == []


def test_wrong_options_may_say_what_they_like(question_file: Write, codesets: CodeSets) -> None:
    text = QUESTION.replace("codes: [S52.501D]", "codes: [E10.9, E11.9]")
    assert lint(load(question_file(text)), codesets, concepts=CONCEPTS) == ([], [])


def test_an_excludes1_pair_of_an_option_can_be_answered(question_file: Write, codesets: CodeSets) -> None:
    text = QUESTION.replace("[S52.501A, 25605-RT]", "[E10.9, E11.9]")
    answer = "answered:\n- {check: excludes1, codes: [E119, E10.9], why: For the test.}\nverified:"
    loaded = load(question_file(text.replace("verified:", answer)))
    found = inspect(loaded, codesets, concepts=CONCEPTS)
    assert found.warnings == []
    assert len(found.answered) == 1


def test_a_stale_answer_to_a_check_without_tables_is_told_at_once(question_file: Write, codesets: CodeSets) -> None:
    text = QUESTION.replace("verified:", "answered:\n- {check: side, codes: [S52.501A], why: None.}\nverified:")
    _, warnings = lint(load(question_file(text)), codesets, concepts=CONCEPTS)
    assert [w.message for w in warnings] == ["answers no warning any more: side for S52.501A; remove it"]


def test_a_key_with_the_same_service_twice_is_a_warning(case_file: Write, codesets: CodeSets) -> None:
    again = '    - {id: s2, code: "25605", modifiers: [RT, {any_of: ["59", XS]}], rationale: Again.}\n'
    text = CASE.replace("  traps:\n", f"{again}  traps:\n", 1)
    _, warnings = lint(load(case_file(text, note=LONG_NOTE)), codesets, concepts=CONCEPTS)
    assert [w.message for w in warnings if "duplicate-service" in w.message] == [
        "25605 is listed more than once with the same modifiers. (check duplicate-service: 25605)"
    ]


CKD_KEY = """\
    - id: d1
      code: {0}
      first: true
      evidence: [{{document: op-note, quote: "fracture of the distal right radius"}}]
      rationale: Documented.
      references: ["ICD-10-CM Guidelines I.C.9.a"]
    - id: d2
      code: {1}
      {2}
      evidence:
      - {{document: op-note, quote: slipped on ice}}
      rationale: Documented.
"""


def with_diagnoses(first: str, second: str, extra: str = "optional: false") -> str:
    """Return the sample case with two other diagnoses."""
    head, _, rest = CASE.partition("    - id: d1\n      code: S52.501A")
    tail = rest[rest.index("    services:") :]
    return (head + CKD_KEY.format(first, second, extra) + tail).replace(
        "code: S52.502A, kind: diagnosis, line: d1, label: laterality", "code: I10, kind: diagnosis, label: unspecified"
    )


@pytest.mark.parametrize(
    ("disease", "second"),
    [
        ("I12.9", "N18.30"),
        ("I11.0", "I50.22"),
        ("E11.22", "N18.4"),
        ("G30.9", "F02.80"),
        ("A41.9", "R65.20"),
        ("E11.621", "L97.411"),
    ],
)
def test_a_key_against_the_order_of_a_code_first_note_is_an_error(
    case_file: Write, codesets: CodeSets, disease: str, second: str
) -> None:
    errors, _ = lint(load(case_file(with_diagnoses(second, disease), note=LONG_NOTE)), codesets, concepts=CONCEPTS)
    assert any(f"{disease} must stand before {second}" in error.message for error in errors)
    text = with_diagnoses(disease, second, "after: d1")
    errors, _ = lint(load(case_file(text, note=LONG_NOTE)), codesets, concepts=CONCEPTS)
    assert errors == []


def test_an_order_that_the_record_decides_is_a_warning_that_can_be_answered(
    case_file: Write, codesets: CodeSets
) -> None:
    text = with_diagnoses("K31.84", "E11.43")
    loaded = load(case_file(text, note=LONG_NOTE))
    found = inspect(loaded, codesets, concepts=CONCEPTS)
    assert found.errors == []
    assert any("(check code-first: E11.43, K31.84)" in warning.message for warning in found.warnings)
    answer = "answered:\n- {check: code-first, codes: [E11.43, K31.84], why: Another cause.}\nverified:"
    answered = load(case_file(text.replace("verified:", answer), note=LONG_NOTE))
    found = inspect(answered, codesets, concepts=CONCEPTS)
    assert [w.message for w in found.warnings if "code-first" in w.message] == []
    assert len(found.answered) == 1


@pytest.mark.parametrize(("first", "second", "check"), [("N18.30", "I10", "code-first"), ("I12.9", "Z79.01", "use-")])
def test_a_key_that_leaves_a_note_unanswered_is_a_warning(
    case_file: Write, codesets: CodeSets, first: str, second: str, check: str
) -> None:
    text = with_diagnoses(first, second).replace("code: I10, kind", "code: R03.0, kind")
    _, warnings = lint(load(case_file(text, note=LONG_NOTE)), codesets, concepts=CONCEPTS)
    assert any(f"(check {check}" in warning.message and first in warning.message for warning in warnings)


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        ("[N18.30, I12.9]", "I12.9 must stand before N18.30"),
        ("[I50.22, I11.0]", "I11.0 must stand before I50.22"),
        ("[L97.411, E11.621]", "E11.621 must stand before L97.411"),
        ("[R65.20, A41.9, N17.9]", "R65.20 adds severe sepsis to an infection and may not be listed first"),
        ("[Z85.3, Z08]", "Z08 must stand before Z85.3"),
    ],
)
def test_the_diagnoses_of_a_right_option_stand_in_order(
    question_file: Write, codesets: CodeSets, codes: str, message: str
) -> None:
    errors, _ = lint(load(question_file(QUESTION.replace("[S52.501A, 25605-RT]", codes))), codesets, concepts=CONCEPTS)
    assert any(message in error.message for error in errors)


def test_an_option_whose_order_the_record_decides_is_a_warning(question_file: Write, codesets: CodeSets) -> None:
    text = QUESTION.replace("[S52.501A, 25605-RT]", "[J15.4, J10.08]")
    errors, warnings = lint(load(question_file(text)), codesets, concepts=CONCEPTS)
    assert errors == []
    assert any("(check code-first: J10.08, J15.4)" in warning.message for warning in warnings)


@pytest.mark.parametrize(
    ("codes", "refused"),
    [
        ("[W00.0XXA, S52.501A]", True),
        ("[S52.501A, W00.0XXA]", False),
        ("[B96.20, N39.0]", True),
        ("[T36.0X5A, L27.0]", True),
        ("[Z87.891, I48.91]", False),
        ("[Z87.891, I48.91, 5A1945Z]", True),  # an ICD-10-PCS code makes it an inpatient claim
        ("[W00.0XXA, Y92.010, Y93.01]", False),  # which external causes, not which claim
        ("[W00.0XXA]", False),
    ],
)
def test_a_right_option_lists_first_what_may_stand_first(
    question_file: Write, codesets: CodeSets, codes: str, refused: bool
) -> None:
    text = QUESTION.replace("[S52.501A, 25605-RT]", codes)
    errors, _ = lint(load(question_file(text)), codesets, concepts=CONCEPTS)
    assert bool(errors) is refused


def test_a_right_option_for_another_toe_is_a_warning(question_file: Write, codesets: CodeSets) -> None:
    text = QUESTION.replace("a broken right wrist", "a broken right great toe and the left one")
    found = []
    for service in ("28490-TA", "28490-T5"):
        option = text.replace("[S52.501A, 25605-RT]", f"[S92.411A, {service}]")
        _, warnings = lint(load(question_file(option)), codesets, concepts=CONCEPTS)
        found.append([w.message for w in warnings if "(check side" in w.message])
    assert [len(messages) for messages in found] == [1, 0]
    assert "left great toe" in found[0][0]
