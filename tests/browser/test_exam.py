"""A sitting in a real browser: saving through every mishap, the clock, the keys, and what axe finds."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from coachapp import clock
from coachapp.attempts import accommodations, sittings
from coachapp.content.plans import LoadedPlans
from coachapp.content.sync import sync
from coachapp.domain.questions import Concept, Section
from coachapp.domain.sittings import SittingState
from coachapp.models.attempts import Attempt, Step
from coachapp.models.sittings import LateSave, Sitting
from tests.browser.conftest import Site, sign_in
from tests.domain.exam_builders import drill, plan, question
from tests.looking import faults

Signed = Callable[..., Any]
LONG = (
    "A 67-year-old woman slipped on ice and has a displaced fracture of the distal right radius.\n\n"
    "Under block the surgeon reduced it without an incision and put on a cast."
)


@pytest.fixture
def exam_site(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Return a site with questions of two sections, a mock of six and a drill."""
    questions = [question(f"em/q-{n}", right="abcd"[n], concepts=["some-concept"]) for n in range(4)]
    questions += [question(f"cases/q-{n}", right="b", exhibit=LONG, stem=LONG) for n in range(4)]
    concept = Concept(id="some-concept", section=Section.EM, title="Some concept", lesson="L.", source="S.")
    sync(site.server.session, [], questions=questions, concepts=[concept], now=clock.now())
    site.server.session.commit()
    plans = {
        "mock": plan({Section.EM: 3, Section.CASES: 3}),
        "drill-em": drill({Section.EM: 3}, id="drill-em", title="Drill: EM"),
    }
    for module in ("coachapp.exams.routes", "coachapp.exams.operations"):
        monkeypatch.setattr(f"{module}.bundled_plans", lambda: LoadedPlans(plans=plans))
    return site


@pytest.fixture
def candidate(exam_site: Site, open_page: Callable[..., Any]) -> Signed:
    """Return a function that opens a browser in which the student has the first question of the mock before her."""

    def make(**options: Any) -> Any:
        page = open_page(**({"viewport": {"width": 1280, "height": 800}} | options))
        sign_in(page)
        begin(page)
        return page

    return make


def begin(page: Any) -> None:
    """Start the mock, or go on with it."""
    page.goto("/exams/mock")
    if page.url.endswith("/exams/mock"):
        page.check("#consent")
        page.click("main button:text-is('Start')")
    ready(page)


def ready(page: Any) -> None:
    """Wait until the scripts of a question are at work."""
    page.wait_for_selector("#keys-button:not([hidden])")


def choose(page: Any, letter: str) -> None:
    """Choose the option at a letter, as a person reads it."""
    page.locator(".option > label").nth("ABCD".index(letter)).click()


def is_saved(page: Any) -> None:
    """Wait until the page says that everything is saved."""
    page.wait_for_selector("#exam-state:text-matches('^Saved')")


def answers(site: Site) -> dict[int, list[str]]:
    """Return what the server holds, by question."""
    site.server.session.rollback()
    rows = site.server.session.execute(
        select(Attempt.slot, Step.payload).join(Step, Step.attempt_id == Attempt.id).order_by(Step.seq)
    )
    return {slot or 0: payload["answer"] for slot, payload in rows}


def sitting(site: Site) -> Sitting:
    """Return the only sitting."""
    site.server.session.rollback()
    return site.server.session.scalars(select(Sitting)).one()


def shown(page: Any, letter: str) -> str:
    """Return the id of the option at a letter."""
    return str(page.locator(".option > input").nth("ABCD".index(letter)).get_attribute("value"))


def test_an_answer_is_saved_by_itself_and_is_there_after_a_reload(candidate: Signed, exam_site: Site) -> None:
    page = candidate()
    choose(page, "B")
    is_saved(page)
    assert answers(exam_site) == {1: [shown(page, "B")]}
    page.reload()
    ready(page)
    assert page.locator(".option > input").nth(1).is_checked()
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('coach-exam:'))") == []


def test_everything_by_keyboard(candidate: Signed, exam_site: Site) -> None:
    page = candidate()
    page.keyboard.press("c")
    page.keyboard.press("f")
    is_saved(page)
    mark = page.locator('.palette button[value="1"]')
    assert set(mark.get_attribute("class").split()) == {"mark", "is-answered", "is-flagged", "is-seen"}
    page.keyboard.press("n")
    page.wait_for_url("**/questions/2")
    ready(page)
    page.keyboard.press("p")
    page.wait_for_url("**/questions/1")
    ready(page)
    page.click("summary:text-is('Notes')")
    page.fill("#notes", "")
    page.type("#notes", "fan")  # keys of the page, but typed into a box
    is_saved(page)
    assert page.input_value("#notes") == "fan"
    assert page.locator("#flagged").is_checked()
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("?")
    page.uncheck("#single-keys")
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.wait_for_timeout(300)
    assert page.url.endswith("/questions/1")


