"""The progress pages in a real browser: labels that do not touch, no sideways scroll, and nothing axe objects to."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from coachapp import clock
from coachapp.attempts.bulk import write_cases, write_sittings
from coachapp.codesets import CodeSets
from coachapp.content.sync import sync
from coachapp.domain.questions import Concept, Section
from coachapp.simulation.learners import learner
from coachapp.simulation.months import Months
from coachapp.simulation.population import diligent
from coachapp.simulation.stock import read_stock
from tests.browser.conftest import Site
from tests.domain.exam_builders import question
from tests.looking import faults

PAGES = (
    "/progress",
    "/progress/concepts",
    "/progress/errors",
    "/progress/errors/lines",
    "/progress/record",
    "/profile/data",
)
DAYS = 90

# Every pair of labels of one drawing that touch, and every label that leaves its drawing.
TOUCHING = """() => [...document.querySelectorAll('svg.plot')].flatMap(svg => {
  const frame = svg.getBoundingClientRect();
  const labels = [...svg.querySelectorAll('text')].map(e => [e.textContent, e.getBoundingClientRect()]);
  const out = labels.filter(([, b]) => b.left < frame.left - 1 || b.right > frame.right + 1
    || b.top < frame.top - 1 || b.bottom > frame.bottom + 1).map(([t]) => t + ' leaves');
  labels.forEach(([t, a], i) => labels.slice(i + 1).forEach(([u, b]) => {
    if (a.left < b.right - 1 && b.left < a.right - 1 && a.top + 3 < b.bottom - 3 && b.top + 3 < a.bottom - 3)
      out.push(t + ' touches ' + u);
  }));
  return out;
})"""


@pytest.fixture
def practised(site: Site, codesets: CodeSets) -> None:
    """Give the student three months of work."""
    session = site.server.session
    concepts = [
        Concept(id=f"rule-{section}", section=section, title="Anemia from cancer and anemia from its treatment",
                lesson="A lesson.", source="A source.")
        for section in Section
    ]  # fmt: skip
    questions = [
        question(f"{section}/q-{n:02}", concepts=[f"rule-{section}"]) for section in Section for n in range(10)
    ]
    session.commit()
    stored = [one.case for one in read_stock(session, cpt=True, codesets=codesets).cases]
    sync(session, stored, questions=questions, concepts=concepts, now=clock.now())
    session.commit()
    start = datetime.combine(clock.now().date(), time.min, tzinfo=UTC) - timedelta(days=DAYS)
    stock = read_stock(session, cpt=True, codesets=codesets)
    who = diligent(learner(4, 1, DAYS), DAYS)
    done = Months(who, stock, person_id=site.student_id, start=start, seed=4).run()
    write_sittings(session, done.sittings)
    write_cases(session, done.cases)
    session.commit()


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_labels_never_touch_and_nothing_scrolls_sideways(
    practised: None, signed_in: Callable[..., Any], width: int
) -> None:
    page = signed_in(viewport={"width": width, "height": 900})
    for url in PAGES:
        page.goto(url)
        assert page.evaluate(TOUCHING) == [], url
        assert page.evaluate("document.documentElement.scrollWidth") <= width, url


@pytest.mark.parametrize("width", [390, 320])
def test_tables_of_concepts_and_of_the_record_fit_a_telephone(
    practised: None, signed_in: Callable[..., Any], width: int
) -> None:
    page = signed_in(viewport={"width": width, "height": 900})
    page.goto("/progress/record")
    page.click("text=Make a link")
    page.wait_for_selector(".links")
    for url in ("/progress/concepts", "/progress/record"):
        page.goto(url)
        assert page.locator(".table-scroll table").count() > 0
        hidden = "found => found.map(e => e.scrollWidth - e.clientWidth)"
        assert max(page.locator(".table-scroll:has(.concepts, .record-cases, .links)").evaluate_all(hidden)) <= 0, url


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(practised: None, signed_in: Callable[..., Any], scheme: str) -> None:
    page = signed_in(color_scheme=scheme)
    for url in PAGES:
        page.goto(url)
        for summary in page.locator("details.plot-table summary").all():
            summary.click()
        assert faults(page) == [], url


def test_a_bar_is_reached_and_followed_by_keyboard(practised: None, signed_in: Callable[..., Any]) -> None:
    page = signed_in()
    page.goto("/progress/errors")
    page.locator("a.plot-link").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/progress/errors/lines?*")
    assert page.locator("li.slip").count() > 0
