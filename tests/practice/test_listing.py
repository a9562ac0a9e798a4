"""The list of cases and the history of attempts."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from coachapp import clock
from coachapp.domain.permissions import Role
from coachapp.models import db
from coachapp.models.items import Item
from coachapp.models.people import Person
from tests.conftest import put_cookie
from tests.practice.samples import add_cases, right_rows, rows, stay, wrist

BROKEN = "/cases/orthopedics/broken-wrist"


def titles(html: str) -> list[str]:
    return [part.split(">", 1)[1].split("<")[0] for part in html.split('class="case-title"')[1:]]


def test_students_see_verified_cases_only(sign_in: Callable[..., Any], cases: dict[str, Item]) -> None:
    html = sign_in().get("/cases").text
    assert titles(html) == ["Heart attack", "Polyp", "Broken wrist"]
    assert "3 cases" in html


@pytest.mark.parametrize("role", [Role.INSTRUCTOR, Role.ADMIN])
def test_instructors_see_all_and_which_are_not_verified(
    sign_in: Callable[..., Any], cases: dict[str, Item], role: Role
) -> None:
    html = sign_in(role).get("/cases").text
    assert titles(html) == ["Heart attack", "Polyp", "Broken wrist", "Stone"]
    assert html.count("Not verified") == 1


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("specialty=cardiology", ["Heart attack"]),
        ("setting=hospital+inpatient", ["Heart attack"]),
        ("level=foundation", ["Polyp"]),
        ("form=professional", ["Broken wrist"]),
        ("state=new", ["Heart attack", "Polyp", "Broken wrist"]),
        ("q=WRIST+broken", ["Broken wrist"]),
        ("q=cardio", ["Heart attack"]),
        ("q=100%25", []),
        ("q=wrist&form=inpatient", []),
    ],
)
def test_filters_narrow_the_list(
    sign_in: Callable[..., Any], cases: dict[str, Item], query: str, expected: list[str]
) -> None:
    html = sign_in().get(f"/cases?{query}").text
    assert titles(html) == expected
    assert f"{len(expected)} of 3 cases" in html
    assert ("No case fits these filters" in html) is (not expected)


def test_state_and_last_score_follow_the_work(sign_in: Callable[..., Any], cases: dict[str, Item]) -> None:
    student = sign_in()
    student.post(BROKEN, data=rows("I10") | {"act": "save"})
    assert titles(student.get("/cases?state=in_progress").text) == ["Broken wrist"]
    attempt = cases["orthopedics/broken-wrist"].current_version_id
    student.post(BROKEN, data=right_rows(version=attempt or 0, seq=1) | {"act": "hand_in"})
    html = student.get("/cases?state=done").text
    assert titles(html) == ["Broken wrist"]
    assert "last 100%" in html
    assert titles(sign_in().get("/cases?state=done").text) == []


def test_an_empty_site_says_what_to_do(sign_in: Callable[..., Any]) -> None:
    assert "No cases yet" in sign_in().get("/cases").text
    assert "Nothing here yet" in sign_in().get("/attempts").text


def test_pages_of_the_list_keep_the_filters(sign_in: Callable[..., Any], db_session: Session) -> None:
    add_cases(db_session, *(wrist(f"orthopedics/case-{n:02}") for n in range(30)))
    student = sign_in()
    first = student.get("/cases?q=case").text
    assert len(titles(first)) == 25
    assert "/cases?page=2&amp;q=case" in first
    assert len(titles(student.get("/cases?page=2&q=case").text)) == 5
    assert len(titles(student.get("/cases?page=99&q=case").text)) == 5
    assert len(titles(student.get("/cases?page=x").text)) == 25


def test_the_number_of_queries_does_not_grow_with_rows(
    sign_in: Callable[..., Any], db_session: Session, count_queries: Callable[..., Any]
) -> None:
    def measure(count: int) -> list[int]:
        add_cases(db_session, *(wrist(f"orthopedics/case-{n:02}") for n in range(count)))
        student = sign_in()
        for n in range(count):
            student.post(f"/cases/orthopedics/case-{n:02}", data=right_rows(version=n + 1) | {"act": "hand_in"})
        student.get("/today")  # reckons what the claims handed in say of the learner
        found = []
        for address in ("/cases", "/attempts", "/today"):
            with count_queries() as seen:
                assert student.get(address).status_code == 200
            found.append(len(seen))
        return found

    assert measure(2) == measure(12)


def test_history_lists_own_attempts_only(sign_in: Callable[..., Any], cases: dict[str, Item]) -> None:
    student, other = sign_in(), sign_in()
    student.post(BROKEN, data=right_rows() | {"act": "hand_in"})
    html = student.get("/attempts").text
    assert "Broken wrist" in html
    assert "100%" in html
    assert "Broken wrist" not in other.get("/attempts").text


def test_a_site_without_cpt_hides_the_cases_that_need_it(make_app: Callable[..., Any], password_hash: str) -> None:
    app = make_app(include_cpt=False)
    with app.app_context():
        add_cases(db.session(), wrist(), stay())
        student = Person(
            email="a@example.org", name="A", password_hash=password_hash, time_zone="UTC", created_at=clock.now()
        )
        db.session.add(student)
        db.session.commit()
        client = app.test_client()
        put_cookie(client, student)
    assert titles(client.get("/cases").text) == ["Heart attack"]
    assert client.get(BROKEN).status_code == 404
