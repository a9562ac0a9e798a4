"""Filling a database from a backup: the tables as they were, every row, compared, and all brought up to date."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import zip_longest

from alembic import command
from sqlalchemy import Connection, MetaData, bindparam, delete, select, text, update
from sqlalchemy.schema import AddConstraint, DropConstraint

from coachapp.backup.archive import Archive
from coachapp.backup.rows import go_on_after, insert, lines
from coachapp.backup.shapes import Shape, shapes_at
from coachapp.models.people import first_epoch
from coachapp.models.schema import alembic_config, head


class NotRestored(Exception):
    """The rows cannot be restored as they were; the site is as it was before. The text says which rows and why."""


def fill(connection: Connection, archive: Archive, *, signed_out: bool) -> None:
    """Make the tables as they were, bring the rows, compare them, and bring all to today's revision."""
    revision = archive.manifest.revision
    command.upgrade(alembic_config(connection), revision)
    with _loose_references(connection):
        for shape in archive.shapes.values():
            connection.execute(shape.table.delete())
        for shape in archive.shapes.values():
            try:
                insert(connection, shape, archive.lines(shape.name))
            except ValueError as error:
                raise NotRestored(f"{archive.path} cannot be restored here: {error}") from error
    _check_references(connection)
    for shape in archive.shapes.values():
        _compare(connection, shape, archive)
    _go_on_counting(connection, archive, revision)
    command.upgrade(alembic_config(connection), "head")
    _check_references(connection)
    _go_on_counting(connection, archive, head())
    if signed_out:
        _end_sign_ins(connection)


def _compare(connection: Connection, shape: Shape, archive: Archive) -> None:
    """Read a table back and raise NotRestored at the first row that is not as in the backup."""
    with closing(archive.lines(shape.name)) as kept, closing(lines(connection, shape)) as stored:
        for number, (wanted, found) in enumerate(zip_longest(kept, stored), start=1):
            if wanted != found:
                raise NotRestored(
                    f"table {shape.name}, row {number}: the database returned {_short(found)}, the backup has "
                    f"{_short(wanted)}"
                )


def _short(line: bytes | None) -> str:
    return "no row" if line is None else line[:200].decode(errors="replace").strip()


def _go_on_counting(connection: Connection, archive: Archive, revision: str) -> None:
    for name, shape in shapes_at(revision).items():
        part = archive.manifest.tables.get(name)
        go_on_after(connection, shape, part.last_id if part else None)


@contextmanager
def _loose_references(connection: Connection) -> Iterator[None]:
    """Let rows come in any order: PostgreSQL's foreign keys are dropped and made again, which checks every row."""
    if connection.dialect.name != "postgresql":
        yield
        return
    metadata = MetaData()
    metadata.reflect(connection)
    keys = [key for table in metadata.tables.values() for key in table.foreign_key_constraints]
    for key in keys:
        connection.execute(DropConstraint(key))
    yield
    for key in keys:
        connection.execute(AddConstraint(key))


def turn_off_foreign_keys(connection: Connection) -> None:
    """Turn off what would delete rows when a migration copies a table; it has no effect inside a transaction."""
    driver = connection.connection.dbapi_connection
    if driver is not None:
        driver.execute("PRAGMA foreign_keys=OFF")


def _check_references(connection: Connection) -> None:
    if connection.dialect.name == "sqlite" and (row := connection.execute(text("PRAGMA foreign_key_check")).first()):
        raise NotRestored(f"a row of table {row[0]} refers to a row of {row[2]} that is not there")


def _end_sign_ins(connection: Connection) -> None:
    """Give every account a sign-in number that no cookie holds: what was ended since the backup stays ended."""
    people = shapes_at(head())["person"].table
    new = update(people).where(people.c.id == bindparam("person")).values(sign_in_epoch=bindparam("epoch"))
    ids = connection.scalars(select(people.c.id)).all()
    connection.execute(delete(shapes_at(head())["device_sign_in"].table))
    if ids:
        connection.execute(new, [{"person": number, "epoch": first_epoch()} for number in ids])
