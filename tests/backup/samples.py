"""Rows for every table of any revision, made from the shapes of the tables: whatever a value may be, one of each."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Inspector, inspect

from coachapp.backup.rows import go_on_after
from coachapp.backup.shapes import Kind, Shape, packed, shapes_at
from coachapp.models import db
from coachapp.models.base import EnumText

COUNT = 4
LISTS = {"sitting.paper", "practice_record_link.parts"}
T0 = datetime(2026, 5, 1, 13, 30, 0, 123456, tzinfo=UTC)
TEXTS = ("plain", "José’s note: “é” ≠ 'e'", "two\nlines\tand a \\ backslash", "𝔘nicode \u2028 emoji 🩺")


def sample_row(shape: Shape, n: int, *, parents: dict[str, str], nullable: set[str]) -> dict[str, Any]:
    """Return row number `n`, from 1; a column that refers to a table in `parents` names its row of the same number."""
    row: dict[str, Any] = {}
    for name, kind in shape.columns:
        if name in nullable and n % 2 == 0 and name not in shape.key:
            row[name] = None
        elif name in parents:
            row[name] = parent_key(parents[name], n)
        elif name in shape.key and kind is Kind.INTEGER:
            row[name] = n * 7
        else:
            row[name] = value(f"{shape.name}.{name}", kind, n)
    if shape.name == "assignment":  # work is a case or an exam, and only exams close
        row |= {"item_id": None} if n % 2 else {"plan_id": None, "closes_at": None, "item_id": parent_key("item", n)}
    return row


def parent_key(table: str, n: int) -> Any:
    """Return the key of row `n` of a table that others refer to."""
    return n * 7 if table != "concept" else value("concept.slug", Kind.TEXT, n)


def value(column: str, kind: Kind, n: int) -> Any:
    """Return a value of a kind, another for every row."""
    table, _, name = column.partition(".")
    if kind is Kind.JSON:
        inside = {"n": n, "big": 10**18 + n, "share": n / 3, "text": TEXTS[n % 4], "none": None, "deep": [{"a": [n]}]}
        return json.dumps([inside] if column in LISTS else inside, ensure_ascii=n % 2 == 0, indent=n % 3 or None)
    if kind is Kind.TEXT:
        model = db.metadata.tables.get(table)
        stored = model.c[name].type if model is not None and name in model.c else None
        if isinstance(stored, EnumText):
            members = list(stored.enum)
            return members[n % len(members)].value
        length = getattr(stored, "length", None) or 60
        if column in ("person.email", "concept.slug"):
            return f"plain-{n}@example.org"
        return f"{n} {TEXTS[n % 4]}"[: min(length, 60)] if length > 8 else str(n)
    values: dict[Kind, Any] = {
        Kind.INTEGER: (n, 0, -n, 2**31 - 1 - n)[n % 4],
        Kind.NUMBER: (0.1 + n, 1e-300, -2.5e10, 1 / 3)[n % 4],
        Kind.BOOLEAN: bool(n % 2),
        Kind.MOMENT: T0 + timedelta(days=n, microseconds=n),
        Kind.DAY: date(2026, 2, 28) + timedelta(days=n),
    }
    return values[kind]


def ordered(inspector: Inspector, names: list[str]) -> list[str]:
    """Return tables so that each comes after those it refers to; only the current version of an item comes later."""
    waiting = {name: {key["referred_table"] for key in inspector.get_foreign_keys(name)} - {name} for name in names}
    waiting["item"].discard("item_version")
    found: list[str] = []
    while waiting:
        name = next(name for name, parents in sorted(waiting.items()) if not parents - set(found))
        found.append(name)
        del waiting[name]
    return found


def fill(connection: Connection, revision: str, count: int = COUNT) -> None:
    """Put rows into every table, in an order that breaks no reference."""
    inspector, later = inspect(connection), []
    shapes = shapes_at(revision)
    for name in ordered(inspector, list(shapes)):
        shape = shapes[name]
        nullable = {column["name"] for column in inspector.get_columns(name) if column["nullable"]}
        keys = {key["constrained_columns"][0]: key["referred_table"] for key in inspector.get_foreign_keys(name)}
        rows = [sample_row(shape, n, parents=keys, nullable=nullable) for n in range(1, count + 1)]
        if name == "item":
            later = [(row["id"], row["current_version_id"]) for row in rows]
            rows = [{**row, "current_version_id": None} for row in rows]
        connection.execute(shape.table.insert(), rows)
        go_on_after(connection, shape, None)
    item = shapes["item"].table
    for number, version in later:
        connection.execute(item.update().where(item.c.id == number).values(current_version_id=version))


def contents(connection: Connection, revision: str) -> dict[str, dict[tuple[Any, ...], dict[str, Any]]]:
    """Return every row of every table by its key, as a database of any kind gives it."""
    found: dict[str, dict[tuple[Any, ...], dict[str, Any]]] = {}
    for name, shape in shapes_at(revision).items():
        rows = connection.execute(shape.table.select()).mappings()
        plain = [{column: packed(kind, row[column]) for column, kind in shape.columns} for row in rows]
        found[name] = {tuple(row[column] for column in shape.key): row for row in plain}
    return found
