"""Search in the code book."""

import pytest
from flask.testing import FlaskClient

from tests.codebook.reading import links, main_of, section, words
from tests.conftest import SignIn


@pytest.fixture
def reader(sign_in: SignIn) -> FlaskClient:
    """Return a client signed in as a student."""
    return sign_in()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("s52501a", "/codebook/icd10cm/S52.501A"),
        ("S52.501", "/codebook/icd10cm/S52.501A"),
        ("heart failure", "/codebook/icd10cm/I50.9"),
        ("chf", "/codebook/icd10cm/I50.9"),
        ("diabets", "/codebook/icd10cm/E11"),
        ("j1010", "/codebook/hcpcs/J1010"),
        ("0db68zx", "/codebook/icd10pcs/0DB68ZX"),
        ("99213", "/codebook/cpt/99213"),
    ],
)
def test_codes_words_abbreviations_and_slips_are_found(reader: FlaskClient, text: str, found: str) -> None:
    answer = reader.get("/codebook/search", query_string={"q": text})
    assert answer.status_code == 200
    assert found in links(answer.text)


def test_answers_stand_in_groups_by_code_set(reader: FlaskClient) -> None:
    html = reader.get("/codebook/search?q=J10").text
    assert "J10.1" in section(html, "found-icd10cm")
    assert "J1010" in section(html, "found-hcpcs")
    assert "J1010" not in words(section(html, "found-icd10cm"))


def test_answers_of_a_category_stand_together_under_it(reader: FlaskClient) -> None:
    html = section(reader.get("/codebook/search?q=fracture+radius&system=icd10cm").text, "found-icd10cm")
    heads = [words(part.split("</h3>", 1)[0]) for part in html.split('<h3 class="book-head">')[1:]]
    assert "S52 Fracture of forearm" in heads
    assert len(heads) == len(set(heads)) > 1


def test_one_code_set_can_be_asked_for(reader: FlaskClient) -> None:
    html = reader.get("/codebook/search?q=J10&system=hcpcs").text
    assert "found-icd10cm" not in html
    assert "J1010" in section(html, "found-hcpcs")
    assert '<option value="hcpcs" selected>' in html


def test_a_group_leads_to_the_rest_of_it(reader: FlaskClient) -> None:
    html = reader.get("/codebook/search?q=fracture&on=2026-05-01").text
    assert section(html, "found-icd10cm").count("book-row") == 20
    more = "/codebook/search?q=fracture&system=icd10cm&on=2026-05-01"
    assert more in links(html)
    assert section(reader.get(more).text, "found-icd10cm").count("book-row") == 200


def test_the_date_decides_what_is_marked(reader: FlaskClient) -> None:
    early = section(reader.get("/codebook/search?q=n1830&on=2020-09-30").text, "found-icd10cm")
    late = section(reader.get("/codebook/search?q=n1830&on=2020-10-01").text, "found-icd10cm")
    assert "not valid" in early
    assert "not valid" not in late


@pytest.mark.parametrize("text", ["zzzzqqqq", "\U0001f9b4", '"', "NEAR(", "*", "'; --", "a" * 500])
def test_what_finds_nothing_says_what_to_do(reader: FlaskClient, text: str) -> None:
    answer = reader.get("/codebook/search", query_string={"q": text, "system": "hcpcs"})
    assert answer.status_code == 200
    if "book-row" not in answer.text:
        assert "No code fits" in answer.text


def test_an_empty_search_explains_itself(reader: FlaskClient) -> None:
    text = words(main_of(reader.get("/codebook/search?q=++").text))
    assert "Type a code with or without its dot" in text
    assert "found" not in text


def test_an_unknown_code_set_means_all(reader: FlaskClient) -> None:
    assert reader.get("/codebook/search?q=J10&system=icd9").text.count("<section") == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [("T15.02A", "Did you mean T15.02XA?"), ("250.00", "looks like an ICD-9-CM code"), ("zzzzqqqq", "")],
)
def test_a_search_that_finds_no_code_says_what_is_known_of_the_text(reader: FlaskClient, text: str, said: str) -> None:
    html = reader.get("/codebook/search", query_string={"q": text, "on": "2026-05-12"}).text
    assert said in words(html)
    assert ("not a code" in words(html)) is bool(said)
