"""Every SQLite connection that is opened during a test, and whether it was closed; on any version of Python."""

import sqlite3
import threading
from collections.abc import Callable
from typing import Any

import pytest


class Watched(sqlite3.Connection):
    """A connection that remembers whether it was closed. `held`: called before each statement."""

    open = True
    held: Callable[[str], None] | None = None

    def close(self) -> None:
        """Close it."""
        super().close()
        self.open = False

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        """Run one statement."""
        if self.held is not None:
            self.held(sql)
        return super().execute(sql, parameters)


class Connections:
    """The connections opened so far. They are kept, so that none is closed by being forgotten."""

    def __init__(self) -> None:
        """Start with none."""
        self.all: list[Watched] = []
        self.hold: Callable[[str], None] | None = None

    def connect(self, *arguments: Any, **options: Any) -> Watched:
        """Open one, as sqlite3.connect does."""
        made: Watched = Watched(*arguments, **options)
        made.held = lambda sql: self.hold(sql) if self.hold else None
        self.all.append(made)
        return made

    @property
    def open(self) -> list[Watched]:
        """Return those that nobody has closed."""
        return [one for one in self.all if one.open]


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> Connections:
    """Return the connections that are opened from now on, by our modules and by SQLAlchemy's and huey's."""
    found = Connections()
    monkeypatch.setattr(sqlite3, "connect", found.connect)
    monkeypatch.setattr(sqlite3.dbapi2, "connect", found.connect)
    return found


def in_thread(work: Callable[[], object]) -> threading.Thread:
    """Begin work in a thread of its own."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread
