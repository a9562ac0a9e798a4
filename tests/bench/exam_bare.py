"""The baseline of the load drill: a Flask app that writes one row a request, served by the same server as the site."""

import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from flask import Flask, jsonify, request

from coachapp.cli.run import Server


def bare_app(file: Path) -> Flask:
    """Return an app whose only page stores what it is sent as one row, in a transaction of its own."""
    app = Flask(__name__)
    held = threading.local()
    with closing(sqlite3.connect(file)) as first, first:
        first.execute("PRAGMA journal_mode=WAL")
        first.execute("CREATE TABLE IF NOT EXISTS step (id INTEGER PRIMARY KEY, payload TEXT)")

    def connection() -> sqlite3.Connection:
        if not hasattr(held, "connection"):
            held.connection = sqlite3.connect(file, isolation_level=None, timeout=30)
        return held.connection  # type: ignore[no-any-return]

    @app.put("/row")
    def row() -> object:
        connection().execute("INSERT INTO step (payload) VALUES (?)", (request.get_data(as_text=True),))
        return jsonify(ok=True)

    @app.get("/sign-in")
    def ready() -> str:
        return "ready"

    return app


class BareServer(Server):
    """The site's server with the bare app in it, and no job runner."""

    def load(self) -> Flask:
        """Return the app, in a worker."""
        return bare_app(self.settings.data / "bare.sqlite")

    def _ready(self, arbiter: object) -> None:
        """Start no runner."""


def flat_out(senders: Sequence[Callable[[], object]], *, seconds: float) -> float:
    """Let every sender send one request after another; return how many a second were answered in all."""
    counts = [0] * len(senders)
    stop = time.monotonic() + seconds

    def send(place: int) -> None:
        while time.monotonic() < stop:
            senders[place]()
            counts[place] += 1

    threads = [threading.Thread(target=send, args=(place,)) for place in range(len(senders))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / seconds
