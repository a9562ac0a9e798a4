"""Posted work survives a stale page and an ended sign-in."""

import html
import re
from typing import Any

import pytest
from flask import Flask, request

from coachapp.web import access, resend
from tests.conftest import PASSWORD, MakePerson, SignIn

SAME = {"Sec-Fetch-Site": "same-origin"}
WORK = {"code": ["S52.501A", "I10"], "note": 'line one\r\nline "two" <b>', "empty": ""}


@pytest.fixture
def desk(app: Flask) -> Flask:
    """Return the app with /desk, which takes posted work of signed-in people, and /open, which takes anyone's."""
    seen: list[Any] = []

    @access.signed_in
    def work(page: int) -> str:
        seen.append((page, request.args.to_dict(), list(request.form.items(multi=True))))
        return "taken"

    @access.public
    def opened() -> str:
        return "taken"

    app.add_url_rule("/desk/<int:page>", "desk", work, methods=["POST"])
    app.add_url_rule("/open", "open", opened, methods=["POST"])
    app.extensions["seen"] = seen
    return app


def hidden(page: str) -> list[tuple[str, str]]:
    """Return the hidden fields of a page, in order."""
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page, re.DOTALL)
    return [(html.unescape(name), html.unescape(value)) for name, value in found]


def kept_of(page: str) -> str:
    """Return the sealed work a sign-in page carries."""
    return dict(hidden(page))[resend.FIELD]


def test_work_posted_after_the_sign_in_ended_is_sent_after_signing_in_again(desk: Flask, person: MakePerson) -> None:
    who, client = person(), desk.test_client()
    answer = client.post("/desk/7?tab=2", data=WORK, headers=SAME)
    assert answer.status_code == 401
    assert "What you typed is kept" in answer.text
    wrong = client.post("/sign-in", data={"email": who.email, "password": "not it", resend.FIELD: kept_of(answer.text)})
    assert wrong.status_code == 422
    again = client.post("/sign-in", data={"email": who.email, "password": PASSWORD, resend.FIELD: kept_of(wrong.text)})
    assert again.status_code == 200
    assert "has not been saved yet" in again.text
    assert 'action="/desk/7?tab=2"' in again.text
    fields = [pair for pair in hidden(again.text.split("</header>")[1]) if pair[0] != "csrf_token"]
    assert client.post("/desk/7?tab=2", data={n: [v for m, v in fields if m == n] for n, _ in fields}).text == "taken"
    wanted = [("code", "S52.501A"), ("code", "I10"), ("note", WORK["note"]), ("empty", "")]
    assert desk.extensions["seen"] == [(7, {"tab": "2"}, wanted)]


def test_a_stale_token_gives_the_work_back_with_a_fresh_one(desk: Flask, sign_in: SignIn) -> None:
    desk.config["WTF_CSRF_ENABLED"] = True
    client = sign_in()
    answer = client.post("/desk/7", data={**WORK, "csrf_token": "stale"}, headers=SAME)
    assert answer.status_code == 400
    assert "This page went stale" in answer.text
    assert "Nothing you typed is lost" in answer.text
    fields = hidden(answer.text.split("</header>")[1])
    assert ("note", WORK["note"]) in fields
    sent = client.post("/desk/7", data={n: [v for m, v in fields if m == n] for n, _ in fields}, headers=SAME)
    assert sent.text == "taken"


def test_a_stale_sign_in_form_does_not_show_the_password(desk: Flask) -> None:
    desk.config["WTF_CSRF_ENABLED"] = True
    answer = desk.test_client().post("/sign-in", data={"email": "a@b.example", "password": "hush hush"}, headers=SAME)
    assert answer.status_code == 400
    assert "hush" not in answer.text
    assert "was not saved" in answer.text


def test_scripts_with_a_stale_token_get_json(desk: Flask, sign_in: SignIn) -> None:
    desk.config["WTF_CSRF_ENABLED"] = True
    answer = sign_in().post("/desk/7", json={"a": 1}, headers=SAME)
    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["status"] == 400


def test_a_token_in_the_header_is_taken(desk: Flask, sign_in: SignIn) -> None:
    desk.config["WTF_CSRF_ENABLED"] = True
    client = sign_in()
    token = dict(hidden(client.get("/profile").text))["csrf_token"]
    assert client.post("/desk/7", json={}, headers={"X-CSRFToken": token}).text == "taken"


@pytest.mark.parametrize(
    ("data", "headers"),
    [
        (WORK, {"Sec-Fetch-Site": "cross-site"}),
        (WORK, {"Origin": "http://evil.example"}),
        (WORK, {"Origin": "null"}),
        (WORK, {}),
        ({"new_password": "hush hush"}, SAME),
        ({"note": "x" * (resend.MAX_CHARS + 1)}, SAME),
    ],
    ids=["other site", "other origin", "no origin", "silent", "password", "too large"],
)
def test_what_may_not_be_kept_is_not(desk: Flask, data: dict[str, Any], headers: dict[str, str]) -> None:
    answer = desk.test_client().post("/desk/7", data=data, headers=headers)
    assert answer.status_code == 401
    assert resend.FIELD not in answer.text
    assert "Sign in, then go back and send the form again" in answer.text


def test_our_own_origin_without_fetch_metadata_is_enough(desk: Flask) -> None:
    answer = desk.test_client().post("/desk/7", data=WORK, headers={"Origin": "http://localhost"})
    assert kept_of(answer.text)


def seal(app: Flask, url: str, key: str | None = None) -> str:
    """Return work for `url` sealed with a key, the app's own if none is given."""
    own = app.secret_key
    try:
        app.secret_key = key or own
        with app.test_request_context():
            return resend.seal(resend.KeptWork(url=url, fields=(("note", "x"),)))
    finally:
        app.secret_key = own


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "//evil.example/desk/7",
        "/nowhere",
        "/desk/x",
        "/open",
        "/sign-in",
        "/profile/nothing",
        "/\\evil",
    ],
)
def test_work_for_a_page_that_takes_none_is_dropped(desk: Flask, person: MakePerson, url: str) -> None:
    who = person()
    data = {"email": who.email, "password": PASSWORD, resend.FIELD: seal(desk, url)}
    assert desk.test_client().post("/sign-in", data=data).status_code == 303


@pytest.mark.parametrize("kept", ["garbled", "", "a.b.c"])
def test_garbled_work_is_dropped(desk: Flask, person: MakePerson, kept: str) -> None:
    data = {"email": person().email, "password": PASSWORD, resend.FIELD: kept}
    assert desk.test_client().post("/sign-in", data=data).status_code == 303


def test_forged_work_is_dropped_and_genuine_kept(desk: Flask, person: MakePerson) -> None:
    who = person()
    for key, status in (("another key altogether", 303), (None, 200)):
        data = {"email": who.email, "password": PASSWORD, resend.FIELD: seal(desk, "/desk/7", key)}
        assert desk.test_client().post("/sign-in", data=data).status_code == status
