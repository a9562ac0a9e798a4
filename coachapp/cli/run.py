"""`coachapp run`: the site, served by gunicorn."""

import gc
import socket
import subprocess
import sys
import threading
from typing import Any

import click
from flask import Flask
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from sqlalchemy.exc import SQLAlchemyError

from coachapp.app import close_app, create_app
from coachapp.cli import Refused
from coachapp.cli.database import in_one_line
from coachapp.cli.demo import show_demo
from coachapp.codesets import release_path
from coachapp.config import Settings, load_settings
from coachapp.models import db
from coachapp.models.schema import current, head

RESTART_SECONDS = 2.0
# Both together stay below the ten seconds after which a service manager kills what it stops. A request that takes
# longer is cut off; a job that does is done after the next start.
REQUEST_SECONDS = 6
STOP_SECONDS = 2.5


class Server(BaseApplication):
    """Gunicorn with our settings; each worker makes the app for itself."""

    def __init__(self, settings: Settings) -> None:
        """Take the settings to serve with."""
        self.settings = settings
        self._runner: Runner | None = None
        self._app: Flask | None = None
        super().__init__()

    def load_config(self) -> None:
        """Set gunicorn's options."""
        host = f"[{self.settings.host}]" if ":" in self.settings.host else self.settings.host
        options: dict[str, Any] = {
            "bind": f"{host}:{self.settings.port}",
            "workers": self.settings.workers,
            "worker_class": "gthread",
            "threads": self.settings.threads,
            "graceful_timeout": REQUEST_SECONDS,
            "loglevel": self.settings.log_level.lower(),
            "proc_name": "coachapp",
            # Forwarded headers are the app's business (COACH_BEHIND_PROXY); gunicorn would trust the loopback.
            "forwarded_allow_ips": "",
            "control_socket_disable": True,
            "when_ready": self._ready,
            "worker_exit": self._worker_exit,
            "on_exit": self._exit,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Return the app, in a worker."""
        self._app = create_app(self.settings)
        keep_out_of_collections()
        return self._app

    def _ready(self, arbiter: object) -> None:
        self._runner = Runner()
        click.echo(f"Coachapp is at {self.settings.address}  (stop with Ctrl+C)")
        show_demo(self.settings.data)

    def _worker_exit(self, arbiter: object, worker: object) -> None:
        if self._app is not None:
            close_app(self._app)

    def _exit(self, arbiter: object) -> None:
        if self._runner is not None:
            self._runner.stop()


def keep_out_of_collections() -> None:
    """Tell the garbage collector to leave alone what is there by now: modules and the app, which live until the end.

    Looking through them all, as it does now and then, held up one page in twenty by some 80 ms.
    """
    gc.collect()
    gc.freeze()


class Runner:
    """The process that does the jobs beside the site; should it end, it is started again."""

    def __init__(self) -> None:
        """Start it."""
        self._stopping = threading.Event()
        self._process = self._start()
        threading.Thread(target=self._watch, name="jobs watch", daemon=True).start()

    def _start(self) -> subprocess.Popen[bytes]:
        # Settings come from the environment, which it inherits.
        return subprocess.Popen([sys.executable, "-c", "from coachapp.cli import main; main()", "work"])

    def _watch(self) -> None:
        while True:
            self._process.wait()
            if self._stopping.wait(RESTART_SECONDS):
                return
            self._process = self._start()

    def stop(self) -> None:
        """Stop it and wait a little for the job at hand; what is left undone is done after the next start."""
        self._stopping.set()
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on; else COACH_PORT, PORT, 5000.")
def run(port: int | None) -> None:
    """Serve the site until stopped. Says so and exits 2 if the port is taken or `coachapp init` was not run."""
    settings = load_settings()
    if port is not None:
        settings = settings.model_copy(update={"port": port})
    _check_ready(settings)
    _check_port(settings)
    Server(settings).run()


def _check_ready(settings: Settings) -> None:
    app = create_app(settings)
    try:
        with app.app_context():
            revision = current(db.engine)
    except SQLAlchemyError as error:
        raise Refused(f"the database cannot be opened: {in_one_line(error)}") from error
    finally:
        close_app(app)
    if revision != head():
        raise Refused("the database is not up to date: run `coachapp init` first")
    if not release_path(settings.data).is_file():
        raise Refused("the code sets are missing: run `coachapp init` first")


def _check_port(settings: Settings) -> None:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            where = f"port {settings.port} on {settings.host}"
            raise Refused(
                f"{where} cannot be used: {error.strerror or error}. Stop what runs there, or choose another: PORT=5001"
            ) from error
