"""Making an account."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp.domain.permissions import Role
from coachapp.models.audit import AuditAction, AuditEntry
from coachapp.models.people import Person
from tests.conftest import MakePerson, SignIn

GOOD = {
    "name": " Ana Lee ",
    "email": "Ana.Lee@Example.org",
    "password": "tulip gravel orbit",
    "password_again": "tulip gravel orbit",
}


def test_a_new_account_is_signed_in_and_led_on(client: FlaskClient, db_session: Session) -> None:
    answer = client.post("/register", data={**GOOD, "next": "/join?code=ABCD2345"})
    assert (answer.status_code, answer.location) == (303, "/join?code=ABCD2345")
    who = db_session.scalars(select(Person)).one()
    assert (who.email, who.name, who.role, who.time_zone) == (
        "ana.lee@example.org",
        "Ana Lee",
        Role.STUDENT,
        "America/New_York",
    )
    assert "tulip" not in who.password_hash
    assert "Welcome, Ana Lee." in client.get("/profile").text
    assert db_session.scalars(select(AuditEntry.action)).all() == [AuditAction.PERSON_ADDED]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "  "}, "Write your name"),
        ({"name": "x" * 121}, "120"),
        ({"email": "ana"}, "@-sign"),
        ({"email": ""}, "Write your email address."),
        ({"password": "short", "password_again": "short"}, "at least 10 characters"),
        ({"password_again": "tulip gravel orbits"}, "The two passwords differ."),
        ({"password": "ana.lee@example.org", "password_again": "ana.lee@example.org"}, "other than your email"),
        ({"email": "STUDENT1@example.org"}, "There is already an account with this email."),
    ],
)
def test_what_is_wrong_is_said_at_its_box_and_the_rest_is_kept(
    client: FlaskClient, person: MakePerson, db_session: Session, change: dict[str, str], words: str
) -> None:
    person()
    answer = client.post("/register", data={**GOOD, **change})
    assert answer.status_code == 422
    assert words in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert "tulip gravel" not in answer.text
    if "name" not in change:
        assert 'value="Ana Lee"' in answer.text
    assert len(db_session.scalars(select(Person)).all()) == 1


def test_a_closed_site_says_so(make_app: Callable[..., Flask]) -> None:
    client = make_app(registration="closed").test_client()
    for answer in (client.get("/register"), client.post("/register", data=GOOD)):
        assert answer.status_code == 403
        assert "made by its administrator" in answer.text
    assert "Make an account" not in client.get("/sign-in").text


def test_whoever_is_signed_in_needs_no_second_account(sign_in: SignIn) -> None:
    assert sign_in().get("/register").status_code == 303
    assert sign_in().get("/sign-in").status_code == 303


def test_a_race_for_one_address_is_lost_aloud(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, person: MakePerson
) -> None:
    person()
    monkeypatch.setattr("coachapp.web.people.find_by_email", lambda *a: None)
    answer: Any = client.post("/register", data={**GOOD, "email": "student1@example.org"})
    assert answer.status_code == 409
