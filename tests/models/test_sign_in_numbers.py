"""The number that an account's sign-ins begin with."""

from flask import Flask
from sqlalchemy.orm import Session

from coachapp.models.people import MOST_EPOCH, Person
from tests.conftest import MakePerson, SignIn


def test_a_cookie_of_a_deleted_account_opens_no_other_with_its_number(
    app: Flask, db_session: Session, person: MakePerson, sign_in: SignIn
) -> None:
    """SQLite gives the highest id again once its row is gone, and so does a restored database."""
    first = person()
    client = sign_in(first)
    assert client.get("/profile").status_code == 200
    db_session.delete(db_session.get(Person, first.id))
    db_session.commit()
    second = person()
    assert second.id == first.id
    assert client.get("/profile").status_code != 200


def test_every_account_begins_with_a_number_of_its_own(person: MakePerson) -> None:
    numbers = [person().sign_in_epoch for _ in range(20)]
    assert len(set(numbers)) == 20
    assert all(0 <= number < MOST_EPOCH for number in numbers)
