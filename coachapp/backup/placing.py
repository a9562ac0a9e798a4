"""A new database in the place of the old one: filled aside, put there in one step or not at all."""

import os
import secrets
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from alembic.util import CommandError
from sqlalchemy import URL, Connection, inspect, text
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from coachapp.backup.archive import Archive
from coachapp.backup.connecting import CannotBackUp, open_engine, revision_of
from coachapp.backup.filling import NotRestored, fill, turn_off_foreign_keys
from coachapp.backup.shapes import revisions, shapes_at
from coachapp.models.schema import head

PATIENCE = "10s"

PutInPlace = Callable[[], Path | None]


@contextmanager
def filled_file(url: URL, archive: Archive, *, signed_out: bool) -> Iterator[PutInPlace]:
    """Yield what puts a new SQLite file with the backup's rows in the place of the old one."""
    file = Path(url.database or "")
    handle, name = tempfile.mkstemp(prefix=".restore-", suffix=".sqlite", dir=file.parent)
    os.close(handle)
    new = Path(name)
    try:
        with _trouble_named(archive):
            engine = open_engine(url.set(database=name))
            try:
                with engine.connect() as connection:
                    turn_off_foreign_keys(connection)
                    with connection.begin():
                        fill(connection, archive, signed_out=signed_out)
            finally:
                engine.dispose()
            with closing(sqlite3.connect(name)) as plain:
                plain.execute("PRAGMA journal_mode=DELETE")
                state = plain.execute("PRAGMA quick_check").fetchone()[0]
                if state != "ok":
                    raise NotRestored(f"the new database is not in order: {state}")
        with new.open("rb") as written:
            os.fsync(written.fileno())
        yield lambda: _replace_file(new, file)
    finally:
        for path in (new, *_beside(new)):
            path.unlink(missing_ok=True)


def _beside(file: Path) -> list[Path]:
    """Return the files that SQLite keeps beside a database while it is in use, and after a crash."""
    return [file.with_name(file.name + ending) for ending in ("-wal", "-shm", "-journal")]


def _replace_file(new: Path, file: Path) -> Path | None:
    """Put a database in the place of another; return where the other lies if it was unreadable.

    What SQLite kept beside the old file would be played back into the new one: it is written into the old file first,
    which works only while nobody else has it open.
    """
    aside = None
    if file.exists():
        try:
            with closing(sqlite3.connect(file, timeout=1)) as old:
                busy = old.execute("PRAGMA journal_mode=DELETE").fetchone()[0] != "delete"
        except sqlite3.OperationalError as error:
            raise CannotBackUp(f"the database {file} is in use ({error}): stop the site first") from error
        except sqlite3.DatabaseError:
            busy, aside = False, file.with_name(f"{file.name}.unreadable-{secrets.token_hex(4)}")
            os.replace(file, aside)
        if busy:
            raise CannotBackUp(f"the database {file} is in use: stop the site first")
    for path in _beside(file):
        path.unlink(missing_ok=True)
    os.replace(new, file)
    return aside


@contextmanager
def filled_server(url: URL, archive: Archive, *, signed_out: bool) -> Iterator[PutInPlace]:
    """Yield what commits the transaction in which the old tables went and the backup's rows came."""
    engine = open_engine(url)
    try:
        with _trouble_named(archive), engine.connect() as connection, connection.begin() as transaction:
            connection.execute(text(f"SET LOCAL lock_timeout = '{PATIENCE}'"))
            _drop_tables(connection)
            fill(connection, archive, signed_out=signed_out)
            yield transaction.commit
    finally:
        engine.dispose()


def _drop_tables(connection: Connection) -> None:
    """Drop the tables of the site that is there; tables of others, such as those of a queue, stay."""
    revision = revision_of(connection)
    if revision is not None and revision not in revisions():
        raise CannotBackUp(
            f"the database holds tables of revision {revision}, which this version of Coachapp does not know: make an "
            "empty database, set COACH_DATABASE_URL to it, and restore there"
        )
    there = set(inspect(connection).get_table_names())
    known = set(shapes_at(revision)) | {"alembic_version"} if revision else set()
    if revision is None and (others := sorted(there & set(shapes_at(head())))):
        raise CannotBackUp(f"the database has a table {others[0]} that is not Coachapp’s: use a database of its own")
    quote = connection.dialect.identifier_preparer.quote
    if names := ", ".join(quote(name) for name in sorted(there & known)):
        connection.execute(text(f"DROP TABLE {names} CASCADE"))


@contextmanager
def _trouble_named(archive: Archive) -> Iterator[None]:
    """Turn what a database says while rows are brought back into NotRestored, or CannotBackUp where it is in use."""
    try:
        yield
    except DBAPIError as error:
        said = str(error.orig).strip()
        if "lock timeout" in said or "locked" in said:
            raise CannotBackUp(f"the database is in use ({said}): stop the site first") from error
        if isinstance(error, OperationalError):
            raise CannotBackUp(f"the database cannot be reached or written: {said}") from error
        raise NotRestored(f"{archive.path} cannot be restored here: {said}") from error
    except (SQLAlchemyError, CommandError) as error:
        raise NotRestored(f"{archive.path} cannot be restored here: {error}") from error
