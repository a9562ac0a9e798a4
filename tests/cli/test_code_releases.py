"""`coachapp codes import`, `releases` and `impact` on the command line."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from coachapp.cli.codes import codes
from coachapp.models import db
from coachapp.models.items import Item, ItemKind, ItemVersion
from tests.codesets import samples
from tests.codesets.conftest import NOW, data, small_sources, trimmed
from tests.fixtures_codesets import codesets_dir

__all__ = ["codesets_dir", "data", "small_sources", "trimmed"]

Run = Callable[..., Result]


@pytest.fixture
def run(data: Path, small_sources: None, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("COACH_DATA", str(data))

    def _run(*words: str) -> Result:
        return CliRunner().invoke(codes, [str(word) for word in words])

    return _run


@pytest.fixture
def order(tmp_path: Path) -> Path:
    return samples.write(tmp_path, "icd10cm-order-2027.txt", samples.order_file())


def test_an_import_is_reported_and_found_in_the_list(run: Run, order: Path) -> None:
    result = run("import", "icd10cm", order, "--short")
    assert result.exit_code == 0
    first, *rest = result.stdout.splitlines()
    assert first == "Imported icd10cm FY2027, 2026-10-01 to 2027-09-30: 8 entries from icd10cm-order-2027.txt"
    assert rest[0] == "  new: 1 (T90.1)"
    assert rest[1].endswith("more)")
    assert "0/8 reading icd10cm-order-2027.txt" in result.stderr
    again = run("import", "icd10cm", order, "--short")
    assert again.exit_code == 0
    assert again.stdout.startswith("Nothing to do: icd10cm FY2027")
    listed = run("releases").stdout.splitlines()
    assert listed[0].split()[:2] == ["icd10cm", "bundled"]
    assert listed[-1].split() == ["icd10cm", "FY2027", "2026-10-01", "to", "2027-09-30", "8", "icd10cm-order-2027.txt"]
    found = json.loads(run("lookup", "T90.1", "--on", "2026-11-05", "--json").stdout)
    assert (found["title"], found["billable"]) == ("A code invented for tests", True)
    hits = json.loads(run("search", "invented tests", "--on", "2026-11-05", "--json").stdout)
    assert [hit["code"] for hit in hits] == ["T90", "T90.1"]


def test_reports_and_lists_as_json(run: Run, tmp_path: Path) -> None:
    file = samples.write(tmp_path, "cpt.csv", "99001,A visit invented for tests\n")
    result = run("import", "cpt", file, "--year", "2026", "--licence", "L-1", "--attest", "--json")
    assert result.exit_code == 0
    report = json.loads(result.stdout)
    assert (report["done"], report["release"]["id"], report["release"]["from"]) == (True, "2026", "2026-01-01")
    assert report["release"]["licence"].startswith("L-1, attested 20")
    listed = json.loads(run("releases", "--json").stdout)
    assert listed[-1] == report["release"]
    assert "license L-1, attested" in run("releases").stdout


def test_a_list_of_poa_exempt_codes_is_imported_and_listed(run: Run, tmp_path: Path) -> None:
    file = samples.write(tmp_path, "POAexemptCodesFY26.txt", samples.exempt_file())
    count = len(samples.EXEMPT)
    result = run("import", "poa-exempt", file)
    assert (result.exit_code, result.stdout) == (
        0,
        f"Imported poa-exempt FY2026, 2025-10-01 to 2026-09-30: {count} entries from POAexemptCodesFY26.txt\n",
    )
    assert "8/8 done" in result.stderr
    assert run("import", "poa-exempt", file).stdout.startswith("Nothing to do: poa-exempt FY2026")
    listed = run("releases").stdout.splitlines()[-1].split()
    assert listed == ["poa-exempt", "FY2026", "2025-10-01", "to", "2026-09-30", str(count), "POAexemptCodesFY26.txt"]
    described = json.loads(run("releases", "--json").stdout)[-1]
    assert (described["kind"], described["id"], described["entries"]) == ("poa-exempt", "FY2026", count)
    refused = run("impact", "--release", "FY2026")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "no imported release 'FY2026' of codes. Imported are: FY2026 (poa-exempt)." in refused.stderr


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["import", "poa-exempt", "none.txt"], "none.txt cannot be read: No such file"),
        (["import", "poa-exempt", "ORDER"], "icd10cm-order-2027.txt, line 1: the heads of a list of POA exempt codes"),
        (["import", "icd10cm", "none.txt"], "none.txt cannot be read: No such file"),
        (["import", "icd9", "ORDER"], "icd9"),
        (["import", "icd10cm", "ORDER"], "it looks cut short"),
        (["import", "hcpcs", "ORDER"], "give --from and --to"),
        (["import", "hcpcs", "ORDER", "--from", "2026-10-01", "--to", "2026-12-31"], "HCPCS record layout"),
        (["import", "icd10cm", "ORDER", "--from", "yesterday"], "'yesterday' is not a date: write it as YYYY-MM-DD"),
        (["import", "cpt", "ORDER"], "give --year, the number of your licence with --licence, and --attest"),
        (["import", "cpt", "ORDER", "--year", "1"], "1"),
        (["impact", "--release", "FY2030"], "no imported release 'FY2030' of codes. Imported are: none."),
        (["impact"], "--release"),
    ],
)
def test_a_bad_request_says_what_and_where(run: Run, order: Path, words: list[str], part: str) -> None:
    result = run(*[str(order) if word == "ORDER" else word for word in words], "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert part in " ".join(result.stderr.split())


def test_a_release_that_cannot_be_written_is_told(run: Run, order: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("coachapp.codesets.imports.write_release", fail)
    result = run("import", "icd10cm", order, "--short")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "could not be written" in result.stderr
    assert "no space left" in result.stderr


CASE = """id: a/b
key:
  branches:
    - diagnoses:
        - code: M72.2
          accept:
            - code: E11.9
        - code: I10
      services:
        - code: T901
