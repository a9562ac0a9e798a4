"""Importing official files: releases stand side by side, and a file that is not whole is refused whole."""

import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from coachapp.codesets import CodeSets, Kind, intake
from coachapp.codesets.imports import BadRequest, Request, import_release
from coachapp.codesets.intake import BadFile
from coachapp.domain.codes import CodeSystem, NoteKind
from tests.codesets import samples
from tests.codesets.conftest import NOW, Import

BEFORE, WITHIN = date(2026, 9, 30), date(2026, 11, 5)
pytestmark = pytest.mark.usefixtures("small_sources")


@pytest.mark.parametrize("name", ["icd10cm-order-2027.txt", "icd10cm-order-2027.txt.gz", "icd10cm-order-2027.txt.zip"])
def test_an_order_file_answers_for_its_fiscal_year(bring: Import, sets: CodeSets, name: str) -> None:
    assert sets.lookup("T90.1", on=WITHIN).valid is False
    report = bring(Kind.ICD10CM, name, samples.order_file())
    assert (report.release.id, report.release.first, report.release.last) == (
        "FY2027", date(2026, 10, 1), date(2027, 9, 30),
    )  # fmt: skip
    assert report.release.entries == 8
    invented = sets.lookup("T90.1", on=WITHIN)
    assert (invented.title, invented.valid, invented.billable) == ("A code invented for tests", True, True)
    assert (invented.valid_from, invented.valid_to) == (date(2026, 10, 1), None)
    assert sets.lookup("T90.1", on=BEFORE).valid is False
    # A code that the list has made a header, and one that it no longer has.
    assert (sets.lookup("M72.2", on=WITHIN).valid, sets.lookup("M72.2", on=WITHIN).billable) == (True, False)
    assert sets.lookup("M72.2", on=BEFORE).billable is True
    gone = sets.lookup("E11.9", on=WITHIN)
    assert (gone.valid, gone.valid_to) == (False, date(2026, 9, 30))
    assert sets.lookup("I10", on=WITHIN).valid_from is None
    # The order file's own header flag rules: T90 is a header.
    assert sets.lookup("T90", on=WITHIN).billable is False


def test_an_order_file_takes_notes_and_places_from_the_bundled_list(bring: Import, sets: CodeSets) -> None:
    report = bring(Kind.ICD10CM, "icd10cm-order-2027.txt", samples.order_file())
    assert any("bundled tabular list" in note for note in report.notes)
    fact = sets.facts_for(on=WITHIN, diagnoses=["S52.501A"], services=[], inpatient=False).diagnosis("S52.501A")
    assert {note.at for note in fact.notes_of(NoteKind.EXCLUDES1)} == {"S52"}
    assert fact.title == "Unspecified fracture of the lower end of right radius, initial encounter"
    card = sets.card("T90.1", on=WITHIN)
    assert card is not None
    assert [entry.code for entry in card.path] == ["T90"]
    cholera = sets.card("A00.0", on=WITHIN)
    assert cholera is not None
    assert [entry.code for entry in cholera.path] == ["Chapter 1", "A00-A09", "A00"]
    assert [entry.code for entry in cholera.path if entry.kind == "block"] == ["A00-A09"]


def test_facts_come_from_the_release_of_the_day(bring: Import, sets: CodeSets) -> None:
    def billable(on: date) -> bool | None:
        facts = sets.facts_for(on=on, diagnoses=["T90.1"], services=["J1010"], inpatient=False)
        assert facts.service("J1010").title is not None
        return facts.diagnosis("T90.1").billable

    assert billable(WITHIN) is False
    bring(Kind.ICD10CM, "icd10cm-order-2027.txt", samples.order_file())
    # The same open object: what was kept before the import is not repeated.
    assert billable(WITHIN) is True
    assert billable(BEFORE) is False


