"""Failed requests: a page or JSON, in words, with a way back."""

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from coachapp.models import db
from coachapp.web import access
from coachapp.web.errors import TEXTS

SAME = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def failing(app: Flask) -> FlaskClient:
    """Return a client of an app with /fail/<code>, /boom, /race and /busy."""

    @access.public
    def fail(code: int) -> str:
        abort(code)

    @access.public
    def boom() -> str:
        raise ValueError("the secret inside")

    @access.public
    def race() -> str:
        for _ in range(2):
            db.session.execute(text("INSERT INTO concept VALUES ('a', 's', 't', 'l', 'x')"))
        return ""

    @access.public
    def busy() -> str:
        raise OperationalError("x", {}, Exception("database is locked"))

    @access.public
    def worded() -> str:
        abort(410, "The exam was withdrawn.")

    for view in (boom, race, busy, worded):
        app.add_url_rule(f"/{view.__name__}", view.__name__, view, methods=["GET", "POST"])
    app.add_url_rule("/fail/<int:code>", "fail", fail, methods=["GET", "POST"])
    app.testing = False
    return app.test_client()


@pytest.mark.parametrize("code", [code for code in TEXTS if code != 503])
def test_each_code_has_a_page_in_words(failing: FlaskClient, code: int) -> None:
    answer = failing.get(f"/fail/{code}")
    assert answer.status_code == code
    title, what = TEXTS[code]
    assert f"<h1>{title}</h1>" in answer.text
    assert what in answer.text
    assert "Nothing you saved is affected." in answer.text
    assert 'href="/"' in answer.text


@pytest.mark.parametrize("code", [400, 403, 404, 409, 422, 500])
def test_scripts_get_json(failing: FlaskClient, code: int) -> None:
    answer = failing.get(f"/fail/{code}", headers={"Accept": "application/json"})
    assert answer.status_code == code
    assert answer.json == {"error": TEXTS[code][1], "status": code}


def test_words_of_the_view_come_first(failing: FlaskClient) -> None:
    assert "The exam was withdrawn." in failing.get("/worded").text


def test_a_fault_shows_no_insides_and_offers_the_work_back(failing: FlaskClient) -> None:
    answer = failing.post("/boom?x=1", data={"note": "two words", "row": ["a", "b"], "csrf_token": "t"}, headers=SAME)
    assert answer.status_code == 500
    assert "secret inside" not in answer.text
    assert "Nothing you typed is lost" in answer.text
    assert 'action="/boom?x=1"' in answer.text
    assert '<input type="hidden" name="note" value="two words">' in answer.text
    assert answer.text.index('name="row" value="a"') < answer.text.index('name="row" value="b"')
    assert 'value="t"' not in answer.text


def test_a_fault_keeps_no_password_in_the_page(failing: FlaskClient) -> None:
    answer = failing.post("/boom", data={"email": "a@b.example", "password": "hush hush hush"}, headers=SAME)
    assert "hush" not in answer.text
    assert "was not saved" in answer.text


def test_a_form_from_elsewhere_is_not_offered_back(failing: FlaskClient) -> None:
    answer = failing.post("/boom", data={"note": "x"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert 'name="note"' not in answer.text


def test_a_lost_race_is_409_and_a_locked_database_503(failing: FlaskClient) -> None:
    assert failing.post("/race").status_code == 409
    assert failing.post("/busy").status_code == 503


def test_too_much_at_once_is_413(failing: FlaskClient) -> None:
    answer = failing.post("/reset", data=b"x=" + b"y" * 1_000_001, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 413
    assert "larger than one megabyte" in answer.text


def test_a_wrong_method_names_the_right_ones(client: FlaskClient) -> None:
    answer = client.get("/sign-out")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize(
    ("referrer", "back"),
    [
        ("http://localhost/reset?a=1", "/reset?a=1"),
        ("http://evil.example/x", "/"),
        ("http://localhost//evil.example", "/"),
        ("", "/"),
    ],
)
def test_the_way_back_is_the_page_before_if_it_is_ours(client: FlaskClient, referrer: str, back: str) -> None:
    answer = client.get("/nowhere", headers={"Referer": referrer, "Sec-Fetch-Site": "same-origin"})
    assert f'href="{back}">Go back' in answer.text


def test_a_fault_in_the_error_page_still_answers(failing: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coachapp.web.errors.render_template", lambda *a, **k: 1 / 0)
    answer = failing.get("/boom")
    assert answer.status_code == 500
    assert answer.text.startswith("Something went wrong on our side.")


def test_a_failed_request_leaves_nothing_half_written(app: Flask, failing: FlaskClient) -> None:
    failing.post("/race")
    with app.app_context():
        assert db.session.execute(text("SELECT count(*) FROM concept")).scalar() == 0
