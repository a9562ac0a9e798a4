"""Code lists as spreadsheets save them: marks, spaces and widths around codes are format."""

from datetime import date

import pytest

from coachapp.codesets import CodeSets, Kind
from coachapp.codesets.intake import BadFile, OfficialFile
from coachapp.codesets.layouts import read_cpt, read_diagnoses, read_hcpcs
from tests.codesets import samples
from tests.codesets.conftest import Import

WITHIN = date(2026, 11, 5)
pytestmark = pytest.mark.usefixtures("small_sources")
CPT = "CPT Code\tLong Descriptor\n99001\tA visit invented for tests\n0001F\tA measure invented for tests\n"
LICENSED = {"year": 2026, "licence": "L-1", "attested": True}


def file(text: str | bytes) -> OfficialFile:
    return OfficialFile("list.csv", text if isinstance(text, bytes) else text.encode(), "0")


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + CPT,
        "\ufeff\ufeff" + CPT,
        CPT.encode("utf-16"),
        CPT.replace("99001", "99001\u00a0"),
        CPT.replace("99001", "\u200b99001"),
        CPT.replace("99001", "９９００１"),
        CPT.replace("0001F", "0001f "),
        CPT.replace("99001", "'99001").replace("0001F", '="0001F"'),
        CPT.replace("CPT Code", "ＣＰＴ\u00a0Ｃｏｄｅ"),
        CPT.replace("Long Descriptor", "Long\u200b\u202fDescriptor\u200e"),
    ],
)
def test_a_cpt_table_is_read_in_any_format(text: str | bytes) -> None:
    found = {one.code: one.title for one in read_cpt(file(text))}
    assert found == {"99001": "A visit invented for tests", "0001F": "A measure invented for tests"}


def test_a_header_row_stays_a_header_whatever_surrounds_its_mark() -> None:
    table = "code,description,billable\nA00,Cholera,０\nA000,One,1\nZ00,Exam,\u200b0\nZ00.00,Two,1\u00a0\n"
    assert [(one.code, one.billable) for one in read_diagnoses(file(table))] == [
        ("A00", False), ("A000", True), ("Z00", False), ("Z0000", True),
    ]  # fmt: skip


def test_days_and_records_of_a_hcpcs_table_are_read_in_any_format() -> None:
    heads = "HCPC,RECID,LONG DESCRIPTION,ADD DT\n"
    table = heads + "A0100,\u200b3,Taxi,２0１００１0１\nＶ2020,3\u00a0,Frames,\u200e20100101\n"
    first = date(2010, 1, 1)
    assert [(one.code, one.first) for one in read_hcpcs(file(table))] == [("A0100", first), ("V2020", first)]


def test_an_order_file_keeps_its_columns(bring: Import, sets: CodeSets) -> None:
    text = "\ufeff" + samples.order_file().replace("Cholera, unspecified", "Cholera,\u00a0unspecified")
    text = text.replace("00002 A000    1 ", "00002\u00a0A000\u00a0\u2003\u3000\u202f1\u00a0")
    bring(Kind.ICD10CM, "icd10cm-order-2027.txt", text)
    assert sets.lookup("A00.0", on=WITHIN).billable is True
    assert sets.lookup("A00.9", on=WITHIN).title == "Cholera, unspecified"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\xff\xfea", "is not UTF-16, which the file begins as"),
        ("CPT Code\tLong Descriptor\n9900\u0416\tA visit\n".encode(), "is no CPT code"),
        ("CPT Code\tLong Descriptor\n99001\tA visit\n９９００１\tAgain\n".encode(), "listed twice"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(data: bytes, message: str) -> None:
    with pytest.raises(BadFile, match=message):
        read_cpt(file(data))
