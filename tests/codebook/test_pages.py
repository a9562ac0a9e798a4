"""The pages of the book: what each entry says, and how one gets from one to the next."""

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from flask.testing import FlaskClient

from coachapp import clock
from coachapp.domain.permissions import Role
from tests.codebook.reading import links, main_of, section, words
from tests.conftest import SignIn


@pytest.fixture
def reader(sign_in: SignIn) -> FlaskClient:
    """Return a client signed in as a student."""
    return sign_in()


def test_the_book_is_for_people_who_are_signed_in(client: FlaskClient) -> None:
    for path in ("", "/search?q=copd", "/mine", "/icd10cm", "/icd10cm/I10"):
        answer = client.get(f"/codebook{path}")
        assert answer.status_code == 303
        assert answer.location.startswith("/sign-in")


def test_the_first_page_leads_to_every_system_and_chapter(reader: FlaskClient) -> None:
    html = reader.get("/codebook").text
    found = links(html)
    for system in ("icd10cm", "hcpcs", "icd10pcs", "cpt"):
        assert f"/codebook/{system}" in found
    assert [f"/codebook/icd10cm/chapter-{n}" in found for n in range(1, 23)] == [True] * 22
    assert "The last twenty codes you look at are listed here." in html


def test_a_reader_gets_from_chapter_to_code_by_links(reader: FlaskClient) -> None:
    path = ["", "/icd10cm/chapter-19", "/icd10cm/S50-S59", "/icd10cm/S52", "/icd10cm/S52.5", "/icd10cm/S52.50"]
    path += ["/icd10cm/S52.501", "/icd10cm/S52.501A"]
    for here, there in pairwise(path):
        answer = reader.get(f"/codebook{here}")
        assert answer.status_code == 200
        assert f"/codebook{there}" in links(answer.text)


def test_a_code_says_what_it_is_and_whether_it_may_be_reported(reader: FlaskClient) -> None:
    html = reader.get("/codebook/icd10cm/S52.501A").text
    text = words(main_of(html))
    assert (
        "S52.501A Unspecified fracture of the lower end of right radius, initial encounter for closed fracture" in text
    )
    assert "Reportable on May 20, 2026. Valid: Oct 1, 2015 or earlier, no end known." in text
    assert "ICD-10-CM: titles and notes of the edition of Apr 1, 2026" in text
    assert "<title>S52.501A Unspecified fracture" in html


def test_notes_stand_in_groups_with_the_place_they_come_from(reader: FlaskClient) -> None:
    html = reader.get("/codebook/icd10cm/S52.501A").text
    first = words(section(html, "book-excludes1"))
    assert "traumatic amputation of forearm ( S58 .-)" in first
    assert "From S52 Fracture of forearm" in first
    second = words(section(html, "book-excludes2"))
    assert second.index("From S52.5 ") < second.index("From S52 ") < second.index("From S50-S59 ")
    assert "Fracture of distal end of radius" in words(section(html, "book-inclusion_term"))
    assert "Z18" in words(section(html, "book-use_additional"))


def test_codes_named_in_notes_are_links_and_other_words_are_not(reader: FlaskClient) -> None:
    html = reader.get("/codebook/icd10cm/S52.501A").text
    found = links(html)
    assert "/codebook/icd10cm/S58" in found
    assert "/codebook/icd10cm/S60-S69" in found
    assert "/codebook/icd10cm/T33-T34" in found  # a block of the book
    assert "/codebook/icd10cm/T63.4" in found
    # J00-J22 is no block: its ends are links.
    ends = links(reader.get("/codebook/icd10cm/A01.00").text)
    assert {"/codebook/icd10cm/J00", "/codebook/icd10cm/J22"} <= set(ends)
    assert all(reader.get(address).status_code == 200 for address in set(found) if "/S6" in address)


def test_a_note_of_its_own_is_not_said_to_come_from_elsewhere(reader: FlaskClient) -> None:
    first = words(section(reader.get("/codebook/icd10cm/S52").text, "book-excludes1"))
    assert "From" not in first


