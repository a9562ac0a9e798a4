"""The pages of exams and drills, by page turns without a script."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp import clock
from coachapp.attempts import accommodations, finishing, sittings
from coachapp.content.plans import LoadedPlans
from coachapp.domain.permissions import Role
from coachapp.domain.questions import Section
from coachapp.domain.sittings import Ruling
from coachapp.models.attempts import Attempt, Grade, Step
from coachapp.models.items import ItemVersion
from coachapp.models.sittings import ProblemReport, Sitting
from tests.conftest import SignIn
from tests.domain.exam_builders import drill, plan, question
from tests.exams.conftest import T0, bank

SECOND = timedelta(seconds=1)


class Clock:
    """The time as the app sees it."""

    def __init__(self) -> None:
        self.now = T0

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return a clock that stands at T0 until told otherwise."""
    made = Clock()
    monkeypatch.setattr(clock, "now", made)
    return made


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return the plans of the site: a mock of twelve questions, a short one, and drills."""
    found = {
        "mock": plan({Section.EM: 6, Section.ICD10CM: 6}),
        "short": plan({Section.EM: 3}, id="short", title="Short", kind="short", pass_mark=None),
        "drill-em": drill({Section.EM: 4}, id="drill-em", title="Drill: EM"),
        "drill-hcpcs": drill({Section.HCPCS: 4}, id="drill-hcpcs", title="Drill: HCPCS"),
    }
    loaded = LoadedPlans(plans=found)
    for module in ("coachapp.exams.routes", "coachapp.exams.operations"):
        monkeypatch.setattr(f"{module}.bundled_plans", lambda: loaded)
    return found


@pytest.fixture
def learner(stock: Callable[..., Any], plans: dict[str, Any], at: Clock, sign_in: SignIn) -> FlaskClient:
    """Return the client of a student on a site with questions and plans."""
    stock()
    return sign_in()


def begin_exam(client: FlaskClient, plan_id: str = "mock") -> int:
    """Start an exam through its page and return the sitting's id."""
    answer = client.post(f"/exams/{plan_id}", data={"consent": "yes"})
    assert answer.status_code == 303, answer.text
    return int(re.fullmatch(r"/sittings/(\d+)", answer.location).group(1))  # type: ignore[union-attr]


def hidden(page: str) -> dict[str, str]:
    """Return the hidden fields of a question page."""
    return dict(re.findall(r'<input type="hidden" name="(base_seq|save_id|served_ms)" value="([^"]*)"', page))


def post_page(client: FlaskClient, sitting: int, n: int, **fields: Any) -> Any:
    """Load question `n`, then post its form with these fields."""
    page = client.get(f"/sittings/{sitting}/questions/{n}")
    assert page.status_code == 200
    return client.post(f"/sittings/{sitting}/questions/{n}", data={**hidden(page.text), **fields})


def put(client: FlaskClient, sitting: int, n: int = 1, **fields: Any) -> Any:
    """Send a save as the page does."""
    return client.put(
        f"/sittings/{sitting}/slots/{n}", json={"base_seq": 0, "save_id": "s1", "answer": ["a"], **fields}
    )


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
    assert "this question has no option z" in answer.text


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
    assert "What is right" not in learner.get("/").text
    assert learner.get(f"/attempts/{attempt.id}").status_code == 404


def test_signed_out_people_are_sent_to_sign_in(app: Flask, begin: Callable[..., Sitting]) -> None:
    begin()
    assert app.test_client().get("/sittings/1/report").status_code == 303
