"""A running site with cases and people, and the steps that many walks share."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from coachapp import clock
from coachapp.config import Settings
from coachapp.domain.permissions import Role
from coachapp.models.people import Person
from tests.conftest import PASSWORD
from tests.fixtures_live import LiveServer
from tests.practice.conftest import code_sets
from tests.practice.samples import add_cases, scope, stay, wrist

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["code_sets"]

EMAIL = "student@example.org"
BROKEN = "/cases/orthopedics/broken-wrist"


@dataclass(frozen=True)
class Site:
    """A running site with three cases and one student."""

    server: LiveServer
    student_id: int


@pytest.fixture
def site(settings: Settings, code_sets: None, live_server: LiveServer, password_hash: str) -> Site:
    """Return a site with a case of each claim form and a student."""
    student = Person(
        email=EMAIL,
        name="Sam Student",
        role=Role.STUDENT,
        password_hash=password_hash,
        time_zone="America/Chicago",
        created_at=clock.now(),
    )
    live_server.session.add(student)
    live_server.session.commit()
    ident = student.id
    add_cases(live_server.session, wrist(), stay(), scope())
    return Site(live_server, ident)


@pytest.fixture
def signed_in(site: Site, open_page: Callable[..., Any]) -> Callable[..., "Page"]:
    """Return a function that opens a page of a fresh browser on which the student is signed in."""

    def make(**options: Any) -> "Page":
        page = open_page(**({"viewport": {"width": 1280, "height": 800}} | options))
        sign_in(page)
        return page

    return make


def sign_in(page: "Page") -> None:
    """Sign in through the form."""
    page.goto("/sign-in")
    page.fill("[name=email]", EMAIL)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_selector(".menu")


def open_case(page: "Page", address: str = BROKEN) -> None:
    """Open a case and wait until its scripts are at work."""
    page.goto(address)
    page.wait_for_selector("#dx-0-code[role=combobox]")


def saved(page: "Page") -> None:
    """Wait until the page says that the draft is saved."""
    page.wait_for_selector("[data-state]:text-matches('^Saved')")


def tab_to(page: "Page", selector: str, *, most: int = 80) -> None:
    """Press Tab until an element that fits `selector` has the focus; fail if none ever has."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"Tab never reached {selector}")


def focused(page: "Page") -> str:
    """Return the id of the element that has the focus."""
    return str(page.evaluate("document.activeElement.id"))


def focus_comes_to(page: "Page", ident: str) -> None:
    """Wait until the element with this id has the focus: a script may move it a moment after the page is there."""
    page.wait_for_function("ident => document.activeElement.id === ident", arg=ident)
