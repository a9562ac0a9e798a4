"""What `make run` prints and when it goes on, tried with a `coachapp` that only says what it was asked."""

import os
import shutil
import subprocess
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
