"""Who may use a view, checked before every request."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from coachapp.domain.permissions import Action, Role
from coachapp.models.people import Person
from coachapp.web import access
from tests.conftest import MakePerson, SignIn


def view() -> str:
    """Answer with a word."""
    return "seen"


def add(app: Flask, declare: Callable[[Callable[[], str]], Callable[[], str]] | None) -> None:
    """Add /probe with a declaration."""

    def probe() -> str:
        return view()

    app.add_url_rule("/probe", "probe", declare(probe) if declare else probe, methods=["GET", "POST"])


def test_an_undeclared_view_is_an_error_in_tests_and_refused_in_service(app: Flask) -> None:
    add(app, None)
    with pytest.raises(RuntimeError, match="probe does not declare who may use it"):
        app.test_client().get("/probe")
    app.testing = False
    assert app.test_client().get("/probe").status_code == 403


def test_a_public_view_needs_nobody(app: Flask) -> None:
    add(app, access.public)
    assert app.test_client().get("/probe").text == "seen"


def test_signed_out_people_are_sent_to_sign_in_and_back(app: Flask) -> None:
    add(app, access.signed_in)
    answer = app.test_client().get("/probe?a=1&b=%20x")
    assert answer.status_code == 303
    assert answer.location == "/sign-in?next=/probe?a%3D1%26b%3D%2520x"


def test_signed_out_scripts_get_json(app: Flask) -> None:
    add(app, access.signed_in)
    answer = app.test_client().post("/probe", json={"draft": 1})
    assert answer.status_code == 401
    assert answer.json == {"error": "This page is for people who are signed in.", "status": 401}
    assert answer.headers["X-Sign-In"] == "/sign-in"


@pytest.mark.parametrize(("role", "status"), [(Role.STUDENT, 403), (Role.INSTRUCTOR, 200), (Role.ADMIN, 200)])
def test_an_action_is_for_the_roles_of_the_table(app: Flask, sign_in: SignIn, role: Role, status: int) -> None:
    add(app, access.may(Action.MANAGE_CLASSES))
    assert sign_in(role).get("/probe").status_code == status


def test_a_cookie_of_an_earlier_epoch_counts_no_more(app: Flask, sign_in: SignIn, db_session: Session) -> None:
    add(app, access.signed_in)
    client = sign_in()
    assert client.get("/probe").status_code == 200
    client.person.sign_in_epoch += 1  # type: ignore[attr-defined]
    db_session.commit()
    assert client.get("/probe").status_code == 303


@pytest.mark.parametrize(
    "ident", ["", "1", "1.", ".0", "x.0", "1.x", "1.0.0", "1.0.999", "999.0.1", "-1.0.1", "1.0.²", "1.0." + "9" * 30]
)
def test_a_garbled_cookie_is_nobody(app: Flask, person: MakePerson, ident: str) -> None:
    add(app, access.signed_in)
    person()
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = ident
    assert client.get("/probe").status_code == 303


def test_what_is_not_yours_is_answered_like_what_is_not_there(app: Flask, person: MakePerson) -> None:
    mine = person()
    ident = mine.id
    with app.app_context():
        assert access.load_or_404(select(Person).where(Person.id == ident)).id == ident
        with pytest.raises(NotFound):
            access.load_or_404(select(Person).where(Person.id == ident, Person.role == Role.ADMIN))


def test_the_sign_in_is_kept_alive_by_use(app: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    add(app, access.signed_in)
    client = sign_in()
    assert "Set-Cookie" in client.get("/probe").headers
    assert "Set-Cookie" not in client.get("/probe").headers
    with client.session_transaction() as session:
        session["seen"] -= 3600
    assert "Set-Cookie" in client.get("/probe").headers
