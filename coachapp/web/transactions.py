"""One unit of work a request: those that may write hold the write lock from their first query."""

from flask import Flask, request

from coachapp.models.writing import unit_writes

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def init_app(app: Flask) -> None:
    """Mark requests that may write (see coachapp.models.writing for why)."""
    app.before_request(_mark)
    app.teardown_request(_unmark)


def _mark() -> None:
    unit_writes.set(request.method not in SAFE_METHODS)


def _unmark(error: BaseException | None) -> None:
    # Threads are used again for other requests.
    unit_writes.set(False)
