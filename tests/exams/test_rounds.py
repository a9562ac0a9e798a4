"""Review rounds: which questions are asked, that nothing withheld is, and what the end of one says."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp.attempts.memories import Remembered
from coachapp.attempts.papers import paper_of
from coachapp.content.plans import LoadedPlans
from coachapp.content.sync import sync
from coachapp.domain.questions import Section, Use
from coachapp.domain.scheduling import Memory, MemoryPhase
from coachapp.exams.pool import Candidate
from coachapp.exams.rounds import choose
from coachapp.models.people import Person
from coachapp.models.sittings import Sitting
from tests.conftest import SignIn
from tests.domain.exam_builders import item
from tests.exams.conftest import T0
from tests.exams.turning import Clock, post_page
from tests.progress.studying import DAY, PLANS, Begin, answer, at, begin, many_concepts, plans, stock

__all__ = ["at", "begin", "plans", "stock"]

LONG_AGO = (T0 - 60 * DAY).timestamp()
LAST_WEEK = (T0 - 7 * DAY).timestamp()


def due(*slugs: str) -> list[Remembered]:
    memory = Memory(MemoryPhase.REVIEW, 1.0, 5.0, T0, T0 - DAY, 1, 0)
    return [Remembered(slug, slug, Section.EM, memory) for slug in slugs]


def candidates(*names: str, section: Section = Section.EM) -> list[Candidate]:
    return [Candidate(n, n, item(name, section)) for n, name in enumerate(names, start=1)]


def chosen(*arguments: Any, **named: Any) -> list[str]:
    return [candidate.item.id for candidate in choose(*arguments, now=T0, **named)]


def test_the_question_seen_longest_ago_is_asked_one_a_concept() -> None:
    pool = candidates("one", "two", "three")
    tagged = {"a": {1, 2}, "b": {3}}
    assert chosen(due("a", "b"), pool, tagged, seen={"one": LAST_WEEK, "two": LONG_AGO}) == ["two", "three"]
    assert chosen(due("a"), pool, tagged, seen={"one": LONG_AGO}) == ["two"]


def test_a_question_on_two_concepts_is_asked_once() -> None:
    assert chosen(due("a", "b"), candidates("one"), {"a": {1}, "b": {1}}, seen={}) == ["one"]


def test_concepts_whose_questions_were_all_seen_lately_come_last() -> None:
    pool = candidates("one", "two")
    assert chosen(due("a", "b"), pool, {"a": {1}, "b": {2}}, seen={"one": LAST_WEEK}) == ["two", "one"]
    assert chosen(due("a"), pool, {"a": {1}}, seen={"one": LAST_WEEK}) == ["one"]


def test_a_round_holds_what_five_minutes_do() -> None:
    quick = candidates(*"abcdefg", section=Section.ANATOMY)  # 60 seconds each
    each = {one.item.id: {one.item_id} for one in quick}
    assert chosen(due(*"abcdefg"), quick, each, seen={}) == list("abcde")
    slow = candidates("x", section=Section.CASES)  # 270 seconds
    assert chosen(due("x"), slow, {"x": {1}}, seen={}) == ["x"]
    both = [*slow, *[Candidate(9, 9, item("y", Section.CASES)), Candidate(10, 10, item("z", Section.TERMINOLOGY))]]
    assert chosen(due("x", "y", "z"), both, {"x": {1}, "y": {9}, "z": {10}}, seen={}) == ["x"]


def test_nothing_to_ask_is_no_round() -> None:
    assert chosen(due("a"), candidates("one"), {}, seen={}) == []


@pytest.fixture
def learner(plans: LoadedPlans, db_session: Session, at: Clock, sign_in: SignIn, begin: Begin) -> FlaskClient:
    """Return the client of a student who has just answered a question on each of four concepts, two of them wrong."""
    questions, concepts = many_concepts(4)
    questions = [one.model_copy(update={"use": Use.BOTH}) for one in questions]
    sync(db_session, [], questions=questions, concepts=concepts, now=T0)
    db_session.commit()
    client = sign_in()
    who = db_session.scalars(select(Person)).one()
    drill = PLANS.plans["drill-em"]
    whole = drill.model_copy(update={"sections": (drill.sections[0].model_copy(update={"count": 8}),)})
    sitting = begin(plan=whole, who=who, questions=questions)
    answer(db_session, sitting, {1: "a", 3: "a", 5: "b", 7: "b"})  # the first question on each
    client.post(f"/sittings/{sitting.id}/hand-in")
    return client


def the_round(session: Session) -> Sitting:
    session.expire_all()
    return session.scalars(select(Sitting).where(Sitting.scope == "review").order_by(Sitting.id.desc())).first()  # type: ignore[return-value]


def test_nothing_is_asked_before_it_is_due(learner: FlaskClient, db_session: Session) -> None:
    assert "Nothing is due" in learner.get("/review").text
    answered = learner.post("/drills/review")
    assert (answered.status_code, answered.location) == (303, "/review")
    assert "nothing to ask" in learner.get("/review").text
    assert the_round(db_session) is None


def test_what_is_due_is_asked_with_another_question_and_graded_at_once(
    learner: FlaskClient, db_session: Session, at: Clock
) -> None:
    at.now = T0 + DAY
    learner.get("/review")
    started = learner.post("/drills/review")
    found = the_round(db_session)
    assert started.location == f"/sittings/{found.id}"
    assert sorted(slot.item for slot in paper_of(found)) == ["em/r-002-y", "em/r-003-y"]
    assert learner.post("/drills/review").location == started.location
    assert "Resume the round" in learner.get("/review").text
    for n, chosen_option in ((1, "a"), (2, "b")):
        assert "How sure are you?" in learner.get(f"/sittings/{found.id}/questions/{n}").text
        post_page(learner, found.id, n, go="check", answer=chosen_option, sure="sure")
        assert "Reason a of em/r-" in learner.get(f"/sittings/{found.id}/questions/{n}").text
    ended = post_page(learner, found.id, 2, go="review")
    assert ended.location == f"/sittings/{found.id}/report"
    page = learner.get(ended.location).text
    assert "What comes again, and when" in page
    lines = re.findall(r'<th scope="row">(Rule \d+)</th><td[^>]*>(.*?)</td><td[^>]*>(.*?)</td>', page)
    right = {title: re.sub(r"<[^>]+>", "", count) for title, count, _ in lines}
    assert sorted(right.values()) == ["0 of 1", "1 of 1"]
    assert len(lines) == 2
    assert 'href="/review"' in page


def test_a_question_of_a_running_exam_is_not_asked(
    learner: FlaskClient, db_session: Session, begin: Begin, at: Clock
) -> None:
    at.now = T0 + DAY
    learner.get("/review")
    who = db_session.scalars(select(Person)).one()
    exam = PLANS.plans["mock"]
    whole = exam.model_copy(update={"sections": (exam.sections[0].model_copy(update={"count": 8}),), "minutes": 600})
    questions, _ = many_concepts(4)
    begin(plan=whole, who=who, questions=questions, now=at.now)
    assert learner.post("/drills/review").location == "/review"
    assert the_round(db_session) is None


def test_a_round_that_cannot_be_finished_at_once_is_looked_over_first(
    learner: FlaskClient, db_session: Session, at: Clock
) -> None:
    at.now = T0 + DAY
    learner.get("/review")
    learner.post("/drills/review")
    found = the_round(db_session)
    post_page(learner, found.id, 1, go="check", answer="a")
    assert post_page(learner, found.id, 1, go="review").location == f"/sittings/{found.id}/review"


def test_every_drill_says_when_its_concepts_come_again(learner: FlaskClient, db_session: Session) -> None:
    drill = db_session.scalars(select(Sitting)).one()
    page = learner.get(f"/sittings/{drill.id}/report").text
    dues = re.findall(r'<th scope="row">(Rule \d+)</th><td[^>]*>.*?</td><td[^>]*>(.*?)</td>', page)
    day, later = (f"{T0 + timedelta(days=n):%b} {(T0 + timedelta(days=n)).day}, 2026" for n in (1, 2))
    assert dict(dues) == {"Rule 000": later, "Rule 001": later, "Rule 002": day, "Rule 003": day}
