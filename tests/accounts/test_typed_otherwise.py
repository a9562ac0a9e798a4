"""An account opens however its owner's keyboard sends the same name, address and password."""

from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp.classroom.operations import normal_code
from coachapp.domain.permissions import Role
from coachapp.models.people import Person, SignInThrottle
from coachapp.web import throttle
from coachapp.web.passwords import verify_and_renew
from tests.conftest import PASSWORD, MakePerson, SignIn

COMPOSED, APART = "crème brûlée 9", "cre\u0300me bru\u0302le\u0301e 9"
WIDE = "\uff4a\uff4f\uff53\uff45\uff20\uff45\uff58\uff41\uff4d\uff50\uff4c\uff45\uff0e\uff43\uff4f\uff4d"
GOOD = {"name": "José", "email": "jose@example.com", "password": COMPOSED, "password_again": COMPOSED}


def register(client: FlaskClient, **change: str) -> Any:
    return client.post("/register", data={**GOOD, **change})


def sign_in_with(app: Flask, email: str, password: str) -> int:
    return app.test_client().post("/sign-in", data={"email": email, "password": password}).status_code


@pytest.mark.parametrize("made", [COMPOSED, APART])
@pytest.mark.parametrize("typed", [COMPOSED, APART])
def test_registered_on_one_keyboard_signed_in_on_another(app: Flask, made: str, typed: str) -> None:
    assert register(app.test_client(), password=made, password_again=made).status_code == 303
    assert sign_in_with(app, "jose@example.com", typed) == 303
    assert sign_in_with(app, "jose@example.com", typed + "x") == 422


def test_the_two_boxes_may_be_typed_otherwise(client: FlaskClient) -> None:
    assert register(client, password_again=APART).status_code == 303


@pytest.mark.parametrize("kept", [COMPOSED, APART])
@pytest.mark.parametrize("typed", [COMPOSED, APART])
def test_an_older_hash_still_opens_and_is_renewed(
    app: Flask, person: MakePerson, db_session: Session, kept: str, typed: str
) -> None:
    older = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1).hash(kept)
    who = person(password_hash=older)
    assert sign_in_with(app, who.email, typed) == 303
    db_session.refresh(who)
    assert verify_and_renew(who.password_hash, COMPOSED) == (True, None)


def test_changing_and_deleting_take_the_password_typed_otherwise(client: FlaskClient, db_session: Session) -> None:
    register(client)
    new = {"current_password": APART, "password": "cafe\u0301 au lait 7", "password_again": "café au lait 7"}
    assert client.post("/profile/password", data=new).status_code == 303
    assert (
        client.post("/profile/data/delete", data={"current_password": "café au lait 7", "sure": "y"}).status_code == 303
    )
    db_session.rollback()
    assert db_session.scalars(select(Person)).all() == []


@pytest.mark.parametrize(
    "typed",
    [
        WIDE,
        "JOSE@EXAMPLE.COM",
        "\ufeffjose@example.com",
        "jo\u200bse@example.com",
        "jose@exam\u00adple.com",
        "jose@example.com\u00a0",
        "jose@example\u3002com",
    ],
)
def test_an_address_typed_otherwise_signs_in_and_is_no_second_account(app: Flask, typed: str) -> None:
    assert register(app.test_client()).status_code == 303
    assert sign_in_with(app, typed, COMPOSED) == 303
    again = register(app.test_client(), email=typed)
    assert (again.status_code, "already an account" in again.text) == (422, True)


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ("josé@example.com", "jose\u0301@example.com"),
        ("a@münchen.example", "a@xn--mnchen-3ya.example"),
        ("a@münchen.example", "A@MU\u0308NCHEN.example"),
        ("strasse@example.com", "STRASSE@example.com"),
    ],
)
def test_accents_and_domains_in_letters(app: Flask, person: MakePerson, stored: str, typed: str) -> None:
    person(email=stored)
    assert sign_in_with(app, typed, PASSWORD) == 303


def test_tries_are_counted_together_however_the_address_is_typed(app: Flask, db_session: Session) -> None:
    for typed in (WIDE, "jose@example.com", "JO\u200bSE@example.com"):
        assert sign_in_with(app, typed, "wrong password") == 422
    keys = throttle.keys_of("jose@example.com", "127.0.0.1")
    counts = {row.key: row.failures for row in db_session.scalars(select(SignInThrottle))}
    assert counts == {keys.account: 3, keys.address: 1, keys.pair: 1}


def test_an_account_kept_under_another_form_saves_its_profile(
    app: Flask, person: MakePerson, sign_in: SignIn, db_session: Session
) -> None:
    person(email="jose@example.com")
    other = person(email="\uff4aose@example.com", name="J")
    page = {"name": "Jo\u0301zef \u200b", "email": other.email, "time_zone": "America/Chicago"}
    assert sign_in(other).post("/profile", data=page).status_code == 303
    db_session.refresh(other)
    assert (other.name, other.email) == ("Józef", "\uff4aose@example.com")
    assert sign_in_with(app, other.email, PASSWORD) == 303


@pytest.mark.parametrize("typed", ["josé", "JOSÉ", "jose\u0301", "\uff2aos\u00e9", "jo\u200bsé", "ruíz"])
@pytest.mark.parametrize("path", ["/admin/people?q={}", "/exam-desk/learners?q={}&everyone=yes"])
def test_a_person_is_found_by_a_name_typed_otherwise(
    person: MakePerson, sign_in: SignIn, path: str, typed: str
) -> None:
    person(name="José Ruíz", email="x1@example.com")
    assert "José Ruíz" in sign_in(Role.ADMIN).get(path.format(typed)).text


def test_a_join_code_typed_otherwise_opens_its_class() -> None:
    assert normal_code(" \uff21bcd\u2011efgh\u200b ") == "ABCDEFGH"
