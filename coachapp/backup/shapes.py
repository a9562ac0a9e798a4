"""The tables as they are at a revision: columns, kinds of values, keys. Found out by running the migrations.

Rows are written and read by these shapes, never by the models, so that a backup of an older revision is read as it
was written.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache
from typing import Any

from alembic.script import ScriptDirectory
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    inspect,
    text,
)
from sqlalchemy.pool import StaticPool
from sqlalchemy.types import TypeEngine

from coachapp.models.schema import alembic_config, upgrade
from coachapp.models.writing import prepare_engine

MOST_INTEGER = 2**63


class Kind(StrEnum):
    """What a column holds, whichever database it is in. JSON is kept as the text that is stored."""

    INTEGER = "integer"
    NUMBER = "number"
    TEXT = "text"
    BOOLEAN = "boolean"
    MOMENT = "moment"
    DAY = "day"
    JSON = "json"


# The order matters: a moment is no day, and a number is asked for last.
_BY_TYPE: tuple[tuple[type[TypeEngine[Any]], Kind], ...] = (
    (Boolean, Kind.BOOLEAN),
    (Integer, Kind.INTEGER),
    (DateTime, Kind.MOMENT),
    (Date, Kind.DAY),
    (JSON, Kind.JSON),
    (String, Kind.TEXT),
    (Float, Kind.NUMBER),
)
_TYPES: dict[Kind, Callable[[], TypeEngine[Any]]] = {
    Kind.INTEGER: Integer,
    Kind.NUMBER: Float,
    Kind.TEXT: String,
    Kind.BOOLEAN: Boolean,
    Kind.MOMENT: lambda: DateTime(timezone=True),
    Kind.DAY: Date,
    Kind.JSON: lambda: JSON(none_as_null=True),
}


@dataclass(frozen=True, slots=True)
class Shape:
    """One table: `columns` with their kinds in order, `key` its primary key, `table` for statements on any database.

    `counted`: the database numbers new rows by itself, in the column `id`; `never_twice`: SQLite, too, keeps count, so
    that the number of a row that is gone is not given again.
    """

    name: str
    columns: tuple[tuple[str, Kind], ...]
    key: tuple[str, ...]
    counted: bool
    never_twice: bool
    table: Table


@cache
def revisions() -> tuple[str, ...]:
    """Return every revision this version of Coachapp knows, the oldest first."""
    scripts = ScriptDirectory.from_config(alembic_config())
    return tuple(reversed([script.revision for script in scripts.walk_revisions()]))


@cache
def shapes_at(revision: str) -> dict[str, Shape]:
    """Return the tables at a revision by name; raise TypeError for a column whose kind no backup can hold."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    prepare_engine(engine)
    try:
        upgrade(engine, revision)
        inspector, metadata = inspect(engine), MetaData()
        names = sorted(set(inspector.get_table_names()) - {"alembic_version"})
        with engine.connect() as connection:
            rows = connection.execute(text("SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%'"))
            never_twice = frozenset(rows.scalars())
        found = {}
        for name in names:
            columns = tuple((c["name"], _kind(name, c["name"], c["type"])) for c in inspector.get_columns(name))
            key = tuple(inspector.get_pk_constraint(name)["constrained_columns"])
            table = Table(name, metadata, *(Column(n, _TYPES[k](), primary_key=n in key) for n, k in columns))
            counted = key == ("id",) and dict(columns)["id"] is Kind.INTEGER
            found[name] = Shape(name, columns, key, counted, name in never_twice, table)
        return found
    finally:
        engine.dispose()


def _kind(table: str, column: str, stored: TypeEngine[Any]) -> Kind:
    for known, kind in _BY_TYPE:
        if isinstance(stored, known):
            return kind
    raise TypeError(f"{table}.{column} is {stored!r}: say in coachapp/backup/shapes.py how a backup holds it")


def packed(kind: Kind, value: Any) -> Any:
    """Return a value read from either database as what stands in a backup: plain JSON, the same for both.

    Moments in UTC to the microsecond; numbers that JSON lacks as their names.
    """
    if value is None:
        return None
    if kind is Kind.MOMENT:
        utc = value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)
        return utc.isoformat(timespec="microseconds") + "Z"
    if kind is Kind.DAY:
        return value.isoformat()
    if kind is Kind.NUMBER:
        number = float(value)
        return number if abs(number) < float("inf") else str(number)
    if kind is Kind.BOOLEAN:
        return bool(value)
    # SQLite keeps JSON that is a bare number as a number.
    return str(value) if kind is Kind.JSON else value


def unpacked(kind: Kind, value: Any) -> Any:
    """Return what a backup holds as a value to insert; raise ValueError where it is of another kind."""
    if value is None:
        return None
    if kind is Kind.INTEGER and type(value) is int and -MOST_INTEGER <= value < MOST_INTEGER:
        return value
    if kind is Kind.BOOLEAN and type(value) is bool:
        return value
    if kind is Kind.NUMBER and type(value) in (int, float):
        return float(value)
    if kind is Kind.NUMBER and value in ("nan", "inf", "-inf"):
        return float(value)
    if isinstance(value, str):
        if kind in (Kind.TEXT, Kind.JSON):
            return value
        if kind is Kind.MOMENT and value.endswith("Z"):
            return datetime.fromisoformat(value.removesuffix("Z")).replace(tzinfo=UTC)
        if kind is Kind.DAY:
            return date.fromisoformat(value)
    raise ValueError(f"{str(value)[:40]!r} is not a valid {kind}")
