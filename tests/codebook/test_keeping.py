"""Notes, bookmarks and last looks: kept, owned by one person, and never lost to a second tab."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from coachapp.codebook.operations import LONGEST_NOTE
from coachapp.models.notes import CodeBookmark, CodeNote, CodeRecent
from coachapp.models.people import Person
from tests.codebook.reading import links, main_of, section, words
from tests.conftest import SignIn

I10 = "/codebook/icd10cm/I10"
Save = Callable[..., Any]


@pytest.fixture
def reader(sign_in: SignIn) -> FlaskClient:
    """Return a client signed in as a student."""
    return sign_in()


def save(client: FlaskClient, text: str, revision: int = 0, address: str = I10) -> Any:
    """Post a note as the page does."""
    return client.post(f"{address}/note", data={"text": text, "revision": str(revision)})


def stored(session: Session) -> list[tuple[str, str, str, int]]:
    """Return all notes in the database."""
    session.rollback()  # what was written since is read
    return [(note.system.value, note.code, note.text, note.revision) for note in session.scalars(select(CodeNote))]


def test_a_note_is_kept_and_shown(reader: FlaskClient, db_session: Session) -> None:
    answer = save(reader, "Assumed with CKD:\r\nsee I12.\r\n")
    assert answer.status_code == 303
    assert answer.location == f"{I10}#note"
    assert stored(db_session) == [("icd10cm", "I10", "Assumed with CKD:\nsee I12.", 1)]
    html = reader.get(I10).text
    assert "Assumed with CKD:\nsee I12.</textarea>" in html
    assert "Note saved." in html


def test_a_note_is_text_and_nothing_else(reader: FlaskClient) -> None:
    save(reader, "<b>bold</b> & \n\n  indented")
    html = reader.get(I10).text
    assert "&lt;b&gt;bold&lt;/b&gt; &amp; \n\n  indented</textarea>" in html
    assert "<b>bold" not in reader.get("/codebook/mine").text


def test_a_note_changes_and_goes(reader: FlaskClient, db_session: Session) -> None:
    save(reader, "One.")
    save(reader, "Two.", 1)
    assert stored(db_session) == [("icd10cm", "I10", "Two.", 2)]
    save(reader, "   ", 2)
    assert stored(db_session) == []
    assert "Note deleted." in reader.get(I10).text


@pytest.mark.parametrize(
    "address", ["icd10cm/chapter-19", "icd10cm/S50-S59", "hcpcs/J1010", "icd10pcs/0DB68ZX", "cpt/99213"]
)
def test_every_kind_of_entry_can_have_a_note_and_a_bookmark(reader: FlaskClient, address: str) -> None:
    assert save(reader, "Look here.", address=f"/codebook/{address}").status_code == 303
    assert reader.post(f"/codebook/{address}/bookmark", data={"keep": "yes"}).status_code == 303
    html = reader.get(f"/codebook/{address}").text
    assert "Look here.</textarea>" in html
    assert "Take the bookmark away" in html
    assert links(reader.get("/codebook/mine").text).count(f"/codebook/{address}") >= 2


def test_a_second_tab_cannot_undo_the_first(reader: FlaskClient, db_session: Session) -> None:
    save(reader, "First tab.")
    answer = save(reader, "Second tab.")
    assert answer.status_code == 409
    text = words(main_of(answer.text))
    assert "This note was changed elsewhere" in text
    assert "First tab." in text
    assert "Second tab.</textarea>" in answer.text
    assert 'name="revision" value="1"' in answer.text
    assert stored(db_session) == [("icd10cm", "I10", "First tab.", 1)]
    # Having seen both, the person decides.
    assert save(reader, "Both.", 1).status_code == 303
    assert stored(db_session) == [("icd10cm", "I10", "Both.", 2)]


def test_a_note_deleted_elsewhere_is_said_to_be(reader: FlaskClient) -> None:
    save(reader, "One.")
    save(reader, "", 1)
    answer = save(reader, "One and two.", 1)
    assert answer.status_code == 409
    assert "(the note was deleted)" in answer.text
    assert 'name="revision" value="0"' in answer.text


def test_saving_the_same_twice_is_no_clash(reader: FlaskClient, db_session: Session) -> None:
    assert save(reader, "Same.").status_code == 303
    assert save(reader, "Same.").status_code == 303
    assert stored(db_session) == [("icd10cm", "I10", "Same.", 1)]


def test_too_long_a_note_comes_back_whole(reader: FlaskClient, db_session: Session) -> None:
    long = "x" * (LONGEST_NOTE + 1)
    answer = save(reader, long)
    assert answer.status_code == 422
    assert "A note holds 10,000 characters; this one has 10,001." in answer.text
    assert f"{long}</textarea>" in answer.text
    assert stored(db_session) == []


@pytest.mark.parametrize("revision", ["", "x", "-1", "²", "9" * 30])
def test_a_garbled_revision_counts_as_none(reader: FlaskClient, revision: str) -> None:
    assert reader.post(f"{I10}/note", data={"text": "A.", "revision": revision}).status_code == 303


@pytest.mark.parametrize("act", ["note", "bookmark"])
def test_nothing_can_be_kept_where_there_is_no_entry(reader: FlaskClient, act: str) -> None:
    assert reader.post(f"/codebook/icd10cm/S99.99/{act}", data={"text": "A", "keep": "yes"}).status_code == 404


def test_a_bookmark_is_set_and_taken_away(reader: FlaskClient, db_session: Session) -> None:
    for keep, count in (("yes", 1), ("yes", 1), ("no", 0), ("no", 0)):
        answer = reader.post(f"{I10}/bookmark", data={"keep": keep})
        assert answer.status_code == 303
        assert answer.location == I10
        db_session.rollback()
        assert db_session.scalar(select(func.count()).select_from(CodeBookmark)) == count
    assert reader.post(f"{I10}/bookmark", data={}).status_code == 422


def test_a_bookmark_taken_away_on_ones_own_page_leads_back_there(reader: FlaskClient) -> None:
    reader.post(f"{I10}/bookmark", data={"keep": "yes"})
    answer = reader.post(f"{I10}/bookmark", data={"keep": "no", "from": "mine"})
    assert answer.location == "/codebook/mine"


def test_a_fragment_answers_in_fragments(reader: FlaskClient) -> None:
    answer = reader.post(f"{I10}/note?fragment=1", data={"text": "A.", "revision": "0"})
    assert answer.location == f"{I10}?fragment=1#note"
    answer = reader.post(f"{I10}/note?fragment=1", data={"text": "B.", "revision": "0"})
    assert answer.status_code == 409
    assert "data-book-fragment" in answer.text
    assert "<html" not in answer.text


def test_nobody_sees_or_changes_what_is_anothers(sign_in: SignIn, reader: FlaskClient, db_session: Session) -> None:
    save(reader, "A secret.")
    reader.post(f"{I10}/bookmark", data={"keep": "yes"})
    reader.get(I10)
    other = sign_in()
    for path in (I10, "/codebook", "/codebook/mine"):
        assert "A secret." not in other.get(path).text
    assert "Nothing kept yet" in other.get("/codebook/mine").text
    save(other, "", 1)
    save(other, "Mine.", 1)
    other.post(f"{I10}/bookmark", data={"keep": "no"})
    assert "A secret." in reader.get(I10).text
    assert "Take the bookmark away" in reader.get(I10).text


def test_last_looks_come_newest_first_and_each_once(reader: FlaskClient) -> None:
    for code in ("I10", "E11.9", "I10", "J44.9", "E11.9"):
        reader.get(f"/codebook/icd10cm/{code}")
    for path in ("/codebook", "/codebook/mine"):
        html = reader.get(path).text
        shown = section(html, "book-recent" if path == "/codebook" else "my-recent")
        assert [shown.index(f"/{code}") for code in ("E11.9", "J44.9", "I10")] == sorted(
            shown.index(f"/{code}") for code in ("E11.9", "J44.9", "I10")
        )
        assert shown.count("book-row") == 3


def test_only_twenty_looks_are_remembered(reader: FlaskClient, db_session: Session) -> None:
    codes = [f"S52.501{c}" for c in "ABCDEFGHJKMNPQRS"] + [f"S52.502{c}" for c in "ABCDEFG"]
    for code in codes:
        reader.get(f"/codebook/icd10cm/{code}")
    kept = db_session.scalars(select(CodeRecent.code).order_by(CodeRecent.id.desc())).all()
    assert list(kept) == codes[::-1][:20]


@pytest.mark.parametrize("address", ["chapter-19", "S50-S59", "i10"])
def test_what_is_no_code_is_no_look(reader: FlaskClient, db_session: Session, address: str) -> None:
    reader.get(f"/codebook/icd10cm/{address}")
    assert db_session.scalar(select(func.count()).select_from(CodeRecent)) == 0


def test_looking_again_at_the_same_writes_nothing(reader: FlaskClient, count_queries: Any) -> None:
    reader.get(I10)
    with count_queries() as seen:
        reader.get(I10)
        reader.head("/codebook/icd10cm/E11.9")
    assert not any(statement.startswith(("INSERT", "DELETE", "UPDATE")) for statement in seen)


def test_ones_own_page_goes_on_over_pages(reader: FlaskClient) -> None:
    for number in range(51):
        save(reader, f"Note {number}.", address=f"/codebook/cpt/{10000 + number}")
        reader.post(f"/codebook/cpt/{10000 + number}/bookmark", data={"keep": "yes"})
    html = reader.get("/codebook/mine").text
    assert "Notes (51)" in html
    assert html.count('class="book-note"') == 50
    assert "/codebook/mine?notes=2&bookmarks=1" in links(html)
    assert reader.get("/codebook/mine?notes=2").text.count('class="book-note"') == 1


def test_everything_goes_with_the_person(reader: FlaskClient, db_session: Session) -> None:
    save(reader, "A.")
    reader.post(f"{I10}/bookmark", data={"keep": "yes"})
    reader.get(I10)
    db_session.execute(delete(Person))
    for table in (CodeNote, CodeBookmark, CodeRecent):
        assert db_session.scalar(select(func.count()).select_from(table)) == 0


def test_a_note_posted_while_signed_out_is_handed_back(client: FlaskClient) -> None:
    answer = client.post(f"{I10}/note", data={"text": "Kept."}, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 401
    assert "kept_work" in answer.text
