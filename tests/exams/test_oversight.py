"""Who reaches whose exams at the desk: every relation of a person to a sitting, tried with real ids on every page."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coachapp.attempts.accommodations import in_force
from coachapp.attempts.scopes import class_scope, scope_of
from coachapp.domain.oversight import Relation, Subject, reaches
from coachapp.domain.permissions import Role
from coachapp.domain.sittings import SittingState
from coachapp.models.attempts import Attempt
from coachapp.models.classroom import Membership
from coachapp.models.people import Person
from coachapp.models.sittings import AccommodationGrant, Sitting
from tests.conftest import SignIn
from tests.exams.test_desk import begin_midterm, open_class, teacher, who
from tests.exams.turning import Clock, at, begin_exam, begin_given, learner, plans, put

__all__ = ["at", "learner", "plans", "teacher"]

ACTORS = ("teacher", "colleague", "stranger", "admin", "learner", "classmate")
SITTINGS = ("midterm", "colleague's exam", "private mock")
RELATIONS = {
    ("teacher", "midterm"): Relation.OWN_CLASS,
    ("teacher", "colleague's exam"): Relation.SHARED_LEARNER,
    ("teacher", "private mock"): Relation.SHARED_LEARNER,
    ("colleague", "midterm"): Relation.SHARED_LEARNER,
    ("colleague", "colleague's exam"): Relation.OWN_CLASS,
    ("colleague", "private mock"): Relation.SHARED_LEARNER,
}


@dataclass
class School:
    """Two instructors who share a learner with an exam in each class and one in private, and people around them."""

    clients: dict[str, FlaskClient]
    sittings: dict[str, int]
    scopes: dict[str, str]
    learner_id: int


@pytest.fixture
def school(teacher: FlaskClient, learner: FlaskClient, sign_in: SignIn, db_session: Session, at: Clock) -> School:
    """Return the school with late answers in every exam."""
    colleague = sign_in(Role.INSTRUCTOR)
    other = open_class(db_session, colleague, learner, name="Spring")
    sittings = {
        "midterm": begin_midterm(teacher, learner),
        "colleague's exam": begin_given(learner, other.id),
        "private mock": begin_exam(learner),
    }
    for sitting in sittings.values():
        learner.post(f"/sittings/{sitting}/hand-in")
    at.now += timedelta(seconds=30)
    for sitting in sittings.values():
        assert put(learner, sitting).status_code == 410
    clients = {
        "teacher": teacher,
        "colleague": colleague,
        "stranger": sign_in(Role.INSTRUCTOR),
        "admin": sign_in(Role.ADMIN),
        "learner": learner,
        "classmate": sign_in(),
    }
    scopes = {
        "midterm": scope_of(teacher.given.id),  # type: ignore[attr-defined]
        "colleague's exam": scope_of(other.id),
        "private mock": "mock",
    }
    return School(clients, sittings, scopes, who(learner).id)


def expected(actor: str, role: Role, sitting: str, subject: Subject) -> bool:
    """Say what the rule allows."""
    relation = RELATIONS.get((actor, sitting), Relation.OWN if actor == "learner" else Relation.UNRELATED)
    return reaches(role, subject, relation)


@pytest.mark.parametrize("sitting", SITTINGS)
@pytest.mark.parametrize("actor", ACTORS)
def test_pages_and_acts_reach_what_the_rule_allows(
    school: School, db_session: Session, actor: str, sitting: str
) -> None:
    client, ident = school.clients[actor], school.sittings[sitting]
    role = who(client).role
    # Students never get to the desk, whoever the exam belongs to.
    refused = 403 if role is Role.STUDENT else 404
    late = expected(actor, role, sitting, Subject.LATE_ANSWERS) and role is not Role.STUDENT
    assert client.get(f"/exam-desk/late/{ident}").status_code == (200 if late else refused)
    void = expected(actor, role, sitting, Subject.SITTING) and role is not Role.STUDENT
    assert client.get(f"/exam-desk/sittings/{ident}/void").status_code == (200 if void else refused)
    answer = client.post(f"/exam-desk/sittings/{ident}/void", data={"reason": "Fire alarm."})
    assert answer.status_code == (303 if void else refused)
    db_session.rollback()
    state = db_session.get_one(Sitting, ident).state
    assert (state is SittingState.VOIDED) is void


@pytest.mark.parametrize("sitting", SITTINGS)
@pytest.mark.parametrize("actor", ACTORS)
def test_grants_reach_what_the_rule_allows(school: School, db_session: Session, actor: str, sitting: str) -> None:
    client, role, scope = school.clients[actor], who(school.clients[actor]).role, school.scopes[sitting]
    allowed = expected(actor, role, sitting, Subject.ACCOMMODATION) and role is not Role.STUDENT
    address = f"/exam-desk/learners/{school.learner_id}"
    # A shared learner's page is there; the scope is no choice on it.
    refused = {"teacher": 422, "colleague": 422, "stranger": 404}.get(actor, 403)
    answer = client.post(address, data={"scope": scope, "extra": "15", "reason": "Letter."})
    assert answer.status_code == (303 if allowed else refused)
    db_session.rollback()
    assert db_session.scalar(select(func.count()).select_from(AccommodationGrant)) == int(allowed)
    # Ending what somebody else granted follows the same rule.
    if not allowed:
        granted = school.clients["admin"].post(address, data={"scope": scope, "extra": "15", "reason": "Letter."})
        assert granted.status_code == 303
        assert "Letter." not in client.get(address).text
    ended = client.post(f"{address}/end", data={"scope": scope, "end-reason": "Over."})
    assert ended.status_code == (303 if allowed else {422: 409}.get(refused, refused))
    db_session.rollback()
    assert in_force(db_session, school.learner_id, scope=scope).extra == (0 if allowed else 15)


@pytest.mark.parametrize(
    ("actor", "shown"),
    [("teacher", {"midterm"}), ("colleague", {"colleague's exam"}), ("stranger", set()), ("admin", set(SITTINGS))],
)
def test_lists_show_what_the_rule_allows(school: School, actor: str, shown: set[str]) -> None:
    client = school.clients[actor]
    late = client.get("/exam-desk/late").text
    assert {name for name, ident in school.sittings.items() if f"/exam-desk/late/{ident}" in late} == shown
    answers = client.get("/exam-desk").text
    words = f"In <strong>{len(shown)}</strong> " if shown else "No answer arrived after the close."
    assert words in answers
    page = client.get(f"/exam-desk/learners/{school.learner_id}")
    assert page.status_code == (200 if shown else 404)
    listed = {name for name, ident in school.sittings.items() if f"/sittings/{ident}/void" in page.text}
    assert listed == shown


def test_exams_under_way_are_those_of_the_own_classes(
    teacher: FlaskClient, learner: FlaskClient, sign_in: SignIn, db_session: Session
) -> None:
    begin_exam(learner)
    assert "Nobody you look after" in teacher.get("/exam-desk").text
    begin_midterm(teacher, learner)
    page = teacher.get("/exam-desk").text
    assert page.count(who(learner).name) == 1
    assert sign_in(Role.ADMIN).get("/exam-desk").text.count(who(learner).name) == 2


def test_nobody_grants_for_every_exam_but_an_administrator(
    teacher: FlaskClient, learner: FlaskClient, sign_in: SignIn, db_session: Session
) -> None:
    address = f"/exam-desk/learners/{who(learner).id}"
    fields = {"scope": "", "factor": "2", "reason": "A private letter."}
    assert teacher.post(address, data=fields).status_code == 422
    assert "Every exam of Fall" in teacher.get(address).text
    assert ">Every exam<" not in teacher.get(address).text
    assert sign_in(Role.ADMIN).post(address, data=fields).status_code == 303
    page = teacher.get(address).text
    assert "Granted by an administrator" in page
    assert "2 times the usual minutes" in page
    assert "A private letter." not in page
    assert teacher.post(f"{address}/end", data={"scope": "", "end-reason": "Over."}).status_code == 409


def test_a_grant_for_a_class_holds_in_its_exams_alone(
    teacher: FlaskClient, learner: FlaskClient, sign_in: SignIn, db_session: Session
) -> None:
    person_id, given = who(learner).id, teacher.given  # type: ignore[attr-defined]
    other = open_class(db_session, sign_in(Role.INSTRUCTOR), learner, name="Spring")
    scope, address = class_scope(given.classroom_id), f"/exam-desk/learners/{person_id}"
    sitting, elsewhere = begin_midterm(teacher, learner), begin_given(learner, other.id)
    answer = teacher.post(address, data={"scope": scope, "factor": "2", "extra": "5", "reason": "Letter."})
    assert answer.status_code == 303
    db_session.rollback()
    db_session.expire_all()
    assert "1 under way has it already" in teacher.get(address).text
    assert db_session.get_one(Sitting, sitting).minutes == 11
    assert db_session.get_one(Sitting, elsewhere).minutes == 3
    for wanted, minutes in ((scope_of(given.id), 5), (scope_of(other.id), 0), ("mock", 0)):
        assert in_force(db_session, person_id, scope=wanted, plan_id="mock").extra == minutes
    # What is granted for one exam of the class replaces the class's, box by box.
    assert teacher.post(address, data={"scope": scope_of(given.id), "extra": "7", "reason": "More."}).status_code == 303
    db_session.rollback()
    granted = in_force(db_session, person_id, scope=scope_of(given.id), plan_id="mock")
    assert (granted.factor, granted.extra) == (2, 7)
    profile = learner.get("/profile").text
    assert "Every exam of Fall: 2 times the usual minutes, 5 minutes more." in profile
    assert "Midterm (Fall): 7 minutes more." in profile


def test_a_learner_who_left_is_reached_through_the_exam_sat_in_the_class(
    teacher: FlaskClient, learner: FlaskClient, db_session: Session
) -> None:
    sitting = begin_midterm(teacher, learner)
    db_session.execute(Membership.__table__.delete())
    db_session.commit()
    page = teacher.get(f"/exam-desk/learners/{who(learner).id}")
    assert page.status_code == 200
    assert "is in none of your classes now" in page.text
    answer = teacher.post(f"/exam-desk/sittings/{sitting}/void", data={"reason": "Fire alarm."})
    assert answer.status_code == 303


@pytest.mark.parametrize("actor", ACTORS)
def test_attempts_and_score_reports_are_read_by_their_owner_alone(
    school: School, db_session: Session, person: Callable[..., Person], actor: str
) -> None:
    client = school.clients[actor]
    for ident in school.sittings.values():
        for path in ("", "/report", "/review"):
            status = client.get(f"/sittings/{ident}{path}").status_code
            assert (status != 404) is (actor == "learner"), path
    for attempt in db_session.scalars(select(Attempt)):
        answer: Any = client.get(f"/attempts/{attempt.id}")
        assert answer.status_code == 404  # an exam's attempt has no page of its own, whoever asks
