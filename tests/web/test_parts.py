"""Small parts: context, filters, forms, paging, passwords."""

import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from wtforms import Form

from coachapp.models.people import Person
from coachapp.web import filters
from coachapp.web.context import from_this_machine, local_path, wants_json
from coachapp.web.forms import EmailField
from coachapp.web.paging import page_number, paginate
from coachapp.web.passwords import hash_password, problem_with, verify, verify_and_renew
from coachapp.web.wording import slug_words
from tests.conftest import MakePerson


@pytest.mark.parametrize("target", ["/", "/cases?a=1&b=2", "/cases/x#y", "/a:b", "/%2F"])
def test_a_path_here_is_a_local_path(target: str) -> None:
    assert local_path(target) == target


@pytest.mark.parametrize(
    "target",
    [
        None,
        "",
        "cases",
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/a\nb",
        "/a b",
        "/a\\b",
        "/\t/evil.example",
        "/" + "x" * 2000,
    ],
)
def test_anything_else_is_no_local_path(target: str | None) -> None:
    assert local_path(target) is None


@pytest.mark.parametrize(
    ("address", "host", "headers", "near"),
    [
        ("127.0.0.1", "localhost", {}, True),
        ("127.0.0.1", "127.0.0.1:5000", {}, True),
        ("::1", "[::1]:5000", {}, True),
        ("192.168.1.5", "localhost", {}, False),
        ("127.0.0.1", "coach.example.org", {}, False),
        ("127.0.0.1", "localhost", {"X-Forwarded-For": "1.2.3.4"}, False),
        ("127.0.0.1", "localhost", {"Forwarded": "for=1.2.3.4"}, False),
    ],
)
def test_from_this_machine(app: Flask, address: str, host: str, headers: dict[str, str], near: bool) -> None:
    with app.test_request_context(
        base_url=f"http://{host}", headers=headers, environ_overrides={"REMOTE_ADDR": address}
    ):
        assert from_this_machine() is near


@pytest.mark.parametrize("changes", [{"behind_proxy": 1}, {"base_url": "https://coach.example.org"}])
def test_nobody_is_on_this_machine_where_the_site_is_public(
    make_app: Callable[..., Flask], changes: dict[str, Any]
) -> None:
    with make_app(**changes).test_request_context(environ_overrides={"REMOTE_ADDR": "127.0.0.1"}):
        assert not from_this_machine()


@pytest.mark.parametrize(
    ("headers", "json"),
    [
        ({}, False),
        ({"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}, False),
        ({"Accept": "application/json"}, True),
        ({"Accept": "application/json, text/html;q=0.5"}, True),
        ({"Content-Type": "application/json"}, True),
    ],
)
def test_wants_json(app: Flask, headers: dict[str, str], json: bool) -> None:
    with app.test_request_context(headers=headers):
        assert wants_json() is json


def test_moments_are_written_in_the_readers_zone(make_app: Callable[..., Flask]) -> None:
    app = make_app(time_zone="America/Chicago")
    moment = datetime(2026, 7, 4, 3, 5, tzinfo=UTC)
    with app.test_request_context():
        assert filters.when(moment) == '<time datetime="2026-07-04T03:05:00+00:00">Jul 3, 2026, 10:05 PM</time>'
        assert filters.when(datetime(2026, 1, 1, 18, 0, tzinfo=UTC)).endswith("Jan 1, 2026, 12:00 PM</time>")
        assert filters.day(moment) == "Jul 3, 2026"
        assert filters.day(date(2026, 7, 4)) == "Jul 4, 2026"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (61, "1 minute 1 second"),
        (3600, "1 hour"),
        (93_784, "1 day 2 hours"),
        (-5, "0 seconds"),
        (59.6, "1 minute"),
    ],
)
def test_duration(seconds: float, words: str) -> None:
    assert filters.duration(seconds) == words


@pytest.mark.parametrize(("share", "words"), [(None, "–"), (0, "0%"), (0.666, "67%"), (1, "100%")])
def test_percent(share: float | None, words: str) -> None:
    assert filters.percent(share) == words


@pytest.mark.parametrize(
    ("slug", "words"), [("cardiology", "Cardiology"), ("behavioral-health", "Behavioral health"), (None, "")]
)
def test_slugs_are_written_as_words_in_code_and_templates(app: Flask, slug: str | None, words: str) -> None:
    assert slug_words(slug) == words
    assert app.jinja_env.from_string("{{ slug | slug_words }}").render(slug=slug) == words


class OneEmail(Form):
    """A form with an address."""

    email = EmailField()


def test_an_address_is_normalised() -> None:
    form = OneEmail(MultiDict({"email": "  Ana.MÜLLER@Example.ORG "}))
    assert form.validate()
    assert form.email.data == "ana.müller@example.org"


@pytest.mark.parametrize("typed", ["", "ana", "ana@", "ana@@example.org", "ana@example", "a b@example.org"])
def test_a_wrong_address_says_what_is_wrong(typed: str) -> None:
    form = OneEmail(MultiDict({"email": typed}))
    assert not form.validate()
    assert form.email.errors
    assert "nvalid input" not in str(form.email.errors)