"""
QUESTION = """id: q/r
options:
  - codes: [M72.2, J1010]
"""


@pytest.fixture
def content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder that stands for the bundled cases and questions, one of each."""
    for name, text in (("cases/a/b/case.yaml", CASE), ("question_bank/q/r.yaml", QUESTION)):
        path = tmp_path / "content" / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
    monkeypatch.setattr("coachapp.cli.code_releases.bundled", lambda name: tmp_path / "content" / name)
    return tmp_path / "content"


def test_impact_names_items_places_and_proposals(run: Run, order: Path, content: Path) -> None:
    run("import", "icd10cm", order, "--short")
    result = run("impact", "--release", "FY2027", "--json")
    assert result.exit_code == 0
    rows = json.loads(result.stdout)
    told = [(row["item"], row["line"], row["code"], row["change"]) for row in rows]
    assert told == [
        ("a/b", 5, "M72.2", "now a header"),
        ("a/b", 7, "E11.9", "gone"),
        ("q/r", 3, "M72.2", "now a header"),
    ]
    assert [one["code"] for one in rows[0]["proposals"]] == ["M72.21", "M72.22"]
    assert (rows[0]["release"], rows[0]["from"]) == ("FY2027", "2026-10-01")
    text = run("impact", "--release", "FY2027")
    assert "case.yaml:5:17: M72.2 (a/b): now a header" in text.stdout
    assert "  perhaps M72.21  Plantar fascial fibromatosis, right foot" in text.stdout
    assert text.stderr == "3 places in 2 of 2 items.\n"


def test_a_diagnosis_that_reads_like_a_supply_is_not_taken_for_one(run: Run, content: Path, tmp_path: Path) -> None:
    # Without its dot A01.00 is the taxi A0100, which this list does not have.
    (content / "cases/a/b/case.yaml").write_text(CASE.replace("M72.2", "A01.00"))
    text = samples.hcpcs_file().replace("A0100", "A0110")
    run("import", "hcpcs", samples.write(tmp_path, "HCPC2026_JUL_ANWEB.txt", text), "--short")
    rows = json.loads(run("impact", "--release", "2026Q3", "--json").stdout)
    assert rows == []


WRITTEN = {
    "key": {"branches": [{"diagnoses": [{"code": "M72.2", "accept": [{"code": "E11.9"}]}], "services": []}]},
}


@pytest.fixture
def database(data: Path) -> Iterator[Session]:
    """Return a session on a database in the data folder, with an item of a file and two written on the site."""
    engine = create_engine(f"sqlite:///{data / 'coachapp.sqlite'}")
    db.metadata.create_all(engine)
    session = Session(engine)
    asked = {"options": [{"codes": ["M72.2"], "right": True}, {"codes": ["I10"], "right": False}]}
    for slug, content, source in (
        ("a/b", WRITTEN, "file"),
        ("own/case", WRITTEN, "site"),
        ("own/question", asked, "site"),
        ("own/retired", WRITTEN, "site"),
    ):
        item = Item(slug=slug, kind=ItemKind.QUESTION if "options" in content else ItemKind.CASE, title=slug)
        item.retired_at = NOW if "retired" in slug else None
        session.add(item)
        version = ItemVersion(number=1, digest=slug, content=content, source=source, created_at=NOW)
        item.versions.append(version)
        session.flush()
        item.current_version = version
    session.commit()
    yield session
    session.close()
    engine.dispose()


@pytest.mark.usefixtures("content", "database")
def test_impact_reads_items_written_on_the_site_from_the_database(run: Run, order: Path) -> None:
    run("import", "icd10cm", order, "--short")
    rows = json.loads(run("impact", "--release", "FY2027", "--json").stdout)
    told = [(row["item"], row["file"], row["line"], row["code"]) for row in rows if row["file"] == "database"]
    assert told == [
        ("own/case", "database", None, "M72.2"),
        ("own/case", "database", None, "E11.9"),
        ("own/question", "database", None, "M72.2"),
    ]
    assert len(rows) == 6
    text = run("impact", "--release", "FY2027")
    assert "database: M72.2 (own/case): now a header" in text.stdout
    assert text.stderr == "6 places in 4 of 4 items.\n"


@pytest.mark.usefixtures("content")
def test_a_database_without_tables_is_said_so(run: Run, order: Path, data: Path) -> None:
    (data / "coachapp.sqlite").touch()
    run("import", "icd10cm", order, "--short")
    result = run("impact", "--release", "FY2027", "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "cannot be read" in result.stderr
    assert "coachapp init" in result.stderr
