"""Upgrades from every earlier revision with rows in every table, on both databases: what was there stays as it was."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from coachapp.backup.connecting import open_engine
from coachapp.backup.shapes import Kind, revisions, shapes_at
from coachapp.models import db
from coachapp.models.schema import current, head, upgrade
from tests.backup.samples import COUNT, contents, fill

OLDER = revisions()[:-1]

# What a migration changes in rows that are there, by the revision that does: table and column.
CHANGED: dict[str, set[tuple[str, str]]] = {
    "0007": {("progress_state", "refresh_at")},
    "0008": {("person", "email"), ("person", "name"), ("audit_entry", "subject")},
}
# Tables into which a migration puts rows for what is there.
ADDED: dict[str, set[str]] = {"0004": {"progress_state"}}


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Return an engine on an empty database of each kind."""
    sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path / 'x.sqlite'}" if sqlite else request.getfixturevalue("postgres_url")
    made = open_engine(url)
    yield made
    made.dispose()


def all_contents(engine: Engine, revision: str) -> dict[str, dict[tuple[Any, ...], dict[str, Any]]]:
    """Return every row of every table."""
    with engine.connect() as connection:
        return contents(connection, revision)


def test_the_samples_fill_every_table_of_every_revision() -> None:
    assert set(shapes_at(head())) == set(db.metadata.tables)
    assert {column for shape in shapes_at(head()).values() for _, column in shape.columns} == set(Kind)


@pytest.mark.parametrize("revision", OLDER)
def test_an_upgrade_keeps_every_row(engine: Engine, revision: str) -> None:
    upgrade(engine, revision)
    with engine.begin() as connection:
        fill(connection, revision)
    before = all_contents(engine, revision)
    assert all(len(rows) == COUNT for rows in before.values())
    upgrade(engine)
    assert current(engine) == head()
    after = all_contents(engine, head())
    later = revisions()[revisions().index(revision) + 1 :]
    changed = {column for number in later for column in CHANGED.get(number, set())}
    added = {table for number in later for table in ADDED.get(number, set())}
    for table, rows in before.items():
        if table not in after:
            continue
        assert set(rows) <= set(after[table]), table
        assert table in added or set(rows) == set(after[table]), table
        for key, row in rows.items():
            kept = {column: value for column, value in row.items() if (table, column) not in changed}
            found = {column: after[table][key][column] for column in kept}
            assert found == kept, (table, key)
    for table in after.keys() - before.keys() - added:
        assert after[table] == {}, table


@pytest.mark.parametrize("revision", OLDER)
def test_update_by_update_or_all_at_once_it_is_the_same(engine: Engine, revision: str, tmp_path: Path) -> None:
    at_once = open_engine(f"sqlite:///{tmp_path / 'at-once.sqlite'}")
    for one in (engine, at_once):
        upgrade(one, revision)
        with one.begin() as connection:
            fill(connection, revision)
    for step in revisions()[revisions().index(revision) + 1 :]:
        upgrade(engine, step)
    upgrade(at_once)
    assert all_contents(engine, head()) == all_contents(at_once, head())
    at_once.dispose()


@pytest.mark.parametrize("revision", OLDER)
def test_the_models_read_what_was_upgraded(engine: Engine, revision: str) -> None:
    upgrade(engine, revision)
    with engine.begin() as connection:
        fill(connection, revision)
    upgrade(engine)
    with engine.connect() as connection:
        for table in db.metadata.sorted_tables:
            number = connection.scalar(select(func.count()).select_from(table))
            assert len(connection.execute(select(table)).all()) == number
