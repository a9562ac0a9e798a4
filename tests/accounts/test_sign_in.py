"""Signing in and out."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp import clock
from coachapp.accounts import operations
from coachapp.config import Settings
from coachapp.domain.permissions import Role
from coachapp.models import db
from coachapp.models.people import SignInThrottle, ThrottleKind
from coachapp.web import throttle
from coachapp.web.people import add_person
from tests.conftest import PASSWORD, MakePerson

ACCOUNT = throttle.POLICIES[ThrottleKind.ACCOUNT]


def post(client: FlaskClient, email: str, password: str = PASSWORD, **more: str) -> Any:
    """Post the sign-in form."""
    return client.post("/sign-in", data={"email": email, "password": password, **more})


def test_signing_in_leads_on_and_the_pages_open(client: FlaskClient, person: MakePerson, db_session: Session) -> None:
    who = person()
    answer = post(client, "  STUDENT1@Example.org ", next="/profile?x=1")
    assert (answer.status_code, answer.location) == (303, "/profile?x=1")
    assert client.get("/profile").status_code == 200
    db_session.refresh(who)
    assert who.last_sign_in_at is not None


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_nobody_is_led_elsewhere(client: FlaskClient, person: MakePerson, target: str) -> None:
    assert post(client, person().email, next=target).location == "/"
    with client:
        assert client.get("/sign-in", query_string={"next": target}).location == "/"


def test_the_form_carries_where_to_go(client: FlaskClient) -> None:
    assert '<input type="hidden" name="next" value="/cases?a=1">' in client.get("/sign-in?next=/cases?a%3D1").text


@pytest.mark.parametrize(
    ("email", "password"),
    [("student1@example.org", "wrong"), ("nobody@example.org", PASSWORD), ("not an address", "hush hush")],
)
def test_wrong_ones_get_the_same_words_and_keep_the_address(
    client: FlaskClient, person: MakePerson, email: str, password: str
) -> None:
    person()
    answer = post(client, email, password)
    assert answer.status_code == 422
    assert "No account has this email and password." in answer.text
    assert f'value="{email}"' in answer.text
    assert password not in answer.text.replace(email, "")


def test_the_same_work_is_done_whether_or_not_the_account_exists(
    app: Flask, client: FlaskClient, person: MakePerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    person()
    seen = []
    monkeypatch.setattr(operations, "verify_and_renew", lambda kept, password: (bool(seen.append(kept)), None))
    post(client, "student1@example.org")
    post(client, "nobody@example.org")
    assert len(seen) == 2
    assert seen[1] is None


def test_empty_boxes_are_named(client: FlaskClient) -> None:
    answer = post(client, "", "")
    assert answer.status_code == 422
    assert "Write your email address." in answer.text
    assert "Type a password." in answer.text


def test_keep_me_signed_in_sets_a_lasting_cookie(app: Flask, person: MakePerson) -> None:
    who = person()
    for remember, lasting in (({}, False), ({"remember": "y"}, True)):
        client = app.test_client()
        post(client, who.email, **remember)
        assert (client.get_cookie("coachapp_remember") is not None) is lasting
        client.delete_cookie("coachapp")
        assert client.get("/profile").status_code == (200 if lasting else 303)


def test_signing_out_ends_it_here_with_the_lasting_cookie_too(app: Flask, person: MakePerson) -> None:
    client = app.test_client()
    post(client, person().email, remember="y")
    answer = client.post("/sign-out")
    assert (answer.status_code, answer.location) == (303, "/sign-in")
    assert client.get_cookie("coachapp_remember") is None
    assert client.get("/profile").status_code == 303
    assert "You are signed out." in client.get("/sign-in").text
    assert client.post("/sign-out").status_code == 303


def test_signing_in_starts_a_fresh_session_with_a_fresh_form_token(client: FlaskClient, person: MakePerson) -> None:
    client.get("/sign-in")
    with client.session_transaction() as session:
        before = session["csrf_token"]
        session["left over"] = 1
    post(client, person().email)
    with client.session_transaction() as session:
        assert "left over" not in session
        assert session.get("csrf_token") != before


def test_a_disabled_account_is_told_so_only_with_the_right_password(client: FlaskClient, person: MakePerson) -> None:
    who = person(disabled_at=clock.now())
    assert "switched off" not in post(client, who.email, "wrong").text
    answer = post(client, who.email)
    assert answer.status_code == 422
    assert "switched off" in answer.text


def test_a_demo_account_works_on_this_machine_only(app: Flask, person: MakePerson) -> None:
    who = person(Role.ADMIN, demo=True)
    near, far = app.test_client(), app.test_client()
    far.environ_base = {**far.environ_base, "REMOTE_ADDR": "192.0.2.7"}
    assert "only on the machine" in post(far, who.email).text
    assert post(near, who.email).status_code == 303
    assert near.get("/admin/").status_code == 200
    cookie = near.get_cookie("coachapp")
    assert cookie is not None
    far.set_cookie("coachapp", cookie.value)
    assert far.get("/admin/").status_code == 303


@pytest.mark.parametrize("changes", [{"behind_proxy": 1}, {"base_url": "https://coach.example.org"}])
def test_a_demo_account_is_of_no_use_on_a_public_site(
    make_app: Callable[..., Flask], settings: Settings, changes: dict[str, Any]
) -> None:
    app = make_app(**changes)
    with app.app_context():
        add_person(
            db.session(), "d@demo.example", name="D", password=PASSWORD, time_zone="UTC", now=clock.now(), demo=True
        )
        db.session.commit()
    # What a proxy on the same machine looks like when it adds no header of its own.
    assert "only on the machine" in post(app.test_client(), "d@demo.example").text


def test_an_account_is_locked_after_some_failures_and_told_for_how_long(
    client: FlaskClient, person: MakePerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    who, start = person(), clock.now()
    monkeypatch.setattr(clock, "now", lambda: start)
    for _ in range(ACCOUNT.free):
        assert post(client, who.email, "wrong").status_code == 422
    answer = post(client, who.email)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "30"
    assert "Try again in 30 seconds" in answer.text
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(seconds=31))
    assert post(client, who.email).status_code == 303


def test_an_account_that_does_not_exist_is_locked_alike(client: FlaskClient) -> None:
    statuses = [post(client, "nobody@example.org", "wrong").status_code for _ in range(ACCOUNT.free + 1)]
    assert statuses == [422] * ACCOUNT.free + [429]


def test_a_sign_in_clears_what_its_account_counted(
    client: FlaskClient, person: MakePerson, db_session: Session
) -> None:
    who = person()
    post(client, who.email, "wrong")
    post(client, who.email, "wrong")
    post(client, "nobody@example.org", "wrong")
    assert post(client, who.email).status_code == 303
    rows = db_session.execute(select(SignInThrottle.kind, SignInThrottle.failures).order_by(SignInThrottle.kind))
    assert [tuple(row) for row in rows] == [
        (ThrottleKind.ACCOUNT, 1),
        (ThrottleKind.ADDRESS, 1),
        (ThrottleKind.PAIR, 1),
    ]


def test_what_was_typed_is_not_in_the_throttle_table(client: FlaskClient, db_session: Session) -> None:
    post(client, "my-secret-password", "x")
    assert all("secret" not in row.key for row in db_session.scalars(select(SignInThrottle)))


def test_an_old_hash_is_renewed_at_sign_in(client: FlaskClient, person: MakePerson, db_session: Session) -> None:
    from argon2 import PasswordHasher

    who = person(password_hash=PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD))
    assert post(client, who.email).status_code == 303
    db_session.refresh(who)
    assert "m=19456,t=2,p=1" in who.password_hash