def test_search_goes_by_date(bring: Import, sets: CodeSets) -> None:
    bring(Kind.ICD10CM, "icd10cm-order-2027.txt", samples.order_file())
    # What the other releases have lacks one of the words: it is no answer beside those that have both.
    assert [hit.code for hit in sets.search("invented tests", on=WITHIN)] == ["T90", "T90.1"]
    assert [hit.code for hit in sets.search("invented tests", on=BEFORE) if hit.code.startswith("T90")] == []
    mixed = sets.search("resection appendix", on=WITHIN)
    assert mixed[0].system is CodeSystem.ICD10PCS
    assert sets.search("t901", on=WITHIN)[0].code == "T90.1"
    assert len(sets.search("a", limit=3, on=WITHIN)) == 3


def test_a_tabular_list_brings_its_own_notes(bring: Import, sets: CodeSets) -> None:
    report = bring(Kind.ICD10CM, "icd10cm_tabular.xml", samples.TABULAR)
    assert (report.release.id, report.release.first) == ("FY2028", date(2027, 10, 1))
    on = date(2027, 12, 1)
    assert sets.lookup("A00.0", on=on).title == "Cholera of tests"
    # Never heard of: every 7th character that the list defines is taken to exist.
    assert sets.lookup("T90.1XXA", on=on).title == "A stem invented for tests, initial encounter"
    fact = sets.facts_for(on=on, diagnoses=["A00.0"], services=[], inpatient=False).diagnosis("A00.0")
    assert [note.covers("I10") for note in fact.notes_of(NoteKind.EXCLUDES1)] == [True]


def test_an_order_file_may_come_with_its_tabular_list(bring: Import, sets: CodeSets, tmp_path: Path) -> None:
    tabular = samples.write(tmp_path, "tabular.xml", samples.TABULAR)
    report = bring(Kind.ICD10CM, "icd10cm-order-2027.txt", samples.order_file(), tabular=tabular)
    assert report.notes == ()
    fact = sets.facts_for(on=WITHIN, diagnoses=["A00.0"], services=[], inpatient=False).diagnosis("A00.0")
    assert [note.text for note in fact.notes_of(NoteKind.EXCLUDES1)] == ["tests of nothing (I10)"]
    card = sets.card("T90.1", on=WITHIN)
    assert card is not None
    assert [entry.code for entry in card.path] == ["Chapter 19", "T80-T90", "T90"]


@pytest.mark.parametrize(
    ("name", "text"), [("HCPC2026_OCT_ANWEB.txt", samples.hcpcs_file()), ("hcpcs-2026-10.csv", samples.HCPCS_TABLE)]
)
def test_a_quarterly_file_of_hcpcs_answers_for_its_quarter(bring: Import, sets: CodeSets, name: str, text: str) -> None:
    assert sets.lookup("J1010", on=WITHIN).valid is None
    report = bring(Kind.HCPCS, name, text)
    assert (report.release.id, report.release.first, report.release.last) == (
        "2026Q4", date(2026, 10, 1), date(2026, 12, 31),
    )  # fmt: skip
    found = sets.lookup("J1010", on=WITHIN)
    assert (found.title, found.valid, found.valid_from, found.valid_to) == (
        "Injection, methylprednisolone acetate, 1 mg", True, date(2024, 4, 1), None,
    )  # fmt: skip
    # Not in the list on these days; D codes and other days stay unknown.
    assert sets.lookup("G0008", on=WITHIN).valid is False
    assert sets.lookup("D0120", on=WITHIN).valid is None
    assert sets.lookup("G0008", on=date(2027, 1, 1)).valid is None
    service = sets.facts_for(on=WITHIN, diagnoses=[], services=["G0008"], inpatient=False).service("G0008")
    assert (service.system, service.valid) == (CodeSystem.HCPCS, False)
    assert "J1010" not in report.retitled
    assert [hit.code for hit in sets.search("methylpred", system=CodeSystem.HCPCS, on=WITHIN)] == ["J1010"]


def test_hcpcs_codes_have_their_own_days(bring: Import, sets: CodeSets) -> None:
    bring(Kind.HCPCS, "HCPC2026_OCT_ANWEB.txt", samples.hcpcs_file())
    ended = sets.lookup("J1030", on=WITHIN)
    assert (ended.valid, ended.valid_to) == (False, date(2024, 3, 31))
    # One that begins with the quarter is known to, for the file says so.
    assert sets.lookup("J9999", on=WITHIN).valid_from == date(2026, 10, 1)
    assert "J1030" not in [hit.code for hit in sets.search("inj of tests", system=CodeSystem.HCPCS, on=WITHIN)]


