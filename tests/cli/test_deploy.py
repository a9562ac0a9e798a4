"""`coachapp check-deploy`, `coachapp db` and `coachapp run`."""

import os
import re
import signal
import socket
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.command import downgrade
from sqlalchemy import create_engine

from coachapp.cli.demo import DemoSignIn, write_demo
from coachapp.models.schema import alembic_config, head
from tests.cli.conftest import Run


def wanting(run: Run) -> list[str]:
    """Return what check-deploy finds wanting."""
    return [one["text"] for one in run("check-deploy", "--json").json if one["wanting"]]


@pytest.fixture
def deployed(ready: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return `ready` with all that a public site needs."""
    monkeypatch.setenv("COACH_BASE_URL", "https://coach.example.org")
    monkeypatch.setenv("COACH_BEHIND_PROXY", "1")
    ready("people", "add", "a@example.org", "--name", "A", "--role", "admin")
    return ready


def test_a_good_installation_wants_nothing(deployed: Run) -> None:
    outcome = deployed("check-deploy")
    assert outcome.code == 0, outcome.out
    assert "Nothing is wanting." in outcome.out


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("COACH_BASE_URL", "", "COACH_BASE_URL is not set"),
        ("COACH_BASE_URL", "http://coach.example.org", "without https"),
        ("FLASK_DEBUG", "1", "FLASK_DEBUG is on"),
        ("COACH_BEHIND_PROXY", "0", "COACH_BEHIND_PROXY is 0"),
    ],
)
def test_a_setting_that_is_wanting_is_named(
    deployed: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(name, value)
    assert deployed("check-deploy").code == 1
    assert any(words in text for text in wanting(deployed))


def test_listening_to_the_world_without_a_proxy_is_wanting(deployed: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACH_HOST", "0.0.0.0")
    monkeypatch.setenv("COACH_BEHIND_PROXY", "0")
    assert any("COACH_HOST is 0.0.0.0" in text for text in wanting(deployed))


def test_listening_to_the_world_behind_a_proxy_is_wanting_too(deployed: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACH_HOST", "0.0.0.0")
    assert any("COACH_HOST is 0.0.0.0 behind a proxy" in text for text in wanting(deployed))


def test_a_mail_password_in_the_clear_is_wanting(deployed: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("HOST", "mail"), ("USER", "u"), ("PASSWORD", "p"), ("SECURITY", "none")):
        monkeypatch.setenv(f"COACH_SMTP_{name}", value)
    monkeypatch.setenv("COACH_MAIL_FROM", "coach@example.org")
    assert any("the mail password travels in the clear" in text for text in wanting(deployed))
    monkeypatch.setenv("COACH_SMTP_SECURITY", "tls")
    assert wanting(deployed) == []


def test_a_weak_key_is_wanting(deployed: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACH_SECRET_KEY", "secret")
    assert any("the secret key in COACH_SECRET_KEY is weak" in text for text in wanting(deployed))
    outcome = deployed("run")
    assert (outcome.code, "is weak" in outcome.err) == (2, True)


def test_open_files_are_wanting_and_closed_by_init(deployed: Run, data: Path) -> None:
    (data / "secret_key").chmod(0o644)
    data.chmod(0o755)
    assert [text for text in wanting(deployed) if "open to other users" in text and "mode 644" in text]
    assert [text for text in wanting(deployed) if "open to other users" in text and "mode 755" in text]
    outcome = deployed("init")
    assert f"closed {data} to other users" in outcome.err
    assert [stat.S_IMODE(path.stat().st_mode) for path in (data, data / "secret_key")] == [0o700, 0o600]
    assert wanting(deployed) == []


def test_missing_code_sets_and_old_tables_are_wanting(deployed: Run, data: Path) -> None:
    (data / "codesets").unlink()
    engine = create_engine(f"sqlite:///{data / 'coachapp.sqlite'}")
    with engine.begin() as connection:
        downgrade(alembic_config(connection), "base")
    engine.dispose()
    texts = wanting(deployed)
    assert any("code sets are missing" in text for text in texts)
    assert any("the database is at revision none" in text for text in texts)


def test_demo_accounts_and_a_missing_administrator_are_wanting(ready: Run, data: Path, codesets_dir: Path) -> None:
    ready("init", "--demo")
    texts = wanting(ready)
    assert any("5 demo accounts are on" in text for text in texts)
    assert any("nobody is administrator" in text for text in texts)


def test_tables_are_told_and_brought_up_to_date(ready: Run, data: Path) -> None:
    assert ready("db", "current", "--json").json == {"current": head(), "head": head()}
    (data / "coachapp.sqlite").unlink()
    outcome = ready("db", "current")
    assert (outcome.code, outcome.out) == (1, f"no tables yet (newest: {head()})\n")
    assert ready("db", "upgrade").code == 0
    assert ready("db", "current").code == 0


def test_a_migration_is_written_from_the_models(ready: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    from coachapp.models import schema

    copy = tmp_path / "migrations"
    shutil.copytree(schema.SCRIPTS, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(schema, "SCRIPTS", copy)
    assert ready("db", "revision", "Add nothing").code == 0
    written = copy / "versions" / f"{int(head()):04}_add_nothing.py"
    assert '"""Add nothing."""' in written.read_text()
    assert "import coachapp" not in written.read_text()


@pytest.fixture
def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def server(ready: Run, data: Path, free_port: int) -> Iterator["subprocess.Popen[str]"]:
    """Run `coachapp run` as its own process, with one demo sign-in kept."""
    write_demo(data, [DemoSignIn(role="student", email="s@demo.example", password="abcd-efgh")])
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "coachapp.cli", "run"],
        env={**os.environ, "PORT": str(free_port), "COACH_WORKERS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    yield process
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)


def test_run_says_where_it_is_serves_and_a_second_one_is_refused(
    ready: Run, server: "subprocess.Popen[str]", free_port: int
) -> None:
    assert server.stdout is not None
    said = server.stdout.readline()
    assert re.match(rf"Coachapp is at http://127\.0\.0\.1:{free_port}\b", said)
    assert "Demo sign-ins" in server.stdout.readline()
    assert "s@demo.example           abcd-efgh" in server.stdout.readline()
    with urllib.request.urlopen(f"http://127.0.0.1:{free_port}/sign-in", timeout=30) as answer:
        assert answer.status == 200
    outcome = ready("run", "--port", str(free_port))
    assert outcome.code == 2
    assert f"port {free_port} on 127.0.0.1 cannot be used" in outcome.err


def test_run_without_init_says_so(run: Run, ready: Run, data: Path) -> None:
    (data / "codesets").unlink()
    assert "the code sets are missing: run `coachapp init` first" in run("run").err
    (data / "coachapp.sqlite").unlink()
    assert "the database is not up to date: run `coachapp init` first" in run("run").err
    (data / "secret_key").unlink()
    outcome = run("run")
    assert outcome.code == 2
    assert "there is no secret key" in outcome.err
