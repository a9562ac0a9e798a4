"""A site with an exam that was sat, and a key that changed since."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp.attempts.papers import paper_of
from coachapp.codesets import CodeSets
from coachapp.config import Settings
from coachapp.content.sync import sync
from coachapp.domain.permissions import Role
from coachapp.domain.questions import Question
from coachapp.exams.jobs import finish_one
from coachapp.models.items import Item
from coachapp.models.sittings import Sitting
from tests.conftest import SignIn
from tests.domain.exam_builders import question
from tests.exams.conftest import bank, begin, stock
from tests.exams.turning import Clock, at, begin_exam, learner, plans, put

__all__ = ["at", "begin", "learner", "plans", "stock"]

CHANGED = "em/q-01"  # b is right at first


def mended(right: str = "c", **fields: Any) -> list[Question]:
    """Return the bank with another key for one question."""
    return [question(CHANGED, right=right, **fields) if one.id == CHANGED else one for one in bank()]


@pytest.fixture
def code_sets(settings: Settings, codesets_dir: Path, codesets: CodeSets) -> None:
    """Install the code sets on the site."""
    (settings.data / "codesets").symlink_to(codesets_dir / "codesets")


def sit(client: FlaskClient, session: Session, answer: str) -> int:
    """Sit a mock in which the question that changes is answered so, and return the sitting's id."""
    sitting_id = begin_exam(client)
    session.rollback()
    n = next(slot.n for slot in paper_of(session.get_one(Sitting, sitting_id)) if slot.item == CHANGED)
    session.rollback()
    put(client, sitting_id, n, base_seq=0, answer=[answer], save_id=f"a{sitting_id}")
    assert client.post(f"/sittings/{sitting_id}/hand-in", data={"sure": "yes"}).status_code == 303
    with client.application.app_context():
        finish_one(sitting_id)
    session.rollback()
    return sitting_id


@pytest.fixture
def repair(db_session: Session, at: Clock, code_sets: None) -> Callable[..., Item]:
    """Return a function that stores the bank with a mended question and gives its item."""

    def make(right: str = "c", **fields: Any) -> Item:
        db_session.rollback()
        sync(db_session, [], questions=mended(right, **fields), concepts=(), now=at.now)
        db_session.commit()
        found = db_session.scalars(select(Item).where(Item.slug == CHANGED)).one()
        db_session.rollback()
        return found

    return make


@pytest.fixture
def sat(learner: FlaskClient, db_session: Session) -> int:
    """Return a graded sitting in which "b" was right when it was handed in."""
    return sit(learner, db_session, "b")


@pytest.fixture
def desk(sign_in: SignIn) -> FlaskClient:
    """Return the client of an instructor."""
    return sign_in(Role.INSTRUCTOR)
