"""Changed keys in a real browser: axe, reflow, and a decision from the list to the new score."""

from collections.abc import Callable
from typing import Any

import pytest

from coachapp import clock
from coachapp.attempts.papers import paper_of
from coachapp.content.sync import sync
from coachapp.models.items import Item
from coachapp.models.sittings import Sitting
from coachapp.stored import question_of
from tests.browser.conftest import Site, sign_in
from tests.browser.test_exam import exam_site
from tests.browser.test_exam_desk import busy
from tests.looking import faults

__all__ = ["busy", "exam_site"]

Signed = Callable[..., Any]


@pytest.fixture
def changed(busy: dict[str, int], exam_site: Site) -> str:
    """Return the id of a question that was answered with "a" in graded exams and whose key says another option now."""
    session = exam_site.server.session
    slot = paper_of(session.get_one(Sitting, busy["sitting"]))[0]
    item = session.get_one(Item, slot.item_id)
    assert item.current_version is not None
    old = question_of(item.current_version)
    right = "c" if old.right == {"b"} else "b"
    options = [option.model_copy(update={"right": option.id == right}) for option in old.options]
    changed = old.model_copy(update={"options": tuple(options)})
    others = [
        question_of(one.current_version)
        for one in session.query(Item).where(Item.section.is_not(None))
        if one.current_version is not None and one.id != item.id
    ]
    sync(session, [], questions=[*others, changed], concepts=(), now=clock.now())
    session.commit()
    return slot.item


@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (320, "light")])
def test_a_key_is_decided_upon_from_the_list_to_the_new_score(
    changed: str, busy: dict[str, int], open_page: Signed, width: int, scheme: str
) -> None:
    page = open_page(viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce")
    sign_in(page)

    def look(name: str) -> None:
        assert faults(page) == [], name

    page.goto("/exam-desk")
    page.click("text=Changed keys")
    page.wait_for_selector("h1:text('Changed keys')")
    look("what waits")
    page.click("a.btn:text('See what would change')")
    page.wait_for_selector("text=What would change")
    look("what would change")
    page.click("main form button[type=submit]")
    page.wait_for_selector("#errors-summary")
    look("a reason is wanted")
    page.fill("#reason", "Another option was meant.")
    page.click("main form button[type=submit]")
    page.wait_for_selector("text=Judged again:")
    look("decided")
    page.goto("/keys")
    page.wait_for_selector("text=Another option was meant.")
    look("decided so far")
    page.goto(f"/sittings/{busy['sitting']}/answers")
    page.wait_for_selector("text=Another option was meant.")
    look("what the learner reads")
