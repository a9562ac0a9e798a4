"""Numbers, dates and JSON out of range, in every address, query and form, on both databases: refused, never a fault."""

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.routing import Rule

import coachapp
from coachapp.domain.permissions import Role
from coachapp.domain.strictjson import MOST_DEPTH, BadJson, read_json
from coachapp.models import db
from coachapp.models.schema import upgrade
from coachapp.web.asked import MOST_NUMBER, moment, whole_number
from tests.conftest import SignIn
from tests.exams.conftest import begin, stock
from tests.test_rules_pages import arguments, pages

__all__ = ["arguments", "begin", "stock"]

MARK = 987_654_321
TOO_LARGE = ("0", str(2**31), str(2**63), str(2**64), str(10**30))
NO_NUMBERS = ("-1", "٣", "1e3", "1_0", "1%00", "9" * 500)
HOSTILE = (
    "99999999999999999999",
    "-1",
    "٣",
    "NaN",
    "0001-01-01",
    "9999-12-31",
    "0001-01-01T00:00+14:00",
    "9999-12-31T23:59",
    "[" * 5000,
    "a\x00b",
)
# Signing out in the middle would end the walk, not try it.
ENDS_THE_WALK = {"/sign-out", "/profile/sign-out-everywhere"}


@pytest.fixture(params=["sqlite", "postgresql"])
def app(request: pytest.FixtureRequest, make_app: Callable[..., Flask]) -> Flask:
    """Return an app on each database."""
    if request.param == "sqlite":
        return make_app()
    made = make_app(database_url=request.getfixturevalue("postgres_url"))
    with made.app_context():
        upgrade(db.engine)
    return made


@pytest.fixture
def visitors(arguments: dict[str, Any], sign_in: SignIn) -> dict[Role, FlaskClient]:
    """Return a client of each role on a site where every page has something to show."""
    return {role: sign_in(arguments["people"][role]) for role in Role}


