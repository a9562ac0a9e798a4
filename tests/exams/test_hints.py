"""Hints in drills: the concept's name, then its lesson; each is kept, and none is given where an exam forbids it."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp.attempts import sittings
from coachapp.domain.scheduling import Rating
from coachapp.exams.operations import give_hint
from coachapp.models.attempts import Step
from coachapp.models.memory import MemoryReview
from tests.exams.test_engine import Begin, work
from tests.exams.turning import at, begin_exam, learner, plans, post_page, put

__all__ = ["at", "learner", "plans"]

NAME, LESSON = "Some concept", "A lesson."


def begin_drill(client: FlaskClient) -> int:
    answer = client.post("/drills", data={"plan": "drill-em"})
    return int(answer.location.rsplit("/", 1)[1])


def question(client: FlaskClient, sitting: int, n: int = 1) -> str:
    return client.get(f"/sittings/{sitting}/questions/{n}").text


def test_the_first_hint_names_the_concept_and_the_second_shows_its_lesson(
    learner: FlaskClient, db_session: Session
) -> None:
    sitting = begin_drill(learner)
    assert NAME not in question(learner, sitting)
    answer = post_page(learner, sitting, 1, go="hint", answer="a", sure="sure")
    assert answer.location == f"/sittings/{sitting}/questions/1#hint"
    page = question(learner, sitting)
    assert NAME in page
    assert LESSON not in page
    assert 'value="a" id="option-a" checked' in page
    post_page(learner, sitting, 1, go="hint", answer="a", sure="sure")
    page = question(learner, sitting)
    assert NAME in page
    assert LESSON in page
    assert 'value="hint"' not in page
    post_page(learner, sitting, 1, go="check", answer="a", sure="sure")
    assert db_session.scalars(select(Step.payload["hints"].as_integer()).order_by(Step.id)).all() == [1, 2, 2]
    for review in db_session.scalars(select(MemoryReview)):
        assert review.helped
        assert review.rating is (Rating.HARD if review.score else Rating.AGAIN)


def test_a_page_cannot_take_a_hint_back(learner: FlaskClient, db_session: Session) -> None:
    sitting = begin_drill(learner)
    post_page(learner, sitting, 1, go="hint")
    assert put(learner, sitting, base_seq=1, answer=["b"]).status_code == 200
    assert put(learner, sitting, base_seq=2, save_id="s2", hints=0).status_code == 422
    steps = db_session.scalars(select(Step).order_by(Step.seq)).all()
    assert [sittings.hints_given(step.payload) for step in steps] == [1, 1]


def test_turning_the_page_after_a_hint_stores_nothing_new(learner: FlaskClient, db_session: Session) -> None:
    sitting = begin_drill(learner)
    post_page(learner, sitting, 1, go="hint", answer="a")
    post_page(learner, sitting, 1, go="next", answer="a")
    assert len(db_session.scalars(select(Step)).all()) == 1


def test_an_exam_gives_no_hint(learner: FlaskClient, db_session: Session, begin: Begin) -> None:
    sitting = begin_exam(learner)
    assert 'value="hint"' not in question(learner, sitting)
    post_page(learner, sitting, 1, go="hint", answer="a")
    assert NAME not in question(learner, sitting)
    assert sittings.hints_given(db_session.scalars(select(Step)).one().payload) == 0
    other = begin()
    with pytest.raises(ValueError, match="only a drill"):
        give_hint(db_session, other, slot=sittings.paper_of(other)[0], work=work(), now=other.started_at)


def test_a_question_of_a_running_exam_has_no_hint_in_a_drill(learner: FlaskClient, db_session: Session) -> None:
    drill = begin_drill(learner)
    post_page(learner, drill, 1, go="hint", answer="a")
    begin_exam(learner)
    for _ in range(2):
        page = question(learner, drill)
        assert NAME not in page
        assert LESSON not in page
        assert 'value="hint"' not in page
        post_page(learner, drill, 1, go="hint", answer="b")
    shown: Any = learner.get(f"/sittings/{drill}/questions/1")
    assert "There is no hint" in shown.text
    steps = db_session.scalars(select(Step).where(Step.attempt_id == 1).order_by(Step.seq)).all()
    assert [sittings.hints_given(step.payload) for step in steps] == [1, 1]
