"""The pool of questions: read once while it stays the same, and never older than the database."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from coachapp.domain.questions import Section
from coachapp.exams.pool import Candidate, read_pool
from coachapp.models import db
from coachapp.models.items import Item
from tests.conftest import SignIn
from tests.domain.exam_builders import question
from tests.exams.conftest import T0, bank
from tests.exams.turning import at, begin_exam, learner, plans

__all__ = ["at", "learner", "plans"]

Count = Callable[[], AbstractContextManager[list[str]]]


def pool(session: Session, **asked: Any) -> list[Candidate]:
    """Return the pool as a request would read it."""
    session.rollback()
    return read_pool(session, **{"unverified": False, "cpt": True, **asked})


def test_a_pool_that_was_read_before_costs_one_query(
    app: Flask, stock: Callable[..., Any], count_queries: Count
) -> None:
    stock()
    with app.app_context():
        first = pool(db.session())
        with count_queries() as seen:
            assert pool(db.session()) == first
    assert len(seen) == 1


def test_whatever_changes_the_pool_is_seen_at_once(db_session: Session, stock: Callable[..., Any]) -> None:
    items = stock()
    assert len(pool(db_session)) == 12
    items["em/q-00"].retired_at = T0
    db_session.commit()
    assert len(pool(db_session)) == 11
    items["em/q-00"].retired_at = None
    items["em/q-01"].verified = None
    db_session.commit()
    assert "em/q-01" not in {one.item.id for one in pool(db_session)}
    assert len(pool(db_session, unverified=True)) == 12
    items["em/q-01"].verified = T0.date()
    db_session.commit()
    before = {one.item.id: one for one in pool(db_session)}["em/q-02"]
    stock([one if one.id != "em/q-02" else question("em/q-02", difficulty=5) for one in bank()])
    after = {one.item.id: one for one in pool(db_session)}["em/q-02"]
    assert (before.item.difficulty, after.item.difficulty) == (3, 5)
    assert before.version_id != after.version_id
    stock()  # back to the earlier version
    assert {one.item.id: one for one in pool(db_session)}["em/q-02"] == before


def test_pools_of_sections_concepts_and_persons_are_kept_apart(db_session: Session, stock: Callable[..., Any]) -> None:
    items: dict[str, Item] = stock()
    assert {one.item.section for one in pool(db_session, sections=[Section.EM])} == {Section.EM}
    assert len(pool(db_session)) == 12
    assert len(pool(db_session, concept="other-concept")) == 6
    left_out = items["em/q-00"].id
    assert left_out not in {one.item_id for one in pool(db_session, without={left_out})}
    assert left_out in {one.item_id for one in pool(db_session)}
    assert pool(db_session, sections=[Section.HCPCS]) == []


def test_starting_an_exam_costs_the_same_few_queries_for_everybody(
    learner: FlaskClient, sign_in: SignIn, count_queries: Count
) -> None:
    begin_exam(learner)  # the first one reads the pool
    counts = []
    for _ in range(3):
        client = sign_in()
        with count_queries() as seen:
            begin_exam(client)
        counts.append(len(seen))
    assert set(counts) == {7}, seen
