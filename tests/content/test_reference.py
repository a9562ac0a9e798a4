"""Items against the tables: places, dates, answers in the item, and what is counted."""

from collections.abc import Callable
from pathlib import Path

import pytest

from coachapp.codesets import CodeSets
from coachapp.content.lint import Inspection, inspect
from coachapp.content.loader import load
from coachapp.content.reference import check_reference
from tests.content.reference_samples import PAIRS, write_tables
from tests.content.samples import CASE, MARK, QUESTION, marked
from tests.content.test_lint import CONCEPTS, LONG_NOTE

Write = Callable[..., Path]
PAIR = "20610 is bundled into 25605 and neither line must carry a modifier that lifts the edit (edits of 2024Q3)"
# The key's fracture carries RT, which lifts edits; here nothing does.
BARE = CASE.replace('modifiers: [RT, {any_of: ["59", XS]}, {code: "51", optional: true}]', "modifiers: []")


def with_injection(text: str, place: str = "") -> str:
    """Add a joint injection to the key of a case."""
    return text.replace("  traps:", f'    - {{id: s2, code: {place}"20610", optional: true}}\n  traps:')


@pytest.fixture
def run(tmp_path: Path, codesets: CodeSets) -> Callable[..., Inspection]:
    """Return a function that checks a file against the made-up tables."""

    def check(file: Path, tables: bool = True) -> Inspection:
        loaded = load(file)
        found = check_reference(loaded, write_tables(tmp_path / "tables")) if tables else None
        return inspect(loaded, codesets, concepts=CONCEPTS, reference=found)

    return check


def messages(found: Inspection) -> list[str]:
    """Return what the warnings say."""
    return [place.message for place in found.warnings]


def test_a_sound_case_and_question_have_nothing_against_them(
    case_file: Write, question_file: Write, run: Callable[..., Inspection]
) -> None:
    case = CASE.replace('{any_of: ["59", XS]}, ', "")
    found = run(case_file(case, note=LONG_NOTE))
    assert (found.errors, found.warnings) == ([], [])
    found = run(question_file())
    assert (found.errors, found.warnings) == ([], [])


def test_a_pair_is_told_at_the_second_code_and_once_for_all_branches(
    case_file: Write, run: Callable[..., Inspection]
) -> None:
    text, line, column = marked(with_injection(BARE, MARK), MARK, MARK)
    branch = text[text.index("  - name: as documented") : text.index("  traps:")]
    twice = text.replace("  traps:", branch.replace("as documented", "another way") + "  traps:")
    found = run(case_file(twice, note=LONG_NOTE))
    assert [(w.line, w.column, w.message) for w in found.warnings] == [
        (line, column, f"{PAIR} (check ncci-pair: 25605, 20610)")
    ]


ANSWERED = 'answered:\n- {check: ncci-pair, codes: ["20610", "25605"], why: The other wrist.}\nverified:'


def test_an_answer_in_the_item_takes_a_warning_aside(case_file: Write, run: Callable[..., Inspection]) -> None:
    found = run(case_file(with_injection(BARE).replace("verified:", ANSWERED), note=LONG_NOTE))
    assert messages(found) == []
    assert [place.message.startswith(PAIR) for place in found.answered] == [True]


def test_an_answer_that_answers_nothing_is_a_warning_where_its_check_was_made(
    case_file: Write, run: Callable[..., Inspection]
) -> None:
    file = case_file(BARE.replace("verified:", ANSWERED), note=LONG_NOTE)
    assert messages(run(file)) == ["answers no warning any more: ncci-pair for 20610, 25605; remove it"]
    assert messages(run(file, tables=False)) == []


