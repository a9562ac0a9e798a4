"""Tables for people: a CSV file with its mark, and a workbook whose texts stay texts."""

import csv
import io
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook

import coachapp
from coachapp.domain.permissions import Role
from coachapp.web.csvout import MOST_CELL, csv_text, workbook

TEXTS = (
    "José",
    "00100",
    "0016070",
    "3E03317",
    "1E10",
    "=HYPERLINK(1)",
    "-1+1",
    "12345678901234567890",
    "MAR1",
    "E11.9",
)
ROW = {
    "name": "José",
    "code": "00100",
    "count": 7,
    "large": 12345678901234567890,
    "share": 0.5,
    "yes": True,
    "none": None,
    "at": datetime(2026, 5, 1, 12, tzinfo=UTC),
    "on": date(2026, 5, 1),
    "list": ["00100", {"a": "é"}],
    "role": Role.ADMIN,
}


def test_a_file_begins_with_its_mark_and_texts_are_guarded() -> None:
    raw = csv_text(list(ROW), [ROW]).encode()
    assert raw.startswith(b"\xef\xbb\xbfname,code,")
    (row,) = csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline=""))
    assert row == {
        "name": "José",
        "code": "'00100",
        "count": "7",
        "large": "'12345678901234567890",
        "share": "0.5",
        "yes": "True",
        "none": "",
        "at": "2026-05-01T12:00:00+00:00",
        "on": "2026-05-01",
        "list": '["00100", {"a": "é"}]',
        "role": "admin",
    }


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_in_a_workbook_is_that_text(text: str) -> None:
    sheet = load_workbook(workbook([("codes", ["code"], [{"code": text}])]))["codes"]
    assert (sheet["A2"].data_type, sheet["A2"].value) == ("s", text)
    assert sheet["A2"].hyperlink is None


def test_numbers_in_a_workbook_are_numbers_as_far_as_they_are_kept() -> None:
    sheet = load_workbook(workbook([("all", list(ROW), [ROW])]))["all"]
    found = {name: sheet.cell(2, place).value for place, name in enumerate(ROW, 1)}
    assert (found["count"], found["share"], found["yes"], found["none"]) == (7, 0.5, True, None)
    assert found["large"] == "12345678901234567890"
    assert found["at"] == "2026-05-01T12:00:00+00:00"


def test_what_is_too_long_for_a_cell_is_cut_and_says_so() -> None:
    sheet = load_workbook(workbook([("long", ["text"], [{"text": "é" * 40_000}])]))["long"]
    assert len(sheet["A2"].value) == MOST_CELL
    assert sheet["A2"].value.endswith("the whole is in data.json)")


def test_there_is_one_writer_of_csv() -> None:
    """Every table that people download goes through it."""
    found = [
        path.name
        for path in Path(coachapp.__file__).parent.rglob("*.py")
        if "csv.writer" in path.read_text("utf-8") or "csv.DictWriter" in path.read_text("utf-8")
    ]
    assert found == ["csvout.py"]
