"""Commands run in this process, on a data folder of the test's own."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from coachapp.cli import main


@dataclass(frozen=True)
class Outcome:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Return the standard output read as JSON."""
        return json.loads(self.out)


Run = Callable[..., Outcome]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Set COACH_DATA to an empty place, and nothing else of ours."""
    for name in [name for name in os.environ if name.startswith("COACH_") or name in ("PORT", "FLASK_DEBUG")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COACH_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def run(data: Path) -> Run:
    """Return a function that runs `coachapp` with arguments."""

    def call(*arguments: str, stdin: str | bytes | None = None) -> Outcome:
        result = CliRunner().invoke(main, list(arguments), input=stdin, prog_name="coachapp")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Outcome(result.exit_code, result.stdout, result.stderr)

    return call


@pytest.fixture
def ready(run: Run, data: Path, prepared_database: bytes, codesets_dir: Path) -> Run:
    """Return `run` on a data folder that has a key, tables and code sets, but no content and no people."""
    from coachapp.config import make_secret

    data.mkdir(mode=0o700)
    make_secret(data)
    (data / "coachapp.sqlite").write_bytes(prepared_database)
    (data / "codesets").symlink_to(codesets_dir / "codesets")
    return run
