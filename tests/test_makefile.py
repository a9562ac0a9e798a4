"""What `make run` prints and when it goes on, and which Python is taken, tried with stand-ins."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from coachapp.paths import CHECKOUT

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")

STAND_IN = """#!/bin/sh
echo "told: $1"
echo "sign-ins"
[ "$1" = run ] || exit {code}
"""


def make_run(folder: Path, code: int) -> subprocess.CompletedProcess[str]:
    """Run `make run` where setting up ends with that exit code."""
    stand_in = folder / "coachapp"
    stand_in.write_text(STAND_IN.format(code=code))
    stand_in.chmod(0o755)
    # Given on the command line they win over the file: nothing is installed, and the stand-in is run.
    command = ["make", "-s", "-C", str(CHECKOUT), "run", f"BIN={folder}", "install="]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("code", [0, 1])
def test_demo_sign_ins_are_printed_once_also_where_a_case_is_broken(tmp_path: Path, code: int) -> None:
    done = make_run(tmp_path, code)
    assert (done.returncode, done.stdout) == (0, "told: run\nsign-ins\n")


def test_nothing_is_served_where_setting_up_is_refused(tmp_path: Path) -> None:
    done = make_run(tmp_path, 2)
    assert done.returncode != 0
    assert "told: run" not in done.stdout


def make(*words: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run `make` with no folder on PATH but the one given; its own programs are found by their place."""
    found = shutil.which("make")
    assert found
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "PYTHON"))}
    if path is not None:
        environ["PATH"] = str(path)
    return subprocess.run([found, *words], env=environ, cwd=CHECKOUT, capture_output=True, text=True, check=False)


def interpreter(folder: Path, name: str, *, lacks: str = "", fails: bool = False) -> Path:
    """Put a stand-in for a Python into a folder, which says what it lacks when it is asked."""
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{lacks}'\nexit {int(fails)}\n")
    path.chmod(0o755)
    return path


def taken(folder: Path) -> str:
    """Return the Python that `make` takes where only those in a folder are found."""
    asked = make("-s", "--eval=which-python: ; $(info $(PYTHON))", "which-python", path=folder)
    return asked.stdout.strip()


def test_the_first_python_that_lacks_nothing_is_taken(tmp_path: Path) -> None:
    interpreter(tmp_path, "python3", lacks="ensurepip")
    interpreter(tmp_path, "python3.14", fails=True)  # a shim that leads nowhere
    interpreter(tmp_path, "python3.12")
    interpreter(tmp_path, "python3.11")
    assert taken(tmp_path) == "python3.12"
    interpreter(tmp_path, "python3")
    assert taken(tmp_path) == "python3"


def test_without_a_python_make_says_what_to_install(tmp_path: Path) -> None:
    interpreter(tmp_path, "python3", lacks="ensurepip")
    done = make("test", "VENV=/nowhere", path=tmp_path)
    assert done.returncode == 2
    assert "on Debian and Ubuntu: python3 and python3-venv" in done.stderr


@pytest.mark.parametrize("lacks", ["ensurepip", "version 3.11 or newer", "sqlite3, ssl"])
def test_a_python_that_was_named_and_will_not_do_is_refused_with_what_it_lacks(tmp_path: Path, lacks: str) -> None:
    done = make("test", f"VENV={tmp_path / 'venv'}", f"PYTHON={interpreter(tmp_path, 'own', lacks=lacks)}")
    assert done.returncode == 2
    assert f"lacks: {lacks}" in done.stderr
    assert not (tmp_path / "venv").exists()


def test_a_python_that_cannot_be_started_is_refused(tmp_path: Path) -> None:
    done = make("test", f"VENV={tmp_path / 'venv'}", f"PYTHON={tmp_path / 'none'}")
    assert done.returncode == 2
    assert "Coachapp needs Python 3.11 or newer" in done.stderr


def test_this_python_lacks_nothing() -> None:
    asked = make("-s", "--eval=what: ; $(info $(LACKS))", "what")
    code = asked.stdout
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "\n"
