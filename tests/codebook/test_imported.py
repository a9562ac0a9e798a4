"""Pages of what an operator has imported: the index to ICD-10-CM and a licensed CPT file."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from coachapp.codesets import Kind, release_path
from coachapp.codesets.imports import Request, import_release
from coachapp.config import Settings
from tests.codebook.reading import links, main_of, section, words
from tests.codesets.conftest import small_sources, trimmed
from tests.codesets.samples import DRUGS_CSV, INDEX_XML, TABULAR, hcpcs_file, order_file, write
from tests.conftest import SignIn

__all__ = ["small_sources", "trimmed"]

INDEX = "/codebook/index"
CPT_CSV = "code,descriptor\n99213,A visit invented for tests\n99214,A longer visit invented for tests\n"


@pytest.fixture
def own_folder(settings: Settings, codesets_dir: Path) -> Path:
    """Put a folder of the test's own in place of the shared one, with the bundled release in it."""
    (settings.data / "codesets").unlink()
    target = release_path(settings.data)
    target.parent.mkdir()
    target.symlink_to(release_path(codesets_dir))
    return settings.data


@pytest.fixture
def bring(own_folder: Path, tmp_path: Path, today: Any) -> Any:
    """Return a function that imports a text as an official file."""

    def run(kind: Kind, name: str, text: str, **asked: Any) -> None:
        (tmp_path / name).write_text(text, encoding="utf-8")
        import_release(own_folder, Request(kind, tmp_path / name, short=True, **asked), now=today)

    return run


@pytest.fixture
def reader(sign_in: SignIn) -> FlaskClient:
    """Return a client signed in as a student."""
    return sign_in()


def days() -> dict[str, date]:
    """Return the days of an edition that answers in May 2026."""
    return {"first": date(2025, 10, 1), "last": date(2026, 9, 30)}


def test_without_an_index_the_page_says_how_to_get_one(reader: FlaskClient) -> None:
    text = words(main_of(reader.get(INDEX).text))
    assert "The index is not installed here" in text
    assert "coachapp codes import index FILE" in text
    assert "found-index" not in reader.get("/codebook/search?q=asthma").text


def test_an_index_is_browsed_by_letter_and_term(reader: FlaskClient, bring: Any) -> None:
    bring(Kind.INDEX, "icd10cm-index-2026.xml", INDEX_XML, release="2026", **days())
    bring(Kind.DRUGS, "drugs-2026.csv", DRUGS_CSV, release="2026", **days())
    letters = links(reader.get(INDEX).text)
    assert f"{INDEX}?part=index&letter=A" in letters
    html = reader.get(f"{INDEX}?part=index&letter=A").text
    assert "<h1>Alphabetic Index: A</h1>" in html
    assert "Asthma, asthmatic (bronchial) (catarrhal) J45.909" in words(main_of(html))
    assert "/codebook/icd10cm/J45.909" in links(html)
    entry = next(address for address in links(html) if "entry=" in address)
    opened = reader.get(entry).text
    assert "<h1>Asthma, asthmatic</h1>" in opened
    below = words(main_of(opened).split("Below this term", 1)[1])
    assert "exacerbation (acute) J45.901" in below
    assert "see Failure, ventricular, left" in below
    assert "indent-2" in opened


def test_the_columns_of_the_tables_are_named(reader: FlaskClient, bring: Any) -> None:
    bring(Kind.DRUGS, "drugs-2026.csv", DRUGS_CSV, release="2026", **days())
    letter = next(address for address in links(reader.get(INDEX).text) if "letter=" in address)
    text = words(main_of(reader.get(letter).text))
    assert "Poisoning, accidental T51.3X1" in text
    assert "Adverse effect" not in text


def test_a_search_shows_the_index_first(reader: FlaskClient, bring: Any) -> None:
    bring(Kind.INDEX, "icd10cm-index-2026.xml", INDEX_XML, release="2026", **days())
    html = reader.get("/codebook/search?q=asthma+exacerbation").text
    assert "J45.901" in section(html, "found-index")
    assert html.index("found-index") < html.index("found-icd10cm")
    assert "found-index" not in reader.get("/codebook/search?q=asthma&system=hcpcs").text


@pytest.mark.parametrize("query", ["entry=index-999999", "entry=x", "entry=index-" + "9" * 30])
def test_an_entry_that_is_not_there_is_not_found(reader: FlaskClient, query: str) -> None:
    assert reader.get(f"{INDEX}?{query}").status_code == 404


@pytest.mark.parametrize("query", ["part=x&letter=A", "part=index", "letter=A", "part=index&letter=%F0%9F%A6%B4"])
def test_an_odd_address_shows_the_parts(reader: FlaskClient, query: str) -> None:
    assert reader.get(f"{INDEX}?{query}").status_code == 200


def test_a_licensed_cpt_file_gives_numbers_their_titles(reader: FlaskClient, bring: Any) -> None:
    bring(Kind.CPT, "cpt.csv", CPT_CSV, year=2026, licence="L-1", attested=True, partial=True)
    html = reader.get("/codebook/cpt/99213").text
    assert "99213 A visit invented for tests" in words(main_of(html))
    assert "Reportable on May 20, 2026." in words(main_of(html))
    assert "/codebook/cpt/9" in links(reader.get("/codebook/cpt").text)
    assert "/codebook/cpt/99214" in links(reader.get("/codebook/cpt/9").text)
    assert "A longer visit" in section(reader.get("/codebook/search?q=longer+visit").text, "found-cpt")
    assert reader.get("/codebook/cpt/00100").status_code == 404


@pytest.mark.usefixtures("small_sources")
def test_two_releases_are_browsed_side_by_side(reader: FlaskClient, bring: Any, tmp_path: Path) -> None:
    tabular = write(tmp_path, "tabular.xml", TABULAR)
    bring(Kind.ICD10CM, "icd10cm-order-2027.txt", order_file(), tabular=tabular)
    bring(Kind.HCPCS, "HCPC2026_OCT_ANWEB.txt", hcpcs_file())
    now, later = "", "?on=2026-11-05"
    assert len([link for link in links(reader.get(f"/codebook/icd10cm{now}").text) if "/chapter-" in link]) == 22
    autumn = links(reader.get(f"/codebook/icd10cm{later}").text)
    chapters = [link for link in autumn if "/chapter-" in link]
    assert len(chapters) == 3
    assert all(link.endswith("on=2026-11-05") for link in chapters)
    assert "release FY2027" in words(main_of(reader.get(f"/codebook/icd10cm{later}").text))
    entry = reader.get(f"/codebook/icd10cm/S52.501A{later}").text
    assert "/codebook/icd10cm/T90.1?on=2026-11-05" in links(entry)
    assert reader.get(f"/codebook/icd10cm/T90.1{now}").status_code == 404
    letters = words(main_of(reader.get(f"/codebook/hcpcs{later}").text))
    assert "J Drugs not taken by mouth, chemotherapy 2 codes" in letters
    assert "/codebook/hcpcs/J9999?on=2026-11-05" in links(reader.get(f"/codebook/hcpcs/J{later}").text)
