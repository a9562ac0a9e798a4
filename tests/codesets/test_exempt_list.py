"""Importing the CMS list of POA exempt codes: what it says of codes on its days, and what is refused."""

import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachapp.attempts.engine import judge
from coachapp.codesets import CodeSets, Kind
from coachapp.codesets.exemptlist import MEMBER, edition_in
from coachapp.codesets.imports import BadRequest, Request, import_release
from coachapp.codesets.intake import BadFile
from coachapp.codesets.release import Release
from coachapp.content.lint_sequence import poa_warnings
from coachapp.content.yamlread import Source
from tests.codesets import samples
from tests.codesets.conftest import NOW, Import
from tests.domain.builders import case_of, claim_of

DAY, BEFORE = date(2026, 5, 12), date(2025, 9, 30)
NAME = "POAexemptCodesFY26.txt"
LIST = samples.exempt_file()
Exempt = Callable[..., dict[str, bool | None]]


@pytest.fixture
def exempt(sets: CodeSets) -> Exempt:
    """Return a function that says what is known of codes on a day."""

    def ask(*codes: str, on: date = DAY) -> dict[str, bool | None]:
        facts = sets.facts_for(on=on, diagnoses=codes, services=(), inpatient=True)
        return {code: facts.diagnosis(code).poa_exempt for code in codes}

    return ask


def test_every_code_is_known_on_the_days_of_a_list(bring: Import, exempt: Exempt) -> None:
    unknown = ("S52.501D", "W18.30XA", "Z91.81", "Q65.01", "S52.501A", "W18.30XD", "Q21.0")
    assert set(exempt(*unknown).values()) == {None}
    report = bring(Kind.POA_EXEMPT, NAME, LIST, short=False)
    info = report.release
    assert (info.id, info.first, info.last, info.entries) == (
        "FY2026", date(2025, 10, 1), date(2026, 9, 30), len(samples.EXEMPT),
    )  # fmt: skip
    # The same open object: what was kept before the import is not repeated.
    assert exempt(*unknown) == {
        "S52.501D": True, "W18.30XA": True, "Z91.81": True, "Q65.01": True,
        "S52.501A": False, "W18.30XD": False, "Q21.0": False,
    }  # fmt: skip
    # The list goes before the ranges; headers and codes that do not exist are neither.
    assert exempt("Z79.4", "Z79.01", "J18.9", "Z79", "Z79.4X") == {
        "Z79.4": True, "Z79.01": False, "J18.9": False, "Z79": None, "Z79.4X": None,
    }  # fmt: skip
    # On other days the ranges answer.
    assert exempt("Z79.01", "S52.501D", on=BEFORE) == {"Z79.01": True, "S52.501D": None}


def test_a_list_says_nothing_of_codes_newer_than_itself(bring: Import, exempt: Exempt, sets: CodeSets) -> None:
    first = sets.lookup("Z15.05", on=DAY).valid_from
    assert first is not None
    days = {"first": date(2025, 4, 1), "last": date(2025, 9, 30)}
    bring(Kind.POA_EXEMPT, "list.txt", samples.exempt_file(order="No"), **days)
    assert exempt("Z15.01", on=BEFORE) == {"Z15.01": False}
    bring(Kind.POA_EXEMPT, "late.txt", samples.exempt_file(order="No"), first=date(2025, 9, 1), last=date(2026, 9, 30))
    assert exempt("Z15.05", "Z15.01") == {"Z15.05": None, "Z15.01": False}
    bring(Kind.POA_EXEMPT, NAME, LIST)
    assert exempt("Z15.05") == {"Z15.05": False}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (NAME, LIST),
        (NAME, samples.exempt_file(dotted=False)),
        (f"{NAME}.gz", LIST),
        (f"{NAME}.zip", LIST),
        ("POAexemptCodesFY26.csv", LIST.replace("\t", ",")),
        ("list.csv", LIST.replace("\t", ";")),
        ("list.txt", "\ufeff" + LIST),
        ("list.txt", LIST.encode("utf-16")),
        ("list.txt", LIST.replace("Z79.4\t", "\u200b z79.4\u00a0\t")),
        ("list.csv", LIST.replace("\t", ",").replace("Z79.4,", '"=""Z79.4""",')),
        ("list.txt", "Present on admission\n\n" + LIST.replace("POAexemptCode", "POA Exempt Code")),
        ("poa-2026.txt", LIST.replace("OrdFY26\t", "Number\t")),
        ("list.txt", LIST.replace("OrdFY26", "Order2026")),
        ("list.txt", LIST.replace("OrdFY26", "Ord26") + "\r\n\t\t\r\n"),
    ],
)
def test_a_list_is_read_in_any_format(bring: Import, exempt: Exempt, name: str, text: str | bytes) -> None:
    report = bring(Kind.POA_EXEMPT, name, text, short=False)
    assert (report.release.id, report.release.entries) == ("FY2026", len(samples.EXEMPT))
    assert exempt("Z79.4", "Z79.01") == {"Z79.4": True, "Z79.01": False}


