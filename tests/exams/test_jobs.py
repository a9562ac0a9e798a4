"""Closing and grading without a browser: the jobs, the queue, and the process that works it off."""

import logging
import os
import pickle
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from coachapp import clock
from coachapp.attempts import finishing, sittings
from coachapp.config import Settings
from coachapp.domain.sittings import CloseReason, SittingState
from coachapp.exams import jobs
from coachapp.jobs import QUEUE_FILE, Jobs, jobs_of
from coachapp.models.sittings import Sitting
from tests.conftest import SECRET
from tests.exams.conftest import T0
from tests.exams.turning import Clock, at

__all__ = ["at"]

Begin = Callable[..., Sitting]
END = T0 + timedelta(minutes=3)


def test_the_sweep_closes_and_grades_what_is_due(app: Flask, begin: Begin, db_session: Session, at: Clock) -> None:
    first, second = begin(), begin()
    sittings.hand_in(db_session, second, now=T0)
    running = begin(now=T0 + timedelta(minutes=2))
    db_session.commit()
    at.now = END + timedelta(seconds=30)
    with app.app_context():
        assert jobs.sweep() == [first.id, second.id]
        assert jobs.sweep() == []
    db_session.expire_all()
    assert [(s.state, s.close_reason) for s in (first, second, running)] == [
        (SittingState.GRADED, CloseReason.EXPIRED),
        (SittingState.GRADED, CloseReason.HANDED_IN),
        (SittingState.RUNNING, None),
    ]


def test_one_sitting_that_fails_does_not_keep_the_others(
    app: Flask, begin: Begin, at: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken, sound = begin().id, begin().id
    finish = finishing.finish

    def fail(session: Session, sitting_id: int, **named: Any) -> bool:
        if sitting_id == broken:
            raise OperationalError("select", {}, Exception("locked"))
        return finish(session, sitting_id, **named)

    monkeypatch.setattr(finishing, "finish", fail)
    at.now = END + timedelta(seconds=30)
    with app.app_context():
        assert jobs.sweep() == [sound]
        with pytest.raises(jobs.SittingsLeft, match=f"sittings {broken} could not be finished: .*locked"):
            jobs.sweep_all()
    assert f"sitting {broken} could not be finished" in caplog.text


@pytest.fixture
def queue(app: Flask, settings: Settings) -> Iterator[Jobs]:
    """Return a queue with two jobs: one that notes its argument, one that fails."""
    made = Jobs(app, settings)
    made.noted = []  # type: ignore[attr-defined]

    def fail() -> None:
        raise RuntimeError("no luck")

    made.add("note", made.noted.append)  # type: ignore[attr-defined]
    made.add("fail", fail, every_seconds=10)
    yield made
    made.close()


def rows(settings: Settings, table: str) -> int:
    """Return how many rows a table of the queue's file has."""
    with closing(sqlite3.connect(settings.data / QUEUE_FILE)) as connection:
        found: int = connection.execute(f"select count(*) from {table}").fetchone()[0]
    return found


def take(queue: Jobs) -> None:
    """Do what the runner does with the next task."""
    huey = queue._queue()
    huey.execute(huey.dequeue())


def test_a_job_goes_through_the_queue(queue: Jobs, settings: Settings) -> None:
    assert queue.enqueue("note", 7)
    assert rows(settings, "task") == 1
    take(queue)
    assert queue.noted == [7]  # type: ignore[attr-defined]


def test_a_job_that_fails_is_logged_and_has_its_next_turn(
    queue: Jobs, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    queue._queue()
    queue._run_id = "mine"
    queue._perform("fail", (), "mine")
    assert "the job fail failed" in caplog.text
    assert rows(settings, "task") == 1
    queue._perform("fail", (), "of a runner that ended")
    assert rows(settings, "task") == 1


def test_what_this_site_did_not_sign_is_never_unpickled(queue: Jobs, settings: Settings) -> None:
    queue.enqueue("note", 1)
    with closing(sqlite3.connect(settings.data / QUEUE_FILE)) as connection, connection:
        connection.execute("update task set data = ?", (pickle.dumps(("work", "note", (2,))),))
    take(queue)  # set aside, unread
    assert [one.name for one in queue.record.aside()] == ["unreadable"]
    assert queue.noted == []  # type: ignore[attr-defined]


def test_a_queue_that_cannot_be_written_breaks_no_request(
    queue: Jobs, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    (settings.data / QUEUE_FILE).mkdir()
    with caplog.at_level(logging.ERROR):
        assert not queue.enqueue("note", 1)
    assert "could not be queued" in caplog.text


def test_handing_in_asks_for_grading(app: Flask, settings: Settings, begin: Begin) -> None:
    with app.app_context():
        jobs.enqueue_finish(begin().id)
    assert rows(settings, "task") == 1
    assert jobs_of(app) is app.extensions["coachapp-jobs"]


def test_the_runner_closes_a_sitting_with_no_browser_open(
    settings: Settings, begin: Begin, db_session: Session
) -> None:
    sitting = begin(now=clock.now() - timedelta(minutes=4)).id
    environment = {**os.environ, "COACH_DATA": str(settings.data), "COACH_SECRET_KEY": SECRET}
    command = [sys.executable, "-c", "from coachapp.cli import main; main()", "work"]
    runner = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)
    try:
        for _ in range(300):
            db_session.rollback()
            state = db_session.scalar(select(Sitting.state).where(Sitting.id == sitting))
            if state is SittingState.GRADED or runner.poll() is not None:
                break
            time.sleep(0.1)
    finally:
        runner.terminate()
        _, said = runner.communicate(timeout=30)
    assert state is SittingState.GRADED, said.decode()
