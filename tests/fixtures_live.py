"""A real server and a real browser. The browser may speak to that server only; anything else fails the test."""

import os
import random
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from coachapp.models import db

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

REQUIRED = "TEST_REQUIRE_BROWSER"
SLOW = "TEST_SLOW_SITE"
NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class LiveServer:
    """A running site: its address, its app, and a session on its database."""

    url: str
    app: Flask
    session: Session


class UnderWay:
    """Counts the requests that an app is answering."""

    def __init__(self, app: Flask) -> None:
        """Count from now on."""
        self._count = 0
        self._changed = threading.Condition()
        answer = app.wsgi_app

        def counted(environ: Any, start_response: Any) -> Any:
            self._add(1)
            try:
                return answer(environ, start_response)
            finally:
                self._add(-1)

        app.wsgi_app = counted  # type: ignore[method-assign]

    def _add(self, number: int) -> None:
        with self._changed:
            self._count += number
            self._changed.notify_all()

    def wait(self) -> None:
        """Wait until nothing is being answered."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._count == 0, timeout=20), "a request is never answered"


@pytest.fixture
def live_server(make_app: Callable[..., Flask]) -> Iterator[LiveServer]:
    """Serve an app with an empty database, form tokens on, from a thread.

    TEST_SLOW_SITE=400 lets every page, script and style sheet wait for up to 400 ms, each for another time. That shows
    which tests, and which of our scripts, count on what has not arrived yet.
    """
    app = make_app()
    app.testing = False
    app.config["WTF_CSRF_ENABLED"] = True
    if slowest := int(os.environ.get(SLOW, "0")):
        app.before_request(lambda: time.sleep(random.uniform(0, slowest / 1000)))
    under_way = UnderWay(app)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    server.daemon_threads = True  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, name="live server", daemon=True)
    thread.start()
    with app.app_context():
        engine = db.engine
    try:
        with Session(engine) as session:
            yield LiveServer(url=f"http://127.0.0.1:{server.port}", app=app, session=session)
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()
        # What a page asked for last may still be answered; its connection would be closed by nobody.
        under_way.wait()


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """Start the system's Chromium; without one the test is skipped, or failed where a browser was promised."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        why = f"no browser was found: none of {', '.join(NAMES)} is installed"
        if os.environ.get(REQUIRED) == "1":
            pytest.fail(f"{REQUIRED} is set, but {why}")
        pytest.skip(why)
    from playwright.sync_api import sync_playwright

    flags = FLAGS + (["--no-sandbox"] if os.geteuid() == 0 else [])
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=path, args=flags)
        yield started
        started.close()


@dataclass
class Watch:
    """What pages did that no page of ours may do."""

    offences: list[str] = field(default_factory=list)

    def guard(self, context: "BrowserContext", origin: str) -> None:
        """Stop and note requests to elsewhere; note script errors and breaches of the content policy."""

        def decide(route: Any) -> None:
            if route.request.url.startswith((origin + "/", "data:", "blob:")):
                route.fallback()
            else:
                self.offences.append(f"asked for {route.request.url}")
                route.abort()

        context.route("**/*", decide)
        context.on("weberror", lambda error: self.offences.append(f"script error: {error.error}"))
        context.on("console", self._console)

    def _console(self, message: Any) -> None:
        if "Content Security Policy" in message.text:
            self.offences.append(message.text)


@pytest.fixture
def open_page(browser: "Browser", live_server: LiveServer) -> Iterator[Callable[..., "Page"]]:
    """Return a function that opens a page in a new context of the browser; its arguments are the context's options."""
    watch, contexts = Watch(), []

    def make(**options: Any) -> "Page":
        # A button that fades from the browser's colors to ours while the page loads is not what axe should judge.
        context = browser.new_context(base_url=live_server.url, **{"reduced_motion": "reduce", **options})
        context.set_default_timeout(15_000)
        watch.guard(context, live_server.url)
        contexts.append(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()
    assert watch.offences == []


@pytest.fixture
def page(open_page: Callable[..., "Page"]) -> "Page":
    """Return a page at 1280 by 800 that may speak to the live server only."""
    return open_page(viewport={"width": 1280, "height": 800})
