"""A forgotten password."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import TimestampSigner
from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp import clock
from coachapp.accounts import operations
from coachapp.models.people import Person, ResetRequest
from coachapp.web.reset_tokens import MAX_AGE_SECONDS, make_reset_token
from tests.conftest import PASSWORD, SECRET, MakePerson, SignIn

NEW = {"password": "tulip gravel orbit", "password_again": "tulip gravel orbit"}


def link(who: Person) -> str:
    """Return the path of a good link."""
    return f"/reset/link/{make_reset_token(who, SECRET)}"


def test_a_link_sets_a_new_password_once(app: Flask, client: FlaskClient, sign_in: SignIn, person: MakePerson) -> None:
    who = person()
    elsewhere, path = sign_in(who), link(who)
    assert who.email in client.get(path).text
    answer = client.post(path, data=NEW)
    assert (answer.status_code, answer.location) == (303, "/sign-in")
    assert client.post("/sign-in", data={"email": who.email, "password": PASSWORD}).status_code == 422
    assert client.post("/sign-in", data={"email": who.email, "password": NEW["password"]}).status_code == 303
    assert elsewhere.get("/profile").status_code == 303
    for again in (client.get(path), client.post(path, data=NEW)):
        assert again.status_code == 410
        assert "expired or has been used" in again.text


@pytest.mark.parametrize("token", ["x", "W10.x.y", "."])
def test_a_garbled_link_is_410(client: FlaskClient, token: str) -> None:
    assert client.get(f"/reset/link/{token}").status_code == 410


def test_a_link_lasts_an_hour(client: FlaskClient, person: MakePerson, monkeypatch: pytest.MonkeyPatch) -> None:
    who = person()
    real = TimestampSigner.get_timestamp
    for age, status in ((MAX_AGE_SECONDS - 5, 200), (MAX_AGE_SECONDS + 5, 410)):
        monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda self, age=age: real(self) - age)
        path = link(who)
        monkeypatch.setattr(TimestampSigner, "get_timestamp", real)
        assert client.get(path).status_code == status


def test_a_link_signed_by_another_key_or_for_a_disabled_account_is_410(client: FlaskClient, person: MakePerson) -> None:
    assert client.get(f"/reset/link/{make_reset_token(person(), 'another key')}").status_code == 410
    assert client.get(link(person(disabled_at=clock.now()))).status_code == 410


def test_a_weak_new_password_is_refused_and_the_link_stays_good(client: FlaskClient, person: MakePerson) -> None:
    path = link(person())
    assert client.post(path, data={"password": "short", "password_again": "short"}).status_code == 422
    assert client.post(path, data=NEW).status_code == 303


def test_asking_answers_the_same_for_known_and_unknown(
    client: FlaskClient, person: MakePerson, db_session: Session
) -> None:
    who = person()
    answers = [client.post("/reset", data={"email": email}) for email in (who.email, "nobody@example.org")]
    assert {(a.status_code, a.location) for a in answers} == {(303, "/reset/sent")}
    assert "administrator" in client.get("/reset/sent").text
    assert [r.person_id for r in db_session.scalars(select(ResetRequest))] == [who.id]
    assert client.post("/reset", data={"email": "x"}).status_code == 422


def test_asking_twice_at_once_counts_once(app: Flask, db_session: Session, person: MakePerson) -> None:
    who, now = person(), clock.now()
    ask = [
        operations.request_reset(db_session, who.email, mailed=False, now=now + timedelta(minutes=m)) for m in (0, 4, 6)
    ]
    assert [bool(a) for a in ask] == [True, False, True]


def test_a_new_password_closes_the_requests(client: FlaskClient, person: MakePerson, db_session: Session) -> None:
    who = person()
    client.post("/reset", data={"email": who.email})
    client.post(link(who), data=NEW)
    assert db_session.scalars(select(ResetRequest)).one().closed_at is not None


def test_with_a_mail_server_the_link_is_mailed_after_the_commit(
    make_app: Callable[..., Flask], password_hash: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from coachapp.models import db

    app = make_app(smtp_host="mail.example.org", mail_from="coach@example.org", base_url="https://coach.example.org")
    with app.app_context():
        who = Person(
            email="a@example.org", name="Ana", password_hash=password_hash, time_zone="UTC", created_at=clock.now()
        )
        db.session.add(who)
        db.session.commit()
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr("coachapp.accounts.routes.send_soon", lambda settings, **mail: sent.append(mail))
    client = app.test_client()
    client.post("/reset", data={"email": "A@example.org"})
    client.post("/reset", data={"email": "nobody@example.org"})
    assert [mail["to"] for mail in sent] == ["a@example.org"]
    found = re.search(r"https://coach\.example\.org(/reset/link/\S+)", sent[0]["text"])
    assert found is not None
    assert client.get(found[1]).status_code == 200
    assert "on its way" in client.get("/reset/sent").text
    with app.app_context():
        assert db.session.scalars(select(ResetRequest)).one().mailed
