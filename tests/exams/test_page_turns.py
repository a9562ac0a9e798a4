"""What holds while an exam runs and after it: disclosure, tabs, time, breaks, rulings, the number of queries."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp.attempts import accommodations, finishing, sittings
from coachapp.domain.questions import Section
from coachapp.domain.sittings import Ruling
from coachapp.models.attempts import Attempt, Step
from coachapp.models.items import ItemVersion
from coachapp.models.sittings import ProblemReport, Sitting
from tests.domain.exam_builders import plan
from tests.exams.conftest import T0
from tests.exams.turning import SECOND, Clock, at, begin_exam, hidden, learner, plans, post_page, put


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"show_answers": "never"}, "does not show its answers"),
        ({"show_answers": "after", "show_answers_from": date(2026, 6, 1)}, "answers are shown from"),
    ],
)
def test_a_plan_may_keep_its_answers(
    learner: FlaskClient, plans: dict[str, Any], fields: dict[str, Any], words: str
) -> None:
    plans["mock"] = plan({Section.EM: 6, Section.ICD10CM: 6}, **fields)
    sitting = begin_exam(learner)
    learner.post(f"/sittings/{sitting}/hand-in")
    assert words in learner.get(f"/sittings/{sitting}/answers").text
    for path in ("report", "answers"):
        text = learner.get(f"/sittings/{sitting}/{path}").text
        assert "Reason" not in text
        assert "Changed answers" not in text


def test_two_tabs_without_a_script_see_both_versions(learner: FlaskClient, db_session: Session) -> None:
    sitting = begin_exam(learner)
    old = hidden(learner.get(f"/sittings/{sitting}/questions/1").text)
    post_page(learner, sitting, 1, answer="b", go="save")
    clash = learner.post(f"/sittings/{sitting}/questions/1", data={**old, "answer": "c", "go": "next"})
    assert clash.status_code == 409
    assert "saved this question after you opened this page" in clash.text
    assert re.search(r'value="c" id="option-c" checked', clash.text)
    kept = learner.post(f"/sittings/{sitting}/questions/1", data={**hidden(clash.text), "answer": "c", "go": "save"})
    assert kept.status_code == 303
    assert db_session.scalars(select(Step).order_by(Step.id.desc())).first().payload["answer"] == ["c"]  # type: ignore[union-attr]


def test_turning_a_page_twice_saves_it_once(learner: FlaskClient, db_session: Session) -> None:
    sitting = begin_exam(learner)
    for _ in range(2):
        post_page(learner, sitting, 1, answer="b", go="next")
    assert len(db_session.scalars(select(Step)).all()) == 1


def test_time_on_a_question_without_a_script_is_from_serving_to_posting(
    learner: FlaskClient, at: Clock, db_session: Session
) -> None:
    sitting = begin_exam(learner)
    form = hidden(learner.get(f"/sittings/{sitting}/questions/1").text)
    at.now += 30 * SECOND
    learner.post(f"/sittings/{sitting}/questions/1", data={**form, "answer": "a"})
    assert db_session.scalars(select(Step)).one().payload["elapsed_ms"] == 30_000


def test_time_spent_looking_again_is_kept(learner: FlaskClient, at: Clock, db_session: Session) -> None:
    sitting = begin_exam(learner)
    for elapsed in (1000, 3000, 9000):
        post_page(learner, sitting, 1, answer="a", elapsed_ms=str(elapsed))
    found = [step.payload["elapsed_ms"] for step in db_session.scalars(select(Step).order_by(Step.seq))]
    assert found == [1000, 9000]


def test_a_page_that_is_no_save_is_told_what_is_wrong(learner: FlaskClient) -> None:
    sitting = begin_exam(learner)
    answer = post_page(learner, sitting, 1, answer="z")
    assert answer.status_code == 422
    assert "names an option that this question does not have" in answer.text


def test_forward_plans_are_walked_one_way(learner: FlaskClient, plans: dict[str, Any]) -> None:
    plans["mock"] = plan({Section.EM: 3}, navigation="forward")
    sitting = begin_exam(learner)
    page = learner.get(f"/sittings/{sitting}/questions/1").text
    assert "you cannot come back" in page
    assert post_page(learner, sitting, 1, answer="a", go="beyond").location.endswith("/questions/2")
    assert learner.get(f"/sittings/{sitting}/questions/1").location.endswith("/questions/2")
    back = learner.post(f"/sittings/{sitting}/questions/1", data={"save_id": "x", "base_seq": "1", "answer": "b"})
    assert back.location == f"/sittings/{sitting}"


def test_a_break_hides_the_questions(learner: FlaskClient, at: Clock, db_session: Session) -> None:
    who = learner.person.id  # type: ignore[attr-defined]
    accommodations.grant(db_session, who, breaks=1, reason="need", by_id=None, now=T0)
    db_session.commit()
    assert "breaks of 1 minute" in learner.get("/exams/mock").text
    sitting = begin_exam(learner)
    post_page(learner, sitting, 1, answer="b", go="break")
    for path in ("questions/1", "review", ""):
        assert learner.get(f"/sittings/{sitting}/{path}".rstrip("/")).location == f"/sittings/{sitting}/break"
    page = learner.get(f"/sittings/{sitting}/break").text
    assert "stands still" in page
    assert "What is right" not in page
    assert put(learner, sitting).json["reason"] == "break"
    at.now += 20 * SECOND
    assert learner.post(f"/sittings/{sitting}/break").location == f"/sittings/{sitting}"
    assert learner.get(f"/sittings/{sitting}/time").json == {"state": "running", "remaining_ms": 180_000}
    at.now += 200 * SECOND  # in the grace
    assert "no break now" not in learner.get(f"/sittings/{sitting}").text.lower()


def test_no_question_is_served_after_the_deadline(learner: FlaskClient, at: Clock) -> None:
    sitting = begin_exam(learner)
    form = hidden(learner.get(f"/sittings/{sitting}/questions/1").text)
    at.now += 181 * SECOND
    for path in ("/questions/1", "/review", ""):
        page = learner.get(f"/sittings/{sitting}{path}")
        assert "The time is up" in page.text
        assert "What is right" not in page.text
    # But what is under way is taken.
    assert put(learner, sitting, n=2).status_code == 200
    late = learner.post(f"/sittings/{sitting}/questions/1", data={**form, "answer": "b", "go": "next"})
    assert late.status_code == 303
    assert "seconds" not in learner.get(f"/sittings/{sitting}").text  # the grace is not advertised
    at.now += 30 * SECOND
    assert learner.get(f"/sittings/{sitting}/questions/1").location == f"/sittings/{sitting}/report"
    assert "because the time was up" in learner.get(f"/sittings/{sitting}/report").text


def test_a_page_posted_too_late_says_so(learner: FlaskClient, at: Clock) -> None:
    sitting = begin_exam(learner)
    form = hidden(learner.get(f"/sittings/{sitting}/questions/1").text)
    at.now += 211 * SECOND
    answer = learner.post(f"/sittings/{sitting}/questions/1", data={**form, "answer": "b", "go": "next"})
    assert answer.location == f"/sittings/{sitting}/report"
    assert "that answer does not count" in learner.get(answer.location).text


def test_a_problem_is_reported_without_leaving_the_question(learner: FlaskClient, db_session: Session) -> None:
    sitting = begin_exam(learner)
    sent = post_page(learner, sitting, 1, answer="b", go="problem", problem="No option fits.")
    assert sent.location == f"/sittings/{sitting}/questions/1"
    page = learner.get(sent.location).text
    assert "The problem was reported" in page
    assert 'id="option-b" checked' in page
    post_page(learner, sitting, 1, answer="b", go="problem", problem="Two options fit.")
    post_page(learner, sitting, 1, answer="b", go="problem", problem="  ")
    assert [row.text for row in db_session.scalars(select(ProblemReport))] == ["Two options fit."]


def test_a_voided_exam_says_so(learner: FlaskClient, db_session: Session) -> None:
    sitting = begin_exam(learner)
    sittings.void(db_session, db_session.get_one(Sitting, sitting), now=T0)
    db_session.commit()
    assert "voided" in learner.get(f"/sittings/{sitting}/report").text
    assert put(learner, sitting).json == {"reason": "void"}
    assert "Voided" in learner.get("/exams").text


def test_rulings_show_in_the_answers(learner: FlaskClient, db_session: Session) -> None:
    sitting = begin_exam(learner)
    learner.post(f"/sittings/{sitting}/hand-in")
    learner.get(f"/sittings/{sitting}/report")
    version = db_session.get_one(ItemVersion, db_session.get_one(Sitting, sitting).paper[0]["version_id"])
    finishing.rule(db_session, version, ruling=Ruling.VOID, reason="x", by_id=None, now=T0)
    db_session.commit()
    assert "Not counted" in learner.get(f"/sittings/{sitting}/answers").text
    assert '<span class="number">11</span> right' in learner.get(f"/sittings/{sitting}/report").text


def test_short_exams_report_a_range_and_earlier_ones(learner: FlaskClient) -> None:
    for _ in range(2):
        sitting = begin_exam(learner, "short")
        learner.post(f"/sittings/{sitting}/hand-in")
        page = learner.get(f"/sittings/{sitting}/report").text
    assert "Likely range" in page
    assert "Passed" not in page
    assert "Earlier" in page


def test_the_report_counts_changed_answers(learner: FlaskClient, db_session: Session) -> None:
    sitting = begin_exam(learner)
    paper = db_session.get_one(Sitting, sitting).paper
    single = next(n for n, slot in enumerate(paper, 1) if slot["item"] == "em/q-01")  # b is right
    post_page(learner, sitting, single, answer="c", go="next")
    post_page(learner, sitting, single, answer="b", go="next")
    learner.post(f"/sittings/{sitting}/hand-in")
    assert "1 from wrong to right, 0 from right to wrong" in learner.get(f"/sittings/{sitting}/report").text


def test_the_number_of_queries_does_not_grow_with_questions(
    learner: FlaskClient, count_queries: Callable[..., Any], db_session: Session
) -> None:
    sitting = begin_exam(learner)
    learner.get(f"/sittings/{sitting}/questions/1")
    with count_queries() as few:
        learner.get(f"/sittings/{sitting}/questions/1")
    for n in range(2, 13):
        put(learner, sitting, n=n)
    with count_queries() as many:
        learner.get(f"/sittings/{sitting}/questions/1")
    assert len(many) == len(few)


def test_lists_take_the_same_queries_however_many_sittings(
    learner: FlaskClient, count_queries: Callable[..., Any]
) -> None:
    counts = []
    for _ in range(3):
        sitting = begin_exam(learner, "short")
        learner.post(f"/sittings/{sitting}/hand-in")
        learner.get(f"/sittings/{sitting}/report")
        with count_queries() as seen:
            learner.get("/exams")
        counts.append(len(seen))
    assert len(set(counts)) == 1


def test_exam_answers_stay_out_of_the_list_of_cases(learner: FlaskClient, db_session: Session) -> None:
    sitting = begin_exam(learner)
    put(learner, sitting)
    attempt = db_session.scalars(select(Attempt)).one()
    assert learner.get(f"/attempts/{attempt.id}").status_code == 404
    assert "What is right" not in learner.get("/attempts").text
    learner.post(f"/sittings/{sitting}/hand-in")
    learner.get(f"/sittings/{sitting}/report")
    assert "What is right" not in learner.get("/today").text
    assert learner.get(f"/attempts/{attempt.id}").status_code == 404


def test_signed_out_people_are_sent_to_sign_in(app: Flask, begin: Callable[..., Sitting]) -> None:
    begin()
    assert app.test_client().get("/sittings/1/report").status_code == 303


__all__ = ["at", "learner", "plans"]  # fixtures
