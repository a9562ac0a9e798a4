"""The first page, and the frame that every page shares."""

import gzip
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, render_template_string
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Form, RadioField, SelectField, StringField, validators
from wtforms.fields import SelectChoice

from coachapp.domain.permissions import Role
from coachapp.models.items import Item
from tests.practice.samples import right_rows

BROKEN = "/cases/orthopedics/broken-wrist"


def test_a_stranger_is_told_what_this_is_and_may_try_a_case(client: Any, cases: dict[str, Item]) -> None:
    html = client.get("/").text
    assert "3 cases" in html
    assert 'href="/sample"' in html
    assert 'href="/sign-in"' in html
    assert html.count("<h1") == 1


def test_no_sample_is_offered_where_there_is_none(client: Any) -> None:
    html = client.get("/").text
    assert 'href="/sample"' not in html
    assert "No cases are ready" in html


@pytest.mark.parametrize("role", Role)
def test_whoever_is_signed_in_is_led_to_today(sign_in: Callable[..., Any], role: Role) -> None:
    answer = sign_in(role).get("/")
    assert (answer.status_code, answer.location) == (303, "/today")


@pytest.mark.parametrize(
    ("role", "links"),
    [
        (Role.STUDENT, ["/cases", "/attempts"]),
        (Role.INSTRUCTOR, ["/cases", "/attempts", "/classes"]),
        (Role.ADMIN, ["/cases", "/attempts", "/classes", "/admin"]),
    ],
)
def test_each_role_finds_its_pages_in_the_header(sign_in: Callable[..., Any], role: Role, links: list[str]) -> None:
    client = sign_in(role)
    nav = client.get("/today").text.split("<nav", 1)[1].split("</nav>")[0]
    found = [link.rstrip("/") for link in re.findall(r'href="([^"]+)"', nav)]
    for_some = {"/classes", "/admin"}
    assert set(links) <= set(found)
    assert for_some & set(found) == for_some & set(links)
    for link in re.findall(r'href="([^"]+)"', nav):
        assert client.get(link, follow_redirects=True).status_code == 200


def test_the_place_one_is_at_is_marked(sign_in: Callable[..., Any]) -> None:
    html = sign_in().get("/cases").text
    assert re.search(r'<a href="/cases" aria-current="page">', html)


def test_every_page_says_whose_marks_are_whose(client: Any) -> None:
    footer = client.get("/sign-in").text.split("<footer")[1]
    for words in ("CPC-style", "AAPC", "American Medical Association", "AHIMA", "endorse", "invented"):
        assert words in footer


@pytest.mark.parametrize("address", ["/today", "/review", "/sample", "/cases", BROKEN, "/attempts"])
def test_a_first_visit_weighs_under_150_kb(sign_in: Callable[..., Any], cases: dict[str, Item], address: str) -> None:
    student = sign_in()
    seen: dict[str, int] = {}

    def fetch(path: str) -> None:
        if path in seen:
            return
        with student.get(path, headers={"Accept-Encoding": "identity"}) as answer:
            body = answer.data
        seen[path] = len(gzip.compress(body))
        text = body.decode("utf-8", "replace")
        base = path.partition("?")[0]
        if base.endswith(".js"):
            for name in re.findall(r'from "\./([^"]+)"', text):
                fetch(f"{base.rpartition('/')[0]}/{name}")
        elif not base.endswith((".css", ".svg")):
            for found in re.findall(r'(?:src|href)="(/(?:static|bootstrap)/[^"]+)"', text):
                fetch(found.replace("&amp;", "&"))

    fetch(address)
    assert sum(seen.values()) < 150_000, seen


def test_no_page_carries_inline_script_or_style(sign_in: Callable[..., Any], cases: dict[str, Item]) -> None:
    student = sign_in()
    student.post(BROKEN, data=right_rows() | {"act": "hand_in"})
    for address in ("/today", "/review", "/cases", BROKEN, "/attempts", "/attempts/1", "/sample", "/nothing-here"):
        html = student.get(address).text
        assert re.findall(r"<script(?![^>]*\bsrc=)", html) == []
        assert re.findall(r"<style|\sstyle=|\son[a-z]+=|javascript:", html) == []
        assert re.findall(r'(?:src|href|action)="(?!/|#)[^"]*"', html) == []


CHOICES = [SelectChoice("a", "A"), SelectChoice("b", "B")]


class Sample(Form):
    """A form with one field of each kind."""

    name = StringField("Name", [validators.InputRequired("Write a name.")], description="As others see it.")
    kind = RadioField(
        "Kind", [validators.InputRequired("Choose one.")], choices=[SelectChoice("a", "A"), SelectChoice("b", "B")]
    )
    place = SelectField("Place", choices=[SelectChoice("x", "X")])
    agree = BooleanField("I agree", [validators.InputRequired("Tick this.")])


def test_fields_are_tied_to_their_help_and_errors(app: Flask) -> None:
    form = Sample(MultiDict({"place": "y"}))
    assert not form.validate()
    macros = '{% from "macros/forms.html" import errors_summary, field %}'
    source = macros + "{{ errors_summary(form) }}{% for f in form %}{{ field(f) }}{% endfor %}"
    with app.test_request_context("/"):
        html = render_template_string(source, form=form)
    ids = set(re.findall(r'\bid="([^"]+)"', html))
    described = re.findall(r'aria-describedby="([^"]+)"', html)
    assert "name-help name-error" in described
    assert {one for each in described for one in each.split()} <= ids
    assert set(re.findall(r'href="#([^"]+)"', html)) == {"name", "kind-0", "place", "agree"} & ids
    assert html.count('aria-invalid="true"') == 5  # the two radio buttons among them
    assert re.search(r"<fieldset[^>]*>\s*<legend>Kind</legend>", html)
    assert "4 things need your attention" in html
    for box in re.findall(r'<(?:input|select)[^>]*\bid="([^"]+)"', html):
        assert f'for="{box}"' in html


def test_a_page_that_failed_gives_back_what_was_sent(app: Flask) -> None:
    fields = [("stem", "two\nlines"), ("odd", '"<&')]
    with app.test_request_context("/"):
        from flask import render_template

        html = render_template(
            "errors/error.html",
            code=500,
            title="Something went wrong",
            what_happened="A fault.",
            lost="Nothing is lost.",
            back_url="/cases",
            resend=fields,
            resend_url="/somewhere",
        )
    assert 'name="stem" value="two\nlines"' in html
    assert 'value="&#34;&lt;&amp;"' in html
    assert 'action="/somewhere"' in html
    assert html.count("<h1") == 1
