"""A queue, in the data folder or where a setting says, and one runner that works it off.

Features add their jobs by name; `coachapp run` starts the runner. What must happen is also done by the next read or the
next sweep, so a queue that is lost loses no work.
"""

import fcntl
import logging
import os
import secrets
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

from flask import Flask
from huey import Huey, SqliteHuey  # type: ignore[import-untyped]
from huey.consumer import Consumer  # type: ignore[import-untyped]
from huey.serializer import SignedSerializer  # type: ignore[import-untyped]

from coachapp import clock
from coachapp.config import Settings
from coachapp.jobs.record import Arguments, Periodic, Record

log = logging.getLogger(__name__)

EXTENSION = "coachapp-jobs"
QUEUE_FILE = "jobs.sqlite"
LOCK_FILE = "jobs.lock"
PARENT_SECONDS = 1.0
# A job that was asked for has a name and arguments; the turn of a periodic one names its runner, too.
ENQUEUED = 2
UNREADABLE = "unreadable"
Job = Callable[..., Any]


class Jobs:
    """The queue of one installation and the jobs that it may hold."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        """Take the app that jobs run in; the file is made when something is first put into it."""
        self._app = app
        self._known: dict[str, Job] = {}
        self._every: dict[str, int] = {}
        self._path = settings.data / QUEUE_FILE
        self._lock_path = settings.data / LOCK_FILE
        self._secret = settings.signing_key()
        self._url = settings.queue_url
        self._huey: Huey | None = None
        self._opening = threading.Lock()
        self._run_id = ""
        self._retired: set[str] = set()

    def add(self, name: str, job: Job, *, every_seconds: int | None = None) -> None:
        """Make a job known; with `every_seconds` the runner begins it at its start and again and again."""
        self._known[name] = job
        if every_seconds is not None:
            self._every[name] = every_seconds

    def _queue(self) -> Huey:
        # Requests that come at once must not open a queue each: all but the last would never be closed.
        with self._opening:
            if self._huey is None:
                # Tasks are pickled: only what this installation signed is read.
                serializer = SignedSerializer(secret=self._secret, salt="jobs")
                opened = _open(self._url, str(self._path), serializer=serializer, results=False)
                self._work = opened.task(name="work")(self._perform)
                _read_what_is_left(opened, self._work, serializer)
                self._huey = opened
            return self._huey

    def enqueue(self, name: str, *arguments: int | str) -> bool:
        """Put a job into the queue and say whether that worked; a failure is logged, never raised."""
        try:
            self._queue()
            self._work(name, arguments)
        except queue_errors():
            log.exception("the job %s could not be queued", name)
            return False
        return True

    @property
    def record(self) -> Record:
        """Return what the runner left behind. Raises one of queue_errors() where the queue cannot be opened."""
        return Record(self._queue().storage)

    def waiting(self) -> list[tuple[str, Arguments]]:
        """Return the jobs in the queue, the next first; turns of periodic ones are not among them.

        Raises one of queue_errors() where it cannot be read, ValueError where it holds what this site did not sign.
        """
        found = [task.args for task in self._queue().pending()]
        return [(arguments[0], tuple(arguments[1])) for arguments in found if len(arguments) == ENQUEUED]

    def periodic(self) -> list[Periodic]:
        """Return the last turn of every periodic job. Raises one of queue_errors() where it cannot be read."""
        return [self.record.periodic(name, seconds) for name, seconds in sorted(self._every.items())]

    def retry(self, failure_id: str) -> bool:
        """Put a job that failed into the queue again; False where it is gone already."""
        found = self.record.discard(failure_id)
        return found is not None and self.enqueue(found.name, *found.arguments)

    def _perform(self, name: str, arguments: Arguments, run_id: str | None = None) -> None:
        if run_id is not None and run_id != self._run_id:
            return  # the turn of a runner that has ended; the present one has its own
        if name not in self._known:
            self._set_aside(name, arguments)
            return
        began = clock.now()
        boot, steady = clock.steady()
        self._note(lambda record: record.beat(now=began, boot=boot, steady=steady))
        self._note(lambda record: record.began(name, arguments, now=began))
        message = ""
        try:
            with self._app.app_context():
                self._known[name](*arguments)
        except Exception as error:
            # The runner goes on: the next turn, or the next read, tries again.
            log.exception("the job %s failed", name)
            message = f"{type(error).__name__}: {error}"
        finally:
            if run_id is not None:
                self._work.schedule((name, arguments, run_id), delay=self._every[name])
            ended = clock.now()
            self._note(lambda record: record.ended())
            if run_id is not None:
                self._note(lambda record: record.turn(name, began=began, ended=ended, message=message))
            elif message:
                self._note(lambda record: record.failed(name, arguments, message=message, now=ended))

    def _set_aside(self, name: str, arguments: Arguments) -> None:
        """Keep a job that another version of Coachapp asked for; a name is logged once, however many jobs have it."""
        if name not in self._retired:
            self._retired.add(name)
            log.warning("jobs named %s are set aside: this version has none of that name; see Admin, Jobs", name)
        self._note(lambda record: record.set_aside(name, arguments, now=clock.now()))

    def _note(self, write: Callable[[Record], None]) -> None:
        """Write into the record; where that fails, the job is done all the same."""
        try:
            write(self.record)
        except queue_errors():
            log.exception("what the runner does could not be noted")

    def close(self) -> None:
        """Close the connection to the queue, if there is one; the next use opens it again."""
        if self._huey is not None:
            self._huey.storage.close()

    def run(self) -> None:
        """Work the queue off until the process is told to stop, or its parent is gone.

        Only one process of a data folder does so at a time: another waits for its turn.
        """
        threading.Thread(target=_stop_without_parent, args=(os.getppid(),), name="parent watch", daemon=True).start()
        with self._lock_path.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._run()

    def _run(self) -> None:
        consumer = Consumer(self._queue(), workers=1, periodic=False, initial_delay=0.2, max_delay=1.0)
        self._run_id = secrets.token_hex(8)
        for name in self._every:
            self._work(name, (), self._run_id)
        consumer.run()


def empty_queue(settings: Settings) -> None:
    """Forget every job and what the runner left behind, for a site whose rows they name is no more.

    Raises one of queue_errors() where the queue cannot be reached.
    """
    if settings.queue_url:
        _open(settings.queue_url, "", results=False).flush()
        return
    for ending in ("", "-wal", "-shm", "-journal"):
        (settings.data / (QUEUE_FILE + ending)).unlink(missing_ok=True)


def _open(url: str, file: str, **options: object) -> Huey:
    """Open the queue at a URL, or in a file where there is none. The packages for a URL come with an extra."""
    if not url:
        # Huey leaves its connection open where the file is no database: that is found out here first.
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("PRAGMA schema_version")
        return SqliteHuey("coachapp", filename=file, **options)
    if url.startswith("redis"):
        from huey import RedisHuey

        return RedisHuey("coachapp", url=url, **options)
    from huey.contrib.sql_huey import SqlHuey  # type: ignore[import-untyped]

    return SqlHuey("coachapp", database=url, **options)


def _read_what_is_left(opened: Huey, work: Any, serializer: SignedSerializer) -> None:
    """Let the queue read what another version put into it.

    A task that only lies in another module now is carried over. Any other of a name that is not known here, and what
    this site did not sign, becomes a job of that name (or of UNREADABLE), which is set aside when its turn comes.
    """
    read = opened.deserialize_task

    def read_any(data: bytes) -> Any:
        try:
            return read(data)
        except Exception:
            try:
                message = serializer.deserialize(data)
                name, arguments = str(message.name), tuple(message.args)
            except Exception:
                return work.s(UNREADABLE, ())
            if name.endswith(".work") and len(arguments) >= ENQUEUED and isinstance(arguments[1], tuple | list):
                return work.s(*arguments)
            return work.s(name, tuple(one if isinstance(one, int) else str(one) for one in arguments))

    opened.deserialize_task = read_any


def queue_errors(*more: type[Exception]) -> tuple[type[Exception], ...]:
    """Return what a queue that cannot be reached raises, and `more`; a package that is not loaded raises nothing."""
    others = [getattr(sys.modules.get(name), error, None) for name, error in _ERRORS]
    return (sqlite3.Error, OSError, *(error for error in others if error is not None), *more)


_ERRORS = (("redis", "RedisError"), ("peewee", "PeeweeException"))


def _stop_without_parent(parent: int) -> None:
    """Stop this process when the site that started it is gone, however it went."""
    while os.getppid() == parent:
        time.sleep(PARENT_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


def init_app(app: Flask, settings: Settings) -> Jobs:
    """Give the app its queue."""
    jobs = Jobs(app, settings)
    app.extensions[EXTENSION] = jobs
    return jobs


def jobs_of(app: Flask) -> Jobs:
    """Return the queue of an app."""
    found: Jobs = app.extensions[EXTENSION]
    return found
