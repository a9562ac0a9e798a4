"""How far the database is from the files."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp.content import drift as module
from coachapp.content.drift import Drift, drift
from coachapp.content.sync import sync
from coachapp.domain.questions import Question
from coachapp.models.items import Item
from tests.content.test_sync import NOW
from tests.domain.exam_builders import question

Files = Callable[..., None]


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> Files:
    """Return a function that says which questions the files hold, and which of them are broken."""

    def hold(*questions: Question, broken: tuple[str, ...] = ()) -> None:
        loaded = SimpleNamespace(cases=(), questions=questions, broken=frozenset(broken))
        monkeypatch.setattr(module, "load_bundled", lambda: loaded)

    return hold


def store(session: Session, *questions: Question, later: int = 0) -> None:
    """Bring questions into the database."""
    sync(session, [], questions=questions, concepts=[], now=NOW + timedelta(days=later))
    session.commit()


def test_in_sync_nothing_waits(db_session: Session, files: Files) -> None:
    store(db_session, question("em/a"), question("em/b"))
    files(question("em/a"), question("em/b"))
    assert drift(db_session) == Drift()
    assert drift(db_session).waiting == 0


def test_what_a_sync_would_touch_is_named(db_session: Session, files: Files) -> None:
    store(db_session, question("em/a"), question("em/b"), question("em/c"), question("em/back"))
    store(db_session, question("em/a"), question("em/b"), question("em/c"), later=1)  # em/back is retired
    files(question("em/a", stem="Reworded?"), question("em/new"), question("em/back"), broken=("em/c",))
    found = drift(db_session)
    assert (found.new, found.changed, found.gone) == (["em/new"], ["em/a", "em/back"], ["em/b"])
    assert (found.broken, found.waiting) == (["em/c"], 4)


def test_what_was_edited_on_the_site_is_left_alone(db_session: Session, files: Files) -> None:
    store(db_session, question("em/a"), question("em/b"))
    for item in db_session.scalars(select(Item)):
        assert item.current_version is not None
        item.current_version.source = "site"
    db_session.commit()
    files(question("em/a", stem="Reworded?"))
    assert drift(db_session) == Drift()
