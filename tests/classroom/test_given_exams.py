"""Exams given to a class: the window, accommodations, and many at once."""

import re
import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp.attempts import accommodations, sittings
from coachapp.attempts.scopes import scope_of
from coachapp.domain.permissions import Role
from coachapp.models.classroom import Classroom
from coachapp.models.people import Person
from coachapp.models.sittings import Sitting
from tests.classroom.conftest import HOUR, Course
from tests.conftest import MakePerson, SignIn
from tests.exams.conftest import T0
from tests.exams.turning import Clock

MINUTE = timedelta(minutes=1)
CONSENT = {"consent": "yes"}


@pytest.fixture
def exam(course: Course) -> str:
    """Give the mock of three minutes, open from T0 for an hour; return its address."""
    one = course.give(title="Midterm", plan_id="mock", due_at=T0 + HOUR, closes_at=T0 + HOUR, instructions="*Quiet.*")
    return f"/assignments/{one.id}/exam"


def start(client: FlaskClient, address: str) -> Any:
    """Press Start."""
    return client.post(address, data=CONSENT)


def sitting_of(answer: Any, session: Session) -> Sitting:
    """Return the sitting an answer leads to."""
    assert answer.status_code == 303, answer.text
    session.rollback()
    return session.get_one(Sitting, int(answer.location.rsplit("/", 1)[1]))


def test_the_page_shows_the_window_and_the_start_is_bound_to_it(
    course: Course, exam: str, db_session: Session, at: Clock
) -> None:
    page = course.student.get(exam).text
    assert "<h1>Midterm</h1>" in page
    assert "Given to your class" in page
    assert "May 15, 2026, 9:59 AM" in page
    assert "<em>Quiet.</em>" in page
    assert course.student.post(exam).status_code == 422
    at.now = T0 + HOUR - 2 * MINUTE
    sitting = sitting_of(start(course.student, exam), db_session)
    ident = int(exam.split("/")[2])
    assert (sitting.scope, sitting.plan_id) == (scope_of(ident), "mock")
    assert sitting.window_closes_at == sitting.closes_at == sitting.deadline == T0 + HOUR
    assert start(course.student, exam).location == course.student.get(exam).location == f"/sittings/{sitting.id}"
    mine = course.student.get("/assignments").text
    assert f'href="/sittings/{sitting.id}"' in mine
    assert "Midterm" in mine


def test_before_opening_and_from_the_close_on_no_start(course: Course, at: Clock) -> None:
    one = course.give(plan_id="mock", opens_at=T0 + MINUTE, due_at=None, closes_at=T0 + HOUR)
    address = f"/assignments/{one.id}/exam"
    for answer in (course.student.get(address), start(course.student, address)):
        assert answer.status_code == 409
        assert "It opens May 15, 2026, 9:01 AM." in answer.text
        assert "Given" not in answer.text
    at.now = T0 + HOUR
    page = course.student.get(address)
    assert page.status_code == 200
    assert "It cannot be started any more." in page.text
    assert 'name="consent"' not in page.text
    refused = start(course.student, address)
    assert refused.status_code == 409
    assert "closed May 15, 2026, 9:59 AM" in refused.text
    at.now = T0 + HOUR - timedelta(microseconds=1)
    assert start(course.student, address).status_code == 303