@pytest.mark.parametrize(
    "text", [samples.procedures_file(), 'code,long_title\n0016070,One\n0DTJ4ZZ,"Resection of Appendix"\nXNS4032,New\n']
)
def test_procedures_answer_for_their_fiscal_year(bring: Import, sets: CodeSets, text: str) -> None:
    report = bring(Kind.ICD10PCS, "icd10pcs_order_2027.txt", text)
    assert report.release.entries == 3
    assert sets.lookup("0DTJ4ZZ", on=WITHIN).valid is True
    assert sets.lookup("0DTJ0ZZ", on=WITHIN).valid is False
    assert sets.lookup("0DTJ0ZZ", on=BEFORE).valid is True
    assert sets.lookup("XNS4032", on=WITHIN).title in ("New", "A new technology of tests")
    hits = sets.search("appendectomy", system=CodeSystem.ICD10PCS, on=WITHIN)
    assert [hit.code for hit in hits] == ["0DTJ4ZZ"]


CPT = "CPT Code\tLong Descriptor\n99001\tA visit invented for tests\n0001F\tA measure invented for tests\n"
LICENSED = {"year": 2026, "licence": "L-1", "attested": True}


@pytest.mark.parametrize("text", [CPT, CPT.replace("\t", ","), CPT.split("\n", 1)[1], CPT.replace("\t", "|")])
def test_a_licensed_cpt_file_is_recorded_and_answers_for_its_year(bring: Import, sets: CodeSets, text: str) -> None:
    report = bring(Kind.CPT, "cpt.txt", text, **LICENSED)
    assert report.release.licence == "L-1, attested 2026-09-01"
    found = sets.lookup("99001", on=WITHIN)
    assert (found.title, found.valid, found.billable) == ("A visit invented for tests", True, True)
    # The file has all of Category I and II, and none of Category III, of which it thus says nothing.
    assert sets.lookup("99002", on=WITHIN).valid is False
    assert sets.lookup("0042T", on=WITHIN).valid is None
    assert sets.lookup("99001", on=date(2027, 1, 1)).valid is None
    assert sets.suggest("visit invented", box="service", claim_form="professional", on=WITHIN)[0].code == "99001"
    diagnoses = sets.suggest("visit invented", box="diagnosis", claim_form="professional", on=WITHIN)
    assert {hit.system for hit in diagnoses} <= {CodeSystem.ICD10CM}


def test_a_partial_cpt_file_says_nothing_of_others(bring: Import, sets: CodeSets) -> None:
    bring(Kind.CPT, "cpt.txt", CPT, partial=True, **LICENSED)
    assert (sets.lookup("99001", on=WITHIN).valid, sets.lookup("99002", on=WITHIN).valid) == (True, None)


@pytest.mark.parametrize("missing", ["year", "licence", "attested"])
def test_cpt_needs_year_licence_and_word(bring: Import, missing: str) -> None:
    asked = {key: value for key, value in LICENSED.items() if key != missing}
    with pytest.raises(BadRequest, match=r"--year.*--licence.*--attest"):
        bring(Kind.CPT, "cpt.txt", CPT, **asked)


def test_the_same_import_again_changes_nothing(bring: Import, data: Path) -> None:
    first = bring(Kind.ICD10PCS, "icd10pcs_order_2027.txt", samples.procedures_file())
    before = first.release.path.stat().st_ino
    again = bring(Kind.ICD10PCS, "icd10pcs_order_2027.txt", samples.procedures_file())
    assert (first.done, again.done) == (True, False)
    assert again.release.path.stat().st_ino == before


