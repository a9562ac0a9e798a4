"""Concurrent updates on SQLite lose nothing."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session

from coachapp.models.people import Person
from coachapp.models.writing import begin_write, prepare_engine, unit_writes
from tests.conftest import MakePerson

THREADS, ROUNDS = 6, 25


def count_up(app: Flask, ident: int, begin: Callable[[Session], None]) -> int:
    """Read and then write one number from many threads; return the updates that failed aloud."""
    engine = create_engine(app.config["SQLALCHEMY_DATABASE_URI"])
    prepare_engine(engine)
    failed = []

    def work() -> None:
        for _ in range(ROUNDS):
            try:
                with Session(engine) as session:
                    begin(session)
                    person = session.scalars(select(Person).where(Person.id == ident)).one()
                    person.sign_in_epoch += 1
                    session.commit()
            except Exception as error:
                failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine.dispose()
    return len(failed)


def test_concurrent_updates_after_begin_write_are_all_kept(app: Flask, person: MakePerson, db_session: Session) -> None:
    found = person(sign_in_epoch=0)
    assert count_up(app, found.id, begin_write) == 0
    db_session.refresh(found)
    assert found.sign_in_epoch == THREADS * ROUNDS


def test_a_marked_request_takes_the_lock_at_its_first_query(app: Flask, db_session: Session) -> None:
    token = unit_writes.set(True)
    try:
        assert db_session.connection().info["begun"] == "BEGIN IMMEDIATE"
    finally:
        unit_writes.reset(token)
        db_session.rollback()
    assert db_session.connection().info["begun"] == "BEGIN"


def test_begin_write_reads_again_what_was_read_before_the_lock(
    app: Flask, person: MakePerson, db_session: Session
) -> None:
    found = person()
    assert found.name == "Student 1"
    with Session(db_session.get_bind()) as other:
        other.execute(text("UPDATE person SET name = 'Changed'"))
        other.commit()
    begin_write(db_session)
    assert found.name == "Changed"
    begin_write(db_session)  # a second call is harmless
    found.name = "Mine"
    begin_write(db_session)
    db_session.commit()


def test_begin_write_after_a_change_is_refused(person: MakePerson, db_session: Session) -> None:
    person().name = "Changed"
    db_session.connection()
    with pytest.raises(RuntimeError, match="before the first change"):
        begin_write(db_session)


def test_connections_have_wal_foreign_keys_and_a_busy_timeout(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'x.sqlite'}")
    prepare_engine(engine)
    with engine.connect() as connection:
        values = [
            connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "foreign_keys", "busy_timeout")
        ]
    engine.dispose()
    assert values == ["wal", 1, 10_000]
