"""A drill of the worst day: a backup under load, the site killed, and everything brought back and compared.

    python tests/bench/backup_drill.py [--learners 16] [--seconds 10] [--database sqlite|postgresql|both]

Makes a site in a temporary folder and serves it; learners save answers flat out. `coachapp backup` runs meanwhile;
then every process of the site is killed with SIGKILL. The backup is restored into an empty site, and so is a second
one, made of what the kill left. Checks: nothing acknowledged before the backup began is missing from it; what it holds
is what the killed site held; no answer acknowledged before the kill is lost; both restored sites equal their archives
row for row, on the same database and on the other one. Exits 1 if any of that fails; PostgreSQL is left out by name
where there is none.
"""

import argparse
import http.client
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import pytest
from exam_load import Client, Learner, begin, children, drill_plan, prepare, wait_for
from sqlalchemy import make_url, text
from sqlalchemy.engine import URL

from coachapp.backup import Archive
from coachapp.backup.connecting import open_engine
from coachapp.backup.rows import lines
from coachapp.config import load_settings
from tests.fixtures_postgres import running_postgres

MINUTES = 60
HERE = Path(__file__).resolve().parent
COMMAND = [sys.executable, "-c", "from coachapp.cli import main; main()"]


@dataclass
class Saved:
    """Answers the server acknowledged: sitting, question, number of the step; and when each was."""

    at: list[tuple[float, int, int, int]] = field(default_factory=list)


@dataclass
class Drill:
    """What was done and what was found wrong."""

    wrong: list[str] = field(default_factory=list)

    def check(self, holds: bool, words: str) -> None:
        """Say whether something holds, and keep what does not."""
        print(f"  {'ok   ' if holds else 'WRONG'}  {words}", flush=True)
        if not holds:
            self.wrong.append(words)


def answer_until(stop: threading.Event, learner: Learner, port: int, saved: Saved, total: int) -> None:
    """Save answers without a pause until told to stop; a connection that breaks ends it."""
    n = 0
    while not stop.is_set():
        n = n % total + 1
        seq = learner.acked.get(n, (0, ""))[0]
        body = json.dumps({"base_seq": seq, "save_id": secrets.token_hex(8), "answer": ["abcd"[n % 4]]})
        headers = {"Cookie": f"coachapp={learner.cookie}", "X-CSRFToken": learner.token}
        headers |= {"Content-Type": "application/json", "Accept": "application/json"}
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request("PUT", f"/sittings/{learner.sitting}/slots/{n}", body, headers)
            answer = connection.getresponse()
            raw = answer.read()
        except (OSError, http.client.HTTPException):
            return
        finally:
            connection.close()
        if answer.status == 200:
            learner.acked[n] = (json.loads(raw)["seq"], "x")
            saved.at.append((time.monotonic(), learner.sitting, n, learner.acked[n][0]))


def coachapp(*arguments: str, environment: dict[str, str]) -> tuple[float, subprocess.CompletedProcess[str]]:
    """Run a command of Coachapp; return its seconds and what it said."""
    began = time.monotonic()
    done = subprocess.run(
        [*COMMAND, *arguments], env=os.environ | environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"coachapp {' '.join(arguments)} ended with {done.returncode}: {done.stderr}")
    return time.monotonic() - began, done


def rows_at(url: URL | str, archive: Archive) -> dict[str, list[bytes]]:
    """Return the rows of a database by table, as a backup writes them."""
    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            return {name: list(lines(connection, shape)) for name, shape in archive.shapes.items()}
    finally:
        engine.dispose()


def steps_in(rows: dict[str, list[bytes]], archive: Archive) -> set[tuple[int, int, int]]:
    """Return the answers among some rows: sitting, question, number of the step."""

    def named(table: str) -> Iterator[dict[str, Any]]:
        columns = [name for name, _ in archive.shapes[table].columns]
        for line in rows[table]:
            yield dict(zip(columns, json.loads(line), strict=True))

    slots = {row["id"]: (row["sitting_id"], row["slot"]) for row in named("attempt")}
    return {(*slots[row["attempt_id"]], row["seq"]) for row in named("step")}


@dataclass
class Place:
    """A site: its folder, the URL of its database, and the environment its commands run in."""

    folder: Path
    url: URL | str
    environment: dict[str, str]


class Places:
    """Makes sites, each with a folder and a database of its own."""

    def __init__(self, folder: Path, postgres: str | None) -> None:
        self._folder, self._postgres, self._made = folder, postgres, 0

    def make(self, kind: str) -> Place:
        """Return an empty site on a kind of database."""
        self._made += 1
        data = self._folder / f"site{self._made}"
        environment = {"COACH_DATA": str(data), "COACH_LOG_LEVEL": "WARNING", "COACH_DATABASE_URL": ""}
        if kind == "sqlite":
            return Place(data, f"sqlite:///{data / 'coachapp.sqlite'}", environment)
        assert self._postgres is not None
        name = f"site{self._made}"
        engine = open_engine(self._postgres % "postgres")
        with engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        url = self._postgres % name
        return Place(data, make_url(url), environment | {"COACH_DATABASE_URL": url})

    def close(self) -> None:
        """End every connection to the server: one that is left open would keep it from stopping."""
        if self._postgres is None:
            return
        engine = open_engine(self._postgres % "postgres")
        others = "FROM pg_stat_activity WHERE datname LIKE 'site%' AND pid <> pg_backend_pid()"
        with engine.connect() as connection:
            connection.execute(text(f"SELECT pg_terminate_backend(pid) {others}"))
        engine.dispose()


