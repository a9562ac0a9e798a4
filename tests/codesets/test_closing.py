"""Code sets close what they open, and never while another thread is asking."""

import gc
import os
import shutil
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from coachapp.codesets import CodeSets, Kind, ReleaseMissing, close_codesets, open_codesets, release_path
from coachapp.codesets.build import read_stamp
from coachapp.codesets.release import Release
from coachapp.codesets.shelf import Shelf
from tests.codesets import samples
from tests.codesets.conftest import Import
from tests.fixtures_connections import Connections, in_thread

ON = date(2026, 5, 12)
COUNT = "SELECT count(*) FROM code"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Return a release file with the least that makes it one; it says of itself that it is the first."""
    return replaced(tmp_path / "small.sqlite", "first")


def replaced(path: Path, name: str) -> Path:
    """Put a release file that says `name` of itself in the place of the one at a path, as a build does."""
    new = path.with_suffix(".new")
    with closing(sqlite3.connect(new)) as db:
        db.execute("CREATE TABLE meta (key TEXT, value TEXT)")
        db.executemany("INSERT INTO meta VALUES (?, ?)", [("stamp", _stamp()), ("name", name)])
        db.commit()
    os.replace(new, path)
    return path


def _stamp() -> str:
    from coachapp.codesets.sources import SCHEMA

    return f"{SCHEMA}-test"


def name_of(release: Release) -> str:
    """Ask a release for what it says of itself, past what it remembers."""
    return str(release.query("SELECT value FROM meta WHERE key = 'name'")[0][0])


def test_a_release_closes_its_connections(small: Path, connections: Connections) -> None:
    with Release(small) as release:
        assert name_of(release) == "first"
        assert len(connections.open) == 1
    assert connections.open == []


def test_a_release_that_was_never_asked_can_be_closed_twice(small: Path, connections: Connections) -> None:
    release = Release(small)
    release.close()
    release.close()
    assert connections.all == []


@pytest.mark.parametrize("fault", ["not a database", "another version"])
def test_a_file_that_is_refused_is_closed(small: Path, connections: Connections, fault: str) -> None:
    if fault == "another version":
        with closing(sqlite3.connect(small)) as db:
            db.execute("UPDATE meta SET value = '0-test' WHERE key = 'stamp'")
            db.commit()
    else:
        small.write_bytes(b"no database, but long enough to be looked at" * 100)
    with Release(small) as release, pytest.raises(ReleaseMissing):
        name_of(release)
    assert connections.all
    assert connections.open == []


def test_threads_that_have_ended_leave_no_connection(small: Path, connections: Connections) -> None:
    with Release(small) as release:
        for _ in range(20):
            in_thread(lambda: name_of(release)).join()
        assert len(connections.all) == 1
    assert connections.open == []


def test_as_many_connections_are_open_as_questions_are_asked_at_once(small: Path, connections: Connections) -> None:
    together = threading.Barrier(4)
    with Release(small) as release:
        name_of(release)
        connections.hold = lambda sql: together.wait(60) and None if "'name'" in sql else None
        for _ in range(3):
            with ThreadPoolExecutor(4) as pool:
                assert list(pool.map(lambda _: name_of(release), range(4))) == ["first"] * 4
        assert len(connections.all) == 4
    assert connections.open == []


def test_closing_lets_a_question_under_way_be_answered(small: Path, connections: Connections) -> None:
    begun, go_on, said = threading.Event(), threading.Event(), []

    def hold(sql: str) -> None:
        if "'name'" in sql:
            begun.set()
            assert go_on.wait(60)

    release = Release(small)
    connections.hold = hold
    thread = in_thread(lambda: said.append(name_of(release)))
    assert begun.wait(60)
    release.close()
    assert len(connections.open) == 1
    go_on.set()
    thread.join(60)
    assert said == ["first"]
    assert connections.open == []


def test_a_closed_release_opens_again(small: Path, connections: Connections) -> None:
    release = Release(small)
    for _ in range(2):
        assert name_of(release) == "first"
        release.close()
    assert len(connections.all) == 2
    assert connections.open == []


def test_a_question_that_fails_gives_its_connection_back(small: Path, connections: Connections) -> None:
    with Release(small) as release:
        for _ in range(3):
            with pytest.raises(sqlite3.OperationalError):
                release.query("SELECT nothing FROM nowhere")
        assert len(connections.all) == 1
    assert connections.open == []


def test_a_release_nobody_holds_any_more_is_closed(small: Path, connections: Connections) -> None:
    release = Release(small)
    name_of(release)
    del release
    gc.collect()
    assert len(connections.all) == 1
    assert connections.open == []


def test_a_release_never_reads_the_file_that_took_its_place(small: Path, connections: Connections) -> None:
    together, waiting = threading.Barrier(2), threading.Event()
    with Release(small) as release:
        assert name_of(release) == "first"
        replaced(small, "second")

        def hold(sql: str) -> None:
            if "'name'" in sql and not waiting.is_set():
                waiting.set()
                together.wait(60)

        connections.hold = hold
        said: list[str] = []
        threads = [in_thread(lambda: said.append(name_of(release)))]
        assert waiting.wait(60)
        # The only connection is in use: the other thread waits for it rather than open the new file.
        threads.append(in_thread(lambda: said.append(name_of(release))))
        together.wait(60)
        for thread in threads:
            thread.join(60)
        assert said == ["first", "first"]
        release.close()
        with pytest.raises(ReleaseMissing, match="was replaced"):
            name_of(release)
    with Release(small) as fresh:
        assert name_of(fresh) == "second"
    assert connections.open == []


@pytest.mark.usefixtures("small_sources")
def test_a_shelf_closes_all_its_releases(sets: CodeSets, bring: Import, connections: Connections) -> None:
    bring(Kind.ICD10PCS, "icd10pcs_order_2027.txt", samples.procedures_file())
    assert connections.open == []
    with Shelf(sets.path) as shelf:
        assert len(shelf.on(date(2026, 10, 1)).releases) == 2
        for release in shelf.on(date(2026, 10, 1)).releases:
            release.query(COUNT)
        assert len(connections.open) == 2
    assert connections.open == []


@pytest.mark.usefixtures("small_sources")
def test_a_replaced_release_is_closed_when_the_last_who_asks_it_is_done(
    sets: CodeSets, bring: Import, connections: Connections
) -> None:
    day = date(2026, 10, 1)
    bring(Kind.ICD10PCS, "icd10pcs_order_2027.txt", samples.procedures_file())
    sets.search("resection", on=day)
    view = sets.shelf.on(day)
    before = [row for release in view.releases for row in release.query("SELECT code, title FROM code WHERE listed")]
    used = len(connections.open)
    assert used >= 2
    bring(Kind.ICD10PCS, "icd10pcs_order_2027.txt", samples.procedures_file("another title"), replace=True)
    sets.search("resection", on=day)
    # The old view is asked on, and answers from the files it was made of.
    after = [row for release in view.releases for row in release.query("SELECT code, title FROM code WHERE listed")]
    assert after == before
    assert len(connections.open) > used
    now = [row for release in sets.shelf.on(day).releases for row in release.query("SELECT title FROM code")]
    assert ("another title",) in now
    del view
    gc.collect()
    assert len(connections.open) == used
    sets.close()
    assert connections.open == []


@pytest.mark.usefixtures("small_sources")
def test_an_import_that_was_removed_is_not_held_open_by_the_search(
    sets: CodeSets, bring: Import, connections: Connections
) -> None:
    day = date(2026, 10, 1)
    path = bring(Kind.ICD10PCS, "icd10pcs_order_2027.txt", samples.procedures_file()).release.path
    sets.search("resection", on=day)
    path.unlink()
    sets.search("resection", on=day)
    gc.collect()
    assert len(connections.open) == 1


def test_code_sets_closed_are_asked_again_as_new(sets: CodeSets, connections: Connections) -> None:
    first = [hit.code for hit in sets.search("heart failure", limit=3)]
    sets.close()
    assert connections.open == []
    assert [hit.code for hit in sets.search("heart failure", limit=3)] == first
    assert sets.lookup("I10", on=ON).billable is True
    sets.close()
    assert connections.open == []


def test_files_that_come_and_go_disturb_no_thread(sets: CodeSets, connections: Connections, tmp_path: Path) -> None:
    """Eight threads ask while the bundled file is replaced by a copy again and again."""
    stop = threading.Event()
    wrong: list[object] = []

    def ask() -> None:
        while not stop.is_set():
            try:
                found = sets.lookup("I10", on=ON).billable, sets.search("heart failure", limit=1)[0].code
                if found != (True, "I50"):
                    wrong.append(found)
            except Exception as error:
                wrong.append(error)

    threads = [in_thread(ask) for _ in range(8)]
    for n in range(6):
        copy = tmp_path / f"copy-{n}"
        shutil.copy(sets.path, copy)
        os.replace(copy, sets.path)
        sets.lookup("I10", on=ON)
        if n == 3:
            sets.close()
    stop.set()
    for thread in threads:
        thread.join(60)
    assert wrong == []
    sets.close()
    gc.collect()
    assert connections.open == []


def test_reading_a_stamp_and_building_leave_nothing_open(codesets_dir: Path, connections: Connections) -> None:
    assert read_stamp(release_path(codesets_dir))
    assert connections.all
    assert connections.open == []


def test_what_a_process_has_opened_is_closed_and_forgotten(data: Path, connections: Connections) -> None:
    sets = open_codesets(data)
    assert open_codesets(data) is sets
    assert sets.lookup("I10", on=ON).valid
    close_codesets()
    assert connections.open == []
    assert open_codesets(data) is not sets
    close_codesets()
