"""The exam desk and the pages around exams in a real browser: axe, reflow, and the code book beside a question."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from coachapp import clock
from coachapp.attempts import accommodations, finishing, sittings
from coachapp.attempts.papers import paper_of
from coachapp.domain.permissions import Role
from coachapp.domain.questions import Section
from coachapp.domain.slotwork import make_save
from coachapp.exams.operations import Reach, start_exam
from coachapp.jobs import jobs_of
from coachapp.models.people import Person
from coachapp.models.sittings import ItemRuling, ProblemReport, Sitting
from tests.browser.conftest import Site, sign_in
from tests.browser.test_exam import begin, exam_site
from tests.domain.exam_builders import plan
from tests.looking import faults

__all__ = ["exam_site"]

Signed = Callable[..., Any]
DAY = timedelta(days=1)


@pytest.fixture
def busy(exam_site: Site) -> dict[str, int]:
    """Make the student an administrator with graded exams, a report, a late answer, accommodations and a failed job."""
    session, now = exam_site.server.session, clock.now()
    me = session.get_one(Person, exam_site.student_id)
    me.role = Role.ADMIN
    session.commit()
    made = []
    for n in range(3):
        at = now - (5 - n) * DAY
        chosen = plan({Section.EM: 3, Section.CASES: 3})
        found = start_exam(session, me.id, plan=chosen, reach=Reach(unverified=True, cpt=True), now=at, seed=n)
        assert isinstance(found, Sitting)
        slot = paper_of(found)[0]
        sittings.save(session, found, slot=slot, work=make_save(base_seq=0, save_id="a", answer=["a"]), now=at)
        sittings.hand_in(session, found, now=at)
        finishing.finish(session, found.id, now=at)
        session.commit()
        made.append(found)
    late = made[0]
    work = make_save(base_seq=1, save_id="b", answer=["b"], notes="offline")
    with pytest.raises(sittings.SittingClosed):
        sittings.save(session, late, slot=paper_of(late)[0], work=work, now=now)
    report = ProblemReport(
        person_id=me.id, item_version_id=paper_of(late)[0].version_id, text="Two options fit.", at=now - DAY
    )
    session.add(report)
    accommodations.grant(session, me.id, factor=Decimal("1.5"), reason="Letter.", by_id=me.id, now=now)
    session.commit()
    jobs_of(exam_site.server.app).record.failed("finish-sitting", (3,), message="OperationalError: locked", now=now)
    return {"sitting": late.id, "report": report.id, "person": me.id}


def pages(ids: dict[str, int]) -> Iterator[str]:
    """Yield the addresses of the pages looked at."""
    yield "/exam-desk"
    yield "/exam-desk/problems"
    yield "/exam-desk/problems?state=settled"
    yield f"/exam-desk/problems/{ids['report']}"
    yield f"/exam-desk/problems/{ids['report']}/rulings/void"
    yield "/exam-desk/late"
    yield f"/exam-desk/late/{ids['sitting']}"
    yield "/exam-desk/learners"
    yield f"/exam-desk/learners/{ids['person']}"
    yield f"/exam-desk/sittings/{ids['sitting']}/void"
    yield "/exams/mock/compare"
    yield "/admin/jobs"


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (320, "dark")])
def test_axe_finds_nothing_and_nothing_runs_over_the_edge(
    busy: dict[str, int], exam_site: Site, open_page: Signed, width: int, scheme: str
) -> None:
    page = open_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    sign_in(page)
    for address in pages(busy):
        page.goto(address)
        for folded in page.locator("main details:not([open]) > summary").all():
            folded.click()
        assert faults(page) == [], address


def test_a_problem_is_settled_by_keyboard_and_the_form_keeps_what_was_typed(
    busy: dict[str, int], exam_site: Site, open_page: Signed
) -> None:
    page = open_page(viewport={"width": 1280, "height": 800})
    sign_in(page)
    page.goto(f"/exam-desk/problems/{busy['report']}")
    page.focus("text=Void the question")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=What would change")
    page.focus("main form button[type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#errors-summary")
    page.fill("#reason", "Both are right.")
    page.focus("main form button[type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Settled")
    exam_site.server.session.rollback()
    assert exam_site.server.session.scalars(select(ItemRuling.reason)).all() == ["Both are right."]


@pytest.mark.parametrize("width", [1280, 390])
def test_the_code_book_opens_beside_a_question_and_leaves_the_time_in_sight(
    exam_site: Site, open_page: Signed, code_sets: None, width: int
) -> None:
    page = open_page(viewport={"width": width, "height": 800})
    sign_in(page)
    begin(page)
    page.locator(".option > label").first.click()
    page.click("[data-codebook-drawer]")
    page.wait_for_selector(".book-drawer #book-q")
    assert page.input_value(".book-drawer #book-on") == "2026-05-15"
    page.fill(".book-drawer #book-q", "a")
    page.keyboard.type("b")  # letters typed into the book choose no answer
    assert page.locator(".option > input").first.is_checked()
    if width == 1280:
        timer, drawer = (page.locator(one).bounding_box() for one in ("#exam-timer", ".book-drawer"))
        assert timer["x"] + timer["width"] <= drawer["x"]
    page.click(".book-drawer button:text-is('Close')")
    assert page.url.endswith("/questions/1")
