"""The practice record: what it says, who may see it, and for how long."""

import hashlib
import re
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coachapp import clock
from coachapp.models.attempts import Attempt
from coachapp.models.record import PracticeRecordLink
from coachapp.models.sittings import Sitting
from coachapp.progress import record_links, record_pdf
from coachapp.progress.record_queries import RecordPart, record_of
from tests.conftest import MakePerson, SignIn
from tests.progress.months import Worked, sit_all

CountQueries = Callable[[], AbstractContextManager[list[str]]]
ALL = {"parts": [part.value for part in RecordPart]}


def make(client: FlaskClient, **form: Any) -> str:
    """Make a link and return its path."""
    page = client.post("/progress/record/links", data=form or ALL, follow_redirects=True).text
    found = re.search(r'id="new-link"[^>]*value="http://[^/]+(/record/[^"]+)"', page)
    assert found is not None
    return found[1]


def test_a_new_learner_has_an_empty_record(sign_in: SignIn) -> None:
    page = sign_in().get("/progress/record").text
    assert "nothing on this record yet" in page
    assert "0%" not in page


def test_a_record_counts_what_was_done(db_session: Session, sign_in: SignIn, worked: Worked) -> None:
    who = worked()
    record = record_of(db_session, who, parts=list(RecordPart), now=clock.now())
    cases = select(func.count()).select_from(Attempt).where(Attempt.person_id == who.id, Attempt.sitting_id.is_(None))
    assert record.tries == db_session.scalar(cases) > 0
    mocks = select(Sitting).where(Sitting.person_id == who.id, Sitting.plan["kind"].as_string() != "drill")
    assert record.mocks is not None
    assert len(record.mocks) == len(db_session.scalars(mocks).all()) > 0
    assert record.accuracy is not None
    assert record.accuracy.rate.count >= 1
    page = sign_in(who).get("/progress/record").text
    for heading in ("Cases", "Accuracy", "Speed", "Mock exams"):
        assert f"<h2>{heading}</h2>" in page


def test_a_running_exam_is_on_no_record(db_session: Session, worked: Worked) -> None:
    who = worked(20)
    before = record_of(db_session, who, parts=list(RecordPart), now=clock.now()).mocks
    sit_all(db_session, who.id, now=clock.now())
    assert record_of(db_session, who, parts=list(RecordPart), now=clock.now()).mocks == before


def test_a_link_shows_what_was_chosen_and_nothing_else(client: FlaskClient, sign_in: SignIn, worked: Worked) -> None:
    who = worked()
    path = make(sign_in(who), parts=["accuracy"])
    answer = client.get(path)
    assert answer.status_code == 200
    assert who.name in answer.text
    assert who.email not in answer.text
    assert "<h2>Accuracy</h2>" in answer.text
    for other in ("Cases", "Speed", "Mock exams"):
        assert f"<h2>{other}</h2>" not in answer.text


def test_a_link_is_kept_out_of_search_engines_and_caches(client: FlaskClient, sign_in: SignIn, worked: Worked) -> None:
    answer = client.get(make(sign_in(worked(20))))
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert '<meta name="robots" content="noindex' in answer.text


def test_a_token_is_shown_once_and_kept_nowhere(db_session: Session, sign_in: SignIn) -> None:
    client = sign_in()
    path = make(client)
    token = path.rsplit("/", 1)[1]
    assert token not in client.get("/progress/record").text
    row = db_session.scalars(select(PracticeRecordLink)).one()
    assert row.token_hash == hashlib.sha256(token.encode()).hexdigest()


def test_a_revoked_link_shows_nothing(
    db_session: Session, client: FlaskClient, sign_in: SignIn, person: MakePerson
) -> None:
    owner, other = sign_in(), sign_in(person())
    path = make(owner)
    assert client.get(path).status_code == 200
    link = db_session.scalars(select(PracticeRecordLink)).one()
    assert other.post(f"/progress/record/links/{link.id}/revoke").status_code == 404
    assert client.get(path).status_code == 200
    assert owner.post(f"/progress/record/links/{link.id}/revoke").status_code == 303
    assert client.get(path).status_code == 404
    assert owner.post(f"/progress/record/links/{link.id}/revoke").status_code == 303  # again: no harm
    assert "Revoked" in owner.get("/progress/record").text
    assert client.get("/record/nonsense").status_code == 404


def test_the_link_of_an_account_that_is_off_shows_nothing(
    db_session: Session, client: FlaskClient, sign_in: SignIn, person: MakePerson
) -> None:
    who = person()
    path = make(sign_in(who))
    who.disabled_at = clock.now()
    db_session.commit()
    assert client.get(path).status_code == 404


def test_the_owner_sees_when_a_link_was_last_opened(
    db_session: Session, client: FlaskClient, sign_in: SignIn, count_queries: CountQueries
) -> None:
    path = make(sign_in())
    link = db_session.scalars(select(PracticeRecordLink)).one()
    assert link.last_opened_at is None
    db_session.rollback()
    client.get(path)
    db_session.refresh(link)
    assert link.last_opened_at is not None
    with count_queries() as seen:
        client.get(path)
    assert not [statement for statement in seen if statement.startswith("UPDATE")]  # once an hour is enough
    assert record_links.worth_noting(link, now=link.last_opened_at + timedelta(hours=1))


def test_a_link_needs_a_part_and_there_is_an_end_to_links(sign_in: SignIn) -> None:
    client = sign_in()
    page = client.post("/progress/record/links", data={"parts": "nonsense"}, follow_redirects=True).text
    assert "Tick at least one part" in page
    for _ in range(record_links.MOST_LINKS):
        make(client)
    refused = client.post("/progress/record/links", data=ALL)
    assert refused.status_code == 409
    assert "Revoke one" in refused.text


def test_the_number_of_queries_does_not_grow(sign_in: SignIn, worked: Worked, count_queries: CountQueries) -> None:
    counted = []
    for days in (20, 90):
        client = sign_in(worked(days))
        with count_queries() as seen:
            client.get("/progress/record")
        counted.append(len(seen))
    assert counted[0] == counted[1] <= 8


def test_without_the_extra_the_page_that_prints_is_offered(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_pdf, "PACKAGE", "a_package_that_is_not_there")
    client = sign_in()
    assert "cannot make PDF files" in client.get("/progress/record").text
    answer = client.get("/progress/record.pdf")
    assert answer.status_code == 303
    assert "cannot make PDF files" in client.get(answer.location).text


def test_with_the_extra_a_file_is_sent(sign_in: SignIn, worked: Worked, monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}

    class Document:
        def __init__(self, *, string: str, url_fetcher: Callable[[str], Any]) -> None:
            given.update(page=string, fetch=url_fetcher)

        def write_pdf(self, *, stylesheets: list[str]) -> bytes:
            given["css"] = stylesheets
            return b"%PDF-"

    maker = SimpleNamespace(HTML=Document, CSS=lambda string: string)
    monkeypatch.setitem(sys.modules, "made_up_maker", maker)  # type: ignore[arg-type]
    monkeypatch.setattr(record_pdf, "PACKAGE", "made_up_maker")
    answer = sign_in(worked(20)).get("/progress/record.pdf")
    assert (answer.mimetype, answer.data) == ("application/pdf", b"%PDF-")
    assert "<h2>Mock exams</h2>" in given["page"]
    assert "@page" in given["css"][0]
    with pytest.raises(ValueError, match="nothing from elsewhere"):
        given["fetch"]("http://example.org/x.css")