def numbered(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Yield every rule of the site and each of its arguments that is a number."""
    for rule in app.url_map.iter_rules():
        for name, converter in rule._converters.items():
            if type(converter).__name__ in ("Number", "IntegerConverter"):
                yield rule, name


def addresses(app: Flask, arguments: dict[str, Any], values: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield every method and address with each number of it put out of range in turn."""
    with app.test_request_context():
        for rule, name in numbered(app):
            known = {**arguments, **dict.fromkeys(("link_id", "membership_id", "removed_id", "sign_in_id"), 1)}
            known["decision"] = "admit"
            url = app.url_for(rule.endpoint, **{one: known[one] for one in rule.arguments} | {name: MARK})
            for value in values:
                for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                    yield method, url.replace(str(MARK), value)


def test_a_number_out_of_range_in_an_address_is_not_there(
    app: Flask, arguments: dict[str, Any], visitors: dict[Role, FlaskClient]
) -> None:
    tried = 0
    for method, url in addresses(app, arguments, TOO_LARGE):
        for role, client in visitors.items():
            answer = client.open(url, method=method)
            assert answer.status_code in (404, 403, 405), f"{role} {method} {url[:80]}: {answer.status_code}"
            tried += 1
    assert tried > 500


def test_what_is_no_number_in_an_address_is_not_there(
    app: Flask, arguments: dict[str, Any], visitors: dict[Role, FlaskClient]
) -> None:
    for method, url in addresses(app, arguments, NO_NUMBERS):
        answer = visitors[Role.ADMIN].open(quote(url, safe="/%+."), method=method)
        assert answer.status_code in (400, 404, 405), f"{method} {url}: {answer.status_code}"


def test_what_is_numbered_beyond_the_last_row_is_not_there_either(
    app: Flask, arguments: dict[str, Any], visitors: dict[Role, FlaskClient]
) -> None:
    for method, url in addresses(app, arguments, (str(MOST_NUMBER), "2000000000")):
        for client in visitors.values():
            assert client.open(url, method=method).status_code in (404, 403, 405), f"{method} {url}"


def asked_names() -> list[str]:
    """Return every name that some view reads from the query of an address."""
    names = set()
    for path in Path(coachapp.__file__).parent.rglob("*.py"):
        names.update(re.findall(r'(?:args|asked|arguments)(?:\.get(?:list)?\(|\[)"(\w+)"', path.read_text("utf-8")))
    return sorted(names - {"fragment"})


def test_no_query_brings_a_page_down(app: Flask, arguments: dict[str, Any], visitors: dict[Role, FlaskClient]) -> None:
    names = asked_names()
    assert {"page", "on", "sitting", "months", "q", "dx"} <= set(names)
    urls = [*pages(app, arguments), "/lookup?box=diagnosis&form=professional"]
    for url in urls:
        for value in HOSTILE:
            # A date that cannot be read would end a page of the code book before it looks at the rest.
            asked = dict.fromkeys([name for name in names if name != "on" or "-" in value], value)
            address = f"{url}{'&' if '?' in url else '?'}{urlencode(asked)}"
            answer = visitors[Role.ADMIN].get(address)
            assert answer.status_code < 500, f"{address[:200]}: {answer.status_code}"
            assert answer.status_code == 400 or "\x00" not in value, address


class Forms(HTMLParser):
    """The forms of a page: where each is posted, and the names of its fields."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.found.append((given.get("action") or "", {}) if given.get("method") == "post" else ("", {}))
        elif tag in ("input", "select", "textarea", "button") and self.found and given.get("name"):
            self.found[-1][1][given["name"] or ""] = given.get("value") or ""


def test_no_form_brings_the_site_down(app: Flask, arguments: dict[str, Any], sign_in: SignIn) -> None:
    admin = sign_in(arguments["people"][Role.ADMIN])
    forms: dict[str, dict[str, str]] = {}
    for url in pages(app, arguments):
        for action, fields in Forms(admin.get(url).text).found:
            if action and action not in ENDS_THE_WALK:
                forms.setdefault(action, {}).update(fields)
    assert len(forms) > 15
    for action, fields in sorted(forms.items()):
        for value in HOSTILE:
            for posted in (dict.fromkeys(fields, value), {**fields, **dict.fromkeys(list(fields)[::2], value)}):
                answer = admin.post(action, data=posted)
                assert answer.status_code < 500, f"{action}: {value[:30]!r}: {answer.status_code}"
        if admin.get("/profile").status_code != 200:
            admin = sign_in(arguments["people"][Role.ADMIN])


BODIES = (
    "[" * 100_000,
    '{"claim":' * 500 + "1" + "}" * 500,
    '{"seq": ' + "9" * 5000 + ', "version": 1, "claim": {}}',
    '{"seq": 99999999999999999999, "version": 1, "claim": {}}',
    '{"seq": NaN, "version": 1, "claim": {}}',
    '{"seq": 1e999, "version": 1, "claim": {}}',
    '{"seq": 0, "version": 1, "opened": "0001-01-01T00:00:00+14:00", "claim": {"pos": 1}}',
    '{"seq": 0, "version": 1, "claim": {"pos": "\\ud800"}}',
    '{"seq": 0, "version": 1, "claim": {"pos": "\\u0000"}}',
    '{"seq": 0, "seq": 1, "version": 1, "claim": {}}',
    b"\xff\xfe",
    "",
    "null",
)


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_json_out_of_range_is_refused(
    arguments: dict[str, Any], visitors: dict[Role, FlaskClient], body: str | bytes
) -> None:
    student = visitors[Role.STUDENT]
    draft = f"/cases/{arguments['specialty']}/{arguments['slug']}/draft"
    answer = student.post(draft, data=body, content_type="application/json")
    assert (answer.status_code, answer.is_json) == (422, True)
    slot = f"/sittings/{arguments['sitting_id']}/slots/1"
    saved = visitors[Role.ADMIN].put(slot, data=body, content_type="application/json")
    assert saved.status_code in (413, 422)


@given(st.integers(0, MOST_NUMBER))
def test_a_whole_number_is_read_as_it_is_written(number: int) -> None:
    assert whole_number(str(number)) == number


@given(st.one_of(st.text(max_size=30), st.integers().map(str)))
def test_a_whole_number_is_in_range_or_none(text: str) -> None:
    number = whole_number(text)
    assert number is None or (0 <= number <= MOST_NUMBER and int(text) == number and text.isascii())


@given(st.one_of(st.text(max_size=40), st.datetimes().map(str), st.datetimes().map(lambda d: f"{d.isoformat()}+14:00")))
def test_a_moment_is_read_without_overflow(text: str) -> None:
    found = moment(text)
    assert found is None or found.utcoffset() is not None


@pytest.mark.parametrize("depth", [1, MOST_DEPTH])
def test_json_may_be_as_deep_as_that(depth: int) -> None:
    assert read_json("[" * depth + '"[[[\\"[[["' + "]" * depth)
    with pytest.raises(BadJson, match="too deeply"):
        read_json("[" * (MOST_DEPTH + 1) + "]" * (MOST_DEPTH + 1))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(codec="utf-8")),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
        max_leaves=8,
    )
)
def test_what_is_sound_is_read_as_json_reads_it(value: object) -> None:
    import json

    text = json.dumps(value)
    if "\\u0000" in text:
        with pytest.raises(BadJson):
            read_json(text)
    else:
        assert read_json(text) == value
