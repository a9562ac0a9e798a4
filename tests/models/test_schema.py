"""Migrations against the models, on both databases."""

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.command import downgrade
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, create_engine, inspect, select, text
from sqlalchemy.orm import Session

from coachapp.models import db
from coachapp.models.people import Person
from coachapp.models.schema import SCRIPTS, alembic_config, current, head, upgrade
from coachapp.models.standing import ProgressState
from coachapp.models.writing import prepare_engine
from coachapp.web.people import find_by_email

DAY = "'2026-05-01 00:00:00'"
VERSIONS = sorted((SCRIPTS / "versions").glob("*.py"))


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Return an engine on an empty database of each kind."""
    sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path / 'x.sqlite'}" if sqlite else request.getfixturevalue("postgres_url")
    made = create_engine(url)
    prepare_engine(made)
    yield made
    made.dispose()


def test_upgrade_from_empty_equals_the_models(engine: Engine) -> None:
    assert current(engine) is None
    upgrade(engine)
    assert current(engine) == head()
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, db.metadata) == []


def test_every_foreign_key_of_the_models_is_in_the_database(engine: Engine) -> None:
    """compare_metadata overlooks keys between tables that refer to each other."""
    upgrade(engine)
    inspector = inspect(engine)
    for table in db.metadata.tables.values():
        wanted = {(key.parent.name, key.column.table.name) for key in table.foreign_keys}
        found = {
            (key["constrained_columns"][0], key["referred_table"]) for key in inspector.get_foreign_keys(table.name)
        }
        assert wanted == found, table.name


def test_all_can_be_taken_back(engine: Engine) -> None:
    upgrade(engine)
    with engine.connect() as connection, connection.begin():
        downgrade(alembic_config(connection), "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]


def test_a_second_upgrade_changes_nothing(engine: Engine) -> None:
    upgrade(engine)
    upgrade(engine)
    assert current(engine) == head()


def test_foreign_keys_are_on_after_an_upgrade(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'x.sqlite'}", pool_size=1, max_overflow=0)
    prepare_engine(engine)
    upgrade(engine)
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
    engine.dispose()


def add_people(connection: Connection) -> None:
    """Add two people, by the columns that the table has had since the start."""
    for who in (1, 2):
        connection.exec_driver_sql(
            "INSERT INTO person (id, email, name, role, password_hash, time_zone, sign_in_epoch, demo, created_at) "
            f"VALUES ({who}, 'p{who}', 'P', 'student', 'x', 'UTC', 0, false, {DAY})"
        )


def test_whoever_was_reckoned_before_there_was_an_overview_is_reckoned_again(engine: Engine) -> None:
    upgrade(engine, "0006")
    with engine.begin() as connection:
        add_people(connection)
        connection.exec_driver_sql(
            "INSERT INTO progress_state (person_id, computed_at, refresh_at) "
            f"VALUES (1, {DAY}, NULL), (2, {DAY}, '2026-06-01 00:00:00')"
        )
    upgrade(engine)
    with Session(engine) as session:
        rows = session.scalars(select(ProgressState).order_by(ProgressState.person_id))
        assert [row.refresh_at for row in rows] == [datetime(2026, 5, 1, tzinfo=UTC)] * 2


def test_whoever_worked_before_there_were_standings_is_reckoned(engine: Engine) -> None:
    upgrade(engine, "0003")
    with engine.begin() as connection:
        add_people(connection)
        connection.exec_driver_sql(
            "INSERT INTO item (id, slug, kind, title, carries_cpt) VALUES (1, 'em/q', 'question', 'Q', false)"
        )
        connection.exec_driver_sql(
            "INSERT INTO item_version (id, item_id, number, digest, content, source, created_at) "
            f"VALUES (1, 1, 1, 'd', '{{}}', 'file', {DAY})"
        )
        connection.exec_driver_sql(
            "INSERT INTO attempt "
            "(person_id, item_id, item_version_id, state, draft_seq, last_seq, active_ms, started_at) "
            f"VALUES (1, 1, 1, 'graded', 1, 1, 0, {DAY}), (1, 1, 1, 'graded', 1, 1, 0, {DAY})"
        )
    upgrade(engine)
    with Session(engine) as session:
        found = session.scalars(select(ProgressState)).all()
        assert [(row.person_id, row.computed_at) for row in found] == [(1, None)]
        assert found[0].refresh_at == datetime(1970, 1, 1, tzinfo=UTC)


def test_addresses_and_names_come_to_their_normal_form_and_nobody_is_lost(engine: Engine) -> None:
    stored = (
        (1, "\uff4a\uff4f\uff53\uff45@example.org", "Jose\u0301  Ruiz"),  # full-width; its normal form is taken
        (2, "jose@example.org", "Jose"),
        (3, "\uff41na@example.org", "Ana\u200b"),
        (4, "an\uff41@example.org", "Ana"),  # comes to what the one before it came to
        (5, "li@example.org", "\u200b"),  # nothing to see: it stays
    )
    upgrade(engine, "0007")
    with engine.begin() as connection:
        for who, email, name in stored:
            connection.execute(
                text(
                    "INSERT INTO person (id, email, name, role, password_hash, time_zone, sign_in_epoch, demo, "
                    f"created_at) VALUES (:who, :email, :name, 'student', 'x', 'UTC', 0, false, {DAY})"
                ),
                {"who": who, "email": email, "name": name},
            )
            connection.execute(
                text(
                    "INSERT INTO audit_entry (id, at, action, subject, detail) "
                    f"VALUES (:who, {DAY}, 'person_added', :email, '{{}}')"
                ),
                {"who": who, "email": email},
            )
    upgrade(engine)
    with Session(engine) as session:
        people = session.scalars(select(Person).order_by(Person.id)).all()
        emails = [stored[0][1], "jose@example.org", "ana@example.org", stored[3][1], "li@example.org"]
        assert [person.email for person in people] == emails
        assert [person.name for person in people] == ["José Ruiz", "Jose", "Ana", "Ana", "\u200b"]
        assert session.scalars(text("SELECT subject FROM audit_entry ORDER BY id")).all() == emails
        for (who, email, _), now in zip(stored, emails, strict=True):
            for typed in (email, now):
                found = find_by_email(session, typed)
                assert found is not None
                assert found.id == who


@pytest.mark.parametrize("path", VERSIONS, ids=lambda path: path.name)
def test_no_migration_imports_the_package(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        names: list[Any] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module]
        assert not any(str(name).startswith("coachapp") for name in names)


def test_constraints_all_have_names() -> None:
    for table in db.metadata.tables.values():
        for constraint in table.constraints:
            assert constraint.name, f"{table.name}: {constraint}"
