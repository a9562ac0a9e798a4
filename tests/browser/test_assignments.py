"""Assignments in a real browser: axe, reflow, giving work by keyboard, finding a case by its words."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from coachapp import clock
from coachapp.classroom.operations import create_classroom
from coachapp.domain.permissions import Role
from coachapp.models.classroom import Assignment, Membership
from coachapp.models.items import Item, ItemKind
from coachapp.models.people import Person
from tests.browser.conftest import Site, sign_in
from tests.browser.test_exam import exam_site
from tests.looking import faults

__all__ = ["exam_site"]

DAY = timedelta(days=1)


@pytest.fixture
def given(exam_site: Site, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Make the student an administrator who teaches a class and is in it herself, with work of every kind."""
    session, now = exam_site.server.session, clock.now()
    me = session.get_one(Person, exam_site.student_id)
    me.role = Role.ADMIN
    classroom = create_classroom(session, me, name="Fall 2026", now=now)
    other = Person(email="o@example.org", name="Ola", password_hash="", time_zone="UTC", created_at=now)
    session.add(other)
    session.flush()
    for person in (me, other):
        session.add(Membership(classroom_id=classroom.id, person_id=person.id, joined_at=now))
    # The fixture for questions has retired the cases, as a sync of a folder without them would.
    cases = session.scalars(select(Item).where(Item.kind == ItemKind.CASE)).all()
    for case in cases:
        case.retired_at = None
    works: list[dict[str, Any]] = [
        {"item_id": cases[0].id, "due_at": now - DAY, "instructions": "Read **all** of it."},
        {"item_id": cases[1].id, "due_at": None},
        {"plan_id": "cpc", "due_at": now + DAY, "closes_at": now + 2 * DAY, "instructions": "Be on time."},
        {"plan_id": "drill-em", "due_at": now + 9 * DAY},
        {"plan_id": "cpc", "closes_at": now - DAY},
        {"item_id": cases[2].id, "opens_at": now + DAY},
    ]
    made = []
    for number, work in enumerate(works):
        values = {"title": f"Work {number}", "opens_at": now - 3 * DAY, "zone": "UTC", "created_at": now, **work}
        made.append(Assignment(classroom_id=classroom.id, **values))
    session.add_all(made)
    session.commit()
    return {"class": classroom.id, "case": made[0].id, "exam": made[2].id}


def pages(ids: dict[str, int]) -> list[str]:
    """Return the addresses of the pages looked at."""
    home = f"/classes/{ids['class']}"
    return [
        "/today",
        "/assignments",
        f"/assignments/{ids['exam']}/exam",
        "/join",
        home,
        f"{home}/assignments/new",
        f"{home}/assignments/new?kind=drill",
        f"{home}/assignments/new?kind=exam",
        f"{home}/assignments/{ids['case']}",
        f"{home}/assignments/{ids['exam']}/edit",
    ]


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (320, "dark")])
def test_axe_finds_nothing_and_nothing_runs_over_the_edge(
    given: dict[str, int], open_page: Callable[..., Any], width: int, scheme: str
) -> None:
    page = open_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    sign_in(page)
    for address in pages(given):
        page.goto(address)
        page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true; })")
        assert faults(page) == [], address
    page.goto(f"/classes/{given['class']}/assignments/new")
    page.fill("#due", "")
    page.locator("main form button[type=submit]").click()
    page.wait_for_selector("#errors-summary")
    assert faults(page) == []


def test_work_is_found_and_given_by_keyboard(
    given: dict[str, int], exam_site: Site, open_page: Callable[..., Any]
) -> None:
    page = open_page(viewport={"width": 1280, "height": 800})
    sign_in(page)
    page.goto(f"/classes/{given['class']}/assignments/new")
    shown = page.locator("[data-case]:visible")
    assert shown.count() == 3
    page.get_by_label("Broken wrist").check()
    page.focus("#find")
    page.keyboard.type("gastro pol")
    assert shown.all_inner_texts()[0].startswith("Polyp")
    assert shown.count() == 2, "what is chosen stays in sight"
    page.keyboard.press("Enter")
    assert page.url.endswith("/new")
    page.get_by_label("Polyp").focus()
    page.keyboard.press("Space")
    assert page.inner_text("[data-chosen]") == "2 chosen"
    page.fill("#find", "no such words")
    page.fill("#title", "Week 1")
    page.focus("main form button[type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Gave 2 assignments.")
    exam_site.server.session.rollback()
    titles = exam_site.server.session.scalars(select(Assignment.title)).all()
    assert {"Week 1: Broken wrist", "Week 1: Polyp"} <= set(titles)


def test_giving_works_without_javascript(given: dict[str, int], exam_site: Site, open_page: Callable[..., Any]) -> None:
    page = open_page(java_script_enabled=False)
    sign_in(page)
    page.goto(f"/classes/{given['class']}/assignments/new")
    assert not page.locator("#find").is_visible()
    page.get_by_label("Polyp").check()
    page.locator("main form button[type=submit]").click()
    assert "Gave the assignment." in page.inner_text("main")
