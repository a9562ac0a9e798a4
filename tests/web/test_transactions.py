"""When a request takes the write lock."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from coachapp.models import db
from coachapp.models.writing import IMMEDIATE, begin_write
from coachapp.web import access, transactions


@pytest.fixture
def begun(app: Flask) -> Callable[..., list[str]]:
    """Return a function that tells how a view's transaction had begun at its first query and after `begin_write`."""

    def ask(method: str, *, late: bool) -> list[str]:
        seen: list[str] = []

        def view() -> str:
            db.session.execute(text("select 1"))
            seen.append(db.session.connection().info["begun"])
            begin_write(db.session())
            seen.append(db.session.connection().info["begun"])
            return "done"

        declared: Any = access.public(view)
        app.add_url_rule("/probe", "probe", transactions.writes_late(declared) if late else declared, methods=[method])
        app.test_client().open("/probe", method=method)
        return seen

    return ask


def test_a_request_that_may_write_holds_the_lock_from_its_first_query(begun: Callable[..., list[str]]) -> None:
    assert begun("POST", late=False) == [IMMEDIATE, IMMEDIATE]


def test_a_view_that_writes_late_takes_it_when_it_says_so(begun: Callable[..., list[str]]) -> None:
    assert begun("PUT", late=True) == ["BEGIN", IMMEDIATE]


def test_reading_takes_no_lock(begun: Callable[..., list[str]]) -> None:
    assert begun("GET", late=False)[0] == "BEGIN"