@contextmanager
def served(place: Place, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Serve the site in a group of processes of its own."""
    command = [sys.executable, str(HERE / "exam_load.py"), "--serve", "--minutes", str(MINUTES)]
    environment = os.environ | place.environment | {"COACH_PORT": str(port)}
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment, start_new_session=True)
    try:
        wait_for(port)
        yield server
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait(60)


def run_drill(drill: Drill, places: Places, kind: str, others: list[str], *, asked: argparse.Namespace) -> None:
    """Do the drill on one kind of database."""
    print(f"{kind}: {asked.learners} learners save flat out", flush=True)
    place, plan, port = places.make(kind), drill_plan(MINUTES), asked.port
    place.folder.mkdir(mode=0o700)
    os.environ.update(place.environment)
    learners = prepare(load_settings(), asked.learners)
    first, second = (place.folder.parent / f"{kind}-{name}.zip" for name in ("under-load", "after-kill"))
    saved, stop = Saved(), threading.Event()
    with served(place, port) as server:
        for learner in learners:
            begin(learner, Client(port, learner), plan)
        threads = [
            threading.Thread(target=answer_until, args=(stop, one, port, saved, plan.total), daemon=True)
            for one in learners
        ]
        for thread in threads:
            thread.start()
        time.sleep(asked.seconds)
        before, began = list(saved.at), time.monotonic()
        took, _ = coachapp("backup", str(first), environment=place.environment)
        during = sum(began <= at[0] < began + took for at in list(saved.at))
        time.sleep(asked.seconds / 2)
        pids = [server.pid, *children(server.pid)]
        os.killpg(server.pid, signal.SIGKILL)
        server.wait(60)
        stop.set()
        for thread in threads:
            thread.join(60)
    print(f"  killed {len(pids)} processes after {len(saved.at)} acknowledged answers", flush=True)
    rates = f"saves a second before {len(before) / asked.seconds:.0f}, during {during / took:.0f}"
    print(f"  backup: {took:.1f} s, {first.stat().st_size:,} bytes; {rates}", flush=True)
    coachapp("backup", str(second), environment=place.environment)
    compare(drill, places, place, (first, second), kinds=[kind, *others], before=before, saved=saved)


def compare(
    drill: Drill,
    places: Places,
    place: Place,
    files: tuple[Path, Path],
    *,
    kinds: list[str],
    before: list[tuple[float, int, int, int]],
    saved: Saved,
) -> None:
    """Restore both backups on every kind of database and check what they hold."""
    with Archive(files[0]) as first, Archive(files[1]) as second:
        killed = rows_at(place.url, second)
        for archive, name in ((first, "made under load"), (second, "made after the kill")):
            kept = {table: list(archive.lines(table)) for table in archive.shapes}
            for kind in kinds:
                target = places.make(kind)
                took, _ = coachapp("restore", str(archive.path), "--keep-sign-ins", environment=target.environment)
                words = f"the backup {name}, restored on {kind} in {took:.1f} s, equals its archive row for row"
                drill.check(rows_at(target.url, archive) == kept, f"{words} ({archive.manifest.rows:,} rows)")
            if archive is second:
                drill.check(kept == killed, "it equals the killed site row for row")
                lost = {at[1:] for at in saved.at} - steps_in(kept, archive)
                drill.check(not lost, f"none of {len(saved.at):,} answers acknowledged before the kill is lost")
            else:
                inside = steps_in(kept, archive)
                lost = {at[1:] for at in before} - inside
                drill.check(not lost, f"none of {len(before):,} answers acknowledged before it began is missing")
                drill.check(inside <= steps_in(killed, second), f"its {len(inside):,} answers are the killed site’s")
                drill.check(set(kept["step"]) <= set(killed["step"]), "and each of them is as it was saved")


def main() -> int:
    """Run the drill and print what it did."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--learners", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--port", type=int, default=5195)
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    asked = parser.parse_args()
    drill = Drill()
    with tempfile.TemporaryDirectory(prefix="coachapp-drill-") as name:
        if asked.database == "sqlite":
            run_drill(drill, Places(Path(name), None), "sqlite", [], asked=asked)
        else:
            try:
                with running_postgres() as postgres, closing(Places(Path(name), postgres)) as places:
                    if asked.database == "both":
                        run_drill(drill, places, "sqlite", ["postgresql"], asked=asked)
                    run_drill(drill, places, "postgresql", ["sqlite"], asked=asked)
            except pytest.skip.Exception as why:
                print(f"PostgreSQL is left out: {why}")
                if asked.database == "both":
                    run_drill(drill, Places(Path(name), None), "sqlite", [], asked=asked)
    print(f"{len(drill.wrong)} faults")
    return 1 if drill.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
