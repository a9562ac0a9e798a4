"""The release file for tests: built once, kept in the temporary folder, shared by every worker.

A test module's folder gets the fixtures by importing them in its conftest.py.
"""

import fcntl
import getpass
import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import coachapp.codesets
from coachapp.codesets import CodeSets, build_release, release_path
from coachapp.codesets.sources import stamp


def _fingerprint() -> str:
    """Name the data and the code that builds from them, so that a change to either builds anew."""
    digest = hashlib.sha256(stamp().encode())
    for path in sorted(Path(coachapp.codesets.__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@pytest.fixture(scope="session")
def codesets_dir() -> Path:
    """Return a data folder that holds a built release file."""
    folder = Path(tempfile.gettempdir()) / f"coachapp-tests-{getpass.getuser()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    data = folder / _fingerprint()
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        build_release(release_path(data))
    return data


@pytest.fixture(scope="session")
def codesets(codesets_dir: Path) -> Iterator[CodeSets]:
    """Return the code sets opened from the built release."""
    with CodeSets(release_path(codesets_dir)) as opened:
        yield opened