def test_a_window_that_changes_while_the_start_is_pressed_is_told(
    course: Course, exam: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(*arguments: Any, **options: Any) -> None:
        raise sittings.NotInWindow

    monkeypatch.setattr(sittings, "start", late)
    answer = start(course.student, exam)
    assert answer.status_code == 409
    assert "its window was changed in the meantime" in answer.text


def test_accommodations_lengthen_time_and_close(course: Course, exam: str, db_session: Session, at: Clock) -> None:
    scope = scope_of(int(exam.split("/")[2]))
    accommodations.grant(
        db_session, course.student_id, scope=scope, factor=Decimal(2), extension=30, reason="L.", by_id=None, now=T0
    )
    db_session.commit()
    at.now = T0 + HOUR + 32 * MINUTE
    page = course.student.get(exam).text
    assert "6 minutes" in page
    assert "10:32 AM" in page
    sitting = sitting_of(start(course.student, exam), db_session)
    assert (sitting.minutes, sitting.closes_at) == (6, T0 + HOUR + 33 * MINUTE)


def test_who_is_not_in_the_class_finds_nothing(course: Course, exam: str, sign_in: SignIn) -> None:
    outside = [sign_in(), sign_in(Role.INSTRUCTOR), sign_in(Role.ADMIN), course.teacher]
    for client in outside:
        assert client.get(exam).status_code == 404
        assert start(client, exam).status_code == 404
    assert course.student.post(f"/join/{course.classroom.id}/leave").status_code == 303
    assert start(course.student, exam).status_code == 404


@pytest.mark.parametrize("work", [{}, {"plan_id": "drill-em"}, {"plan_id": "no-longer-there"}])
def test_what_is_no_exam_has_no_such_page(course: Course, work: dict[str, str]) -> None:
    one = course.give(**work)
    assert course.student.get(f"/assignments/{one.id}/exam").status_code == 404


def test_what_is_handed_in_is_not_begun_again_until_it_is_voided(
    course: Course, exam: str, db_session: Session
) -> None:
    sitting = sitting_of(start(course.student, exam), db_session)
    course.student.post(f"/sittings/{sitting.id}/hand-in")
    page = course.student.get(exam).text
    assert "You have handed this in." in page
    assert 'name="consent"' not in page
    refused = start(course.student, exam)
    assert refused.status_code == 409
    assert "You have handed in “Midterm” already." in refused.text
    db_session.rollback()
    sittings.void(db_session, db_session.get_one(Sitting, sitting.id), now=T0)
    db_session.commit()
    assert sitting_of(start(course.student, exam), db_session).id != sitting.id


def test_taking_back_lets_an_exam_under_way_go_on(course: Course, exam: str, db_session: Session) -> None:
    sitting = sitting_of(start(course.student, exam), db_session)
    ident = exam.split("/")[2]
    course.teacher.post(f"{course.address}/assignments/{ident}/take-back")
    assert course.student.get(exam).status_code == 404
    assert course.student.get(f"/sittings/{sitting.id}", follow_redirects=True).status_code == 200


def test_a_later_close_reaches_an_exam_under_way(course: Course, exam: str, db_session: Session, at: Clock) -> None:
    at.now = T0 + HOUR - MINUTE
    sitting = sitting_of(start(course.student, exam), db_session)
    values = {
        "title": "Midterm",
        "opens": "2026-05-15T09:00",
        "due": "2026-05-15T09:59",
        "closes": "2026-05-15T10:00",
        "zone": "America/Chicago",
    }
    answer = course.teacher.post(f"{course.address}/assignments/{exam.split('/')[2]}/edit", data=values)
    assert answer.status_code == 303
    db_session.rollback()
    db_session.refresh(sitting)
    assert sitting.deadline == T0 + HOUR + MINUTE


def test_the_exam_desk_grants_for_what_was_given(
    course: Course, exam: str, db_session: Session, sign_in: SignIn, person: MakePerson
) -> None:
    scope = scope_of(int(exam.split("/")[2]))
    learner = f"/exam-desk/learners/{course.student_id}"
    page = course.teacher.get(learner).text
    assert f'<option value="{scope}">Midterm (Fall 2026)</option>' in page
    grant = {"scope": scope, "extra": "5", "reason": "Letter."}
    assert course.teacher.post(learner, data=grant).status_code == 303
    assert "Midterm (Fall 2026)" in course.teacher.get("/exam-desk/learners").text
    assert sitting_of(start(course.student, exam), db_session).minutes == 8
    outsider = person()
    assert scope not in sign_in(Role.ADMIN).get(f"/exam-desk/learners/{outsider.id}").text
    other = sign_in(Role.INSTRUCTOR)
    answer = other.post("/classes", data={"name": "Other"})
    course.session.rollback()
    course.classroom = course.session.get_one(Classroom, int(answer.location.rsplit("/", 1)[1]))
    course.join(db_session.get_one(Person, course.student_id))
    assert "Midterm" not in other.get(learner).text
    assert "Letter." not in other.get(learner).text


def test_many_at_once_have_a_sitting_each_and_nobody_two(
    course: Course, exam: str, db_session: Session, sign_in: SignIn, person: MakePerson
) -> None:
    other = person()
    course.join(other)
    clients = [sign_in(db_session.get_one(Person, who)) for who in (course.student_id, other.id) for _ in range(3)]
    gate, given = threading.Barrier(len(clients)), [""] * len(clients)

    def press(number: int) -> None:
        gate.wait()
        given[number] = start(clients[number], exam).location

    threads = [threading.Thread(target=press, args=(n,)) for n in range(len(clients))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(given[:3])) == len(set(given[3:])) == 1
    assert given[0] != given[3]
    assert all(re.fullmatch(r"/sittings/\d+", one) for one in given)
    db_session.rollback()
    assert len(db_session.scalars(select(Sitting)).all()) == 2
