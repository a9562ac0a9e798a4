"""When a request arrived: taken before anything else, for a save must not become late by waiting for the database."""

from datetime import datetime
from typing import Any

from flask import Flask, g, request_started
from flask.sansio.app import App

from coachapp import clock


def init_app(app: App) -> None:
    """Note the time of every request before anything looks at it."""
    request_started.connect(_note, app)


def _note(sender: Flask, **extra: Any) -> None:
    g.arrived_at = clock.now()


def arrived_at() -> datetime:
    """Return when the request at hand arrived."""
    moment: datetime = g.arrived_at
    return moment