def test_without_a_network_answers_wait_and_are_saved_when_it_is_back(candidate: Signed, exam_site: Site) -> None:
    page = candidate()
    page.context.set_offline(True)
    choose(page, "A")
    page.wait_for_selector("#exam-state:text('Offline, 1 answer waiting')")
    choose(page, "D")
    page.keyboard.press("n")
    page.wait_for_timeout(200)
    assert page.url.endswith("/questions/1")
    page.context.set_offline(False)
    page.wait_for_selector("#exam-state:text-matches('^Saved')", timeout=30_000)
    assert answers(exam_site) == {1: [shown(page, "D")]}


@pytest.mark.parametrize("reply", ["page of a proxy", "another id", "error"])
def test_what_is_not_an_acknowledgement_drops_nothing(candidate: Signed, exam_site: Site, reply: str) -> None:
    page = candidate()
    bodies = {
        "page of a proxy": {"status": 200, "content_type": "text/html", "body": "<p>Welcome to the hotel</p>"},
        "another id": {"status": 200, "content_type": "application/json", "body": '{"save_id": "x", "seq": 9}'},
        "error": {"status": 502, "content_type": "text/html", "body": "Bad gateway"},
    }
    page.route("**/slots/*", lambda route: route.fulfill(**bodies[reply]))
    choose(page, "A")
    page.wait_for_selector("#exam-state:text('1 answer waiting')")
    picked = shown(page, "A")
    page.unroute("**/slots/*")
    # The browser was closed before the network came back: the copy is sent by the next page of this sitting.
    page.goto("/exams")
    page.goto(f"/sittings/{sitting(exam_site).id}/questions/2")
    is_saved(page)
    assert answers(exam_site) == {1: [picked]}


def test_two_tabs_show_both_versions(candidate: Signed, exam_site: Site) -> None:
    first = candidate()
    second = first.context.new_page()
    begin(second)
    choose(first, "A")
    is_saved(first)
    choose(second, "B")
    second.wait_for_selector("#exam-trouble .notice")
    told = second.inner_text("#exam-trouble")
    a, b = (first.locator(".option-text").nth(n).inner_text() for n in (0, 1))
    assert f"There: A “{a}”. Here: B “{b}”." in told
    second.click("text=Keep the one from here")
    is_saved(second)
    assert answers(exam_site) == {1: [shown(second, "B")]}
    choose(first, "C")
    first.click("text=Take the other one")
    assert first.locator(".option > input").nth(1).is_checked()
    assert answers(exam_site) == {1: [shown(second, "B")]}


@pytest.mark.parametrize("where", ["questions/2", "review"])
def test_another_page_shows_both_versions_as_the_candidate_saw_them(
    candidate: Signed, exam_site: Site, where: str
) -> None:
    here, other_device = candidate(), candidate()
    texts = [here.locator(".option-text").nth(n).inner_text() for n in (0, 3)]
    choose(other_device, "A")
    is_saved(other_device)
    choose(here, "D")
    here.wait_for_selector("#exam-trouble .notice")
    here.goto(f"/sittings/{sitting(exam_site).id}/{where}")
    here.wait_for_selector("#exam-trouble .notice")
    assert f"There: A “{texts[0]}”. Here: D “{texts[1]}”." in here.inner_text("#exam-trouble")


def test_signed_out_in_the_middle_nothing_is_lost(candidate: Signed, exam_site: Site) -> None:
    page = candidate()
    page.context.clear_cookies()
    choose(page, "A")
    page.wait_for_selector("#sign-in-again[open]")
    page.fill("#again-email", "student@example.org")
    page.fill("#again-password", "correct horse staple")
    page.press("#again-password", "Enter")
    is_saved(page)
    assert answers(exam_site) == {1: [shown(page, "A")]}


def test_handing_in_sends_what_waits_first(candidate: Signed, exam_site: Site) -> None:
    page = candidate()
    page.route("**/slots/*", lambda route: route.abort())
    choose(page, "A")
    page.wait_for_selector("#exam-state:text('waiting')")
    picked = shown(page, "A")
    page.unroute("**/slots/*")
    page.goto(f"/sittings/{sitting(exam_site).id}/review")
    page.click("#hand-in button")
    page.wait_for_selector("h1:text('report')")
    assert answers(exam_site) == {1: [picked]}


def test_an_answer_after_the_close_is_told_and_kept_apart(candidate: Signed, exam_site: Site) -> None:
    page = candidate()
    page.route("**/slots/*", lambda route: route.abort())
    choose(page, "A")
    page.wait_for_selector("#exam-state:text('waiting')")
    sittings.hand_in(exam_site.server.session, sitting(exam_site), now=clock.now())
    exam_site.server.session.commit()
    page.unroute("**/slots/*")
    choose(page, "B")
    kept = shown(page, "B")
    page.wait_for_url("**/report")
    assert answers(exam_site) == {}
    assert exam_site.server.session.scalars(select(LateSave)).one().payload["answer"] == [kept]


def let_time_pass(site: Site, seconds: int) -> None:
    """Move the start of the sitting into the past."""
    found = sitting(site)
    found.started_at -= timedelta(seconds=seconds)
    assert found.deadline is not None
    found.deadline -= timedelta(seconds=seconds)
    site.server.session.commit()