def test_other_content_under_the_same_name_must_be_asked_for(bring: Import, sets: CodeSets) -> None:
    bring(Kind.ICD10PCS, "icd10pcs_order_2027.txt", samples.procedures_file())
    other = samples.procedures_file("another title")
    with pytest.raises(BadRequest, match=r"FY2027 of icd10pcs is here already.*--replace"):
        bring(Kind.ICD10PCS, "icd10pcs_order_2027.txt", other)
    bring(Kind.ICD10PCS, "icd10pcs_order_2027.txt", other, replace=True)
    assert sets.lookup("XNS4032", on=WITHIN).title == "another title"


def test_releases_stand_side_by_side(bring: Import, sets: CodeSets) -> None:
    text = samples.procedures_file()
    bring(Kind.ICD10PCS, "icd10pcs_order_2027.txt", text)
    april = samples.procedures_file("The April title")
    report = bring(Kind.ICD10PCS, "icd10pcs_order_April_2027.txt", april)
    assert (report.release.id, report.release.first) == ("FY2027-April", date(2027, 4, 1))
    assert any("FY2027 (2026-10-01 to 2027-09-30) covers some of these days too" in note for note in report.notes)
    titles = [sets.lookup("XNS4032", on=day).title for day in (WITHIN, date(2027, 5, 1))]
    assert titles == ["A new technology of tests", "The April title"]
    listed = [(info.kind, info.id, info.bundled) for info in sets.releases()]
    assert listed == [
        (Kind.ICD10CM, "bundled", True),
        (Kind.HCPCS, "bundled", True),
        (Kind.ICD10PCS, "bundled", True),
        (Kind.ICD10PCS, "FY2027", False),
        (Kind.ICD10PCS, "FY2027-April", False),
    ]


