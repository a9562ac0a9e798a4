"""Column types."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from coachapp.domain.permissions import Role
from coachapp.models.people import Person
from tests.conftest import MakePerson


def test_moments_come_back_aware_and_in_utc(person: MakePerson, db_session: Session) -> None:
    tokyo = datetime(2026, 5, 1, 9, 30, tzinfo=timezone(timedelta(hours=9)))
    found = person(created_at=tokyo)
    db_session.expire_all()
    assert found.created_at == tokyo
    assert found.created_at.tzinfo is UTC


def test_a_naive_moment_is_refused(person: MakePerson, db_session: Session) -> None:
    with pytest.raises(StatementError, match="must carry its time zone"):
        person(created_at=datetime(2026, 5, 1))  # noqa: DTZ001
    db_session.rollback()


def test_enums_are_stored_by_value_and_compared_as_members(person: MakePerson, db_session: Session) -> None:
    person(Role.INSTRUCTOR)
    assert db_session.execute(text("SELECT role FROM person")).scalar() == "instructor"
    assert db_session.scalars(select(Person).where(Person.role == Role.INSTRUCTOR)).one().role is Role.INSTRUCTOR


def test_a_value_that_is_no_member_is_refused(person: MakePerson, db_session: Session) -> None:
    found = person()
    found.role = "wizard"  # type: ignore[assignment]
    with pytest.raises(StatementError, match="wizard"):
        db_session.commit()
    db_session.rollback()
