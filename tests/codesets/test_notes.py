"""The codes that notes name."""

import pytest

from coachapp.codesets import CodeSets
from coachapp.codesets.notes import NoteReader
from coachapp.domain.codes import CodeRange, NoteKind

CODES = [
    "A00",
    "A00.0",
    "A15",
    "A15.0",
    "C00",
    "C96",
    "D00",
    "D09",
    "E08",
    "E08.51",
    "E08.52",
    "E09",
    "E09.51",
    "E09.9",
    "E11",
    "E11.51",
    "E11.610",
    "E13",
    "E13.51",
    "E72.4",
    "F10",
    "F10.26",
    "F10.96",
    "I69",
    "I69.023",
    "I69.123",
    "I69.920",
    "J00",
    "J22",
    "M05.00",
    "M05.8A",
    "O08",
    "O98",
    "O98.0",
    "S02",
    "S02.0",
    "S02.0XXB",
    "S42",
    "S42.40",
    "S42.401",
    "S52",
    "S52.501",
    "T36",
    "T36.0X5A",
    "T50",
    "T51",
    "T65",
    "Z3A",
    "Z3A.20",
    "K65",
    "K65.0",
    "L97",
    "P76",
    "B99",
    "A74",
]


@pytest.fixture
def reader() -> NoteReader:
    return NoteReader(CODES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("infectious diseases complicating pregnancy (O98.-)", [CodeRange("O98", "O98")]),
        ("influenza and other acute infections (J00-J22)", [CodeRange("J00", "J22")]),
        ("neoplasms (C00-C96, D00-D09)", [CodeRange("C00", "C96"), CodeRange("D00", "D09")]),
        ("fracture of lower end of humerus (S42.40-)", [CodeRange("S4240", "S4240")]),
        ("range with spaces (J00 - J22)", [CodeRange("J00", "J22")]),
        ("range in words (M05.00 to M05.8A)", [CodeRange("M0500", "M058A")]),
        ("double dash (S42.4--S42.9)", [CodeRange("S424", "S429")]),
        ("adverse effect (T36-T50 with fifth or sixth character 5)", [CodeRange("T36", "T50", "5")]),
        ("poisoning (T36-T65 with fifth or sixth character 1-4 or 6)", [CodeRange("T36", "T65", "12346")]),
        ("toxic effect (T51-T65 with fifth or sixth character to indicate intent)", [CodeRange("T51", "T65")]),
        ("open skull fracture (S02.- with 7th character B)", [CodeRange("S02", "S02", "B", 7)]),
        ("open fracture (S52.- with open fracture 7th character)", [CodeRange("S52", "S52", "BCEFHJMNQR", 7)]),
        ("in bronchitis (F10-F10, with 5th character .6)", [CodeRange("F10", "F10", "6", 5)]),
        (
            "diabetes with angiopathy (E08-E13 with .51-.52)",
            [CodeRange(c, c) for c in ("E0851", "E0951", "E1151", "E1351", "E0852")],
        ),
        ("fluency disorder (I69. with final characters -23)", [CodeRange(c, c) for c in ("I69023", "I69123")]),
        ("two groups (A00.0) of codes [A15.-]", [CodeRange("A000", "A000"), CodeRange("A15", "A15")]),
        ("closing bracket forgotten (K65.-", [CodeRange("K65", "K65")]),
        ("peritonitis K65.-", [CodeRange("K65", "K65")]),
        ("code from category O08 to identify any complication", [CodeRange("O08", "O08")]),
        ("code from category Z3A, Weeks of gestation", [CodeRange("Z3A", "Z3A")]),
        ("vitamin B12 deficiency", []),
        ("with C3 glomerulopathy (C1-INH) (CD20)", []),
        ("see body system-related chapters", []),
        ("diabetic acidosis - see categories E08-E09, E11, E13 with ketoacidosis", []),
    ],
)
def test_ranges_of_a_note(reader: NoteReader, text: str, expected: list[CodeRange]) -> None:
    assert list(reader.ranges(text, NoteKind.EXCLUDES1)) == expected
    assert reader.unread == []


def test_running_text_names_codes_only_in_notes_that_point_elsewhere(reader: NoteReader) -> None:
    assert reader.ranges("any condition in K65 specified as chronic", NoteKind.INCLUSION_TERM) == ()
    assert reader.ranges("perforation (K65.-)", NoteKind.INCLUSION_TERM) == (CodeRange("K65", "K65"),)


def test_a_code_that_is_gone_is_counted_as_unread(reader: NoteReader) -> None:
    assert reader.ranges("older code (E11.7777)", NoteKind.CODE_FIRST) == ()
    assert reader.unread == ["older code (E11.7777)"]


def test_every_note_with_a_code_in_parentheses_is_understood_but_one(codesets: CodeSets) -> None:
    # "other frontotemporal neurocognitive disorder (G31.90)" at F02: there is no such code.
    assert codesets._release.meta("unread_notes") == "1"


@pytest.mark.parametrize(
    ("code_range", "covered", "not_covered"),
    [
        (CodeRange("O98", "O98"), ["O98", "O980", "O98011"], ["O99", "O9"]),
        (CodeRange("J00", "J22"), ["J00", "J189", "J22"], ["J30", "I99"]),
        (CodeRange("T36", "T50", "5"), ["T360X5A", "T4145XA", "T50905A"], ["T360X1A", "T36", "T510X5A"]),
        (CodeRange("S02", "S02", "B", 7), ["S020XXB"], ["S020XXA", "S020", "S02"]),
        (CodeRange("B27", "B27", "9", 5), ["B2709"], ["B2701", "B270"]),
    ],
)
def test_what_a_range_covers(code_range: CodeRange, covered: list[str], not_covered: list[str]) -> None:
    assert [code for code in covered + not_covered if code_range.covers(code)] == covered
