"""Today and a round of review in a real browser: by keyboard, without a script, and what axe finds."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from coachapp import clock
from coachapp.content.plans import LoadedPlans
from coachapp.content.sync import sync
from coachapp.domain.questions import Concept, Section
from coachapp.domain.scheduling import VERSION, MemoryPhase, Rating
from coachapp.models.memory import MemoryReview, MemoryState
from coachapp.models.standing import ProgressState
from tests.browser.conftest import Site
from tests.browser.test_exam import ready
from tests.domain.exam_builders import drill, question
from tests.looking import faults

Signed = Callable[..., Any]
DAY = timedelta(days=1)


@pytest.fixture
def due_site(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Return a site on which two concepts are due for the student, each with a question."""
    session, now = site.server.session, clock.now()
    names = ("first", "second")
    concepts = [
        Concept(id=name, section=Section.EM, title=f"The {name} rule", lesson=f"About the {name} rule.", source="S.")
        for name in names
    ]
    sync(session, [], questions=[question(f"em/{n}", concepts=[n]) for n in names], concepts=concepts, now=now)
    for place, name in enumerate(names):
        session.add(
            MemoryState(
                person_id=site.student_id,
                concept_slug=name,
                phase=MemoryPhase.REVIEW,
                stability=2.0 + place,
                difficulty=5.0,
                due=now - DAY,
                last_review=now - 4 * DAY,
                reviews=1,
                lapses=0,
                version=VERSION,
            )
        )
    session.add(ProgressState(person_id=site.student_id, computed_at=now))
    session.commit()
    plans = LoadedPlans(plans={"drill-em": drill({Section.EM: 10}, id="drill-em", title="Drill: EM")})
    for module in ("exams.routes", "exams.operations", "exams.rounds", "progress.queries", "progress.upkeep"):
        monkeypatch.setattr(f"coachapp.{module}.bundled_plans", lambda: plans)
    return site


def test_a_round_is_done_with_the_keyboard_alone(due_site: Site, signed_in: Signed) -> None:
    page = signed_in()
    page.goto("/today")
    page.focus(".next-step button")
    page.keyboard.press("Enter")
    for n in (1, 2):
        page.wait_for_url(f"**/questions/{n}")
        ready(page)
        page.keyboard.press("i")
        page.wait_for_selector(".hint")
        ready(page)
        page.keyboard.press("a")
        page.keyboard.press("u" if n == 1 else "s")
        page.keyboard.press("k")
        page.wait_for_selector("#verdict")
        ready(page)
        page.keyboard.press("n")
    page.wait_for_url("**/report")
    assert "The first rule" in page.inner_text("main")
    session = due_site.server.session
    rows = session.scalars(select(MemoryReview).order_by(MemoryReview.id)).all()
    assert sorted((row.sure, row.helped) for row in rows) == [(False, True), (True, True)]
    assert {row.rating for row in rows} <= {Rating.AGAIN, Rating.HARD}


def test_a_round_needs_no_script(due_site: Site, open_page: Callable[..., Any], signed_in: Signed) -> None:
    page = signed_in(java_script_enabled=False)
    page.goto("/review")
    page.click("text=Start five minutes")
    page.wait_for_url("**/questions/1")
    page.click("text=Hint: which rule?")
    page.click("text=Show the rule")
    assert "About the" in page.inner_text(".hint")
    page.check(".options input >> nth=0")
    page.check("#sure-sure")
    page.click("#go-check")
    assert "Reason" in page.inner_text(".judged")


def states(page: Any, site: Site) -> Any:
    """Visit Today and the review in each of their states, and yield the name of each."""
    for path in ("/today", "/review"):
        page.goto(path)
        yield f"{path}, due"
    page.click("text=Start five minutes")
    page.click("#go-hint")
    page.wait_for_selector(".hint")
    yield "hint"
    page.goto("/review")
    yield "under way"
    session = site.server.session
    session.execute(update(MemoryState).values(due=clock.now() + 3 * DAY))
    session.commit()
    page.goto("/review")
    yield "nothing due"
    session.query(MemoryState).delete()
    session.commit()
    page.goto("/review")
    yield "no memory"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(
    due_site: Site, signed_in: Signed, scheme: str, width: int
) -> None:
    page = signed_in(viewport={"width": width, "height": 844}, color_scheme=scheme, reduced_motion="reduce")
    found = {name: faults(page) for name in states(page, due_site)}
    assert {name: each for name, each in found.items() if each} == {}


def test_the_main_act_is_reached_without_scrolling_on_a_phone(due_site: Site, signed_in: Signed) -> None:
    page = signed_in(viewport={"width": 390, "height": 664})
    for path in ("/today", "/review"):
        page.goto(path)
        box = page.locator(".next-step .btn-primary").bounding_box()
        assert box["y"] + box["height"] <= 664, path