@pytest.mark.parametrize(
    ("typed", "number"), [(None, 1), ("", 1), ("0", 1), ("-3", 1), ("x", 1), ("²", 1), ("7", 7), ("9" * 30, 1)]
)
def test_page_number(typed: str | None, number: int) -> None:
    assert page_number(typed) == number


def test_past_the_last_page_comes_the_last(person: MakePerson, db_session: Session) -> None:
    for _ in range(5):
        person()
    query = select(Person).order_by(Person.id)
    page = paginate(db_session, query, number=2, per_page=2)
    assert ([p.id for p in page.rows], page.pages, page.total) == ([3, 4], 3, 5)
    last = paginate(db_session, query, number=99, per_page=2)
    assert ([p.id for p in last.rows], last.number) == ([5], 3)
    empty = paginate(db_session, query.where(Person.id < 0), number=1)
    assert (list(empty.rows), empty.pages, empty.number) == ([], 1, 1)


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("short", "at least 10"),
        ("x" * 201, "at most 200"),
        ("Ana.Smith@example.org", "other than your email"),
        ("ana.smith@example.org", "other than your email"),
        ("password123", "first that people try"),
        ("Qwertyuiop1!", "first that people try"),
        ("1234567890", "first that people try"),
        ("aaaaaaaaaaaa", "first that people try"),
    ],
)
def test_weak_passwords_are_refused_with_the_reason(password: str, words: str) -> None:
    assert words in str(problem_with(password, "ana.smith@example.org"))


@pytest.mark.parametrize("password", ["tulip gravel orbit", "пароль-для-меня", "x7#kQ!9vLp"])
def test_good_passwords_are_taken(password: str) -> None:
    assert problem_with(password, "ana@example.org") is None


def test_a_hash_fits_its_password_alone_and_nobodys_fits_none() -> None:
    kept = hash_password("tulip gravel orbit")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert verify(kept, "tulip gravel orbit")
    assert not verify(kept, "tulip gravel orbi")
    assert not verify(None, "nobody has this password")
    assert not verify("garbled", "tulip gravel orbit")
    assert verify_and_renew(kept, "tulip gravel orbit") == (True, None)
    assert verify_and_renew(None, "tulip gravel orbit") == (False, None)


def test_a_hash_made_with_other_settings_is_made_anew() -> None:
    older = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash("tulip gravel orbit")
    fits, renewed = verify_and_renew(older, "tulip gravel orbit")
    assert fits
    assert verify_and_renew(renewed, "tulip gravel orbit") == (True, None)


TYPED = ("crème brûlée ﬁx 9", "creme brulee fix 9", "пароль-для-меня", "パスワード ｶﾞｷﾞｸﾞ 9")


@pytest.mark.parametrize("secret", TYPED)
@pytest.mark.parametrize("made", ["NFC", "NFD", "NFKC", "NFKD"])
@pytest.mark.parametrize("typed", ["NFC", "NFD", "NFKC", "NFKD"])
def test_a_password_fits_in_whatever_form_a_keyboard_sends_it(secret: str, made: str, typed: str) -> None:
    kept = hash_password(unicodedata.normalize(made, secret))  # type: ignore[arg-type]
    assert verify_and_renew(kept, unicodedata.normalize(typed, secret)) == (True, None)  # type: ignore[arg-type]
    assert not verify(kept, unicodedata.normalize(typed, secret) + "x")  # type: ignore[arg-type]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("typed", ["NFC", "NFD"])
def test_a_hash_of_a_password_as_it_was_typed_still_fits_and_is_made_anew(form: str, typed: str) -> None:
    secret = "crème brûlée ﬁx 9"  # the ligature is no part of a normal form
    older = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1).hash(unicodedata.normalize(form, secret))  # type: ignore[arg-type]
    fits, renewed = verify_and_renew(older, unicodedata.normalize(typed, secret))  # type: ignore[arg-type]
    assert fits
    assert verify_and_renew(renewed, "crème brûlée fix 9") == (True, None)


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("e\u0301" * 5, "at least 10"),  # ten code points, five characters
        (unicodedata.normalize("NFD", "éxáyízóuñk"), None),
        ("\ufdfa", "at least 10"),  # one sign whose normal form has eighteen
        ("é" * 200, "first that people try"),
        ("éabcdefghi" * 20, None),
        (unicodedata.normalize("NFD", "éabcdefghi" * 20), None),
        ("éabcdefghi" * 20 + "x", "at most 200"),
        ("a1b2c3d4e5" * 100_000, "at most 200"),
        ("secret \udce9 phrase", "is no text"),
        ("ＰＡＳＳＷＯＲＤ１２３", "first that people try"),
        ("ａｎａ@example.org", "other than your email"),
        ("ana@exam\u00adple.org", "other than your email"),
    ],
)
def test_the_length_and_strength_of_a_password_are_those_of_its_characters(password: str, problem: str | None) -> None:
    found = problem_with(password, "ana@example.org")
    assert (found is None) if problem is None else problem in str(found)
    if problem is None:
        assert verify(hash_password(password), unicodedata.normalize("NFD", password))


def test_a_password_that_is_no_text_fits_nothing() -> None:
    assert not verify(hash_password("tulip gravel orbit"), "tulip gravel orbit\udce9")
