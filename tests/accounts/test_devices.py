"""Devices that are signed in, and devices that are known: what ends, what is listed, what a lock does not reach."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coachapp import clock
from coachapp.models.people import Person, ThrottleKind
from coachapp.models.signins import DeviceSignIn
from coachapp.web.devices import COOKIE, MOST_ACCOUNTS, device_name
from coachapp.web.reset_tokens import make_reset_token
from coachapp.web.throttle import POLICIES
from tests.conftest import PASSWORD, SECRET, MakePerson, SignIn

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile Safari/604.1"
NEW = {"password": "another horse staple", "password_again": "another horse staple"}


def post(client: FlaskClient, email: str, password: str = PASSWORD, *, agent: str = FIREFOX, **more: str) -> Any:
    """Post the sign-in form."""
    data = {"email": email, "password": password, **more}
    return client.post("/sign-in", data=data, headers={"User-Agent": agent})


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        """Begin at the real time."""
        self.now = clock.now()

    def __call__(self) -> datetime:
        """Return the time."""
        return self.now


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return a clock that stands."""
    standing = Clock()
    monkeypatch.setattr(clock, "now", standing)
    return standing


def signed_in(client: FlaskClient) -> bool:
    """Say whether a client's cookies still count."""
    return client.get("/profile").status_code == 200


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox on Windows"),
        (IPHONE, "Safari on iPhone"),
        ("Mozilla/5.0 (X11; CrOS x86_64 1) AppleWebKit/537.36 Chrome/140.0 Safari/537.36", "Chrome on ChromeOS"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 SamsungBrowser/28.0", "Samsung Internet on Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 15_5) AppleWebKit/605.1.15 Version/18.5 Safari/605", "Safari on Mac"),
        ("Mozilla/5.0 (X11; Linux x86_64)", "A browser on Linux"),
        ("curl/8.0", "Unknown device"),
        ("", "Unknown device"),
        ("<script>" * 1000, "Unknown device"),
    ],
)
def test_a_device_is_named_as_its_owner_would(agent: str, name: str) -> None:
    assert device_name(agent) == name


def test_signing_out_ends_the_sign_in_on_the_server(app: Flask, person: MakePerson) -> None:
    who, client, thief = person(), app.test_client(), app.test_client()
    post(client, who.email, remember="y")
    for name in ("coachapp", "coachapp_remember"):
        cookie = client.get_cookie(name)
        assert cookie is not None
        thief.set_cookie(name, cookie.value)
    assert signed_in(thief)
    client.post("/sign-out")
    assert not signed_in(thief)
    thief.delete_cookie("coachapp")
    assert not signed_in(thief)


def test_signing_out_leaves_the_other_devices(app: Flask, person: MakePerson) -> None:
    who, here, there = person(), app.test_client(), app.test_client()
    post(here, who.email)
    post(there, who.email)
    here.post("/sign-out")
    assert signed_in(there)


@pytest.mark.parametrize(("remember", "days"), [({}, 7), ({"remember": "y"}, 30)])
def test_a_sign_in_has_an_end_however_often_it_is_used(
    app: Flask, person: MakePerson, at: Clock, remember: dict[str, str], days: int
) -> None:
    client = app.test_client()
    post(client, person().email, **remember)
    for _ in range(days * 2 - 1):
        at.now += timedelta(hours=12)
        assert signed_in(client)
    at.now += timedelta(hours=12)
    assert not signed_in(client)


def test_the_profile_lists_devices_and_ends_them(app: Flask, person: MakePerson, at: Clock) -> None:
    who, here, there = person(), app.test_client(), app.test_client()
    post(here, who.email)
    post(there, who.email, agent=IPHONE, remember="y")
    at.now += timedelta(minutes=45)
    there.get("/profile")
    page = here.get("/profile").text
    assert page.index("Safari on iPhone") < page.index("Firefox on Windows")  # the one seen last first
    assert page.count("This device") == 1
    assert page.count("Stays signed in until") == 1
    assert here.post("/profile/devices/2/sign-out").status_code == 303
    assert not signed_in(there)
    assert "Safari on iPhone" not in here.get("/profile").text
    assert here.post("/profile/devices/2/sign-out").status_code == 404
    assert here.post("/profile/devices/1/sign-out").location == "/sign-in"
    assert not signed_in(here)


def test_when_a_device_was_seen_is_noted_every_half_hour(
    client: FlaskClient, person: MakePerson, db_session: Session, at: Clock
) -> None:
    post(client, person().email)
    start = at.now
    for minutes, seen in ((20, 0), (31, 31), (50, 31), (62, 62)):
        at.now = start + timedelta(minutes=minutes)
        client.get("/profile")
        db_session.rollback()
        noted = db_session.scalars(select(DeviceSignIn.seen_at)).one()
        assert noted == start + timedelta(minutes=seen)


def test_a_new_password_and_signing_out_everywhere_leave_no_sign_in(
    app: Flask, person: MakePerson, db_session: Session
) -> None:
    who, here, there = person(), app.test_client(), app.test_client()

    def count() -> int:
        db_session.rollback()
        return db_session.scalar(select(func.count()).select_from(DeviceSignIn)) or 0

    post(here, who.email)
    post(there, who.email)
    assert count() == 2
    here.post("/profile/password", data={"current_password": PASSWORD, **NEW})
    assert (count(), signed_in(here), signed_in(there)) == (1, True, False)
    here.post("/profile/sign-out-everywhere")
    assert (count(), signed_in(here)) == (0, False)


