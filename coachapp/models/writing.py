"""Transactions on SQLite that lose no update.

The driver's own transaction handling begins too late: of concurrent read-then-write updates a third was silently
lost. So the driver is told to keep out of it, and units that write take the write lock before they read.
"""

from contextvars import ContextVar
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session

IMMEDIATE = "BEGIN IMMEDIATE"
BUSY_MS = 10_000

# Set for the length of a request that may write, so that its transaction takes the lock at the first query.
unit_writes: ContextVar[bool] = ContextVar("unit_writes", default=False)


def prepare_engine(engine: Engine) -> None:
    """Set up an engine's connections; engines of other databases are left as they are."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _on_connect)
        event.listen(engine, "begin", _on_begin)


def _on_connect(connection: Any, record: object) -> None:
    connection.isolation_level = None
    # SQLite's own knows the 26 letters of ASCII only: neither "É" and "é" would be found as one, nor sorted together.
    connection.create_function("lower", 1, _lower, deterministic=True)
    for pragma in (
        f"busy_timeout={BUSY_MS}",
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _lower(value: object) -> str | None:
    return None if value is None else str(value).lower()


def _on_begin(connection: Connection) -> None:
    chosen = connection.get_execution_options().get("sqlite_begin")
    statement = str(chosen or (IMMEDIATE if unit_writes.get() else "BEGIN"))
    connection.exec_driver_sql(statement)
    connection.info["begun"] = statement


def begin_write(session: Session) -> None:
    """Begin a unit that reads and then writes: on SQLite the write lock is held from here to commit or rollback.

    What the session read before is read again when next touched. Raise RuntimeError if it holds unsaved changes.
    """
    if session.get_bind().dialect.name != "sqlite":
        return
    if session.in_transaction():
        if session.connection().info.get("begun") == IMMEDIATE:
            return
        if session.new or session.dirty or session.deleted:
            raise RuntimeError("begin_write must come before the first change")
        session.rollback()
    session.expire_all()
    session.connection(execution_options={"sqlite_begin": IMMEDIATE})
