"""The exam desk: who gets in and whom she sees, late answers, accommodations, voiding."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp import clock
from coachapp.attempts.accommodations import in_force
from coachapp.attempts.papers import timing_of
from coachapp.attempts.scopes import class_scope, scope_of
from coachapp.domain.examclock import deadline
from coachapp.domain.permissions import Role
from coachapp.domain.sittings import SittingState
from coachapp.exams.jobs import finish_one
from coachapp.models.audit import AuditAction, AuditEntry
from coachapp.models.classroom import Assignment, Classroom, Membership
from coachapp.models.people import Person
from coachapp.models.sittings import AccommodationGrant, Sitting
from tests.conftest import SignIn
from tests.exams.conftest import T0
from tests.exams.turning import Clock, at, begin_given, learner, plans, put

__all__ = ["at", "learner", "plans"]

MINUTE = timedelta(minutes=1)
GET = ("", "/problems", "/problems/1", "/problems/1/rulings/void", "/late", "/late/1", "/learners", "/learners/1")
POST = ("/problems/1/rulings/void", "/learners/1", "/learners/1/end", "/sittings/1/void")


def who(client: FlaskClient) -> Person:
    """Return whose client it is."""
    found: Person = client.person  # type: ignore[attr-defined]
    return found


def open_class(session: Session, teacher: FlaskClient, learner: FlaskClient, *, name: str) -> Assignment:
    """Store a class with one instructor and one learner and the mock given to it; return the assignment."""
    room = Classroom(name=name, instructor_id=who(teacher).id, join_code=f"CODE{name}", created_at=clock.now())
    room.memberships.append(Membership(person_id=who(learner).id, joined_at=clock.now()))
    given = Assignment(
        classroom=room, title="Midterm", plan_id="mock", opens_at=T0, zone="America/Chicago", created_at=clock.now()
    )
    session.add_all([room, given])
    session.commit()
    return given


@pytest.fixture
def teacher(learner: FlaskClient, sign_in: SignIn, db_session: Session) -> FlaskClient:
    """Return the client of an instructor in whose class the learner is; the mock was given to the class."""
    client = sign_in(Role.INSTRUCTOR)
    client.given = open_class(db_session, client, learner, name="Fall")  # type: ignore[attr-defined]
    return client


def begin_midterm(teacher: FlaskClient, learner: FlaskClient) -> int:
    """Start the exam that was given to the teacher's class."""
    return begin_given(learner, teacher.given.id)  # type: ignore[attr-defined]


def stored(session: Session, sitting: int) -> Sitting:
    """Return a sitting as it is stored now."""
    session.rollback()
    session.expire_all()
    return session.get_one(Sitting, sitting)


@pytest.mark.parametrize(("method", "path"), [*(("get", p) for p in GET), *(("post", p) for p in POST)])
def test_students_do_not_get_in_and_see_no_link(sign_in: SignIn, method: str, path: str) -> None:
    student = sign_in()
    assert getattr(student, method)(f"/exam-desk{path}").status_code == 403
    assert "Exam desk" not in student.get("/exams").text
    assert 'href="/exam-desk"' in sign_in(Role.INSTRUCTOR).get("/exams").text


def test_an_instructor_reaches_the_people_of_her_classes_only(
    teacher: FlaskClient, learner: FlaskClient, sign_in: SignIn
) -> None:
    sitting, other = begin_midterm(teacher, learner), sign_in(Role.INSTRUCTOR)
    paths = (f"/learners/{who(learner).id}", f"/late/{sitting}", f"/sittings/{sitting}/void")
    for path in paths:
        assert teacher.get(f"/exam-desk{path}").status_code == 200
        assert other.get(f"/exam-desk{path}").status_code == 404
    for path in (paths[0], f"{paths[0]}/end", paths[2]):
        data = {"reason": "r", "end-reason": "r", "extra": "5", "scope": ""}
        assert other.post(f"/exam-desk{path}", data=data).status_code == 404
    assert who(learner).name in teacher.get("/exam-desk").text
    assert "Nobody you look after is sitting" in other.get("/exam-desk").text
    assert who(learner).email in teacher.get("/exam-desk/learners?show=all").text
    assert "Nobody here yet" in other.get("/exam-desk/learners?show=all").text


