"""A connection to a site's database for a backup: rows as they stand, JSON as the text that is stored."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic.migration import MigrationContext
from sqlalchemy import URL, Connection, Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import NullPool

from coachapp.backup.shapes import revisions
from coachapp.config import Settings
from coachapp.models.writing import prepare_engine

KINDS = ("sqlite", "postgresql")


class CannotBackUp(Exception):
    """The site is not in a state to be backed up or restored into; the text says why and what to do."""


def database_url(settings: Settings) -> URL:
    """Return the address of the database; raise CannotBackUp where it is of a kind that no backup is made of."""
    try:
        url = make_url(settings.database)
    except ArgumentError as error:
        raise CannotBackUp(f"COACH_DATABASE_URL is not a database URL: {error}") from error
    if url.get_backend_name() not in KINDS:
        raise CannotBackUp(f"backups are made of SQLite and PostgreSQL, not of {url.get_backend_name()}")
    return url


def database_file(url: URL) -> Path | None:
    """Return the file of an SQLite database, None for another database."""
    if url.get_backend_name() != "sqlite":
        return None
    if not url.database or url.database == ":memory:":
        raise CannotBackUp("the database is in memory: there is nothing to keep")
    return Path(url.database)


def open_engine(url: URL | str) -> Engine:
    """Return an engine whose connections give and take JSON as text."""
    try:
        engine = create_engine(url, poolclass=NullPool, json_serializer=_as_text, json_deserializer=_as_text)
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise CannotBackUp(
            f"the database needs a package that is missing ({error}): pip install 'coachapp[postgres]'"
        ) from error
    prepare_engine(engine)
    return engine


def _as_text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """Yield a connection that sees the database as it is at one moment, however much is written meanwhile.

    Raise CannotBackUp where the database cannot be reached.
    """
    try:
        with engine.connect() as plain:
            connection = plain
            if engine.dialect.name == "postgresql":
                connection = plain.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            # SQLite in WAL mode: a transaction sees what was committed before its first query.
            with connection.begin():
                yield connection
    except DBAPIError as error:
        raise CannotBackUp(f"the database cannot be read: {str(error.orig).strip()}") from error


def revision_of(connection: Connection) -> str | None:
    """Return the revision of the tables, None where there are none."""
    return MigrationContext.configure(connection).get_current_revision()


def known_revision(connection: Connection) -> str:
    """Return the revision of the tables; raise CannotBackUp where there are none or a newer Coachapp made them."""
    found = revision_of(connection)
    if found is None:
        raise CannotBackUp("the database has no tables yet: run `coachapp init`")
    if found not in revisions():
        raise CannotBackUp(f"the tables are at revision {found}, made by a newer Coachapp: install that one")
    return found
