"""`coachapp demo`: simulated learners on the command line."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session

from coachapp import clock
from coachapp.content.sync import sync
from coachapp.domain.questions import Section
from coachapp.models.attempts import Grade
from coachapp.models.people import Person
from coachapp.models.standing import Standing
from tests.cli.conftest import Run
from tests.domain.exam_builders import question


@pytest.fixture
def session(ready: Run, data: Path) -> Iterator[Session]:
    """Return a session on a database with a few questions."""
    engine = create_engine(f"sqlite:///{data / 'coachapp.sqlite'}")
    session = Session(engine)
    asked = [question(f"{section}/q-{n:02}") for section in (Section.EM, Section.HCPCS) for n in range(4)]
    sync(session, [], questions=asked, concepts=[], now=clock.now())
    session.commit()
    yield session
    session.close()
    engine.dispose()


def test_learners_are_made_once(ready: Run, session: Session) -> None:
    done = ready("demo", "--learners", "2", "--months", "1")
    assert done.code == 0
    assert "2 learners" in done.err
    people = select(func.count()).select_from(Person)
    assert session.scalar(people) == 2
    assert (session.scalar(select(func.count()).select_from(Grade)) or 0) > 0
    assert session.scalar(select(func.count(Standing.person_id.distinct()))) == 2
    session.rollback()
    again = ready("demo", "--learners", "2", "--months", "1")
    assert again.code == 2
    assert "holds simulated learners already" in again.err
    assert session.scalar(people) == 2


def test_a_database_of_real_people_is_left_alone_without_yes(ready: Run, session: Session) -> None:
    real = Person(email="a@b.org", name="A", password_hash="x", time_zone="UTC", created_at=clock.now())
    session.add(real)
    session.commit()
    refused = ready("demo", "--learners", "1", "--months", "1")
    assert refused.code == 2
    assert "1 account that is not for demonstration" in refused.err
    assert session.scalar(select(func.count()).select_from(Person)) == 1
    session.rollback()
    assert ready("demo", "--learners", "1", "--months", "1", "--yes").code == 0


def test_requests_that_make_no_sense_are_refused(ready: Run, session: Session) -> None:
    assert ready("demo", "--learners", "0").code == 2
    assert ready("demo", "--months", "99").code == 2
    assert "still to come" in ready("demo", "--until", "2999-01-01").err
    assert session.scalar(select(func.count()).select_from(Person)) == 0


def test_without_content_there_is_nothing_to_work_on(ready: Run) -> None:
    refused = ready("demo")
    assert refused.code == 2
    assert "coachapp init" in refused.err
