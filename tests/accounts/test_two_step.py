"""Two-step sign-in: turning it on, the second step, recovery codes, and sites that require it."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp import clock
from coachapp.domain.permissions import Role
from coachapp.models import db
from coachapp.models.audit import AuditAction, AuditEntry
from coachapp.models.people import Person
from coachapp.models.twostep import TwoStep
from coachapp.web.twostep import new_secret, step_of_code
from tests.accounts.test_devices import Clock, at
from tests.conftest import PASSWORD, MakePerson, put_cookie

__all__ = ["at"]

STEP = timedelta(seconds=30)
SECRET = new_secret()


def code_at(moment: datetime, secret: str = SECRET) -> str:
    """Return what an app shows at a moment."""
    return pyotp.TOTP(secret).at(moment)


@pytest.fixture
def teacher(person: MakePerson, db_session: Session) -> Person:
    """Return an instructor who turned two-step sign-in on."""
    who = person(Role.INSTRUCTOR)
    db_session.add(TwoStep(person_id=who.id, secret=SECRET, recovery=[], created_at=clock.now()))
    db_session.commit()
    return who


def password_step(client: FlaskClient, who: Person, **more: str) -> Any:
    """Take the first step."""
    return client.post("/sign-in", data={"email": who.email, "password": PASSWORD, **more})


def code_step(client: FlaskClient, code: str, **more: str) -> Any:
    """Take the second step."""
    return client.post("/sign-in/code", data={"code": code, **more})


def signed_in(client: FlaskClient) -> bool:
    """Say whether a client is signed in."""
    return client.get("/profile").status_code == 200


def test_it_is_turned_on_by_a_code_and_gives_recovery_codes(
    app: Flask, client: FlaskClient, person: MakePerson, db_session: Session, at: Clock
) -> None:
    who = person(Role.INSTRUCTOR)
    put_cookie(client, who)
    assert "Off: your password alone signs you in." in client.get("/profile").text
    page = client.get("/profile/two-step").text
    assert 'src="data:image/svg+xml' in page
    secret = re.search(r"Key: <code[^>]*>([A-Z2-7 ]+)</code>", page).group(1).replace(" ", "")  # type: ignore[union-attr]
    wrong = client.post("/profile/two-step", data={"code": "000000" if code_at(at.now, secret) != "000000" else "1"})
    assert wrong.status_code == 422
    assert "This code is not right." in wrong.text
    assert secret in wrong.text.replace(" ", "")
    answer = client.post(
        "/profile/two-step", data={"code": code_at(at.now, secret)[:3] + " " + code_at(at.now, secret)[3:]}
    )
    assert answer.status_code == 303
    page = client.get("/profile/two-step").text
    codes = re.findall(r"<li><code>([a-z2-9-]+)</code></li>", page)
    assert len(set(codes)) == 10
    assert codes[0] not in client.get("/profile/two-step").text  # shown once
    db_session.rollback()
    row = db_session.scalars(select(TwoStep)).one()
    assert codes[0] not in str(row.recovery)
    assert db_session.scalars(select(AuditEntry.action).where(AuditEntry.subject == who.email)).all() == [
        AuditAction.TWO_STEP_ON
    ]
    other = app.test_client()
    assert "six digits" in password_step(other, who).text
    assert code_step(other, codes[0].upper().replace("-", "")).status_code == 303
    assert signed_in(other)
    again = app.test_client()
    password_step(again, who)
    assert code_step(again, codes[0]).status_code == 422  # good once
    assert code_step(again, codes[1]).status_code == 303


def test_the_password_alone_signs_nobody_in(client: FlaskClient, teacher: Person, at: Clock) -> None:
    answer = password_step(client, teacher, next="/classes", remember="y")
    assert answer.status_code == 200
    assert not signed_in(client)
    assert client.get_cookie("coachapp_remember") is None
    answer = code_step(client, code_at(at.now), next="/classes")
    assert (answer.status_code, answer.location) == (303, "/classes")
    assert signed_in(client)
    assert client.get_cookie("coachapp_remember") is not None


def test_a_code_is_good_once_and_near_its_time(app: Flask, teacher: Person, at: Clock) -> None:
    first, second = app.test_client(), app.test_client()
    code = code_at(at.now)
    password_step(first, teacher)
    assert code_step(first, code).status_code == 303
    password_step(second, teacher)
    assert "was used already" in code_step(second, code).text
    assert code_step(second, code_at(at.now + STEP)).status_code == 303
    third = app.test_client()
    at.now += 10 * STEP
    password_step(third, teacher)
    assert code_step(third, code_at(at.now - 2 * STEP)).status_code == 422
    assert code_step(third, code_at(at.now - STEP)).status_code == 303


def test_codes_cannot_be_guessed_one_after_the_other(client: FlaskClient, teacher: Person, at: Clock) -> None:
    password_step(client, teacher)
    statuses = [code_step(client, f"{n:06}x").status_code for n in range(6)]
    assert statuses == [422] * 5 + [429]
    assert code_step(client, code_at(at.now)).status_code == 429


def test_the_second_step_waits_ten_minutes_and_for_nobody_else(
    app: Flask, client: FlaskClient, teacher: Person, at: Clock, db_session: Session
) -> None:
    assert code_step(client, code_at(at.now)).location == "/sign-in"  # no first step
    password_step(client, teacher)
    at.now += timedelta(seconds=601)
    assert code_step(client, code_at(at.now)).location == "/sign-in"
    assert "That took too long." in client.get("/sign-in").text
    password_step(client, teacher)
    teacher.sign_in_epoch += 1  # a new password, or signed out everywhere, in between
    db_session.commit()
    assert code_step(client, code_at(at.now)).location == "/sign-in"
    assert not signed_in(client)


def test_turning_it_off_and_new_codes_need_the_password(
    client: FlaskClient, teacher: Person, db_session: Session
) -> None:
    put_cookie(client, teacher)
    for act in ("off", "recovery"):
        answer = client.post(f"/profile/two-step/{act}", data={"confirm-current_password": "wrong"})
        assert answer.status_code == 422
        assert "This is not your current password." in answer.text
    data = {"confirm-current_password": PASSWORD}
    assert client.post("/profile/two-step/recovery", data=data).status_code == 303
    assert len(re.findall(r"<li><code>", client.get("/profile/two-step").text)) == 10
    assert client.post("/profile/two-step/off", data=data).status_code == 303
    db_session.rollback()
    assert db_session.scalars(select(TwoStep)).all() == []
    assert client.post("/profile/two-step/recovery", data=data).status_code == 409


def test_students_have_no_second_step(client: FlaskClient, person: MakePerson) -> None:
    put_cookie(client, person())
    assert client.get("/profile/two-step").status_code == 403
    assert "Two-step sign-in" not in client.get("/profile").text


def test_a_site_can_require_it(
    make_app: Callable[..., Flask], db_session: Session, person: MakePerson, at: Clock
) -> None:
    app = make_app(two_step="required")
    people = {role: person(role) for role in Role}
    for role in (Role.INSTRUCTOR, Role.ADMIN):
        client = app.test_client()
        put_cookie(client, people[role])
        for path in ("/today", "/profile", "/classes"):
            assert client.get(path).location == "/profile/two-step", path
        assert client.post("/classes", data={"name": "x"}).location == "/profile/two-step"
        assert client.get("/today", headers={"Accept": "application/json"}).status_code == 403
        page = client.get("/profile/two-step").text
        assert "This site requires two-step sign-in" in page
        secret = re.search(r"Key: <code[^>]*>([A-Z2-7 ]+)</code>", page).group(1).replace(" ", "")  # type: ignore[union-attr]
        assert client.post("/profile/two-step", data={"code": code_at(at.now, secret)}).status_code == 303
        assert client.get("/profile").status_code == 200
        assert client.post("/sign-out").status_code == 303
    student = app.test_client()
    put_cookie(student, people[Role.STUDENT])
    assert student.get("/profile").status_code == 200


def test_an_administrator_helps_who_lost_everything(
    app: Flask, client: FlaskClient, teacher: Person, person: MakePerson, db_session: Session
) -> None:
    put_cookie(client, person(Role.ADMIN))
    address = f"/admin/people/{teacher.id}"
    assert "Turn two-step sign-in off" in client.get(address).text
    assert client.post(f"{address}/two-step-off").status_code == 303
    assert "Turn two-step sign-in off" not in client.get(address).text
    assert client.post(f"{address}/two-step-off").status_code == 409
    other = app.test_client()
    assert password_step(other, teacher).status_code == 303
    assert db_session.scalars(select(AuditEntry.action).where(AuditEntry.subject == teacher.email)).all() == [
        AuditAction.TWO_STEP_OFF
    ]


def test_work_that_was_interrupted_survives_both_steps(app: Flask, teacher: Person, at: Clock) -> None:
    client = app.test_client()
    kept = client.post("/classes", data={"name": "Typed in vain?"}, headers={"Origin": "http://localhost"})
    assert kept.status_code == 401
    sealed = re.search(r'name="kept_work" value="([^"]+)"', kept.text).group(1)  # type: ignore[union-attr]
    page = password_step(client, teacher, kept_work=sealed).text
    assert sealed in page
    assert "Typed in vain?" in code_step(client, code_at(at.now), kept_work=sealed).text


@given(st.integers(0, 2**31), st.integers(-3, 3), st.integers(0, 3))
def test_only_codes_near_now_and_later_than_the_last_are_good(seconds: int, offset: int, behind: int) -> None:
    now = datetime.fromtimestamp(seconds + 1_000, tz=clock.now().tzinfo)
    current = int(now.timestamp()) // 30
    code = pyotp.TOTP(SECRET).at((current + offset) * 30)
    step = step_of_code(SECRET, code, now=now, after=current - behind)
    if step is not None:
        assert abs(step - current) <= 1
        assert step > current - behind
        assert pyotp.TOTP(SECRET).at(step * 30) == code
    elif abs(offset) <= 1 and offset > -behind:
        pytest.fail("a good code was refused")


@pytest.mark.parametrize("code", ["", "abc", "١٢٣٤٥٦", "\ud800", "9" * 40])
def test_what_is_no_code_is_wrong(code: str) -> None:
    assert step_of_code(SECRET, code, now=clock.now()) is None


def test_an_unknown_person_has_no_second_step(app: Flask) -> None:
    with app.test_client() as client, client.session_transaction() as session:
        session["second_step"] = ["999.0", False, int(clock.now().timestamp())]
    with app.app_context():
        assert db.session.scalars(select(TwoStep)).all() == []
    assert code_step(client, "123456").location == "/sign-in"
