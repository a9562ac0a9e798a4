"""Which Pythons the tests are run with before a change is taken in, tried with stand-ins."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from coachapp.paths import CHECKOUT

CI = CHECKOUT / ".ci"
pytestmark = [
    pytest.mark.skipif(not CI.is_dir(), reason="this copy came without .ci"),
    pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed"),
]


def script(path: Path, text: str) -> Path:
    """Write a shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def listed(folder: Path, **environment: str) -> list[str]:
    """Return the lines about Pythons in a folder; it stands first on PATH and holds what pyenv has installed."""
    path = f"{folder / 'bin'}:{os.environ['PATH']}"
    environ = {**os.environ, "PATH": path, "PYENV_ROOT": str(folder / "pyenv"), **environment}
    done = subprocess.run([CI / "pythons"], env=environ, capture_output=True, text=True, check=True)
    return [line for line in done.stdout.splitlines() if str(folder) in line]


def test_pythons_on_path_and_of_pyenv_are_listed_newest_first(tmp_path: Path) -> None:
    script(tmp_path / "bin" / "python3.11", 'echo "3.11.9 $0"')
    script(tmp_path / "bin" / "python3.14", 'echo "3.14.0 $0"')
    script(tmp_path / "bin" / "python3.13", "exit 127")  # a shim that leads nowhere
    script(tmp_path / "pyenv" / "versions" / "3.13.10" / "bin" / "python3", 'echo "3.13.10 $0"')
    script(tmp_path / "pyenv" / "versions" / "3.13.9" / "bin" / "python3", 'echo "3.13.9 $0"')
    script(tmp_path / "pyenv" / "versions" / "3.9.18" / "bin" / "python3", "true")  # too old: says nothing
    assert [line.split()[0] for line in listed(tmp_path)] == ["3.14.0", "3.13.10", "3.13.9", "3.11.9"]


@pytest.mark.parametrize("lacking", ["", "ensurepip", "venv", "_sqlite3", "_ssl"])
def test_a_python_that_lacks_a_module_is_left_out(tmp_path: Path, lacking: str) -> None:
    folder, stubs = tmp_path / "here", tmp_path / "stubs"
    stubs.mkdir()
    hide = "import importlib.util as u\nfind = u.find_spec\n"
    hide += f"u.find_spec = lambda name, *rest: None if name == {lacking!r} else find(name, *rest)\n"
    (stubs / "sitecustomize.py").write_text(hide)
    script(folder / "pyenv" / "versions" / "own" / "bin" / "python3", f'PYTHONPATH={stubs} exec {sys.executable} "$@"')
    environ = {**os.environ, "PATH": os.environ["PATH"], "PYENV_ROOT": str(folder / "pyenv")}
    done = subprocess.run([CI / "pythons"], env=environ, capture_output=True, text=True, check=True)
    own = f"{'.'.join(map(str, sys.version_info[:3]))} {sys.executable}"
    assert (own in done.stdout.splitlines()) is (not lacking)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a folder with .ci/run in it, whose commands only note in `log` that they were called."""
    folder = tmp_path / "checkout"
    (folder / ".ci").mkdir(parents=True)
    shutil.copy(CI / "run", folder / ".ci" / "run")
    note = f'echo "$(basename "$0") $*" >> {folder / "log"}'
    for name in ("chromium", "faketime", "redis-server"):
        script(folder / "bin" / name, note)
    script(folder / "bin" / "make", f'case "$*" in *which-python*) echo 3.11;; *) {note};; esac')
    for name in ("python", "ruff", "mypy"):
        script(folder / ".venv" / "bin" / name, note)
    return folder


def run_ci(checkout: Path, pythons: str) -> tuple[str, list[str]]:
    """Return what .ci/run printed where these Pythons are found, and how `make` was called."""
    script(checkout / ".ci" / "pythons", f"cat <<'END'\n{pythons}END")
    environ = {**os.environ, "PATH": f"{checkout / 'bin'}:{os.environ['PATH']}"}
    done = subprocess.run([checkout / ".ci" / "run"], env=environ, capture_output=True, text=True, check=True)
    return done.stdout, [line for line in (checkout / "log").read_text().splitlines() if line.startswith("make")]


def test_all_tests_are_run_with_the_first_python_and_the_newest_other(checkout: Path) -> None:
    newest = script(checkout / "bin" / "newest", "echo Python 3.13.5")
    said, calls = run_ci(checkout, f"3.13.5 {newest}\n3.12.1 /nowhere/python3.12\n3.11.9 /nowhere/python3.11\n")
    assert f"All tests are run with Python 3.11, then with Python 3.13.5 ({newest})." in said
    assert calls == ["make test", f"make test VENV=.venv-other PYTHON={newest}"]


def test_another_patch_of_the_first_python_is_no_other_python(checkout: Path) -> None:
    said, calls = run_ci(checkout, "3.11.9 /nowhere/python3.11\n3.11.2 /usr/bin/python3.11\n")
    assert "All tests are run with Python 3.11.\n" in said
    assert "No other Python from 3.11 to 3.14 was found" in said
    assert calls == ["make test"]


def test_a_failure_with_the_other_python_fails_the_whole(checkout: Path) -> None:
    other = script(checkout / "bin" / "other", "echo Python 3.14.0")
    script(checkout / "bin" / "make", 'case "$*" in *which-python*) echo 3.11;; *VENV*) exit 1;; esac')
    script(checkout / ".ci" / "pythons", f"echo 3.14.0 {other}")
    environ = {**os.environ, "PATH": f"{checkout / 'bin'}:{os.environ['PATH']}"}
    assert subprocess.run([checkout / ".ci" / "run"], env=environ, capture_output=True, check=False).returncode == 1


def test_readme_names_the_pythons_that_are_tried() -> None:
    text = (CI / "pythons").read_text(encoding="utf-8")
    found = re.search(r"for minor in ([\d ]+);", text)
    assert found
    minors = sorted(int(minor) for minor in found[1].split())
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    assert f"Python 3.{minors[0]} to 3.{minors[-1]}" in readme
    assert f"(3, {minors[0]}) <= info < (3, {minors[-1] + 1})" in text
