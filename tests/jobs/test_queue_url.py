"""A queue outside the data folder: in PostgreSQL and in Redis, or a clear word of why not."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from coachapp import clock
from coachapp.config import ConfigError, Settings, load_settings
from coachapp.jobs import Jobs, queue_errors
from tests.conftest import SECRET


def jobs_at(url: str, data: Path) -> Jobs:
    """Return a queue at a URL."""
    settings = Settings.model_validate({"data": data, "queue_url": url, "secret_key": SECRET})
    return Jobs(Flask("queue"), settings)


def goes_round(queue: Jobs) -> None:
    """Put jobs in, do them, and look at what is left behind."""
    done: list[tuple[int | str, ...]] = []
    queue.add("note", lambda *arguments: done.append(arguments))
    queue.add("fail", lambda: 1 / 0)
    assert queue.enqueue("note", 7, "x")
    assert queue.enqueue("fail")
    assert queue.waiting() == [("note", (7, "x")), ("fail", ())]
    huey = queue._queue()
    while (task := huey.dequeue()) is not None:
        huey.execute(task)
    assert done == [(7, "x")]
    failure = queue.record.failures()[0]
    assert (failure.name, failure.message) == ("fail", "ZeroDivisionError: division by zero")
    assert queue.retry(failure.id)
    assert queue.waiting() == [("fail", ())]
    assert queue.record.failures() == []
    beat = queue.record.last_beat()
    assert beat is not None
    assert abs((clock.now() - beat).total_seconds()) < 60
    assert queue.record.running() is None
    if hasattr(huey.storage, "close"):
        huey.storage.close()


def test_a_queue_in_postgresql(postgres_url: str, tmp_path: Path) -> None:
    goes_round(jobs_at(postgres_url.replace("+psycopg", ""), tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    """Start a Redis of its own, or skip where there is none."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("no redis-server on this machine")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (tmp_path / "redis").mkdir()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path / "redis")]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(20)


def test_a_queue_in_redis(redis_url: str, tmp_path: Path) -> None:
    goes_round(jobs_at(redis_url, tmp_path / "data"))


def test_a_queue_that_cannot_be_reached_loses_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    queue = jobs_at("redis://127.0.0.1:9/0", tmp_path)
    queue.add("note", print)
    assert not queue.enqueue("note")
    assert "the job note could not be queued" in caplog.text
    with pytest.raises(queue_errors()):
        queue.waiting()


@pytest.mark.parametrize("url", ["mysql://x", "redis", "/var/queue"])
def test_a_url_of_another_kind_stops_the_start(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="COACH_QUEUE_URL must begin with redis://"):
        load_settings({"COACH_DATA": str(tmp_path), "COACH_QUEUE_URL": url})


def test_a_missing_package_is_named_without_the_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ConfigError) as caught:
        load_settings({"COACH_DATA": str(tmp_path), "COACH_QUEUE_URL": "redis://:secret@host/0"})
    assert "pip install 'coachapp[redis]'" in str(caught.value)
    assert "secret" not in str(caught.value)