def test_the_seventh_characters_of_a_stem_are_links_to_whole_codes(reader: FlaskClient) -> None:
    html = reader.get("/codebook/icd10cm/S52.501").text
    text = words(main_of(html))
    assert "Not reportable as it stands: add one of the 7th characters below." in text
    assert "7th character of S52.501_" in text
    table = section(html, "book-seventh")
    assert table.count("/codebook/icd10cm/S52.501") == 16
    assert "The appropriate 7th character is to be added to all codes from category S52" in words(table)


def test_a_whole_code_marks_its_own_seventh_character(reader: FlaskClient) -> None:
    html = reader.get("/codebook/icd10cm/S52.501D").text
    assert "(A, B, C, E, F, G, H, J, K, M, N, P, Q, R, S)" in words(html)
    table = html.split('class="book-later"', 1)[1].split("</details>", 1)[0]
    assert table.count('aria-current="page"') == 1
    assert 'S52.501D" aria-current="page"' in table


def test_placeholders_are_filled_in(reader: FlaskClient) -> None:
    html = reader.get("/codebook/icd10cm/V00.01").text
    assert "/codebook/icd10cm/V00.01XA" in links(html)


def test_seventh_characters_further_below_are_told_without_links(reader: FlaskClient) -> None:
    html = reader.get("/codebook/icd10cm/S52").text
    assert "7th characters that the codes below take (A, B, C, D, E, F, G, H, J, K, M, N, P, Q, R, S)" in html
    assert "a heading over 2,796 codes" in words(main_of(html))


@pytest.mark.parametrize(
    ("address", "standing"),
    [
        ("icd10cm/I10", "Reportable on May 20, 2026."),
        ("icd10cm/E11", "a heading over 87 codes. Choose the one the record supports."),
        ("icd10cm/I10?on=2027-03-31", "Reportable on Mar 31, 2027."),
        ("icd10cm/I10?on=1999-01-01", "Not known for Jan 1, 1999: our data cover Oct 1, 2015 to Mar 31, 2027."),
        ("hcpcs/J1010", "Reportable on May 20, 2026."),
        (
            "hcpcs/J1010?on=2026-07-01",
            "Not known for Jul 1, 2026: our data cover Apr 1, 2026 to Jun 30, 2026.",
        ),
        ("cpt/99213", "Not checked: this site holds CPT numbers only."),
        ("icd10pcs/0DB68ZX", "Reportable on May 20, 2026."),
    ],
)
def test_standing_depends_on_code_and_date(reader: FlaskClient, address: str, standing: str) -> None:
    assert standing in words(main_of(reader.get(f"/codebook/{address}").text))


def test_a_code_is_told_from_when_and_until_when_it_was_valid(reader: FlaskClient) -> None:
    # New on 2020-10-01 (see the validity data).
    before = words(main_of(reader.get("/codebook/icd10cm/N18.30?on=2020-09-30").text))
    assert "Not valid on Sep 30, 2020: it is reported from Oct 1, 2020." in before
    # N18.3 was a code until the day before, and is a heading since.
    then = words(main_of(reader.get("/codebook/icd10cm/N18.3?on=2020-09-30").text))
    assert "Reportable on Sep 30, 2020. Valid: Oct 1, 2015 or earlier to Sep 30, 2020." in then
    now = words(main_of(reader.get("/codebook/icd10cm/N18.3").text))
    assert "Not reportable as it stands: a heading over 3 codes." in now


def test_codes_below_that_are_not_valid_on_the_date_say_so(reader: FlaskClient) -> None:
    html = reader.get("/codebook/icd10cm/N18.3?on=2020-09-30").text
    assert section(html, "book-below").count("not valid") == 3
    assert "not valid" not in section(reader.get("/codebook/icd10cm/N18.3").text, "book-below")


