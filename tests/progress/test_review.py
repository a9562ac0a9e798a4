"""The review page: what is due by section, the days ahead, every state; and how far confidence can be trusted."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from coachapp.attempts.grades import mark_outdated
from coachapp.attempts.memories import Remembered, most_urgent
from coachapp.content.plans import LoadedPlans
from coachapp.content.sync import sync
from coachapp.domain.questions import Section
from coachapp.domain.rates import Rate
from coachapp.domain.scheduling import Memory, MemoryPhase
from coachapp.domain.sittings import SittingState
from coachapp.models.memory import MemoryState
from coachapp.models.people import Person
from coachapp.models.sittings import Sitting
from coachapp.models.standing import ProgressState
from coachapp.progress.schedule import days_ahead
from coachapp.progress.standing_reads import figures_of
from coachapp.progress.upkeep import bring_up_to_date
from tests.conftest import SignIn
from tests.exams.conftest import T0
from tests.exams.turning import Clock, begin_exam
from tests.progress.studying import DAY, PLANS, Begin, answer, at, begin, many_concepts, plans, stock

__all__ = ["at", "begin", "plans", "stock"]


def remember(name: str, due: datetime, last: datetime = T0, stability: float = 2.0) -> Remembered:
    return Remembered(name, name, Section.EM, Memory(MemoryPhase.REVIEW, stability, 5.0, due, last, 1, 0))


def test_the_most_urgent_is_what_is_least_likely_known() -> None:
    now = T0 + 10 * DAY
    found = [
        remember("firm", T0, stability=9.0),
        remember("shaky", T0 + DAY, stability=1.0),
        remember("later", now + DAY),
        remember("just now", now),
    ]
    assert [one.slug for one in most_urgent(found, now)] == ["shaky", "just now", "firm"]


def test_days_are_those_of_the_reader() -> None:
    """10 PM in Chicago is the next day in UTC; what is overdue belongs to today."""
    now = datetime(2026, 5, 16, 3, tzinfo=UTC)
    known = [
        remember("overdue", now - 9 * DAY),
        remember("tonight", datetime(2026, 5, 16, 4, 59, tzinfo=UTC)),
        remember("tomorrow", datetime(2026, 5, 16, 5, tzinfo=UTC)),
        remember("in two weeks", datetime(2026, 5, 29, 12, tzinfo=UTC)),
        remember("later", datetime(2026, 6, 9, 12, tzinfo=UTC)),
    ]
    rows = days_ahead(known, now=now, zone=ZoneInfo("America/Chicago"))
    assert rows[:3] == [("Today", 2), ("Tomorrow", 1), ("Sun, May 17", 0)]
    assert rows[-2:] == [("Thu, May 28", 0), ("Later", 2)]
    assert (len(rows), sum(count for _, count in rows)) == (15, 5)


@pytest.fixture
def learner(plans: LoadedPlans, stock: Callable[..., Any], at: Clock, sign_in: SignIn) -> FlaskClient:
    """Return the client of a student on a site with twelve questions."""
    stock()
    return sign_in()


def test_without_any_memory_the_page_says_how_to_get_one(learner: FlaskClient) -> None:
    page = learner.get("/review").text
    assert "Nothing to review yet" in page
    assert 'href="/drills"' in page
    assert "The days ahead" not in page


def test_with_nothing_due_the_page_says_when_and_what_else(
    learner: FlaskClient, db_session: Session, begin: Begin
) -> None:
    who = db_session.scalars(select(Person)).one()
    answer(db_session, begin(plan=PLANS.plans["drill-em"], who=who), {2: "b"})
    page = learner.get("/review").text
    assert "Nothing is due" in page
    assert "May 17, 2026" in page
    assert "1 concept in all" in page


def test_what_is_due_is_named_with_how_often_it_was_wrong(
    learner: FlaskClient, db_session: Session, begin: Begin, at: Clock
) -> None:
    who = db_session.scalars(select(Person)).one()
    answer(db_session, begin(plan=PLANS.plans["drill-em"], who=who), {2: "b", 3: "a"})
    at.now = T0 + 3 * DAY
    page = learner.get("/review").text
    assert "2 concepts are due" in page
    assert "wrong 1 of 2 times" in page
    assert "wrong 1 of 1 time<" in page
    assert "Start five minutes" in page
    assert page.count('class="btn btn-primary') == 1


def test_a_concept_without_a_question_is_not_promised(
    learner: FlaskClient, db_session: Session, begin: Begin, at: Clock
) -> None:
    who = db_session.scalars(select(Person)).one()
    answer(db_session, begin(plan=PLANS.plans["drill-em"], who=who), {3: "a"})
    at.now = T0 + 3 * DAY
    sync(db_session, [], questions=[], concepts=[], now=T0)  # every question is retired
    db_session.commit()
    page = learner.get("/review").text
    assert "2 concepts are due" in page
    assert page.count("asked in charts only") == 2
    assert "Start five minutes" not in page
    today = learner.get("/today").text
    assert "Five minutes of review" not in today
    assert "What is due comes up in charts." in today


def remember_all(session: Session, count: int) -> None:
    """Give the one student a memory of so many concepts, all due at T0."""
    who = session.scalars(select(Person)).one()
    for n in range(count):
        session.add(
            MemoryState(
                person_id=who.id,
                concept_slug=f"rule-{n:03}",
                phase=MemoryPhase.REVIEW,
                stability=1.0 + n,
                difficulty=5.0,
                due=T0,
                last_review=T0 - DAY,
                reviews=1,
                lapses=0,
                version=1,
            )
        )
    session.add(ProgressState(person_id=who.id, computed_at=T0))
    session.commit()


def test_two_hundred_due_concepts_fit_on_the_page(
    plans: LoadedPlans, db_session: Session, at: Clock, sign_in: SignIn
) -> None:
    questions, concepts = many_concepts(200)
    sync(db_session, [], questions=questions, concepts=concepts, now=T0)
    db_session.commit()
    client = sign_in()
    remember_all(db_session, 200)
    page = client.get("/review").text
    assert "200 concepts are due" in page
    assert re.search(r'<details class="due">\s*<summary>', page)
    assert page.index("Rule 000") < page.index("Rule 199")
    assert client.post("/drills/review").location == "/sittings/1"


def test_today_and_the_review_count_alike_what_a_question_asks_about(
    plans: LoadedPlans, db_session: Session, at: Clock, sign_in: SignIn
) -> None:
    questions, concepts = many_concepts(3)
    sync(db_session, [], questions=questions[:2], concepts=concepts, now=T0)  # both on the first
    db_session.commit()
    client = sign_in()
    remember_all(db_session, 3)
    page = client.get("/review").text
    assert "1 concept is due" in page
    assert "2 more are due that no question asks about" in page
    assert page.count("asked in charts only") == 2
    assert '>1</span> <span class="muted">concept due now<' in client.get("/today").text


def confidence(session: Session, who: Person, now: datetime = T0 + timedelta(seconds=1)) -> dict[bool | None, Rate]:
    """Return what the progress page says of answers that were marked sure or unsure."""
    bring_up_to_date(session, who.id, now=now)
    session.commit()
    found = figures_of(session, who.id).overview
    return {} if found is None else dict(found.confidence)


def test_confidence_counts_the_answers_that_were_marked(
    learner: FlaskClient, db_session: Session, begin: Begin
) -> None:
    who = db_session.scalars(select(Person)).one()
    plan = PLANS.plans["drill-em"].model_copy(update={"sections": PLANS.plans["mock"].sections})
    sitting = begin(plan=plan, who=who)
    answer(db_session, sitting, {2: "b", 3: "a", 6: "b"}, sure=True)  # the third is wrong, on two concepts
    answer(db_session, sitting, {5: "b"}, sure=False)
    answer(db_session, sitting, {8: "b"})
    found = confidence(db_session, who)
    assert found == {True: Rate(2, 3), False: Rate(0, 1), None: Rate(1, 1)}
    assert found[True].share == pytest.approx(2 / 3)
    # Wilson at 80 percent: center (2/3 + z²/6) / (1 + z²/3), z = 1.28155.
    assert found[True].interval == pytest.approx((0.3212, 0.8942), abs=0.0001)


def test_confidence_keeps_quiet_about_what_an_exam_withholds(
    learner: FlaskClient, db_session: Session, begin: Begin
) -> None:
    who = db_session.scalars(select(Person)).one()
    sitting = begin(plan=PLANS.plans["drill-em"], who=who)
    begin_exam(learner)
    answer(db_session, sitting, {2: "b"}, sure=True)
    assert confidence(db_session, who) == {}
    db_session.execute(update(Sitting).where(Sitting.id != sitting.id).values(state=SittingState.VOIDED))
    mark_outdated(db_session, {who.id}, at=T0)
    db_session.commit()
    assert confidence(db_session, who)[True] == Rate(1, 1)