def test_sign_ins_that_ended_are_cleared_away(
    client: FlaskClient, person: MakePerson, db_session: Session, at: Clock
) -> None:
    who = person()
    post(client, who.email)
    at.now += timedelta(days=8)
    post(client, who.email)
    assert [row.created_at for row in db_session.scalars(select(DeviceSignIn))] == [at.now]


def lock(app: Flask, email: str) -> None:
    """Lock an account from somewhere else."""
    stranger = app.test_client()
    stranger.environ_base = {**stranger.environ_base, "REMOTE_ADDR": "203.0.113.9"}
    statuses = [post(stranger, email, "wrong").status_code for _ in range(POLICIES[ThrottleKind.ACCOUNT].free + 1)]
    assert statuses[-1] == 429


def test_nobody_locks_a_person_out_of_a_device_they_used_before(app: Flask, person: MakePerson) -> None:
    who, here, new = person(), app.test_client(), app.test_client()
    post(here, who.email)
    here.post("/sign-out")
    lock(app, who.email)
    assert post(new, who.email).status_code == 429
    assert post(here, who.email).status_code == 303


def test_a_device_is_known_for_its_own_accounts_only(app: Flask, person: MakePerson) -> None:
    who, other, here = person(), person(), app.test_client()
    post(here, other.email)
    here.post("/sign-out")
    lock(app, who.email)
    assert post(here, who.email).status_code == 429


def test_a_forged_device_cookie_is_nothing(app: Flask, person: MakePerson) -> None:
    who, client = person(), app.test_client()
    lock(app, who.email)
    for value in ("", "x", "WyJuIixbIjEuMCJdXQ.AAAA"):
        client.set_cookie(COOKIE, value)
        assert post(client, who.email).status_code == 429


def test_a_device_that_guesses_is_held_up_itself(app: Flask, person: MakePerson) -> None:
    who, here = person(), app.test_client()
    post(here, who.email)
    here.post("/sign-out")
    statuses = [post(here, who.email, "wrong").status_code for _ in range(POLICIES[ThrottleKind.DEVICE].free + 1)]
    assert statuses == [422] * POLICIES[ThrottleKind.DEVICE].free + [429]


def test_signing_out_everywhere_makes_every_device_unknown(app: Flask, person: MakePerson) -> None:
    who, here = person(), app.test_client()
    post(here, who.email)
    here.post("/profile/sign-out-everywhere")
    lock(app, who.email)
    assert post(here, who.email).status_code == 429


def test_a_shared_computer_is_known_to_the_last_ten(app: Flask, person: MakePerson) -> None:
    people, here = [person() for _ in range(MOST_ACCOUNTS + 1)], app.test_client()
    for who in people:
        post(here, who.email)
        here.post("/sign-out")
    for who, status in ((people[0], 429), (people[1], 303)):
        lock(app, who.email)
        assert post(here, who.email).status_code == status


def test_a_new_password_by_link_forgets_the_lock(app: Flask, client: FlaskClient, person: MakePerson) -> None:
    who = person()
    lock(app, who.email)
    assert client.post(f"/reset/link/{make_reset_token(who, SECRET)}", data=NEW).status_code == 303
    assert post(client, who.email, NEW["password"]).status_code == 303
    assert post(app.test_client(), who.email, NEW["password"]).status_code == 303


def fill(email: str) -> dict[str, str]:
    """Return a form for a new account."""
    return {"name": "A", "email": email, "password": PASSWORD, "password_again": PASSWORD}


def policy(monkeypatch: pytest.MonkeyPatch, kind: ThrottleKind, free: int) -> None:
    """Give a kind fewer free tries, so that a test need not make hundreds."""
    from dataclasses import replace

    monkeypatch.setitem(POLICIES, kind, replace(POLICIES[kind], free=free))


def test_new_accounts_from_one_network_are_held_up_and_the_form_is_kept(
    app: Flask, monkeypatch: pytest.MonkeyPatch, at: Clock, db_session: Session
) -> None:
    policy(monkeypatch, ThrottleKind.REGISTER, 2)
    for n in range(2):
        assert app.test_client().post("/register", data=fill(f"a{n}@example.org")).status_code == 303
    answer = app.test_client().post("/register", data=fill("late@example.org"))
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "30")
    assert "Try again in 30 seconds" in answer.text
    assert 'value="late@example.org"' in answer.text
    far = app.test_client()
    far.environ_base = {**far.environ_base, "REMOTE_ADDR": "203.0.113.9"}
    assert far.post("/register", data=fill("far@example.org")).status_code == 303
    forged = app.test_client().post("/register", data=fill("x@example.org"), headers={"X-Forwarded-For": "10.1.1.1"})
    assert forged.status_code == 429
    at.now += timedelta(seconds=31)
    assert app.test_client().post("/register", data=fill("late@example.org")).status_code == 303
    db_session.rollback()
    assert db_session.scalar(select(func.count()).select_from(Person)) == 4


def test_links_for_a_password_are_held_up_by_network(app: Flask, monkeypatch: pytest.MonkeyPatch, at: Clock) -> None:
    policy(monkeypatch, ThrottleKind.RESET, 2)
    for n in range(2):
        assert app.test_client().post("/reset", data={"email": f"a{n}@example.org"}).status_code == 303
    answer = app.test_client().post("/reset", data={"email": "a@example.org"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "30")
    assert 'value="a@example.org"' in answer.text


def test_class_codes_cannot_be_tried_one_after_the_other(sign_in: SignIn, at: Clock) -> None:
    client, other = sign_in(), sign_in()
    free = POLICIES[ThrottleKind.JOIN].free
    statuses = [client.post("/join", data={"code": f"CODE{n}"}).status_code for n in range(free + 1)]
    assert statuses == [422] * free + [429]
    assert other.post("/join", data={"code": "CODE"}).status_code == 422
