"""A command closes what it opened; so do an app and a worker of `coachapp run`."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from flask import Flask

from coachapp.app import close_app
from coachapp.cli.doctor import examine
from coachapp.cli.run import Server
from coachapp.codesets import open_codesets
from coachapp.config import Settings
from coachapp.jobs import jobs_of
from coachapp.models import db
from coachapp.models.people import Person
from tests.cli.conftest import Run
from tests.cli.test_grade import CASE
from tests.fixtures_connections import Connections

ANSWER = {"diagnoses": [{"letter": "A", "code": "S52.532A"}], "services": []}


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    """Return the folder of a case."""
    folder = tmp_path / "orthopedics" / "wrist"
    folder.mkdir(parents=True)
    (folder / "case.yaml").write_text(CASE)
    (folder / "note.md").write_text("A broken left wrist, set by hand.\n")
    return folder


@pytest.mark.parametrize(
    "words",
    [
        ("codes", "lookup", "S52.501A", "--json"),
        ("codes", "search", "heart failure", "--limit", "3"),
        ("codes", "releases"),
        ("codes", "impact", "--release", "FY2099"),
        ("codes", "build"),
        ("content", "check", "CHART"),
        ("grade", "CHART", "ANSWER", "--json"),
        ("doctor",),
        ("db", "current"),
        ("people", "list"),
        ("exams", "close-expired"),
        ("items", "changed"),
        ("items", "regrade", "no-such/item", "--dry-run"),
        ("demo", "--learners", "1", "--months", "1"),
        ("check-deploy",),
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_a_command_leaves_no_connection_open(
    ready: Run, connections: Connections, chart: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    (tmp_path / "answer.json").write_text(json.dumps(ANSWER))
    places = {"CHART": str(chart), "ANSWER": str(tmp_path / "answer.json")}
    outcome = ready(*(places.get(word, word) for word in words))
    assert outcome.code in (0, 1, 2)
    assert connections.all, outcome.err
    assert connections.open == []


def test_what_the_doctor_was_not_asked_to_the_end_is_closed(ready: Run, data: Path, connections: Connections) -> None:
    checks = examine(Settings(data=data))
    for check in checks:
        if check.check == "database":
            break
    assert connections.open
    checks.close()  # type: ignore[attr-defined]
    assert connections.open == []


def test_an_app_closes_database_queue_and_code_sets(
    make_app: Callable[..., Flask], settings: Settings, codesets_dir: Path, connections: Connections
) -> None:
    (settings.data / "codesets").symlink_to(codesets_dir / "codesets")
    app = make_app()
    for _ in range(2):  # closed, it opens again
        with app.app_context():
            assert db.session.query(Person).count() == 0
        assert jobs_of(app).enqueue("finish-sitting", 1)
        assert open_codesets(settings.data).lookup("I10", on=date(2026, 5, 12)).valid
        assert len(connections.open) == 3
        close_app(app)
        assert connections.open == []


def test_requests_that_come_at_once_open_one_queue(app: Flask, connections: Connections) -> None:
    together = threading.Barrier(8)

    def enqueue() -> bool:
        together.wait(60)
        return jobs_of(app).enqueue("finish-sitting", 1)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda _: enqueue(), range(8)))
    assert len(connections.open) == 1
    assert len(jobs_of(app).waiting()) == 8
    close_app(app)
    assert connections.open == []


def test_a_worker_that_ends_closes_its_app(ready: Run, data: Path, connections: Connections) -> None:
    server = Server(Settings(data=data))
    server.cfg.worker_exit(None, None)  # one that ends before it has loaded the app
    app = server.load()
    with app.app_context():
        assert db.session.query(Person).count() == 0
    assert connections.open
    server.cfg.worker_exit(None, None)
    assert connections.open == []
