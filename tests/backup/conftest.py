"""Sites of both kinds, filled, with settings to back them up by."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from coachapp.backup import Archive, Restored, restore, save
from coachapp.backup.connecting import database_url, open_engine
from coachapp.config import Settings, make_secret
from coachapp.models.schema import head, upgrade
from tests.backup.samples import fill

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)

MakeSite = Callable[..., Settings]


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """Return each kind of database in turn."""
    return str(request.param)


@pytest.fixture
def make_site(tmp_path: Path, request: pytest.FixtureRequest) -> MakeSite:
    """Return a function that makes a site's settings, with tables of a revision and rows in them."""
    made = 0

    def make(kind: str = "sqlite", *, revision: str | None = None, rows: bool = True, tables: bool = True) -> Settings:
        nonlocal made
        made += 1
        data = tmp_path / f"site{made}"
        data.mkdir(mode=0o700)
        make_secret(data)
        url = new_postgres_url(request) if kind == "postgresql" else ""
        settings = Settings(data=data, database_url=url)
        if tables:
            with opened(settings) as engine:
                upgrade(engine, revision or "head")
                if rows:
                    with engine.begin() as connection:
                        fill(connection, revision or head())
        return settings

    return make


def new_postgres_url(request: pytest.FixtureRequest) -> str:
    """Return the URL of another empty PostgreSQL database."""
    import psycopg

    server: str = request.getfixturevalue("postgres_server")
    name = f"t{uuid.uuid4().hex}"
    folder = server.partition("host=")[2]
    with psycopg.connect(host=folder, user="postgres", dbname="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return server % name


class opened:
    """An engine on a site's database for the length of a block."""

    def __init__(self, settings: Settings) -> None:
        self.engine = open_engine(database_url(settings))

    def __enter__(self) -> Engine:
        return self.engine

    def __exit__(self, *error: object) -> None:
        self.engine.dispose()


@pytest.fixture
def saved(make_site: MakeSite, tmp_path: Path) -> Path:
    """Return a backup of a filled SQLite site."""
    target = tmp_path / "saved.zip"
    save(make_site(), target, now=NOW)
    return target


def bring_back(settings: Settings, path: Path, *, force: bool = False, keep_sign_ins: bool = False) -> Restored:
    """Restore a backup file."""
    with Archive(path) as archive:
        return restore(settings, archive, force=force, keep_sign_ins=keep_sign_ins)
