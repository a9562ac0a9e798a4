"""What holds for every view, template and page."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import StrictUndefined
from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp import clock
from coachapp.attempts.engine import open_attempt, submit
from coachapp.attempts.papers import paper_of
from coachapp.attempts.regrading import accept
from coachapp.classroom.operations import create_classroom
from coachapp.codesets import CodeSets
from coachapp.config import Settings
from coachapp.domain.grading import key_claim
from coachapp.domain.permissions import Action, Role
from coachapp.models.classroom import Assignment, Membership
from coachapp.models.items import Item, ItemKind
from coachapp.models.people import Person
from coachapp.models.sittings import ProblemReport, Sitting
from coachapp.paths import bundled
from coachapp.progress.record_links import make_link
from coachapp.progress.record_queries import RecordPart
from coachapp.stored import case_of
from coachapp.web.access import PUBLIC, SIGNED_IN, declared
from coachapp.web.assets import STATIC_ENDPOINTS
from coachapp.web.reset_tokens import make_reset_token
from tests.conftest import SECRET, MakePerson, SignIn
from tests.exams.conftest import begin, stock
from tests.practice.samples import add_cases, wrist

TEMPLATES = sorted(bundled("templates").rglob("*.*"))
__all__ = ["begin", "stock"]  # fixtures

NO_PAGE = {"practice.look_up", "exams.time"}  # answer JSON only


def names(path: Path) -> str:
    """Return a template's name."""
    return path.relative_to(bundled("templates")).as_posix()


class Outline(HTMLParser):
    """What a page's frame consists of."""

    def __init__(self, page: str) -> None:
        """Read a page."""
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.title = ""
        self._in_title = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.append((tag, dict(attrs)))
        self._in_title = tag == "title" and not self.title

    def handle_data(self, data: str) -> None:
        """Note the title."""
        if self._in_title:
            self.title += data
            self._in_title = False

    def count(self, tag: str) -> int:
        """Return how many of a tag there are."""
        return sum(found == tag for found, _ in self.tags)


def test_every_view_declares_who_may_use_it(app: Flask) -> None:
    known = {PUBLIC, SIGNED_IN, *Action}
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in STATIC_ENDPOINTS:
            assert declared(app.view_functions[rule.endpoint]) in known, rule.endpoint


def test_every_post_of_a_public_view_is_one_we_know(app: Flask) -> None:
    """A public view that writes is rare enough to be named here."""
    public = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and declared(app.view_functions[rule.endpoint]) == PUBLIC
    }
    assert public == {
        "accounts.sign_in_post",
        "accounts.sign_in_code",
        "accounts.sign_out",
        "accounts.register_post",
        "accounts.reset_post",
        "accounts.new_password_post",
        "practice.try_sample",
    }


@pytest.mark.parametrize("path", TEMPLATES, ids=names)
def test_every_template_compiles_and_holds_nothing_inline(app: Flask, path: Path) -> None:
    assert app.jinja_env.undefined is StrictUndefined
    app.jinja_env.get_template(names(path))
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)", text), "a script in the page"
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", text), "a style or handler in the page"
    assert not re.search(r"(src|href|action)=[\"']https?://", text), "an address elsewhere"


