"""A backup made while others write, and one made after a writer was killed: always one moment, nothing torn.

tests/bench/backup_drill.py does the same to a served site.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from sqlalchemy import Connection, func, insert, select, text, update

from coachapp.backup import Archive, save
from coachapp.backup.rows import lines
from coachapp.backup.shapes import shapes_at
from coachapp.config import Settings
from coachapp.models.schema import head
from tests.backup.conftest import NOW, MakeSite, bring_back, opened

WRITERS = 3
# The numbers of the steps that are written here lie between these; those of the samples do not.
FIRST, LAST = 1000, 1_000_000

# Adds a step and raises the attempt's count in one transaction, over and over; says each number once it is committed.
WRITER = """
import sys
from sqlalchemy import create_engine, text
from coachapp.models.writing import prepare_engine
engine = create_engine(sys.argv[1])
prepare_engine(engine)
number = 1000
while True:
    number += 1
    with engine.connect() as connection:
        connection = connection.execution_options(sqlite_begin="BEGIN IMMEDIATE")
        with connection.begin():
            connection.execute(text(
                "INSERT INTO step (attempt_id, seq, kind, payload, at) "
                f"VALUES (7, {number}, 'save', '{{}}', '2026-05-01 00:00:00')"
            ))
            connection.execute(text(f"UPDATE attempt SET last_seq = {number} WHERE id = 7"))
    print(number, flush=True)
"""


def write(settings: Settings, attempt: int, stop: threading.Event, done: list[int]) -> None:
    """Add steps to an attempt, each with its count in one transaction, until told to stop."""
    shapes = shapes_at(head())
    step, attempts = shapes["step"].table, shapes["attempt"].table
    with opened(settings) as engine:
        while not stop.is_set():
            number = FIRST + len(done)
            with engine.connect() as plain:
                connection = plain.execution_options(sqlite_begin="BEGIN IMMEDIATE")
                with connection.begin():
                    row = {"attempt_id": attempt, "seq": number, "kind": "save", "payload": "{}", "at": NOW}
                    connection.execute(insert(step).values(row))
                    connection.execute(update(attempts).where(attempts.c.id == attempt).values(last_seq=number))
            done.append(number)


def counted(connection: Connection, attempt: int) -> tuple[int, int | None]:
    """Return the count that an attempt has, and the highest number of its steps."""
    shapes = shapes_at(head())
    step, attempts = shapes["step"].table, shapes["attempt"].table
    count = connection.execute(select(attempts.c.last_seq).where(attempts.c.id == attempt)).scalar_one()
    ours = step.c.seq.between(FIRST, LAST)
    return count, connection.scalar(select(func.max(step.c.seq)).where(step.c.attempt_id == attempt, ours))


def wait_until(done: list[list[int]], least: int) -> None:
    """Wait until every writer has written so often."""
    for _ in range(6000):
        if all(len(numbers) >= least for numbers in done):
            return
        time.sleep(0.01)
    raise AssertionError("the writers did not write")


def test_a_backup_under_load_is_of_one_moment(kind: str, make_site: MakeSite, tmp_path: Path) -> None:
    site, new = make_site(kind), make_site(kind, tables=False)
    stop, done = threading.Event(), [[] for _ in range(WRITERS)]  # type: ignore[var-annotated]
    attempts = [7, 14, 21]
    threads = [
        threading.Thread(target=write, args=(site, attempt, stop, numbers))
        for attempt, numbers in zip(attempts, done, strict=True)
    ]
    for thread in threads:
        thread.start()
    try:
        wait_until(done, 5)
        before = [numbers[-1] for numbers in list(done)]
        save(site, tmp_path / "b.zip", now=NOW)
        wait_until(done, max(len(numbers) for numbers in done) + 1)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    bring_back(new, tmp_path / "b.zip", keep_sign_ins=True)
    with opened(new) as engine, engine.connect() as connection, Archive(tmp_path / "b.zip") as archive:
        for attempt, acknowledged, numbers in zip(attempts, before, done, strict=True):
            count, highest = counted(connection, attempt)
            assert count == highest, "a step without its count, or a count without its step"
            assert acknowledged <= count <= numbers[-1]
        for name, shape in archive.shapes.items():
            assert list(lines(connection, shape)) == list(archive.lines(name)), name


def test_nothing_acknowledged_is_lost_when_the_writer_is_killed(kind: str, make_site: MakeSite, tmp_path: Path) -> None:
    site, new = make_site(kind), make_site(tables=False)
    writer = subprocess.Popen([sys.executable, "-c", WRITER, site.database], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    try:
        acknowledged = [int(writer.stdout.readline()) for _ in range(20)]
    finally:
        os.kill(writer.pid, signal.SIGKILL)
    acknowledged += [int(line) for line in writer.stdout]
    writer.stdout.close()
    assert writer.wait(60) == -signal.SIGKILL
    save(site, tmp_path / "b.zip", now=NOW)
    bring_back(new, tmp_path / "b.zip")
    with opened(new) as engine, engine.connect() as connection:
        count, highest = counted(connection, 7)
        assert count == highest
        assert count >= acknowledged[-1]
        total = connection.scalar(
            text("SELECT count(*) FROM step WHERE attempt_id = 7 AND seq BETWEEN 1000 AND 1000000")
        )
        assert total == count - 1000