def test_a_chosen_date_stays_with_the_reader(reader: FlaskClient) -> None:
    html = reader.get("/codebook/icd10cm/S52.50?on=2026-01-05").text
    book = [address for address in links(html) if address.startswith("/codebook")]
    assert book
    assert all("on=2026-01-05" in address for address in book)
    assert 'value="2026-01-05"' in html
    assert "on=" not in "".join(links(reader.get("/codebook/icd10cm/S52.50").text))


@pytest.mark.parametrize("path", ["", "/search", "/mine", "/icd10cm", "/icd10cm/I10"])
@pytest.mark.parametrize(
    ("on", "reason"),
    [
        ("yesterday", "The date “yesterday” cannot be read: write YYYY-MM-DD"),
        ("2026-02-30", "cannot be read"),
    ],
)
def test_a_date_the_book_does_not_know_is_said_to_be_one(reader: FlaskClient, path: str, on: str, reason: str) -> None:
    answer = reader.get(f"/codebook{path}", query_string={"on": on})
    assert answer.status_code == 422
    assert reason in words(answer.text)


def test_after_the_last_day_of_the_data_the_book_opens_on_that_day(
    reader: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2031, 1, 1, tzinfo=UTC))
    assert "Reportable on Mar 31, 2027." in reader.get("/codebook/icd10cm/I10").text


def test_neighbours_lead_on_in_the_book(reader: FlaskClient) -> None:
    html = reader.get("/codebook/icd10cm/S52.501A").text
    beside = html.split('class="book-beside"', 1)[1].split("</nav>", 1)[0]
    assert "S52.399S" in beside
    assert "S52.501B" in beside


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("icd10cm/s52501a", "icd10cm/S52.501A"),
        ("icd10cm/Chapter-19", "icd10cm/chapter-19"),
        ("icd10cm/s50-s59", "icd10cm/S50-S59"),
        ("hcpcs/j1010", "hcpcs/J1010"),
        ("icd10pcs/0db68zx", "icd10pcs/0DB68ZX"),
        ("cpt/0042t", "cpt/0042T"),
    ],
)
def test_any_way_of_writing_leads_to_one_address(reader: FlaskClient, typed: str, canonical: str) -> None:
    answer = reader.get(f"/codebook/{typed}?on=2026-05-01")
    assert answer.status_code == 302
    assert answer.location == f"/codebook/{canonical}?on=2026-05-01"


@pytest.mark.parametrize(
    "address",
    ["icd10cm/S99.99", "icd10cm/J1010", "hcpcs/A9999X", "hcpcs/O", "icd10pcs/I", "cpt/1234", "icd10pcs/0DB68ZXQ"],
)
def test_what_is_not_in_the_book_is_not_found(reader: FlaskClient, address: str) -> None:
    answer = reader.get(f"/codebook/{address}")
    assert answer.status_code == 404
    assert "no code" in words(answer.text).lower()


@pytest.mark.parametrize(
    ("address", "meant"),
    [
        ("icd10cm/S16.1A", "S16.1XXA"),
        ("icd10cm/E11.65X", "E11.65"),
        ("hcpcs/J1O1O", "J1010"),
        ("icd10cm/T07D", "T07.XXXD"),
    ],
)
def test_a_misspelled_code_is_not_found_and_the_code_meant_is_named(
    reader: FlaskClient, address: str, meant: str
) -> None:
    answer = reader.get(f"/codebook/{address}?on=2026-05-12")
    assert (answer.status_code, f"Did you mean {meant}?" in words(answer.text)) == (404, True)


def test_another_system_is_not_found(reader: FlaskClient) -> None:
    assert reader.get("/codebook/icd9").status_code == 404