@pytest.fixture
def arguments(
    settings: Settings,
    db_session: Session,
    person: MakePerson,
    codesets_dir: Path,
    codesets: CodeSets,
    begin: Callable[..., Sitting],
) -> dict[str, Any]:
    """Fill the database so that every page has something to show; return arguments for addresses, and the people."""
    (settings.data / "codesets").symlink_to(codesets_dir / "codesets")
    people = {role: person(role) for role in Role}
    sitting = begin(who=people[Role.ADMIN], now=clock.now())
    add_cases(db_session, wrist())
    item = db_session.scalars(select(Item).where(Item.kind == ItemKind.CASE)).one()
    case, now = case_of(item.current_version), clock.now()  # type: ignore[arg-type]
    attempt = open_attempt(db_session, people[Role.ADMIN].id, item=item, now=now)
    claim = key_claim(case)
    submit(db_session, attempt, claim=claim, payload={}, base_seq=0, now=now, codesets=codesets)
    slot = paper_of(sitting)[0]
    report = ProblemReport(person_id=people[Role.STUDENT].id, item_version_id=slot.version_id, text="Odd.", at=now)
    db_session.add(report)
    classroom = create_classroom(db_session, people[Role.ADMIN], name="Fall", now=now)
    decided = accept(db_session, item, reason="The side was wrong.", by_id=None, now=now)
    db_session.flush()
    # To see both sides of it, its instructor is in the class herself.
    db_session.add(Membership(classroom_id=classroom.id, person_id=people[Role.ADMIN].id, joined_at=now))
    exam = Assignment(classroom_id=classroom.id, title="Mock", plan_id="cpc", opens_at=now, zone="UTC", created_at=now)
    db_session.add(exam)
    record_token = make_link(db_session, people[Role.ADMIN].id, parts=list(RecordPart), now=now)
    db_session.commit()
    specialty, slug = case.id.split("/")
    return {
        "specialty": specialty,
        "slug": slug,
        "attempt_id": attempt.id,
        "plan_id": "cpc",
        "sitting_id": sitting.id,
        "n": 1,
        "report_id": report.id,
        "regrade_id": decided.id,
        "ruling": "void",
        "classroom_id": classroom.id,
        "assignment_id": exam.id,
        "system": "icd10cm",
        "key": "S52.501A",
        "person_id": people[Role.STUDENT].id,
        "record_token": record_token,
        "token": make_reset_token(people[Role.STUDENT], SECRET),
        "people": people,
    }


def pages(app: Flask, arguments: dict[str, Any]) -> list[str]:
    """Return the address of every page, with arguments filled in."""
    found = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if "GET" in (rule.methods or ()) and rule.endpoint not in STATIC_ENDPOINTS | NO_PAGE:
                missing = rule.arguments - set(arguments)
                assert not missing, f"{rule.endpoint} needs {missing}: add it to the fixture `arguments`"
                found.append(app.url_for(rule.endpoint, **{one: arguments[one] for one in rule.arguments}))
    return found


def check_frame(page: str, url: str) -> None:
    """Check that a page has a title, one h1, and landmarks."""
    outline = Outline(page)
    assert outline.title.strip(), url
    assert outline.count("h1") == 1, url
    for landmark in ("header", "main", "footer"):
        assert outline.count(landmark) >= 1, f"{url} has no {landmark}"
    assert outline.count("main") == 1, url
    html = next(attributes for tag, attributes in outline.tags if tag == "html")
    assert html.get("lang") == "en", url
    ids = [attributes["id"] for _, attributes in outline.tags if "id" in attributes]
    assert len(ids) == len(set(ids)), f"{url}: an id stands twice"


@pytest.mark.parametrize("role", [None, *Role], ids=lambda role: str(role or "signed out"))
def test_every_page_has_its_frame_whoever_looks(
    app: Flask, client: FlaskClient, sign_in: SignIn, arguments: dict[str, Any], role: Role | None
) -> None:
    visitor = client if role is None else sign_in(arguments["people"][role])
    shown = 0
    for url in pages(app, arguments):
        answer = visitor.get(url, follow_redirects=True)
        assert answer.status_code in (200, 403, 404), f"{url}: {answer.status_code}"
        check_frame(answer.text, url)
        shown += answer.status_code == 200
    assert shown >= 8


def test_an_administrator_sees_every_page(app: Flask, sign_in: SignIn, arguments: dict[str, Any]) -> None:
    admin = sign_in(arguments["people"][Role.ADMIN])
    for url in pages(app, arguments):
        assert admin.get(url, follow_redirects=True).status_code == 200, url


def test_a_form_sent_back_has_its_frame_too(client: FlaskClient, person: Callable[..., Person]) -> None:
    for url in ("/sign-in", "/register", "/reset"):
        check_frame(client.post(url, data={}).text, url)
