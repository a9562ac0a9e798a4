"""The pages about accounts, classes and administration in a real browser."""

from collections.abc import Callable
from typing import Any

import pytest

from coachapp import clock
from coachapp.classroom.operations import create_classroom
from coachapp.domain.permissions import Role
from coachapp.models.audit import AuditAction, AuditEntry
from coachapp.models.classroom import Membership
from coachapp.models.people import Person, ResetRequest
from coachapp.web.reset_tokens import make_reset_token
from tests.conftest import PASSWORD, SECRET
from tests.fixtures_live import LiveServer
from tests.looking import faults

PUBLIC = ["/sign-in", "/register", "/reset", "/reset/sent", "/nowhere"]
SIGNED_IN = [
    *("/profile", "/profile/password", "/join", "/classes", "/classes/1"),
    *("/admin/", "/admin/people", "/admin/people/new", "/admin/people/2", "/admin/audit"),
]


@pytest.fixture
def admin(live_server: LiveServer, password_hash: str) -> Person:
    """Fill the live server's database with a little of everything; return its administrator."""
    session, now = live_server.session, clock.now()
    common = {"password_hash": password_hash, "time_zone": "America/Chicago", "created_at": now}
    boss = Person(email="boss@example.org", name="Ada Boss", role=Role.ADMIN, **common)
    student = Person(email="student@example.org", name="Stu Dent", **common)
    session.add_all([boss, student])
    session.flush()
    mine = create_classroom(session, boss, name="Fall 2026", now=now)
    other = create_classroom(session, student, name="Evening class", now=now)
    session.add(Membership(classroom_id=mine.id, person_id=student.id, joined_at=now))
    session.add(Membership(classroom_id=other.id, person_id=boss.id, joined_at=now))
    session.add(ResetRequest(person_id=student.id, requested_at=now))
    detail = {"from": "student", "to": "admin"}
    session.add(AuditEntry(at=now, action=AuditAction.ROLE_CHANGED, subject="x@example.org", detail=detail))
    session.commit()
    return boss


def sign_in(page: Any, person: Person) -> None:
    """Sign in through the form."""
    page.goto("/sign-in")
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/today")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(open_page: Callable[..., Any], admin: Person, scheme: str) -> None:
    page = open_page(color_scheme=scheme)
    found = {}
    token = make_reset_token(admin, SECRET)
    for path in [*PUBLIC, f"/reset/link/{token}"]:
        page.goto(path)
        found[path] = faults(page)
    page.goto("/register")
    page.get_by_role("button", name="Make the account").click()
    page.locator(".errors-summary").wait_for()
    found["/register with faults"] = faults(page)
    sign_in(page, admin)
    for path in SIGNED_IN:
        page.goto(path)
        assert page.locator("h1").count() == 1
        found[path] = faults(page)
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


def test_no_page_is_wider_than_a_small_screen(open_page: Callable[..., Any], admin: Person) -> None:
    page = open_page(viewport={"width": 320, "height": 700})
    sign_in(page, admin)
    for path in SIGNED_IN:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path


def test_work_survives_an_ended_sign_in_without_javascript(open_page: Callable[..., Any], admin: Person) -> None:
    page = open_page(java_script_enabled=False)
    sign_in(page, admin)
    page.goto("/classes")
    page.get_by_label("Name of the class").fill("Typed before the sign-in ended")
    page.context.clear_cookies()
    page.get_by_role("button", name="Open the class").click()
    assert "What you typed is kept" in page.locator("main").inner_text()
    page.get_by_label("Email").fill(admin.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Send it now").click()
    assert page.locator("h1").inner_text() == "Typed before the sign-in ended"


def test_a_stale_second_tab_sends_its_form_again(open_page: Callable[..., Any], admin: Person) -> None:
    first = open_page()
    sign_in(first, admin)
    second = first.context.new_page()
    second.goto("/classes")
    second.get_by_label("Name of the class").fill("From the second tab")
    first.goto("/profile")
    first.get_by_role("button", name="Sign out everywhere").click()
    first.wait_for_url("**/sign-in")
    sign_in(first, admin)
    second.get_by_role("button", name="Open the class").click()
    assert second.locator("h1").inner_text() == "This page went stale"
    second.get_by_role("button", name="Send again").click()
    assert second.locator("h1").inner_text() == "From the second tab"


def test_everything_is_reached_by_keyboard_alone(page: Any, admin: Person) -> None:
    page.goto("/sign-in")
    page.get_by_label("Email").focus()
    page.keyboard.type(admin.email)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/today")
    assert page.get_by_text("Ada Boss").first.is_visible()