def test_late_answers_are_listed_with_how_late_and_why(
    teacher: FlaskClient, learner: FlaskClient, app: Any, at: Clock
) -> None:
    assert "No late answers" in teacher.get("/exam-desk/late").text
    sitting = begin_midterm(teacher, learner)
    put(learner, sitting, answer=["a"])
    at.now += 3 * MINUTE + timedelta(seconds=70)
    assert put(learner, sitting, base_seq=1, save_id="s2", answer=["b"], notes="<b>late</b>").status_code == 410
    at.now += 2 * MINUTE
    assert put(learner, sitting, n=2, save_id="s3", answer=["c"]).status_code == 410
    page = teacher.get("/exam-desk/late").text
    assert "1 minute 10 seconds to 3 minutes 10 seconds" in page
    assert "Time was up" in page
    assert "<strong>1</strong> exam," in teacher.get("/exam-desk").text
    page = teacher.get(f"/exam-desk/late/{sitting}").text
    late, counts = page.index("Option b of"), page.index("Option a of")
    assert late < counts
    assert "&lt;b&gt;late&lt;/b&gt;" in page
    assert "no answer" in page


def test_what_arrives_after_handing_in_is_late_by_the_time_since_then(
    teacher: FlaskClient, learner: FlaskClient, at: Clock
) -> None:
    sitting = begin_midterm(teacher, learner)
    learner.post(f"/sittings/{sitting}/hand-in")
    at.now += timedelta(seconds=20)
    put(learner, sitting)
    page = teacher.get("/exam-desk/late").text
    assert "Handed in" in page
    assert "20 seconds" in page


def grant(client: FlaskClient, person_id: int, **fields: str) -> Any:
    """Save the form of accommodations: an instructor's for every exam of the class, an administrator's for all."""
    given = getattr(client, "given", None)
    scope = class_scope(given.classroom_id) if given is not None else ""
    return client.post(
        f"/exam-desk/learners/{person_id}", data={"scope": scope, "reason": "Letter of May 2.", **fields}
    )


def test_granting_reaches_the_exam_under_way_at_once(
    teacher: FlaskClient, learner: FlaskClient, db_session: Session, at: Clock
) -> None:
    assert "No accommodations yet" in teacher.get("/exam-desk/learners").text
    sitting, person = begin_midterm(teacher, learner), who(learner)
    answer = grant(teacher, person.id, factor="1,5", extra="10", breaks="20")
    assert (answer.status_code, answer.location) == (303, f"/exam-desk/learners/{person.id}")
    page = teacher.get(answer.location).text
    assert "1 under way has it already." in page
    assert "1.5 times the usual minutes, 10 minutes more, breaks of 20 minutes in all" in page
    assert "Letter of May 2." in page
    assert who(teacher).name in page
    found = stored(db_session, sitting)
    assert found.minutes == 15
    end = deadline(timing_of(found), at.now)
    assert grant(teacher, person.id, factor="1").status_code == 303
    assert deadline(timing_of(stored(db_session, sitting)), at.now) == end
    assert "1.5 times" in teacher.get(answer.location).text.partition("History")[2]