def test_an_answer_to_a_number_that_does_not_exist_is_refused(case_file: Write) -> None:
    answer = 'answered:\n- {check: cpt-date, codes: ["25605"], why: It is right.}\nverified:'
    (error,) = load(case_file(CASE.replace("verified:", answer))).errors
    assert "cpt-date cannot be answered" in error.message


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("11042", "11042 is not valid on 2026-05-12; it ended on 2025-12-31"),
        ("12345", "12345 is no CPT number in the code list of 2019Q3-2026Q2"),
    ],
)
def test_a_number_that_does_not_exist_on_the_date_is_an_error_in_key_trap_and_option(
    case_file: Write, question_file: Write, run: Callable[..., Inspection], code: str, message: str
) -> None:
    keyed = run(case_file(CASE.replace('"25605"', f'"{code}"'), note=LONG_NOTE))
    assert message in [error.message for error in keyed.errors]
    trap = f'- {{code: "{code}", kind: service, label: bundled, why: Part of it.}}\nlesson:'
    trapped = run(case_file(CASE.replace("lesson:", f"  {trap}"), note=LONG_NOTE, slug="wrist"))
    assert message in [error.message for error in trapped.errors]
    asked = run(question_file(QUESTION.replace("codes: [S52.501D]", f'codes: ["{code}"]')))
    assert message in [error.message for error in asked.errors]


def test_an_option_that_teaches_the_deletion_is_no_error(question_file: Write, run: Callable[..., Inspection]) -> None:
    text = QUESTION.replace(
        "codes: [S52.501D], right: false, why: Aftercare has not begun.",
        'codes: ["11042"], right: false, why: It was deleted at the end of 2025.',
    )
    assert run(question_file(text)).errors == []


def test_a_trap_that_teaches_the_deletion_is_no_error(case_file: Write, run: Callable[..., Inspection]) -> None:
    trap = '  - {code: "11042", kind: service, label: other_category, why: Deleted at the end of 2025.}\nlesson:'
    assert run(case_file(CASE.replace("lesson:", trap), note=LONG_NOTE)).errors == []


def test_a_number_begins_on_its_day(case_file: Write, run: Callable[..., Inspection]) -> None:
    text = CASE.replace('"25605"', '"25607"').replace("2026-05-12", "2025-12-31")
    assert "25607 is not valid on 2025-12-31; it begins on 2026-01-01" in [
        error.message for error in run(case_file(text, note=LONG_NOTE)).errors
    ]


def test_after_the_list_ends_nothing_is_said_of_numbers(case_file: Write, tmp_path: Path) -> None:
    loaded = load(case_file(CASE.replace("2026-05-12", "2026-07-01")))
    found = check_reference(loaded, write_tables(tmp_path / "tables"))
    assert found.errors == []
    assert found.as_json()["checks"]["cpt-date"] == {"checked": 0, "not_checked": 1}


def test_the_options_text_says_how_many_units(question_file: Write, run: Callable[..., Inspection]) -> None:
    text = QUESTION.replace('text: "S52.501A", codes: [S52.501A, 25605-RT]', 'text: "25605-RT x 2", codes: [25605-RT]')
    assert "25605: 2 units; the limit of 2026-04-01 is 1 for a day (check units: 25605)" in messages(
        run(question_file(text))
    )


def test_a_hospitals_claim_is_not_held_to_physicians_tables(
    case_file: Write, tmp_path: Path, run: Callable[..., Inspection]
) -> None:
    text = with_injection(BARE).replace("professional", "facility_outpatient").replace('pos: "22"\n', "")
    text = text.replace("      pointers: [d1]\n      primary: d1\n", "")
    file = case_file(text, note=LONG_NOTE)
    assert messages(run(file)) == []
    counts = check_reference(load(file), write_tables(tmp_path / "tables")).as_json()["checks"]
    assert counts["ncci-pair"] == {"checked": 0, "not_checked": 2}


def test_a_pair_without_a_row_is_counted_as_not_checked(case_file: Write, tmp_path: Path) -> None:
    loaded = load(case_file(with_injection(BARE)))
    tables = write_tables(tmp_path / "tables", pairs=PAIRS.splitlines()[0] + "\n")
    assert check_reference(loaded, tables).as_json()["checks"]["ncci-pair"] == {"checked": 0, "not_checked": 1}