def test_a_release_of_another_version_is_named_and_not_asked(
    bring: Import, sets: CodeSets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coachapp.codesets.imports.SCHEMA", 1)
    bring(Kind.ICD10CM, "icd10cm-order-2027.txt", samples.order_file())
    assert [info.usable for info in sets.releases() if not info.bundled] == [False]
    assert sets.lookup("T90.1", on=WITHIN).valid is False


ORDER = samples.order_file()


@pytest.mark.parametrize(
    ("kind", "name", "text", "message"),
    [
        (Kind.ICD10CM, "order-2027.txt", "".join(ORDER.splitlines(keepends=True)[:9]), "from A to Z .*cut short"),
        (Kind.ICD10CM, "order-2027.txt", ORDER[:-80], "line 17 is not in the layout of an order file"),
        (Kind.ICD10CM, "order-2027.txt", ORDER.replace("00005", "00003"), "line 5: order number 3 comes after 4"),
        (Kind.ICD10CM, "order-2027.txt", ORDER.replace("M722 ", "M7221"), "M7221 is listed twice"),
        (Kind.ICD10CM, "order-2027.txt", samples.procedures_file(), "'001' is no ICD-10-CM code"),
        (Kind.ICD10CM, "order-2027.txt", ORDER.replace("00001 A00  ", "00001 B00  "), "its category A00 is not"),
        (Kind.ICD10CM, "t-2027.csv", "code,description\nA00,Cholera\nZ00\n", "line 3 has 1 cells where 2"),
        (Kind.ICD10CM, "t-2027.csv", "code,price\nA00,1\n", "no column of descriptions"),
        (Kind.ICD10CM, "t-2027.csv", 'code,title\nA00,"Cholera\n', "line 2 is no whole row"),
        (Kind.ICD10CM, "t-2027.csv", "code,title\nA00,\nZ00,x\n", "A00 has no title"),
        (Kind.ICD10CM, "t-2027.txt", "Dear Sir or Madam", "no table with a column of codes"),
        (Kind.ICD10CM, "t-2027.csv", "Dear Sir, Madam", "neither heads nor codes"),
        (Kind.ICD10CM, "t-2027.xml", samples.TABULAR[:-50], "no whole XML file"),
        (Kind.ICD10CM, "t-2027.xml", "<html><body/></html>", "no chapter with codes"),
        (Kind.ICD10CM, "t-2027.xml", '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "not the tabular list"),
        (Kind.ICD10CM, "order-2027.txt", b"\0\1\2\3", "not a text file"),
        (Kind.ICD10CM, "order-2027.txt", "  \n", "is empty"),
        (Kind.ICD10PCS, "pcs-2027.txt", ORDER, "'I10' is no ICD-10-PCS code|'A000' is no ICD-10-PCS code"),
        (Kind.ICD10PCS, "pcs-2027.xml", samples.TABULAR, "is XML; a list of ICD-10-PCS codes is expected"),
        (Kind.HCPCS, "HCPC2026_OCT.txt", ORDER, "not in the HCPCS record layout"),
        (Kind.HCPCS, "HCPC2026_OCT.txt", samples.hcpcs_file()[:900], "cut short"),
        (Kind.HCPCS, "HCPC2026_OCT.txt", samples.hcpcs_file().replace("20240401", "20241341"), "no day written as"),
        (Kind.HCPCS, "hcpcs-2026-10.csv", samples.HCPCS_TABLE.replace("V5364", "ZZZZZ"), "'ZZZZZ' is no HCPCS"),
        (Kind.INDEX, "index-2027.xml", samples.INDEX_XML[:-60], "no whole XML file"),
        (Kind.INDEX, "index-2027.xml", samples.EXTERNAL_XML.replace("W<", "Z<"), "is the External Cause Index"),
        (Kind.INDEX, "index-2027.xml", samples.NEOPLASM_XML, "is the Neoplasm Table, not the Alphabetic Index"),
        (Kind.INDEX, "index-2027.xml", samples.TABULAR, "outermost element is ICD10CM.tabular"),
        (Kind.DRUGS, "drugs-2027.xml", samples.INDEX_XML, "an index without columns"),
        (Kind.DRUGS, "drugs-2027.csv", samples.INDEX_CSV, "no column PoisoningAccidental"),
        (Kind.DRUGS, "drugs-2027.csv", samples.DRUGS_CSV.split("4,Z")[0], "ends at the letter W"),
        (Kind.INDEX, "index-2027.csv", samples.INDEX_CSV[:-20], "cut short"),
        (Kind.INDEX, "index-2027.csv", samples.INDEX_CSV.replace("3,A,2", "4,A,2"), "row 4 comes where 3"),
        (Kind.INDEX, "index-2027.csv", samples.INDEX_CSV.replace("2,A,1", "2,A,2"), "level '2' does not follow"),
        (Kind.EXTERNAL_CAUSE, "e-2027.csv", samples.INDEX_CSV, "is the Alphabetic Index"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_what_it_should_be_is_refused_whole(
    bring: Import, data: Path, *, kind: Kind, name: str, text: str | bytes, message: str
) -> None:
    with pytest.raises(BadFile, match=message):
        bring(kind, name, text)
    assert [path.name for path in (data / "codesets").iterdir()] == ["release.sqlite"]


def test_a_list_much_shorter_than_the_one_before_is_refused(bring: Import) -> None:
    with pytest.raises(BadFile, match=r"holds 8 codes, the release before 74,879.*--short"):
        bring(Kind.ICD10CM, "icd10cm-order-2027.txt", samples.order_file(), short=False)


@pytest.mark.parametrize(
    ("kind", "name", "asked", "message"),
    [
        (Kind.HCPCS, "hcpcs.csv", {}, "cannot be read from its name: give --from and --to"),
        (Kind.ICD10CM, "order.txt", {}, "cannot be read from its name"),
        (Kind.ICD10CM, "order-2027.txt", {"release": "../up"}, "cannot name a release"),
        (Kind.ICD10CM, "order-2027.txt", {"first": date(2028, 1, 1), "last": date(2027, 1, 1)}, "comes before"),
        (Kind.ICD10CM, "order-2027.txt", {"year": 2027}, "are for CPT only"),
        (Kind.ICD10CM, "order-2027.txt", {"partial": True}, "--partial is for cpt only"),
        (Kind.HCPCS, "HCPC2026_OCT.txt", {"tabular": Path("x.xml")}, "--tabular is for icd10cm only"),
        (Kind.CPT, "cpt.txt", {**LICENSED, "first": date(2026, 1, 1)}, "without --from and --to"),
    ],
)
def test_an_unclear_request_says_what_is_missing(
    bring: Import, kind: Kind, name: str, asked: dict[str, Any], message: str
) -> None:
    with pytest.raises(BadRequest, match=message):
        bring(kind, name, samples.order_file(), **asked)


def test_days_that_are_given_go_before_those_of_the_name(bring: Import, sets: CodeSets) -> None:
    days = {"first": date(2030, 1, 1), "last": date(2030, 6, 30)}
    report = bring(Kind.ICD10CM, "order.txt", samples.order_file(), **days)
    assert (report.release.id, report.release.first) == ("2030-01-01", date(2030, 1, 1))
    # Beyond the bundled data: when I10 began before this release is not known, nor that it ended in between.
    found = sets.lookup("I10", on=date(2030, 3, 1))
    assert (found.valid, found.valid_from, found.valid_to) == (True, None, None)


def test_packed_files_are_taken_within_limits(bring: Import, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="expands to more than"):
        bring(Kind.ICD10CM, "order-2027.txt.gz", b"0" * 30_000_000)
    with pytest.raises(BadFile, match="expands to more than"):
        bring(Kind.ICD10CM, "order-2027.txt.zip", b"0" * 30_000_000)
    monkeypatch.setattr(intake, "MOST_EXPANDED", 1000)
    with pytest.raises(BadFile, match="expands to more than"):
        bring(Kind.ICD10CM, "order-2027.txt.gz", samples.order_file())
    monkeypatch.setattr(intake, "MOST_PACKED", 10)
    with pytest.raises(BadFile, match="a file of at most 10 is taken"):
        bring(Kind.ICD10CM, "order-2027.txt", samples.order_file())


def test_damaged_packed_files_are_refused(bring: Import, tmp_path: Path, data: Path) -> None:
    whole = samples.write(tmp_path, "a-2027.txt.gz", samples.order_file()).read_bytes()
    for cut in (whole[:-20], whole[:200] + b"x" + whole[201:]):
        path = tmp_path / "cut-2027.txt.gz"
        path.write_bytes(cut)
        with pytest.raises(BadFile, match="damaged or cut short"):
            import_release(data, Request(Kind.ICD10CM, path, short=True), now=NOW)
    packed = samples.write(tmp_path, "b-2027.txt.zip", samples.order_file())
    packed.write_bytes(packed.read_bytes()[:-30])
    with pytest.raises(BadFile, match="damaged or cut short"):
        import_release(data, Request(Kind.ICD10CM, packed, short=True), now=NOW)


def test_a_zip_of_several_files_is_refused_with_their_names(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "icd10cm-2027.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("order.txt", samples.order_file())
        archive.writestr("readme.pdf", "x")
    with pytest.raises(BadFile, match=r"holds 2 files \(order.txt, readme.pdf\)"):
        import_release(data, Request(Kind.ICD10CM, path), now=NOW)
    with pytest.raises(BadFile, match="cannot be read: No such file"):
        import_release(data, Request(Kind.ICD10CM, tmp_path / "none.txt"), now=NOW)
    with pytest.raises(BadFile, match="is not a file"):
        import_release(data, Request(Kind.ICD10CM, tmp_path), now=NOW)


def test_progress_runs_to_its_end(data: Path, tmp_path: Path) -> None:
    told: list[tuple[int, int, str]] = []
    path = samples.write(tmp_path, "icd10pcs_order_2027.txt", samples.procedures_file())
    import_release(
        data,
        Request(Kind.ICD10PCS, path, short=True),
        now=NOW,
        progress=lambda done, total, text: told.append((done, total, text)),
    )
    assert told[0] == (0, 8, "reading icd10pcs_order_2027.txt")
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
    assert told[-1] == (8, 8, "done")


def test_a_disk_that_refuses_leaves_nothing(bring: Import, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("coachapp.codesets.imports.write_release", fail)
    with pytest.raises(OSError, match="no space left"):
        bring(Kind.ICD10PCS, "icd10pcs_order_2027.txt", samples.procedures_file())
    assert [path.name for path in (data / "codesets").iterdir()] == ["release.sqlite"]
