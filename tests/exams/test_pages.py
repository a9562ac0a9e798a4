"""The pages of exams and drills, by page turns without a script."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp.attempts import sittings
from coachapp.domain.permissions import Role
from coachapp.models.attempts import Grade, Step
from coachapp.models.sittings import Sitting
from tests.conftest import SignIn
from tests.domain.exam_builders import question
from tests.exams.conftest import bank
from tests.exams.turning import SECOND, Clock, at, begin_exam, learner, plans, post_page, put


def test_an_exam_from_start_to_report_without_a_script(learner: FlaskClient, at: Clock, db_session: Session) -> None:
    assert "Mock" in learner.get("/exams").text
    assert "3 minutes" in learner.get("/exams/mock").text
    sitting = begin_exam(learner)
    assert learner.get(f"/sittings/{sitting}").location == f"/sittings/{sitting}/questions/1"
    moved = post_page(learner, sitting, 1, answer="b", go="next", flagged="yes", notes="look\r\nagain")
    assert (moved.status_code, moved.location) == (303, f"/sittings/{sitting}/questions/2")
    page = learner.get(f"/sittings/{sitting}/questions/1").text
    assert re.search(r'value="b" id="option-b" checked', page)
    assert "look\nagain" in page
    assert ", <span data-words>answered, flagged</span>" in page
    at.now += 20 * SECOND
    assert post_page(learner, sitting, 12, go="next").location == f"/sittings/{sitting}/review"
    review = learner.get(f"/sittings/{sitting}/review").text
    assert "1 of 12 questions have an answer" in review
    assert "Flagged: 1" in review
    closed = learner.post(f"/sittings/{sitting}/hand-in")
    assert closed.location == f"/sittings/{sitting}/report"
    report = learner.get(closed.location).text
    assert "Not passed" in report
    assert "11 questions without an answer" in report
    assert "9 right answers" in report  # 70 percent of 12, rounded up
    answers = learner.get(f"/sittings/{sitting}/answers").text
    assert answers.count('class="panel answer"') == 12
    assert "look\nagain" in answers
    assert "Reason a of em/" in answers
    listed = learner.get("/exams").text
    assert "Not passed" in listed
    assert learner.get(f"/sittings/{sitting}/questions/1").location == f"/sittings/{sitting}/report"


def test_consent_is_asked_for_and_a_second_start_resumes(learner: FlaskClient, db_session: Session) -> None:
    refused = learner.post("/exams/mock")
    assert refused.status_code == 422
    assert "Tick this box to start." in refused.text
    first = begin_exam(learner)
    assert begin_exam(learner) == first
    assert learner.get("/exams/mock").location == f"/sittings/{first}"
    assert "Resume" in learner.get("/exams").text
    assert len(db_session.scalars(select(Sitting)).all()) == 1


def test_a_race_of_two_starts_leads_both_to_one_sitting(
    learner: FlaskClient, monkeypatch: pytest.MonkeyPatch, db_session: Session
) -> None:
    first = begin_exam(learner)
    find, calls = sittings.find_open, []

    def late(session: Session, person_id: int, *, scope: str) -> Sitting | None:
        calls.append(scope)
        return None if len(calls) == 1 else find(session, person_id, scope=scope)

    monkeypatch.setattr(sittings, "find_open", late)
    assert begin_exam(learner) == first


def test_what_the_bank_lacks_is_said_with_what_can_be_sat(
    stock: Callable[..., Any], plans: dict[str, Any], sign_in: SignIn
) -> None:
    stock(bank(4))
    page = sign_in().get("/exams/mock").text
    assert "Evaluation and management: 2 questions" in page
    assert 'href="/exams/short"' in page
    assert "Start</button>" not in page
    assert sign_in().post("/exams/mock", data={"consent": "yes"}).status_code == 200


def test_questions_not_verified_are_for_instructors(
    stock: Callable[..., Any], plans: dict[str, Any], sign_in: SignIn
) -> None:
    stock([q.model_copy(update={"verified": None}) for q in bank()])
    assert "not enough questions" in sign_in().get("/exams/mock").text
    assert "Start</button>" in sign_in(Role.INSTRUCTOR).get("/exams/mock").text


@pytest.mark.parametrize("path", ["/exams/nothing", "/sittings/1", "/sittings/99/questions/1", "/sittings/99/report"])
def test_what_is_not_there_or_not_yours_is_404(
    path: str, learner: FlaskClient, sign_in: SignIn, begin: Callable[..., Sitting]
) -> None:
    begin()
    assert learner.get(path).status_code == 404
    assert put(learner, 1).status_code == 404


def test_there_is_no_question_0_and_none_beyond_the_last(learner: FlaskClient) -> None:
    sitting = begin_exam(learner)
    for n in (0, 13):
        answer = learner.get(f"/sittings/{sitting}/questions/{n}")
        assert answer.status_code == 404
    assert "This exam has 12 questions" in answer.text


def test_a_drill_gives_the_reason_after_each(learner: FlaskClient, db_session: Session) -> None:
    answer = learner.post("/drills", data={"plan": "drill-em"})
    sitting = int(answer.location.rsplit("/", 1)[1])
    before = learner.get(f"/sittings/{sitting}/questions/1").text
    assert "Reason" not in before
    nothing = post_page(learner, sitting, 1, go="check")
    assert "Choose an answer first." in learner.get(nothing.location).text
    checked = post_page(learner, sitting, 1, go="check", answer="a", sure="unsure")
    assert checked.location == f"/sittings/{sitting}/questions/1"
    page = learner.get(checked.location).text
    assert "Reason a of em/" in page
    assert "Source of em/" in page
    assert 'name="answer"' not in page
    step = db_session.scalars(select(Step).order_by(Step.id.desc())).first()
    assert step is not None
    assert step.payload["sure"] is False
    # A second check of the same question, from an old page, changes nothing.
    learner.post(
        f"/sittings/{sitting}/questions/1", data={"save_id": "x", "base_seq": "2", "answer": "b", "go": "check"}
    )
    assert len(db_session.scalars(select(Grade)).all()) == 1
    learner.post(f"/sittings/{sitting}/hand-in")
    report = learner.get(f"/sittings/{sitting}/report").text
    assert 'of <span class="number">1</span> right' in report
    assert learner.get(f"/sittings/{sitting}/answers").text.count('class="panel answer"') == 1
    assert "Drill: EM" in learner.get("/drills").text


def test_a_drill_is_as_long_as_the_bank_allows(
    plans: dict[str, Any], stock: Callable[..., Any], sign_in: SignIn, db_session: Session
) -> None:
    stock([question("em/one", enemies=["em/two"]), question("em/two"), question("em/three", use="exam")])
    client = sign_in()
    client.post("/drills", data={"plan": "drill-em"})
    assert len(db_session.scalars(select(Sitting)).one().paper) == 1
    none = client.post("/drills", data={"plan": "drill-hcpcs"})
    assert none.status_code == 409
    assert "no question to drill here" in none.text


def test_a_drill_on_a_concept_takes_its_questions_seen_longest_ago(
    learner: FlaskClient, db_session: Session, at: Clock
) -> None:
    def drilled() -> set[str]:
        sitting = int(learner.post("/drills", data={"concept": "other-concept"}).location.rsplit("/", 1)[1])
        paper = db_session.get_one(Sitting, sitting).paper
        for n in range(1, len(paper) + 1):
            post_page(learner, sitting, n, go="check", answer="a")
        learner.post(f"/sittings/{sitting}/hand-in")
        return {slot["item"] for slot in paper}

    assert drilled() == {f"{s}/q-{n:02}" for s in ("em", "icd10cm") for n in (0, 2, 4)}
    assert learner.post("/drills", data={"concept": "unknown"}).status_code == 404
    assert learner.post("/drills", data={"plan": "mock"}).status_code == 404
    assert learner.post("/drills").status_code == 404
    assert learner.get("/exams/drill-em").location == "/drills"
    assert learner.post("/exams/drill-em", data={"consent": "yes"}).status_code == 404


def test_drills_leave_out_what_stands_in_a_running_exam(learner: FlaskClient, db_session: Session) -> None:
    begin_exam(learner, "short")
    learner.post("/drills", data={"plan": "drill-em"})
    short, drilled = db_session.scalars(select(Sitting).order_by(Sitting.id))
    assert {s["item"] for s in short.paper}.isdisjoint(s["item"] for s in drilled.paper)
    assert len(drilled.paper) == 3


def test_an_answer_that_stands_in_an_exam_is_withheld_in_a_drill_begun_before(
    learner: FlaskClient, db_session: Session
) -> None:
    drilled = int(learner.post("/drills", data={"plan": "drill-em"}).location.rsplit("/", 1)[1])
    mock = begin_exam(learner)
    post_page(learner, drilled, 1, go="check", answer="a")
    page = learner.get(f"/sittings/{drilled}/questions/1").text
    assert "Reason" not in page
    assert "in your exam “Mock”" in page
    assert "is-right" not in page.split("palette-key")[0]
    assert "is-wrong" not in page.split("palette-key")[0]
    learner.post(f"/sittings/{drilled}/hand-in")
    for path in ("report", "answers"):
        text = learner.get(f"/sittings/{drilled}/{path}").text
        assert "in your exam “Mock”" in text
        assert "Reason" not in text
    assert "1</span> of" not in learner.get("/drills").text
    learner.post(f"/sittings/{mock}/hand-in")
    assert "Reason" not in learner.get(f"/sittings/{drilled}/answers").text  # not graded yet
    learner.get(f"/sittings/{mock}/report")
    assert "Reason" in learner.get(f"/sittings/{drilled}/answers").text


__all__ = ["at", "learner", "plans"]  # fixtures
