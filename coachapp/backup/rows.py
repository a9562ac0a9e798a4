"""Rows of either database as lines of JSON, in one order, and lines as rows."""

import json
from collections.abc import Generator, Iterable
from itertools import islice
from typing import Any

from sqlalchemy import Connection, collate, func, select, text
from sqlalchemy.exc import DBAPIError

from coachapp.backup.shapes import Kind, Shape, packed, unpacked

BATCH = 1000


def lines(connection: Connection, shape: Shape) -> Generator[bytes, None, None]:
    """Yield the rows of a table, each a JSON array and a line feed, by primary key; texts by their characters' numbers.

    Two tables that hold the same rows yield the same lines on every database.
    """
    kinds = [kind for _, kind in shape.columns]
    order = [_ordered(connection, shape, name) for name in shape.key]
    query = select(shape.table).order_by(*order)
    with connection.execute(query, execution_options={"yield_per": BATCH}) as result:
        for row in result:
            values = [packed(kind, value) for kind, value in zip(kinds, row, strict=True)]
            yield json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _ordered(connection: Connection, shape: Shape, name: str) -> Any:
    column = shape.table.c[name]
    # PostgreSQL orders texts by the rules of a language unless told otherwise.
    is_text = dict(shape.columns)[name] is Kind.TEXT
    return collate(column, "C") if is_text and connection.dialect.name == "postgresql" else column


def row_of(shape: Shape, line: bytes) -> dict[str, Any]:
    """Return the row that a line holds; raise ValueError, saying which column, where it holds none."""
    try:
        values = json.loads(line)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not isinstance(values, list) or len(values) != len(shape.columns):
        raise ValueError(f"it is not a list of {len(shape.columns)} values")
    row = {}
    for (name, kind), value in zip(shape.columns, values, strict=True):
        try:
            row[name] = unpacked(kind, value)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
    return row


def insert(connection: Connection, shape: Shape, found: Iterable[bytes]) -> int:
    """Insert lines into a table and return how many; raise ValueError naming the rows that the database refused."""
    done, waiting = 0, iter(found)
    while batch := list(islice(waiting, BATCH)):
        try:
            connection.execute(shape.table.insert(), [row_of(shape, line) for line in batch])
        except DBAPIError as error:
            where = f"table {shape.name}, rows {done + 1} to {done + len(batch)}"
            raise ValueError(f"{where}: {str(error.orig).strip()}") from error
        done += len(batch)
    return done


def last_id(connection: Connection, shape: Shape) -> int | None:
    """Return the highest number that a row of the table ever had, as far as the database knows; None without any."""
    if not shape.counted:
        return None
    highest: int | None = connection.scalar(select(func.max(shape.table.c.id)))
    given: int | None = None
    if connection.dialect.name == "postgresql":
        if sequence := _sequence(connection, shape):
            value, called = connection.execute(text(f"SELECT last_value, is_called FROM {sequence}")).one()  # noqa: S608
            given = value if called else None
    elif connection.scalar(text("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'")):
        given = connection.scalar(text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": shape.name})
    known = [number for number in (highest, given) if number]
    return max(known, default=None)


def go_on_after(connection: Connection, shape: Shape, number: int | None) -> None:
    """Let the database number the next row of a table above `number` and above every row there.

    Where SQLite keeps no count for a table, the rows there alone decide.
    """
    if not shape.counted:
        return
    highest = max(number or 0, connection.scalar(select(func.max(shape.table.c.id))) or 0)
    if not highest:
        return
    if connection.dialect.name == "postgresql":
        if sequence := _sequence(connection, shape):
            connection.execute(
                text("SELECT setval(CAST(:sequence AS regclass), :n)"), {"sequence": sequence, "n": highest}
            )
    elif shape.never_twice:
        values = {"name": shape.name, "n": highest}
        connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), values)
        connection.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :n)"), values)


def _sequence(connection: Connection, shape: Shape) -> str | None:
    name = connection.dialect.identifier_preparer.quote(shape.name)
    found: str | None = connection.scalar(text("SELECT pg_get_serial_sequence(:name, 'id')"), {"name": name})
    return found
