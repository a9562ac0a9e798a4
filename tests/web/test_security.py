"""Headers, cookies and static files."""

import gzip
from collections.abc import Callable

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from coachapp.web.security import CONTENT_POLICY, HEADERS
from tests.conftest import SignIn


@pytest.mark.parametrize("path", ["/sign-in", "/nowhere", "/static/css/coach.css"])
def test_every_answer_carries_the_headers(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    for name, value in HEADERS.items():
        assert answer.headers[name] == value
    assert "Strict-Transport-Security" not in answer.headers
    answer.close()


def test_the_policy_allows_this_site_alone_and_nothing_inline() -> None:
    assert "default-src 'none'" in CONTENT_POLICY
    assert "unsafe" not in CONTENT_POLICY
    assert "*" not in CONTENT_POLICY
    assert "http" not in CONTENT_POLICY


def test_https_brings_secure_cookies_and_strict_transport(make_app: Callable[..., Flask]) -> None:
    answer = make_app(base_url="https://coach.example.org").test_client().get("/sign-in")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    cookie = answer.headers["Set-Cookie"]
    assert "Secure" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_https_reaches_subdomains_where_the_site_says_so(make_app: Callable[..., Flask]) -> None:
    app = make_app(base_url="https://coach.example.org", hsts_subdomains=True)
    header = app.test_client().get("/sign-in").headers["Strict-Transport-Security"]
    assert header == "max-age=31536000; includeSubDomains"


def test_pages_of_signed_in_people_are_stored_nowhere(client: FlaskClient, sign_in: SignIn) -> None:
    assert sign_in().get("/profile").headers["Cache-Control"] == "no-store"
    assert client.get("/sign-in").headers["Cache-Control"] == "no-cache, private"


def test_static_addresses_carry_their_content_and_are_kept_a_year(app: Flask, client: FlaskClient) -> None:
    with app.test_request_context():
        ours, theirs = (
            app.url_for("static", filename="css/coach.css"),
            app.url_for("bootstrap.static", filename="css/bootstrap.min.css"),
        )
    for url in (ours, theirs):
        assert "?v=" in url
        answer = client.get(url)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        answer.close()
        other = client.get(url[:-1] + ("0" if url[-1] != "0" else "1"))
        assert other.headers["Cache-Control"] == "no-cache"
        other.close()


def test_static_text_is_compressed_for_those_who_ask(client: FlaskClient) -> None:
    plain = client.get("/static/css/coach.css")
    packed = client.get("/static/css/coach.css", headers={"Accept-Encoding": "gzip, br"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data)
    assert "Accept-Encoding" in packed.headers["Vary"]
    again = client.get(
        "/static/css/coach.css", headers={"Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]}
    )
    assert (again.status_code, again.data) == (304, b"")
    again.close()
    plain.close()


def test_a_missing_static_file_has_an_address_and_a_404(app: Flask, client: FlaskClient) -> None:
    with app.test_request_context():
        assert app.url_for("static", filename="nothing.css") == "/static/nothing.css"
    assert client.get("/static/nothing.css").status_code == 404
    assert client.get("/static/../app.py").status_code == 404


@pytest.mark.parametrize(
    ("proxies", "host", "address"), [(0, "localhost", "127.0.0.1"), (1, "seen.example", "203.0.113.9")]
)
def test_forwarded_headers_count_only_behind_a_proxy(
    make_app: Callable[..., Flask], proxies: int, host: str, address: str
) -> None:
    app, seen = make_app(behind_proxy=proxies), []
    app.before_request_funcs[None].insert(0, lambda: seen.append((request.host, request.remote_addr)))
    app.test_client().get(
        "/sign-in",
        headers={"X-Forwarded-Host": "seen.example", "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"},
    )
    assert seen == [(host, address)]