def test_what_is_granted_for_one_exam_replaces_box_by_box_and_can_be_ended(
    sign_in: SignIn, learner: FlaskClient, db_session: Session
) -> None:
    person_id, admin = who(learner).id, sign_in(Role.ADMIN)
    grant(admin, person_id, factor="2", extra="5")
    grant(admin, person_id, extra="30", scope="mock")
    assert in_force(db_session, person_id, scope="mock").extra == 30
    assert in_force(db_session, person_id, scope="mock").factor == 2
    page = admin.get(f"/exam-desk/learners/{person_id}?scope=mock").text
    assert 'value="30"' in page
    ended = admin.post(f"/exam-desk/learners/{person_id}/end", data={"scope": "mock", "end-reason": "Over."})
    assert ended.status_code == 303
    db_session.rollback()
    assert in_force(db_session, person_id, scope="mock").extra == 5
    assert "ended" in admin.get(f"/exam-desk/learners/{person_id}").text
    again = admin.post(f"/exam-desk/learners/{person_id}/end", data={"scope": "mock", "end-reason": "Over."})
    assert again.status_code == 409
    db_session.rollback()
    assert len(db_session.scalars(select(AccommodationGrant)).all()) == 3


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"factor": "0.5"}, "The factor must be 1 to 4, not 0.5."),
        ({"factor": "1.23456"}, "The factor may have 3 decimals at most"),
        ({"factor": "much"}, "Write a number from 1 to 4, such as 1.5."),
        ({"factor": "nan"}, "The factor must be 1 to 4, not NaN."),
        ({"factor": "1" * 40}, "Write a number from 1 to 4, such as 1.5."),
        ({"extra": "1441"}, "Write whole minutes from 0 to 1440."),
        ({"extra": "-3"}, "Write whole minutes, such as 15."),
        ({"breaks": "ten"}, "Write whole minutes, such as 15."),
        ({"extension": "9999999999"}, "Write whole minutes, such as 15."),
        ({"extension": "527041"}, "Write whole minutes from 0 to 527040."),
        ({}, "Fill in at least one of the times"),
        ({"extra": "5", "reason": ""}, "Write why"),
        ({"extra": "5", "reason": "x" * 501}, "Keep it to 500 characters."),
        ({"extra": "5", "scope": "drill-em"}, "Not a valid choice"),
    ],
)
def test_a_value_that_cannot_be_granted_is_named_and_what_was_typed_stays(
    teacher: FlaskClient, learner: FlaskClient, db_session: Session, fields: dict[str, str], words: str
) -> None:
    answer = grant(teacher, who(learner).id, **fields)
    assert answer.status_code == 422
    assert words in answer.text
    for name, value in fields.items():
        if name in ("factor", "extra", "breaks", "extension"):
            assert f'name="{name}" type=' in answer.text or f'name="{name}"' in answer.text
            assert f'value="{value}"' in answer.text
    db_session.rollback()
    assert db_session.scalars(select(AccommodationGrant)).all() == []


def test_ending_needs_a_reason(teacher: FlaskClient, learner: FlaskClient, db_session: Session) -> None:
    grant(teacher, who(learner).id, extra="5")
    answer = teacher.post(f"/exam-desk/learners/{who(learner).id}/end", data={"scope": "class-1", "end-reason": " "})
    assert answer.status_code == 422
    assert "Write why" in answer.text
    db_session.rollback()
    assert in_force(db_session, who(learner).id, scope=scope_of(teacher.given.id)).extra == 5  # type: ignore[attr-defined]


def test_people_are_found_by_name_and_queries_do_not_grow(
    sign_in: SignIn, person: Callable[..., Person], count_queries: Callable[[], Any], plans: dict[str, Any]
) -> None:
    admin = sign_in(Role.ADMIN)
    counts = []
    for n in range(3):
        grant(admin, person(name=f"Ana {n}").id, extra="5")
        with count_queries() as seen:
            page = admin.get("/exam-desk/learners").text
        counts.append(len(seen))
    assert "Ana 2" in page
    assert len(set(counts)) == 1
    assert "Ana 1" in admin.get("/exam-desk/learners?q=ana").text
    assert "Nobody fits" in admin.get("/exam-desk/learners?q=zzz").text


def test_a_void_exam_counts_no_more_and_can_be_taken_anew(
    teacher: FlaskClient, learner: FlaskClient, app: Any, db_session: Session
) -> None:
    sitting = begin_midterm(teacher, learner)
    page = teacher.get(f"/exam-desk/sittings/{sitting}/void").text
    assert "It is closed at once" in page
    assert teacher.post(f"/exam-desk/sittings/{sitting}/void", data={"reason": ""}).status_code == 422
    assert stored(db_session, sitting).state is SittingState.RUNNING
    answer = teacher.post(f"/exam-desk/sittings/{sitting}/void", data={"reason": "Fire alarm."})
    assert (answer.status_code, answer.location) == (303, f"/exam-desk/learners/{who(learner).id}")
    assert stored(db_session, sitting).state is SittingState.VOIDED
    entry = db_session.scalars(select(AuditEntry).where(AuditEntry.action == AuditAction.SITTING_VOIDED)).one()
    assert entry.detail == {"reason": "Fire alarm."}
    assert who(learner).email in entry.subject
    assert teacher.post(f"/exam-desk/sittings/{sitting}/void", data={"reason": "Again."}).status_code == 409
    assert begin_midterm(teacher, learner) != sitting
    with app.app_context():
        assert not finish_one(sitting)
