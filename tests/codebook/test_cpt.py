"""The CPT numbers that the items of this site name."""

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from coachapp.domain.permissions import Role
from tests.codebook.reading import links
from tests.conftest import SignIn
from tests.practice.samples import add_cases, hidden, scope, wrist


def numbers(client: FlaskClient) -> list[str]:
    """Return the numbers on the CPT page."""
    found = [address.rsplit("/", 1)[1] for address in links(client.get("/codebook/cpt").text) if "/cpt/" in address]
    assert found == sorted(found)
    return found


def test_numbers_of_key_and_traps_are_listed_once_there_are_items(sign_in: SignIn, db_session: Session) -> None:
    reader = sign_in()
    assert "No numbers yet" in reader.get("/codebook/cpt").text
    case = wrist()
    add_cases(db_session, case, scope())
    named = {code for code in case.all_codes()[1] if code[:4].isdigit()}
    assert named
    assert named <= set(numbers(reader))
    assert "99999" not in numbers(reader)


def test_items_that_are_not_verified_name_nothing_to_students(sign_in: SignIn, db_session: Session) -> None:
    add_cases(db_session, hidden())
    assert numbers(sign_in()) == []
    assert numbers(sign_in(Role.INSTRUCTOR)) != []


def test_a_site_without_cpt_lists_none(app: Flask, sign_in: SignIn, db_session: Session) -> None:
    reader = sign_in()
    add_cases(db_session, wrist())
    assert numbers(reader) != []
    app.config["COACH"] = app.config["COACH"].model_copy(update={"include_cpt": False})
    assert numbers(reader) == []
