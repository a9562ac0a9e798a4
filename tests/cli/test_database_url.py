"""A database that cannot be used, for whatever reason, is said so in one line, without its password."""

import builtins
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachapp.databaseurl import DATABASE_URL, database_problems, without_password
from tests.cli.conftest import Outcome, Run

SECRET = "s3kr.et9"
COMMANDS = [("init",), ("run",), ("db", "current"), ("people", "list"), ("items", "changed"), ("check-deploy",)]
WRONG = [
    (f"mysql://u:{SECRET}@h/d", "must begin with sqlite:/// or postgresql://"),
    (f"oracle+cx://u:{SECRET}@h/d", "must begin with"),
    (f"POSTGRESQL//u:{SECRET}@h/d", "must begin with"),
    ("coach.sqlite", "must begin with"),
    (f"postgresql://u:{SECRET}@h:port/d", "cannot be read"),
    (f"postgresql://u:{SECRET}@h:99999/d", "ports are 1 to 65535"),
    (f"postgresql://u:a@{SECRET}@h/d", "%40"),
    ("sqlite://coach.sqlite", "three slashes"),
    ("sqlite:////tmp/coach.sqlite?timeout=soon", "cannot be used"),
    (f"postgresql+nothing://u:{SECRET}@h/d", "must begin with"),
]


def refused(outcome: Outcome) -> str:
    """Return the one line of an outcome that was refused."""
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.count("\n") == 1
    assert SECRET not in outcome.err
    return outcome.err


@pytest.mark.parametrize(("url", "said"), WRONG)
def test_a_wrong_url_is_named_with_what_is_wrong(
    url: str, said: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DATABASE_URL, url)
    for words in (*COMMANDS, ("doctor",)):
        message = refused(run(*words))
        assert DATABASE_URL in message
        assert said in message


@pytest.mark.parametrize("words", COMMANDS)
def test_a_server_that_refuses_is_named(words: tuple[str, ...], ready: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATABASE_URL, f"postgresql://u:{SECRET}@127.0.0.1:1/d")
    assert "127.0.0.1" in refused(ready(*words))


def test_a_file_that_is_no_database_is_named(ready: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "junk").write_bytes(b"no database at all, but long enough to be looked at" * 50)
    monkeypatch.setenv(DATABASE_URL, f"sqlite:///{tmp_path / 'junk'}")
    for words in COMMANDS:
        assert "file is not a database" in refused(ready(*words))


def test_without_the_extra_its_name_is_given(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name == "psycopg":
            raise ImportError("no pq wrapper available")
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    for scheme in ("postgresql", "postgres", "postgresql+psycopg"):
        monkeypatch.setenv(DATABASE_URL, f"{scheme}://u:{SECRET}@h/d")
        assert "pip install 'coachapp[postgres]'" in refused(run("people", "list"))


@pytest.mark.parametrize("url", ["", "sqlite:///coach.sqlite", "sqlite:////tmp/coach.sqlite", "postgresql://u@h/d"])
def test_a_good_url_is_taken(url: str) -> None:
    assert database_problems(url) == []


@given(st.text(max_size=60))
def test_any_text_is_taken_or_refused_in_one_line(text: str) -> None:
    assert all("\n" not in problem for problem in database_problems(text.strip()))


def test_a_password_is_hidden_however_it_is_written() -> None:
    url = "postgresql://u:a%40bcd@h/d?password=other1"
    assert without_password("a@bcd, a%40bcd, other1 and more", url) == "***, ***, *** and more"