def test_hcpcs_goes_by_letter(reader: FlaskClient) -> None:
    first = reader.get("/codebook/hcpcs").text
    assert "/codebook/hcpcs/J" in links(first)
    assert "J Drugs not taken by mouth" in words(main_of(first))
    # More than one page of codes: their next character is asked for first.
    assert "/codebook/hcpcs/J1" in links(reader.get("/codebook/hcpcs/J").text)
    assert "/codebook/hcpcs/J1010" in links(reader.get("/codebook/hcpcs/J1").text)
    assert "/codebook/hcpcs/B4034" in links(reader.get("/codebook/hcpcs/B").text)


def test_procedures_go_character_by_character(reader: FlaskClient) -> None:
    sections = words(main_of(reader.get("/codebook/icd10pcs").text))
    assert "0 Medical and Surgical" in sections
    systems = reader.get("/codebook/icd10pcs/0").text
    assert "0D Gastrointestinal System" in words(systems)
    roots = words(main_of(reader.get("/codebook/icd10pcs/0D").text))
    assert "Root operation 0D0 Alteration" not in roots
    assert "0DB Excision" in roots
    parts = reader.get("/codebook/icd10pcs/0DB").text
    assert "Cutting out or off, without replacement, a portion of a body part" in words(parts)
    assert "/codebook/icd10pcs/0DB6" in links(parts)
    assert "/codebook/icd10pcs/0DB68ZX" in links(reader.get("/codebook/icd10pcs/0DB6").text)


def test_a_procedure_is_read_out(reader: FlaskClient) -> None:
    text = words(section(reader.get("/codebook/icd10pcs/0DB68ZX").text, "book-axes"))
    for part in ("3 Root operation B Excision", "4 Body part 6 Stomach", "7 Qualifier X Diagnostic"):
        assert part in text


def test_a_page_without_code_sets_says_so(reader: FlaskClient, settings: Any) -> None:
    (settings.data / "codesets").unlink()
    answer = reader.get("/codebook/icd10cm/I10")
    assert answer.status_code == 503
    assert "The code sets are not installed" in answer.text


@pytest.mark.parametrize(
    "path", ["", "/search?q=copd", "/mine", "/icd10cm", "/hcpcs", "/icd10pcs", "/cpt", "/icd10cm/I10"]
)
def test_a_fragment_has_no_frame(reader: FlaskClient, path: str) -> None:
    html = reader.get(f"/codebook{path}{'&' if '?' in path else '?'}fragment=1").text
    assert "data-book-fragment" in html
    assert "data-book-title" in html
    assert not any(tag in html for tag in ("<html", "<main", "<h1", "<header", "<script", "<link"))


def test_links_of_a_fragment_can_be_opened_in_their_own_tab(reader: FlaskClient) -> None:
    html = reader.get("/codebook/icd10cm/I10?fragment=1&on=2026-05-01").text
    assert 'href="/codebook?on=2026-05-01"' in html
    assert 'action="/codebook/icd10cm/I10/note?on=2026-05-01&amp;fragment=1"' in html


@pytest.mark.parametrize("path", ["", "/search?q=fracture", "/icd10cm/S52", "/icd10cm/S52.501A", "/hcpcs/J1", "/mine"])
def test_queries_do_not_grow_with_what_is_shown(reader: FlaskClient, count_queries: Any, path: str) -> None:
    reader.get(f"/codebook{path}")
    with count_queries() as first:
        reader.get(f"/codebook{path}")
    for code in ("I10", "E11.9", "J44.9", "N18.30"):
        reader.get(f"/codebook/icd10cm/{code}")
        reader.post(f"/codebook/icd10cm/{code}/bookmark", data={"keep": "yes"})
        reader.post(f"/codebook/icd10cm/{code}/note", data={"text": "Mine.", "revision": "0"})
    reader.get(f"/codebook{path}")
    with count_queries() as second:
        reader.get(f"/codebook{path}")
    assert len(first) == len(second) <= 7


@pytest.mark.parametrize("role", list(Role))
def test_every_role_may_read(sign_in: SignIn, role: Role) -> None:
    assert sign_in(role).get("/codebook/icd10cm/I10").status_code == 200
