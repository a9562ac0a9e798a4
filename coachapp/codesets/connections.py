"""The open connections to one code-set file: lent to one question at a time, closed when nobody needs them."""

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

FileIdentity = tuple[int, int, int]


class FileReplaced(Exception):
    """Another file has taken the place of the one that was being read, and no connection to the old one is left."""


class Connections:
    """Read-only connections to one file, as many as questions are asked at the same time; safe between threads.

    They belong to no thread, so that a thread that ends leaves none behind. All are to the same file: rows are
    numbered anew in each, so a file that takes its place under the same name is never read in addition.
    """

    def __init__(self, path: Path, connect: Callable[[], sqlite3.Connection]) -> None:
        """Take the file and the function that opens one connection to it, usable in any thread."""
        self._path = path
        self._connect = connect
        self._file: FileIdentity | None = None
        self._idle: list[sqlite3.Connection] = []
        self._lent: set[sqlite3.Connection] = set()
        self._returned = threading.Condition()

    def query(self, sql: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
        """Return all rows of one SELECT. Raise FileReplaced, or what opening a connection raises."""
        connection = self._take()
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            self._give_back(connection)

    def close(self) -> None:
        """Close every connection: idle ones at once, one in use as soon as its question is answered.

        A later question opens the same file again.
        """
        with self._returned:
            idle, self._idle = self._idle, []
            self._lent = set()
            self._returned.notify_all()
        for connection in idle:
            connection.close()

    def _take(self) -> sqlite3.Connection:
        with self._returned:
            while True:
                connection = self._idle.pop() if self._idle else self._another()
                if connection is not None:
                    self._lent.add(connection)
                    return connection
                self._returned.wait()

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._returned:
            kept = connection in self._lent
            if kept:
                self._lent.remove(connection)
                self._idle.append(connection)
                self._returned.notify()
        if not kept:
            connection.close()

    def _another(self) -> sqlite3.Connection | None:
        """Open one more connection; None where the file was replaced and one to the old file will come back."""
        while True:
            found = self._identity()
            if self._file is not None and found != self._file:
                if self._lent:
                    return None
                if found is not None:
                    raise FileReplaced
            connection = self._connect()
            if self._identity() == found:
                self._file = found
                return connection
            connection.close()  # the file was replaced just then, so it is not known which was opened

    def _identity(self) -> FileIdentity | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino, found.st_mtime_ns
