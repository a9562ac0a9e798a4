"""The administrator's pages."""

import html
import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp import clock
from coachapp.domain.permissions import Role
from coachapp.models.audit import AuditAction, AuditEntry
from coachapp.models.people import Person, ResetRequest
from tests.conftest import MakePerson, SignIn

NEW = {"password": "tulip gravel orbit", "password_again": "tulip gravel orbit"}


def link_on(page: str) -> str | None:
    """Return the path of the link for a new password that a page shows."""
    found = re.search(r"<code>http://[^/<]+(/reset/link/[^<]+)</code>", page)
    return html.unescape(found[1]) if found else None


@pytest.mark.parametrize("path", ["/admin/", "/admin/people", "/admin/people/new", "/admin/people/1", "/admin/audit"])
@pytest.mark.parametrize("role", [Role.STUDENT, Role.INSTRUCTOR])
def test_only_administrators_get_in(sign_in: SignIn, path: str, role: Role) -> None:
    assert sign_in(role).get(path).status_code == 403


def test_a_request_for_a_password_is_answered_with_a_link_shown_once(
    client: FlaskClient, sign_in: SignIn, person: MakePerson, db_session: Session
) -> None:
    admin, who = sign_in(Role.ADMIN), person(name="Ana Lee")
    assert "Nobody is waiting." in admin.get("/admin/").text
    client.post("/reset", data={"email": who.email})
    assert "Ana Lee" in admin.get("/admin/").text
    answer = admin.post(f"/admin/people/{who.id}/link")
    assert (answer.status_code, answer.location) == (303, f"/admin/people/{who.id}")
    assert link_on(admin.get(f"/admin/people/{admin.person.id}").text) is None  # type: ignore[attr-defined]
    path = link_on(admin.get(answer.location).text)
    assert path is not None
    assert link_on(admin.get(answer.location).text) is None
    assert "Nobody is waiting." in admin.get("/admin/").text
    assert client.post(path, data=NEW).status_code == 303
    actions = db_session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions == [AuditAction.RESET_LINK_ISSUED, AuditAction.PASSWORD_CHANGED]


def test_adding_a_person_gives_a_link_to_hand_over(client: FlaskClient, sign_in: SignIn, db_session: Session) -> None:
    admin = sign_in(Role.ADMIN)
    answer = admin.post("/admin/people/new", data={"name": "Ira", "email": "Ira@example.org", "role": "instructor"})
    assert answer.status_code == 303
    who = db_session.scalars(select(Person).where(Person.email == "ira@example.org")).one()
    assert who.role is Role.INSTRUCTOR
    path = link_on(admin.get(answer.location).text)
    assert path is not None
    assert client.post(path, data=NEW).status_code == 303
    assert client.post("/sign-in", data={"email": who.email, "password": NEW["password"]}).status_code == 303
    entry = db_session.scalars(select(AuditEntry)).first()
    assert entry is not None
    assert (entry.action, entry.actor_id) == (AuditAction.PERSON_ADDED, admin.person.id)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "change", [{"name": ""}, {"email": "x"}, {"email": "admin1@example.org"}, {"role": "wizard"}, {"role": ""}]
)
def test_a_person_who_cannot_be_added_is_422(sign_in: SignIn, change: dict[str, str]) -> None:
    data = {"name": "Ira", "email": "ira@example.org", "role": "student", **change}
    assert sign_in(Role.ADMIN).post("/admin/people/new", data=data).status_code == 422


def test_a_role_is_changed_and_noted(sign_in: SignIn, person: MakePerson, db_session: Session) -> None:
    admin, who = sign_in(Role.ADMIN), person()
    assert admin.post(f"/admin/people/{who.id}/role", data={"role": "instructor"}).status_code == 303
    assert "is now an instructor." in admin.get(f"/admin/people/{who.id}").text
    db_session.refresh(who)
    assert who.role is Role.INSTRUCTOR
    assert db_session.scalars(select(AuditEntry)).one().detail == {"from": "student", "to": "instructor"}
    assert admin.post(f"/admin/people/{who.id}/role", data={"role": "wizard"}).status_code == 422
    assert admin.post("/admin/people/999/role", data={"role": "student"}).status_code == 404


def test_an_account_is_switched_off_and_on(sign_in: SignIn, person: MakePerson) -> None:
    admin, who = sign_in(Role.ADMIN), person()
    theirs = sign_in(who)
    assert admin.post(f"/admin/people/{who.id}/enabled", data={"enabled": "no"}).status_code == 303
    assert theirs.get("/profile").status_code == 303
    assert "off since" in admin.get(f"/admin/people/{who.id}").text
    assert admin.post(f"/admin/people/{who.id}/enabled", data={"enabled": "yes"}).status_code == 303
    assert theirs.get("/profile").status_code == 303, "switching on again revives no old sign-in"


def test_the_last_administrator_stays(sign_in: SignIn, person: MakePerson) -> None:
    admin = sign_in(Role.ADMIN)
    person(Role.ADMIN, disabled_at=clock.now())
    own = f"/admin/people/{admin.person.id}"  # type: ignore[attr-defined]
    for answer in (
        admin.post(f"{own}/role", data={"role": "student"}),
        admin.post(f"{own}/enabled", data={"enabled": "no"}),
    ):
        assert answer.status_code == 409
        assert "only administrator" in answer.text
    person(Role.ADMIN)
    assert admin.post(f"{own}/role", data={"role": "student"}).status_code == 303


def test_people_are_found_by_text_and_role(sign_in: SignIn, person: MakePerson) -> None:
    admin = sign_in(Role.ADMIN)
    person(name="Ana_Lee", email="ana@example.org")
    person(name="Bo", email="bo@example.org", demo=True, last_sign_in_at=clock.now())
    assert "Ana_Lee" in admin.get("/admin/people?q=LEE").text
    assert "bo@" not in admin.get("/admin/people?q=LEE").text
    assert "ana@" in admin.get("/admin/people?q=ana@ex&role=student").text
    assert "Nobody matches." in admin.get("/admin/people?q=%25").text
    assert "Nobody matches." in admin.get("/admin/people?q=a_l&role=instructor").text
    assert "bo@" in admin.get("/admin/people?role=nonsense").text


@pytest.mark.parametrize("path", ["/admin/", "/admin/people", "/admin/audit"])
def test_queries_do_not_grow_with_rows(
    sign_in: SignIn,
    person: MakePerson,
    db_session: Session,
    count_queries: Callable[[], AbstractContextManager[list[str]]],
    path: str,
) -> None:
    admin, counts = sign_in(Role.ADMIN), []
    for _ in range(3):
        who = person()
        db_session.add(ResetRequest(person_id=who.id, requested_at=clock.now()))
        db_session.add(
            AuditEntry(at=clock.now(), actor_id=who.id, action=AuditAction.ROLE_CHANGED, subject="x", detail={})
        )
        db_session.commit()
        with count_queries() as seen:
            assert admin.get(path).status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[2] <= 4


def test_long_lists_come_in_pages(sign_in: SignIn, db_session: Session) -> None:
    admin = sign_in(Role.ADMIN)
    assert "Nothing has been recorded yet." in admin.get("/admin/audit").text
    db_session.add_all(
        AuditEntry(at=clock.now(), action=AuditAction.CLASS_CREATED, subject=f"class {n}", detail={}) for n in range(60)
    )
    db_session.commit()
    first, second = admin.get("/admin/audit").text, admin.get("/admin/audit?page=2").text
    assert "class 59<" in first
    assert "command line" in first
    assert "class 9<" not in first
    assert "class 9<" in second
    assert "Page 2 of 2" in second