def test_the_clock_is_the_servers_and_the_end_is_asked_for(candidate: Signed, exam_site: Site) -> None:
    page = candidate()
    let_time_pass(exam_site, 174)  # of 180 seconds; the page has to arrive in the rest of them
    page.add_init_script("const real = Date.now; Date.now = () => real() + 86400000;")  # a day off
    page.reload()
    ready(page)
    assert page.inner_text("#exam-clock") in [f"0:00:0{left}" for left in range(1, 7)]
    choose(page, "A")
    picked = shown(page, "A")
    page.wait_for_selector("h1:text('The time is up')")
    assert answers(exam_site) == {1: [picked]}
    assert sitting(exam_site).state is SittingState.RUNNING
    let_time_pass(exam_site, 30)
    page.goto("/exams")
    page.click("text=Resume")
    page.wait_for_selector("h1:text('report')")


def test_notices_of_the_time_and_a_clock_that_can_be_hidden(candidate: Signed, exam_site: Site) -> None:
    page = candidate()
    assert page.get_attribute("#exam-clock", "role") == "timer"
    assert page.get_attribute("#exam-clock", "aria-live") is None
    let_time_pass(exam_site, 115)
    page.reload()
    ready(page)
    page.wait_for_selector("#exam-notice:text-is('1 minute left')", state="attached")
    page.click("#exam-clock-toggle")
    assert "visually-hidden" in page.get_attribute("#exam-clock", "class")
    page.reload()
    ready(page)
    assert "visually-hidden" in page.get_attribute("#exam-clock", "class")


def test_words_are_highlighted_and_options_struck(candidate: Signed, exam_site: Site) -> None:
    page = candidate()
    page.goto(page.url.replace("/questions/1", "/questions/4"))
    ready(page)
    for part, start in (("stem", 4), ("exhibit", 30)):
        page.evaluate(
            """([part, start]) => {
              const element = document.querySelector(`[data-part=${part}]`);
              const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
              let node = walker.nextNode();
              while (node.length < 40) node = walker.nextNode();
              document.getSelection().setBaseAndExtent(node, start, node, start + 8);
            }""",
            [part, start],
        )
        page.click("#highlight")
    page.locator(".strike label").nth(2).click()
    is_saved(page)
    page.reload()
    ready(page)
    marked = page.locator("mark.highlight").all_inner_texts()
    assert marked == [LONG[30:38], LONG[4:12]]
    assert page.locator(".strike input").nth(2).is_checked()
    page.locator("[data-part=stem] mark").click()
    page.wait_for_selector("[data-part=stem] mark", state="detached")
    is_saved(page)


def test_a_break_and_back(candidate: Signed, exam_site: Site) -> None:
    accommodations.grant(
        exam_site.server.session, exam_site.student_id, breaks=5, reason="need", by_id=None, now=clock.now()
    )
    exam_site.server.session.commit()
    page = candidate()
    choose(page, "A")
    page.click("text=Take a break")
    page.wait_for_selector("h1:text('On a break')")
    page.click("text=Go on with the exam")
    page.wait_for_url("**/questions/2")


def test_a_drill_gives_the_reason_at_once(exam_site: Site, signed_in: Signed) -> None:
    page = signed_in()
    page.goto("/drills")
    page.click("button:has-text('Evaluation')")
    ready(page)
    choose(page, "A")
    page.check("#sure-unsure")
    page.click("#go-check")
    page.wait_for_selector("#verdict")
    assert "Reason" in page.inner_text(".judged")
    page.click("#go-next")
    page.wait_for_url("**/questions/2")


PAGES = ("/exams", "/exams/mock", "/drills", "question", "exhibit", "review", "drill", "report", "answers")


def walk(page: Any, site: Site) -> Any:
    """Visit every page of exams and drills, and yield the name of each when it stands."""
    for path in PAGES[:3]:
        page.goto(path)
        yield path
    begin(page)
    choose(page, "A")
    is_saved(page)
    yield "question"
    mock = sitting(site).id
    page.goto(f"/sittings/{mock}/questions/4")
    ready(page)
    page.click("summary:text-is('Notes')")
    page.check("#flagged")
    is_saved(page)
    yield "exhibit"
    page.goto(f"/sittings/{mock}/review")
    yield "review"
    page.click("#hand-in button")
    page.wait_for_selector("h1:text('report')")
    yield "report"
    page.goto(f"/sittings/{mock}/answers")
    yield "answers"
    page.goto("/drills")
    page.click("button:has-text('Evaluation')")
    ready(page)
    choose(page, "A")
    page.click("#go-check")
    page.wait_for_selector("#verdict")
    yield "drill"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_and_nothing_is_cut_off(
    exam_site: Site, open_page: Callable[..., Any], scheme: str, width: int, tmp_path: Path
) -> None:
    page = open_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    sign_in(page)
    seen = []
    for name in walk(page, exam_site):
        seen.append(name)
        page.screenshot(path=tmp_path / f"{name.strip('/').replace('/', '-')}-{width}-{scheme}.png", full_page=True)
        assert faults(page) == [], name
    assert sorted(seen) == sorted(PAGES)
