"""One unit of work a request: those that may write hold the write lock from their first query."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, request

from coachapp.models.writing import unit_writes

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

View = TypeVar("View", bound=Callable[..., Any])


def writes_late(view: View) -> View:
    """Declare that a view reads much before it writes, and calls `begin_write` itself before it reads for writing.

    Hundreds of people may use such a view in the same second; the lock is then held for the writing alone.
    """
    view.writes_late = True  # type: ignore[attr-defined]
    return view


def init_app(app: Flask) -> None:
    """Mark requests that may write (see coachapp.models.writing for why)."""
    app.before_request(_mark)
    app.teardown_request(_unmark)


def _mark() -> None:
    late = getattr(current_app.view_functions.get(request.endpoint or ""), "writes_late", False)
    unit_writes.set(request.method not in SAFE_METHODS and not late)


def _unmark(error: BaseException | None) -> None:
    # Threads are used again for other requests.
    unit_writes.set(False)
