"""Erasing a person takes all that is hers and nothing else, on either database."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from coachapp import clock
from coachapp.attempts import engine, erasing, standings
from coachapp.codesets import CodeSets
from coachapp.content.sync import sync
from coachapp.domain.questions import Section
from coachapp.models import db
from coachapp.models.attempts import Attempt, Grade, Step
from coachapp.models.items import Item, ItemKind
from coachapp.models.ownership import owned_rows
from coachapp.models.people import Person
from coachapp.models.schema import upgrade
from coachapp.models.writing import begin_write
from coachapp.progress.upkeep import exam_in_view
from coachapp.simulation.population import simulate
from coachapp.simulation.stock import read_stock
from tests.domain.exam_builders import question
from tests.exams.conftest import T0
from tests.practice.samples import wrist


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, make_app: Callable[..., Flask]) -> Flask:
    """Return an app on SQLite or on PostgreSQL."""
    if request.param == "sqlite":
        return make_app()
    app = make_app(database_url=request.getfixturevalue("postgres_url"))
    with app.app_context():
        upgrade(db.engine)
    return app


def count(model: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_nothing_is_left_and_nobody_else_is_touched(either: Flask, codesets: CodeSets) -> None:
    with either.app_context():
        session, now = db.session(), clock.now()
        begin_write(session)
        asked = [question(f"{section}/q-{n:02}") for section in Section for n in range(2)]
        sync(session, [wrist()], questions=asked, concepts=[], now=T0)
        stock = read_stock(session, cpt=True, codesets=codesets)
        one, other = simulate(
            session, stock, learners=2, months=1, seed=3, until=(now - timedelta(days=1)).date(), time_zone="UTC"
        )
        case = session.scalars(select(Item).where(Item.kind == ItemKind.CASE)).one()
        engine.open_attempt(session, one.person_id, item=case, now=now)
        for person_id in (one.person_id, other.person_id):
            standings.refresh(session, person_id, now=now, exam=exam_in_view())
        session.commit()
        whole = count(Grade)
        begin_write(session)
        gone = erasing.erase(session, session.get_one(Person, one.person_id), heir_id=None)
        session.commit()
        assert gone["grade"] == one.answers
        assert count(Grade) == whole - one.answers == other.answers
        for table, condition in owned_rows(one.person_id):
            assert session.scalar(select(func.count()).select_from(table).where(condition)) == 0, table.name
        assert session.get(Person, one.person_id) is None
        assert session.scalars(select(Attempt.person_id).distinct()).all() == [other.person_id]
        assert count(Step) >= other.answers
        session.rollback()
