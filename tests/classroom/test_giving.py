"""Giving work to a class: the form and its dates, changing it, taking it back, and who may."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp.domain.permissions import Role
from coachapp.models.attempts import Attempt
from coachapp.models.classroom import Assignment
from tests.classroom.conftest import DAY, Course
from tests.conftest import SignIn
from tests.exams.conftest import T0
from tests.exams.turning import Clock

EXAM = {"kind": "exam", "plan": "mock", "zone": "America/Chicago"}
DRILL = {"kind": "drill", "plan": "drill-em", "zone": "America/Chicago"}


def given(session: Session) -> list[Assignment]:
    """Return all assignments stored."""
    session.rollback()
    query = select(Assignment).order_by(Assignment.id).execution_options(populate_existing=True)
    return list(session.scalars(query))


def give(course: Course, **fields: Any) -> Any:
    """Post the form."""
    return course.teacher.post(f"{course.address}/assignments", data=fields)


def test_a_null_sign_is_refused_and_the_form_kept_without_it(course: Course, db_session: Session) -> None:
    fields = EXAM | {"title": "a\x00b", "instructions": "Kept as typed."}
    address, own = f"{course.address}/assignments", {"Origin": "http://localhost"}
    answer = course.teacher.post(address, data=fields, headers=own)
    assert answer.status_code == 422
    assert "invisible null sign" in answer.text
    assert 'name="title" value="ab"' in answer.text
    assert "Kept as typed." in answer.text
    assert given(db_session) == []


def test_cases_are_given_with_the_same_dates_each_under_its_title(course: Course, db_session: Session) -> None:
    page = course.teacher.get(f"{course.address}/assignments/new").text
    assert "Broken wrist" in page
    assert "Stone" not in page, "students could not open what is not verified"
    assert 'value="2026-05-22T23:59"' in page
    ids = [str(course.cases[slug].id) for slug in ("orthopedics/broken-wrist", "gastroenterology/polyp")]
    answer = give(
        course,
        kind="case",
        cases=ids,
        instructions="**Read** it.",
        due="2026-05-20T23:59",
        zone="America/Chicago",
    )
    assert (answer.status_code, answer.location) == (303, course.address)
    first, second = given(db_session)
    assert (first.title, second.title) == ("Broken wrist", "Polyp")
    assert first.opens_at == second.opens_at == T0
    assert first.due_at == datetime(2026, 5, 21, 5, 0, tzinfo=UTC), "the end of the minute 23:59 in Chicago"
    assert (first.closes_at, first.plan_id, first.zone) == (None, None, "America/Chicago")
    listed = course.teacher.get(course.address).text
    assert "Gave 2 assignments. Students see them now." in listed
    assert "May 20, 2026, 11:59 PM" in listed
    assert '<strong class="number">0</strong> of <span class="number">1</span> handed in' in listed


def test_one_case_takes_another_title_and_several_keep_theirs_after_it(course: Course, db_session: Session) -> None:
    ids = [str(course.cases[slug].id) for slug in ("orthopedics/broken-wrist", "gastroenterology/polyp")]
    give(course, kind="case", cases=ids[:1], title="Week 1", zone="UTC")
    give(course, kind="case", cases=ids, title="Week 2", zone="UTC")
    assert [one.title for one in given(db_session)] == ["Week 1", "Week 2: Broken wrist", "Week 2: Polyp"]


def test_an_exam_has_a_window_and_a_drill_does_not(course: Course, db_session: Session) -> None:
    window = {"opens": "2026-05-18T08:00", "due": "2026-05-18T20:00", "closes": "2026-05-19T20:00"}
    assert give(course, **EXAM, **window).status_code == 303
    assert give(course, **DRILL, **window).status_code == 303
    exam, drill = given(db_session)
    assert exam.title == "The mock"
    assert exam.opens_at == datetime(2026, 5, 18, 13, 0, tzinfo=UTC)
    assert exam.closes_at == datetime(2026, 5, 20, 1, 1, tzinfo=UTC)
    assert drill.closes_at is None
    page = course.teacher.get(course.address).text
    assert "opens <time" in page
    assert "from its opening on" in page


def test_pressing_the_button_twice_gives_once(course: Course, db_session: Session, at: Clock) -> None:
    for _ in range(2):
        assert give(course, **DRILL, due="2026-05-20T23:59").status_code == 303
        at.now += timedelta(seconds=2)
    assert len(given(db_session)) == 1
    at.now += timedelta(minutes=2)
    give(course, **DRILL, due="2026-05-20T23:59")
    assert len(given(db_session)) == 2


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"due": "2027-03-14T02:30"}, "2027-03-14 02:30 does not exist in America/Chicago: the clocks go forward"),
        ({"due": "2026-11-01T01:30"}, "2026-11-01 01:30 occurs twice in America/Chicago: the clocks go back"),
        ({"opens": "2026-11-01T01:30"}, "occurs twice"),
        ({"closes": "2027-03-14T02:00"}, "does not exist"),
        ({"due": "2026-05-15T08:59"}, "This is over already."),
        ({"opens": "2026-05-18T08:00", "due": "2026-05-17T08:00"}, "It must be due after it opens."),
        ({"due": "2026-05-18T08:00", "closes": "2026-05-17T08:00"}, "It must not close before it is due."),
        ({"closes": "2026-05-15T08:00"}, "This is over already."),
        ({"opens": "2026-05-18T08:00", "closes": "2026-05-17T08:00"}, "It must close after it opens."),
        ({"due": "tomorrow"}, "Write a date and a time, such as 2026-11-30T23:59."),
        ({"due": "2026-13-01T10:00"}, "Write a date and a time"),
        ({"due": "0001-01-01T00:00"}, "Write a date and a time"),
        ({"due": "9999-12-31T23:59"}, "Write a date and a time"),
        ({"zone": "Mars/Olympus"}, "Choose a time zone from the list."),
        ({"plan": "no-such"}, "Choose one from the list."),
        ({"plan": "drill-em"}, "Choose one from the list."),
        ({"title": "x" * 201}, "Keep it to 200 characters."),
        ({"instructions": "x" * 4001}, "Keep them to 4000 characters."),
    ],
)
def test_what_cannot_be_is_refused_with_words_and_kept(
    course: Course, db_session: Session, fields: dict[str, str], words: str
) -> None:
    answer = give(course, **EXAM | {"instructions": "Kept as typed.", **fields})
    assert answer.status_code == 422
    assert words in answer.text
    if "instructions" not in fields:
        assert "Kept as typed." in answer.text
    for name, text in fields.items():
        if name in ("due", "opens", "closes"):
            assert f'value="{text}"' in answer.text
    assert given(db_session) == []


def test_the_minute_that_runs_is_not_over(course: Course, db_session: Session) -> None:
    assert give(course, **DRILL, due="2026-05-15T09:00").status_code == 303
    assert given(db_session)[0].due_at == T0 + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("cases", "words"), [([], "Choose at least one case."), (["99999"], "not on this site any more"), (["x"], "not on")]
)
def test_a_case_must_be_chosen_among_those_shown(course: Course, cases: list[str], words: str) -> None:
    answer = give(course, kind="case", cases=cases, zone="UTC")
    assert answer.status_code == 422
    assert words in answer.text


def test_what_only_instructors_see_cannot_be_given(course: Course) -> None:
    assert give(course, kind="case", cases=[str(course.cases["urology/stone"].id)], zone="UTC").status_code == 422


def test_an_unknown_kind_is_not_there(course: Course) -> None:
    assert course.teacher.get(f"{course.address}/assignments/new?kind=essay").status_code == 404
    assert give(course, kind="essay").status_code == 404


def test_the_next_assignment_is_written_in_the_zone_of_the_last(course: Course) -> None:
    course.give(zone="Asia/Kolkata")
    page = course.teacher.get(f"{course.address}/assignments/new?kind=drill").text
    assert '<option selected value="Asia/Kolkata">' in page


def edit(course: Course, assignment: Assignment, **fields: Any) -> Any:
    """Post the form that changes an assignment."""
    values = {"title": "Given", "opens": "2026-05-15T09:00", "due": "2026-05-16T08:59", "zone": "America/Chicago"}
    return course.teacher.post(f"{course.address}/assignments/{assignment.id}/edit", data=values | fields)


def test_words_and_dates_are_changed_and_come_back_as_written(course: Course, db_session: Session, at: Clock) -> None:
    one = course.give()
    page = course.teacher.get(f"{course.address}/assignments/{one.id}/edit").text
    assert 'value="2026-05-15T09:00"' in page
    assert 'value="2026-05-16T08:59"' in page
    at.now = T0 + 10 * DAY  # long over: a date in the past stays possible
    assert edit(course, one, title="Other", instructions="New.", due="2026-05-17T08:59").status_code == 303
    changed = given(db_session)[0]
    assert (changed.title, changed.instructions, changed.due_at) == ("Other", "New.", T0 + 2 * DAY)
    assert (changed.opens_at, changed.item_id) == (T0, one.item_id)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"title": " "}, "Give it a title."),
        ({"opens": ""}, "Write when it opens."),
        ({"opens": "soon"}, "Write a date and a time"),
        ({"due": "2026-05-14T08:59"}, "It must be due after it opens."),
        ({"due": "2026-11-01T01:30"}, "occurs twice"),
    ],
)
def test_a_change_that_cannot_be_is_refused(
    course: Course, db_session: Session, fields: dict[str, str], words: str
) -> None:
    one = course.give(due_at=T0 + 100 * DAY)
    answer = edit(course, one, **fields)
    assert answer.status_code == 422
    assert words in answer.text
    assert given(db_session)[0].due_at == T0 + 100 * DAY


def test_a_later_opening_does_not_take_work_away(course: Course, db_session: Session, at: Clock) -> None:
    one = course.give()
    course.hand_in(course.student_id, finished=T0 + timedelta(hours=2))
    at.now = T0 + DAY / 2
    answer = edit(course, one, opens="2026-05-15T13:00")
    assert answer.status_code == 422
    assert "Somebody has handed in before this; it would count no more." in answer.text
    assert given(db_session)[0].opens_at == T0
    assert edit(course, one, opens="2026-05-15T10:30").status_code == 303


def test_taking_back_loses_nothing_of_the_students_work(course: Course, db_session: Session) -> None:
    ident = course.give().id
    course.hand_in(course.student_id, finished=T0)
    page = course.teacher.get(f"{course.address}/assignments/{ident}").text
    assert "Nothing of their work is lost" in page
    address = f"{course.address}/assignments/{ident}/take-back"
    assert course.teacher.post(address).location == course.address
    assert course.teacher.post(address).status_code == 404
    assert given(db_session) == []
    assert len(db_session.scalars(select(Attempt)).all()) == 1
    # Accommodations name an assignment by its id: none is used twice.
    assert course.give().id > ident


VIEWS = [
    ("get", "/assignments/new"),
    ("post", "/assignments"),
    ("get", "/assignments/{id}"),
    ("get", "/assignments/{id}/edit"),
    ("post", "/assignments/{id}/edit"),
    ("post", "/assignments/{id}/take-back"),
]


@pytest.mark.parametrize(("method", "path"), VIEWS, ids=str)
def test_only_the_instructor_of_the_class_gives_and_follows_work(
    course: Course, sign_in: SignIn, db_session: Session, method: str, path: str
) -> None:
    one = course.give()
    address = course.address + path.format(id=one.id)

    def status(client: FlaskClient) -> int:
        return getattr(client, method)(address).status_code

    table = {
        "signed out": (sign_in().application.test_client(), 303 if method == "get" else 401),
        "student of the class": (course.student, 403),
        "other student": (sign_in(), 403),
        "other instructor": (sign_in(Role.INSTRUCTOR), 404),
        "administrator": (sign_in(Role.ADMIN), 404),
    }
    expected = {who: code for who, (_, code) in table.items()}
    assert {who: status(client) for who, (client, _) in table.items()} == expected
    assert status(course.teacher) in (200, 303, 422)


def test_an_assignment_of_another_class_is_not_there(course: Course, db_session: Session) -> None:
    one = course.give()
    answer = course.teacher.post("/classes", data={"name": "Other"})
    assert course.teacher.get(f"{answer.location}/assignments/{one.id}").status_code == 404
