"""Which texts a spreadsheet would change, and that guarding them loses nothing."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachapp.domain.cells import guarded, plain, separator_of, text_of

CHANGED = (
    "00100",
    "0016070",
    "01",
    "12345678901234567890",
    "1234567890123456",
    "3E03317",
    "1E10",
    "1e-5",
    "1.10",
    ".5",
    "1,234",
    "50%",
    "$5",
    "1/2",
    "10-10",
    "2026-05-12",
    "12:30",
    "12:30 PM",
    "MAR1",
    "SEP 2",
    "12 May",
    "1-Dec-26",
    "May 12, 2026",
    "TRUE",
    "false",
    "=1+1",
    "+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    " =1+1",
    "＝1+1",
    "００１００",
    "'already",
    "- a list",
)
KEPT = (
    "99213",
    "0",
    "7",
    "3.5",
    "E11.9",
    "S52.501A",
    "G0121",
    "José",
    "A, B",
    "",
    "It's",
    "Иван 2",
    "日本1",
    "0001F",
    "May",
    "II",
)


@pytest.mark.parametrize("text", CHANGED)
def test_what_a_spreadsheet_would_change_is_guarded(text: str) -> None:
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("text", KEPT)
def test_what_it_leaves_as_it_is_gets_nothing(text: str) -> None:
    assert guarded(text) == text


@given(st.one_of(st.text(), st.from_regex(r"[0-9eE.,:/+' =@-]{1,12}", fullmatch=True)))
def test_a_guard_is_taken_off_again(text: str) -> None:
    assert plain(guarded(text)) == text


@given(st.from_regex(r"0[0-9]{1,12}", fullmatch=True))
def test_no_leading_zero_stands_bare(code: str) -> None:
    assert guarded(code) == f"'{code}"


@given(st.text(min_size=1))
def test_no_cell_begins_as_a_formula(text: str) -> None:
    assert not guarded(text).startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"))


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"])), min_size=2, max_size=3), max_size=4))
def test_tables_come_back_from_csv(rows: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out).writerows([guarded(cell) for cell in row] for row in rows)
    back = csv.reader(io.StringIO(text_of(out.getvalue().encode("utf-8-sig")), newline=""))
    assert [[plain(cell) for cell in row] for row in back] == rows


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_is_read_with_any_mark(encoding: str) -> None:
    assert text_of("José;1".encode(encoding)) == "José;1"
    assert text_of(b"\xfe\xff" + "José".encode("utf-16-be")) == "José"


@pytest.mark.parametrize(("line", "sign"), [("a,b;c\n", ","), ("a;b\n1,5;2", ";"), ("a\tb\n", "\t"), ("a\n1,2", ",")])
def test_cells_are_parted_by_what_the_first_line_has(line: str, sign: str) -> None:
    assert separator_of(line) == sign