def published(path: Path, name: str = NAME, **more: str) -> Path:
    """Write a zip as CMS publishes it: the list, the same as a spreadsheet, its changes, and a description."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in ("Add", "Delete", "Revise"):
            archive.writestr(f"lists/POAexempt{member}CodesFY26.txt", samples.exempt_file(["Z79.4"]))
        archive.writestr("lists/POAexemptCodesFY26.xlsx", b"PK\0")
        archive.writestr("lists/ReadMePOAexemptFY26.txt", "Description of files")
        archive.writestr(f"__MACOSX/lists/._{name}", b"\0\1")
        archive.writestr(f"lists/{name}", LIST)
        for member, text in more.items():
            archive.writestr(f"{member}.txt", text)
    return path


def test_the_list_is_taken_out_of_the_zip_of_a_year(data: Path, tmp_path: Path) -> None:
    path = published(tmp_path / "2026-poa-exempt-codes.zip")
    report = import_release(data, Request(Kind.POA_EXEMPT, path), now=NOW)
    assert (report.release.id, report.release.entries) == ("FY2026", len(samples.EXEMPT))
    two = published(tmp_path / "two.zip", POAexemptCodesFY25=LIST)
    with pytest.raises(BadFile, match=r"two.zip holds 8 files"):
        import_release(data, Request(Kind.POA_EXEMPT, two), now=NOW)
    # Other kinds take no member out of several.
    with pytest.raises(BadFile, match=r"holds 7 files"):
        import_release(data, Request(Kind.ICD10CM, path), now=NOW)


@pytest.mark.parametrize(
    ("name", "matches"),
    [
        ("POAexemptCodesApr23.txt", True),
        ("POAexemptCodes2021.txt", True),
        ("poa_exempt_list.csv", True),
        ("POAexemptCodesApr23.xlsx", False),
        ("POAexemptAddCodesApr23.txt", False),
        ("POAexemptDeleteCodesApr23.txt", False),
        ("POAexemptReviseCodesApr23.txt", False),
        ("ReadMePOAexemptApr23.txt", False),
        ("._POAexemptCodesApr23.txt", False),
    ],
)
def test_the_member_that_is_meant(name: str, *, matches: bool) -> None:
    assert bool(MEMBER.fullmatch(name)) is matches


@pytest.mark.parametrize(
    ("text", "name", "first"),
    [
        ("OrdFY25", "FY2025", date(2024, 10, 1)),
        ("OrdApr23", "FY2023-April", date(2023, 4, 1)),
        ("Order2021", "FY2021", date(2020, 10, 1)),
        ("POAexemptCodesFY22.txt", "FY2022", date(2021, 10, 1)),
        ("POAexemptCodes2018.txt", "FY2018", date(2017, 10, 1)),
        ("2023-poa-exempt-codes.zip", "FY2023", date(2022, 10, 1)),
        ("poa_exempt_april_2026.csv", "FY2026-April", date(2026, 4, 1)),
        ("FY-2018-Present-On-Admission-POA-Exempt-List-.zip", "FY2018", date(2017, 10, 1)),
    ],
)
def test_editions_are_read_from_names_and_heads(text: str, name: str, first: date) -> None:
    edition = edition_in(text)
    assert edition is not None
    assert (edition.name, edition.first, edition.last) == (name, first, date(edition.year, 9, 30))


@pytest.mark.parametrize("text", ["Order", "POAexemptCode", "list.txt", "Z00.00", "Ord5", "FY2", "19990101"])
def test_no_edition_is_read_where_none_is_named(text: str) -> None:
    assert edition_in(text) is None


@given(st.integers(2016, 2049), st.booleans(), st.sampled_from(("Ord{}", "POAexemptCodes{}.txt", "{}", "poa {} list")))
def test_an_edition_reads_the_same_with_two_digits_and_four(year: int, april: bool, shape: str) -> None:
    word = "Apr" if april else "FY"
    long, short = (edition_in(shape.format(f"{word}{digits}")) for digits in (year, f"{year % 100:02}"))
    assert long == short
    assert long is not None
    assert (long.year, long.april) == (year, april)


def test_an_update_of_april_answers_for_its_half(bring: Import, exempt: Exempt) -> None:
    bring(Kind.POA_EXEMPT, NAME, LIST)
    april = samples.exempt_file([*samples.EXEMPT, "Z99.81"], order="OrdApr26")
    report = bring(Kind.POA_EXEMPT, "POAexemptCodesApr26.txt", april, short=False)
    assert (report.release.id, report.release.first) == ("FY2026-April", date(2026, 4, 1))
    assert (report.new, report.gone) == (("Z99.81",), ())
    assert any("FY2026 (2025-10-01 to 2026-09-30) covers some of these days" in note for note in report.notes)
    assert [exempt("Z99.81", on=day)["Z99.81"] for day in (date(2026, 3, 31), date(2026, 4, 1))] == [False, True]


def test_the_next_year_is_compared_with_this_one(bring: Import, exempt: Exempt) -> None:
    bring(Kind.POA_EXEMPT, NAME, LIST)
    codes = [code for code in samples.EXEMPT if code != "Q65.01"] + ["Z99.81"]
    report = bring(Kind.POA_EXEMPT, "POAexemptCodesFY27.txt", samples.exempt_file(codes, order="OrdFY27"), short=False)
    assert (report.release.id, report.new, report.gone, report.notes) == ("FY2027", ("Z99.81",), ("Q65.01",), ())
    assert exempt("Q65.01", on=date(2026, 11, 5)) == {"Q65.01": False}
    assert exempt("Q65.01") == {"Q65.01": True}


def test_importing_again_changes_nothing_and_other_content_needs_replace(bring: Import, exempt: Exempt) -> None:
    first = bring(Kind.POA_EXEMPT, NAME, LIST)
    again = bring(Kind.POA_EXEMPT, NAME, LIST)
    assert (first.done, again.done, again.new, again.gone) == (True, False, (), ())
    other = samples.exempt_file([*samples.EXEMPT, "Z99.81"])
    with pytest.raises(BadRequest, match=r"FY2026 of poa-exempt is here already.*--replace"):
        bring(Kind.POA_EXEMPT, NAME, other)
    assert exempt("Z99.81") == {"Z99.81": False}
    bring(Kind.POA_EXEMPT, NAME, other, replace=True)
    assert exempt("Z99.81") == {"Z99.81": True}


def test_releases_list_it_and_other_questions_do_not_see_it(bring: Import, sets: CodeSets) -> None:
    bring(Kind.POA_EXEMPT, NAME, LIST)
    info = sets.releases()[-1]
    assert (info.kind, info.id, info.source, info.bundled) == (Kind.POA_EXEMPT, "FY2026", NAME, False)
    assert sets.exempt_list(on=DAY) == info
    assert sets.exempt_list(on=BEFORE) is None
    assert sets.lookup("Z79.4", on=DAY).title == "Long term (current) use of insulin"
    assert sets.search("title of", on=DAY) == sets.search("title of", on=BEFORE)
    assert sets.index_parts(on=DAY) == ()


def test_a_list_of_another_version_is_passed_over(
    bring: Import, sets: CodeSets, exempt: Exempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coachapp.codesets.imports.SCHEMA", 1)
    bring(Kind.POA_EXEMPT, NAME, LIST)
    assert [info.usable for info in sets.releases() if not info.bundled] == [False]
    assert exempt("Z79.01", "S52.501D") == {"Z79.01": True, "S52.501D": None}


def test_facts_ask_the_list_once_and_keep_the_answer(
    bring: Import, exempt: Exempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = bring(Kind.POA_EXEMPT, NAME, LIST).release.path
    asked: list[str] = []
    query = Release.query

    def counted(self: Release, sql: str, *values: object) -> list[tuple[Any, ...]]:
        if self.path == path and "FROM exempt" in sql:
            asked.append(sql)
        return query(self, sql, *values)

    monkeypatch.setattr(Release, "query", counted)
    codes = ("J18.9", "Z79.4", "I10", "E11.9", "S52.501D", "Z87.891")
    assert exempt(*codes) == exempt(*codes)
    assert len(asked) == 1


def lines(text: str, *, without: str = "", replace: tuple[str, str] = ("", "")) -> str:
    """Return a list without the rows of some code, or with a text replaced that stands there once."""
    kept = [line for line in text.splitlines(keepends=True) if not without or f"\t{without}" not in line]
    changed = "".join(kept)
    assert not replace[0] or changed.count(replace[0]) == 1
    return changed.replace(*replace) if replace[0] else changed


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (NAME, lines(LIST, replace=("\tZ79.4\t", "\tZ99.999\t")), r"line 34: Z99.999 is no code .* 2025-10-01 to 2026"),
        (NAME, LIST + "00099\tZ99.998\tx\n00100\tZ99.999\tx\n", r"Z99.998 is no .* holds for another one: Z99.999\."),
        (NAME, lines(LIST, replace=("\tZ79.4\t", "\tZ79\t")), r"line 34: Z79 is a header, no code"),
        (NAME, lines(LIST, replace=("\tZ79.4\t", "\tZ28.3\t")), r"line 34: Z28.3 is a header"),
        (NAME, lines(LIST, replace=("\tZ79.4\t", "\tG0008\t")), r"line 34: G00.08 is no code"),
        (NAME, lines(LIST, replace=("\tZ79.4\t", "\tinsulin\t")), r"line 34: 'insulin' is no ICD-10-CM code"),
        (NAME, lines(LIST, replace=("\tZ79.4\t", "\t\t")), r"line 34: '' is no ICD-10-CM code"),
        (NAME, lines(LIST, replace=("\tZ79.4\t", "\tZ23\t")), r"line 34: Z23 is listed twice, first on line 20"),
        (NAME, lines(LIST, replace=("\tZ79.4\tTitle of Z79.4", "\tZ79.4")), r"line 34 has 2 cells where 3"),
        (NAME, lines(LIST, replace=("\tTitle of Z79.4", "\tTitle\tof Z79.4")), r"line 34 has 4 cells where 3"),
        (NAME, lines(LIST, replace=("Title of Z97.0", '"Title of Z97.0')), r"line 37 is no whole row"),
        (NAME, LIST.replace("POAexemptCode", "Code"), r"line 1: the heads .* POAexemptCode, are expected"),
        (NAME, LIST.split("\n", 1)[1], r"line 1: the heads .*here are '00007"),
        (NAME, samples.order_file(), r"line 1: the heads"),
        (NAME, samples.HCPCS_TABLE, r"line 1: the heads"),
        (NAME, "<list/>", r"line 1: the heads"),
        (NAME, LIST.splitlines()[0], r"holds no code below its heads"),
        (NAME, b"\0\1\2", r"not a text file"),
        ("POAexemptCodesFY25.txt", LIST, r"is the list of FY2026 by its heads, but its name says FY2025"),
        ("poa-2027.csv", LIST, r"by its heads, but its name says FY2027"),
        (NAME, lines(LIST, without="Z97.0"), r"holds no code of Z97-Z99 \(its last is Z92.3\): it looks cut short"),
        (NAME, LIST[: len(LIST) // 2].rsplit("\n", 1)[0], r"it looks cut short. Give --short"),
        ("POAexemptAddCodesFY26.txt", LIST, r"holds changes only: import the list itself"),
        ("poa exempt revised FY26.txt", LIST, r"holds changes only"),
        ("changes-FY26.txt", samples.exempt_file(["Z79.4", "Z23"]), r"holds no code of B90-B94"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_such_list_is_refused_whole(
    bring: Import, data: Path, *, name: str, text: str | bytes, message: str
) -> None:
    with pytest.raises(BadFile, match=message):
        bring(Kind.POA_EXEMPT, name, text, short=False)
    assert [path.name for path in (data / "codesets").iterdir()] == ["release.sqlite"]


def test_a_list_with_less_than_half_the_codes_of_the_one_before_is_refused(bring: Import) -> None:
    many = [f"S52.50{side}{seventh}" for side in "129" for seventh in "EFGHJKMNPQR"] + ["Z79.01", "Z79.02", "Z79.1"]
    many += [f"S52.51{side}{seventh}" for side in "1256" for seventh in "DEFGHJKMNPQRS"]
    bring(Kind.POA_EXEMPT, NAME, samples.exempt_file([*samples.EXEMPT, *many]), short=False)
    few = samples.exempt_file(order="OrdFY27")
    with pytest.raises(
        BadFile,
        match=rf"holds {len(samples.EXEMPT)} codes, the release before {len(samples.EXEMPT) + len(many)}: .*--short",
    ):
        bring(Kind.POA_EXEMPT, "POAexemptCodesFY27.txt", few, short=False)
    report = bring(Kind.POA_EXEMPT, "POAexemptCodesFY27.txt", few, short=True)
    assert (report.release.entries, len(report.gone)) == (len(samples.EXEMPT), len(many))


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            {"first": date(2024, 10, 1), "last": date(2025, 9, 30)},
            r"line 1: the list is that of FY2026, which does not",
        ),
        ({"first": date(2026, 5, 1), "last": date(2026, 10, 1)}, r"does not answer for 2026-05-01 to 2026-10-01"),
    ],
)
def test_days_of_another_year_are_refused(bring: Import, asked: dict[str, date], message: str) -> None:
    with pytest.raises(BadFile, match=message):
        bring(Kind.POA_EXEMPT, NAME, LIST, **asked)


def test_days_within_the_year_go_before_the_name(bring: Import, exempt: Exempt) -> None:
    days = {"first": date(2026, 5, 1), "last": date(2026, 5, 31)}
    report = bring(Kind.POA_EXEMPT, "POAexemptCodesFY25.txt", LIST, **days)
    assert (report.release.id, report.release.first) == ("2026-05-01", date(2026, 5, 1))
    assert [exempt("S52.501D", on=day)["S52.501D"] for day in (date(2026, 4, 30), DAY)] == [None, True]


def test_a_list_without_a_year_asks_for_its_days(bring: Import) -> None:
    text = samples.exempt_file(order="Order")
    with pytest.raises(BadRequest, match=r"cannot be read from its name: give --from and --to"):
        bring(Kind.POA_EXEMPT, "list.txt", text)
    with pytest.raises(BadRequest, match=r"--year, --licence and --attest are for CPT only"):
        bring(Kind.POA_EXEMPT, NAME, LIST, year=2026)


def test_codes_nobody_can_know_yet_are_taken_as_they_are(bring: Import, exempt: Exempt) -> None:
    # No release of ICD-10-CM speaks of these days.
    text = samples.exempt_file([*samples.EXEMPT, "Z99.999"], order="OrdFY30")
    bring(Kind.POA_EXEMPT, "POAexemptCodesFY30.txt", text)
    assert exempt("Z79.4", "Z79.01", "J18.9", on=date(2030, 1, 1)) == {"Z79.4": True, "Z79.01": None, "J18.9": None}


def test_a_spreadsheet_is_refused_with_what_to_do(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "POAexemptCodesFY26.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for member in ("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/worksheets/sheet1.xml"):
            archive.writestr(member, "<x/>")
    for kind in (Kind.POA_EXEMPT, Kind.ICD10CM, Kind.HCPCS):
        with pytest.raises(BadFile, match=r"POAexemptCodesFY26.xlsx is a spreadsheet .*save its table as CSV"):
            import_release(data, Request(kind, path, first=DAY, last=DAY), now=NOW)


KEY = {"diagnoses": [{"id": "d1", "code": "J18.9", "poa": "Y"}, {"id": "d2", "code": "S52.501D", "poa": "N"}]}


def test_grader_and_checker_go_by_the_list(bring: Import, sets: CodeSets) -> None:
    def findings(*codes: str) -> list[tuple[str, tuple[str, ...]]]:
        result = judge(case_of(KEY, form="inpatient"), claim_of(*codes, form="inpatient"), codesets=sets)
        return [(f.rule, f.codes) for f in result.findings if f.rule.startswith("poa_")]

    def checked() -> list[str]:
        case = case_of(KEY, form="inpatient")
        facts = sets.facts_for(on=DAY, diagnoses=["J18.9", "S52.501D"], services=(), inpatient=True)
        return [place.message for place in poa_warnings(case, Source("case.yaml", {}), facts)]

    claim = ("J18.9/Y", "S52.501D/N", "W18.30XA/Y", "Q21.0", "Z79.01")
    assert (findings(*claim), checked()) == ([], [])
    bring(Kind.POA_EXEMPT, NAME, LIST)
    assert findings(*claim) == [("poa_on_exempt", ("S52.501D", "W18.30XA")), ("poa_missing", ("Q21.0", "Z79.01"))]
    assert checked() == ["S52.501D is exempt from POA reporting; write poa: exempt instead of N"]
