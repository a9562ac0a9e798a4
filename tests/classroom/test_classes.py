"""Classes and joining them."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp import clock
from coachapp.classroom.operations import ALPHABET, create_classroom, normal_code, shown_code
from coachapp.config import Settings
from coachapp.domain.permissions import Role
from coachapp.models import db
from coachapp.models.classroom import Classroom, Membership
from coachapp.models.people import Person
from tests.conftest import MakePerson, SignIn, put_cookie


@pytest.fixture
def classroom(person: MakePerson, db_session: Session) -> Classroom:
    """Return a class of an instructor."""
    made = create_classroom(db_session, person(Role.INSTRUCTOR, name="Indira"), name="Fall 2026", now=clock.now())
    db_session.commit()
    return made


def test_codes_are_easy_to_read_out() -> None:
    assert not set("IO01L") & set(ALPHABET) - {"L"}
    assert "0" not in ALPHABET
    assert "1" not in ALPHABET
    assert shown_code("ABCD2345") == "ABCD-2345"
    assert normal_code(" abcd-23 45 ") == "ABCD2345"


def test_joining_by_code_however_it_is_typed(sign_in: SignIn, classroom: Classroom, db_session: Session) -> None:
    client = sign_in()
    assert "You are in no class yet." in client.get("/join").text
    answer = client.post("/join", data={"code": shown_code(classroom.join_code).lower() + " "})
    assert (answer.status_code, answer.location) == (303, "/join")
    page = client.get("/join").text
    assert "You are now in Fall 2026." in page
    assert "with Indira" in page
    assert len(db_session.scalars(select(Membership)).all()) == 1


def test_a_link_fills_the_code_in(sign_in: SignIn) -> None:
    assert 'value="ABCD-2345"' in sign_in().get("/join?code=ABCD-2345").text


@pytest.mark.parametrize(
    ("code", "words"), [("", "Type the code"), ("ZZZZ9999", "No class has this code."), ("x" * 41, "40")]
)
def test_a_code_that_opens_nothing_says_so(sign_in: SignIn, classroom: Classroom, code: str, words: str) -> None:
    answer = sign_in().post("/join", data={"code": code})
    assert answer.status_code == 422
    assert words in answer.text


def test_joining_twice_a_closed_class_or_ones_own_is_told(
    sign_in: SignIn, classroom: Classroom, db_session: Session
) -> None:
    student, teacher = sign_in(), sign_in(classroom.instructor)
    code = {"code": classroom.join_code}
    assert "You teach Fall 2026 yourself." in teacher.post("/join", data=code).text
    student.post("/join", data=code)
    assert "You are already in Fall 2026." in student.post("/join", data=code).text
    assert teacher.post(f"/classes/{classroom.id}/joining", data={"open": "no"}).status_code == 303
    assert "Nobody new may join since" in teacher.get(f"/classes/{classroom.id}").text
    late = sign_in()
    assert "takes no new members" in late.post("/join", data=code).text
    teacher.post(f"/classes/{classroom.id}/joining", data={"open": "yes"})
    assert late.post("/join", data=code).status_code == 303


def test_leaving_and_coming_back(sign_in: SignIn, classroom: Classroom) -> None:
    client, code = sign_in(), {"code": classroom.join_code}
    client.post("/join", data=code)
    assert client.post(f"/join/{classroom.id}/leave").status_code == 303
    assert client.post(f"/join/{classroom.id}/leave").status_code == 404
    assert client.post("/join", data=code).status_code == 303


def test_an_instructor_opens_a_class_and_sees_who_is_in_it(sign_in: SignIn, db_session: Session) -> None:
    teacher, student = sign_in(Role.INSTRUCTOR), sign_in()
    assert "You teach no class yet." in teacher.get("/classes").text
    assert teacher.post("/classes", data={"name": " "}).status_code == 422
    answer = teacher.post("/classes", data={"name": "Spring"})
    made = db_session.scalars(select(Classroom)).one()
    assert answer.location == f"/classes/{made.id}"
    page = teacher.get(answer.location).text
    assert shown_code(made.join_code) in page
    assert "Nobody has joined yet." in page
    student.post("/join", data={"code": made.join_code})
    page = teacher.get(answer.location).text
    assert "student2@example.org" in page
    assert shown_code(made.join_code) in teacher.get("/classes").text
    db_session.rollback()
    member = db_session.scalars(select(Membership)).one()
    assert teacher.post(f"/classes/{made.id}/members/{member.id}/remove").status_code == 303
    assert "is no longer in this class" in teacher.get(answer.location).text


def test_whoever_was_removed_needs_the_instructors_approval(
    sign_in: SignIn, classroom: Classroom, db_session: Session
) -> None:
    teacher, student, address = sign_in(classroom.instructor), sign_in(), f"/classes/{classroom.id}"
    name, code = student.person.name, {"code": classroom.join_code}  # type: ignore[attr-defined]
    student.post("/join", data=code)
    teacher.post(f"{address}/members/1/remove")
    assert "Removed from this class (1)" in teacher.get(address).text
    for _ in range(2):
        answer = student.post("/join", data=code)
        assert (answer.status_code, answer.location) == (303, "/join")
        assert "has to let you into Fall 2026 again" in student.get("/join").text
    page = teacher.get(address).text
    assert "Asking to come back" in page
    assert teacher.post(f"{address}/removed/1/decline").status_code == 303
    assert f"{name}’s request is declined." in teacher.get(address).text
    assert "Asking to come back" not in teacher.get(address).text
    db_session.rollback()
    assert db_session.scalars(select(Membership)).all() == []
    student.post("/join", data=code)
    assert teacher.post(f"{address}/removed/1/admit").status_code == 303
    page = teacher.get(address).text
    assert f"{name} is in this class again." in page
    assert "Members (1)" in page
    assert teacher.post(f"{address}/removed/1/admit").status_code == 404
    assert "You are already in" in student.post("/join", data=code).text


def test_a_new_code_closes_the_old_one_and_keeps_the_members(
    sign_in: SignIn, classroom: Classroom, db_session: Session
) -> None:
    teacher, student, late = sign_in(classroom.instructor), sign_in(), sign_in()
    old, address = classroom.join_code, f"/classes/{classroom.id}"
    student.post("/join", data={"code": old})
    assert teacher.post(f"{address}/code").status_code == 303
    db_session.rollback()
    db_session.refresh(classroom)
    assert classroom.join_code != old
    assert f"http://localhost/join?code={shown_code(classroom.join_code)}" in teacher.get(address).text
    assert "Members (1)" in teacher.get(address).text
    assert late.post("/join", data={"code": old}).status_code == 422
    assert late.post("/join", data={"code": classroom.join_code}).status_code == 303


def test_links_to_pass_on_have_the_address_of_the_site(
    make_app: Callable[..., Flask], settings: Settings, password_hash: str
) -> None:
    app = make_app(base_url="https://coach.example.org/learn")
    with app.app_context():
        teacher = Person(
            email="t@example.org",
            name="T",
            role=Role.INSTRUCTOR,
            password_hash=password_hash,
            time_zone="UTC",
            created_at=clock.now(),
        )
        db.session.add(teacher)
        db.session.flush()
        made = create_classroom(db.session(), teacher, name="Fall", now=clock.now())
        db.session.commit()
        ident, code = made.id, shown_code(made.join_code)
        client = app.test_client()
        put_cookie(client, teacher)
    cookie = client.get_cookie("coachapp")
    assert cookie is not None
    client.set_cookie("coachapp", cookie.value, domain="evil.example")
    page = client.get(f"/classes/{ident}", base_url="https://evil.example").text
    assert f"https://coach.example.org/learn/join?code={code}" in page
    assert "evil.example" not in page


def test_a_class_of_somebody_else_is_not_there(sign_in: SignIn, classroom: Classroom) -> None:
    sign_in().post("/join", data={"code": classroom.join_code})
    other = sign_in(Role.INSTRUCTOR)
    assert other.get(f"/classes/{classroom.id}").status_code == 404
    assert other.post(f"/classes/{classroom.id}/joining", data={"open": "no"}).status_code == 404
    assert other.post(f"/classes/{classroom.id}/members/1/remove").status_code == 404


def test_students_teach_no_class(sign_in: SignIn, classroom: Classroom) -> None:
    client = sign_in()
    assert client.get("/classes").status_code == 403
    assert client.post("/classes", data={"name": "x"}).status_code == 403
    assert client.get(f"/classes/{classroom.id}").status_code == 403


@pytest.mark.parametrize("path", ["/join", "/classes", "/classes/1"])
def test_queries_do_not_grow_with_rows(
    sign_in: SignIn,
    person: MakePerson,
    db_session: Session,
    count_queries: Callable[[], AbstractContextManager[list[str]]],
    path: str,
) -> None:
    teacher = person(Role.INSTRUCTOR)
    client, counts = sign_in(teacher), []
    for _ in range(3):
        made = create_classroom(db_session, teacher, name="Class", now=clock.now())
        first = db_session.get(Classroom, 1)
        assert first is not None
        other = create_classroom(db_session, person(Role.INSTRUCTOR), name="Other", now=clock.now())
        rows = [(first, person()), (made, person()), (other, teacher)]
        db_session.add_all(Membership(classroom_id=c.id, person_id=p.id, joined_at=clock.now()) for c, p in rows)
        db_session.commit()
        with count_queries() as seen:
            assert client.get(path).status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[2] <= 5
