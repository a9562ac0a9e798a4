"""When a site is not restored into, and that one which could not be restored is as it was."""

import fcntl
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from coachapp.backup import CannotBackUp, NotRestored, save
from coachapp.backup import filling as filling_module
from coachapp.backup.shapes import shapes_at
from coachapp.config import SECRET_FILE, Settings
from coachapp.jobs import LOCK_FILE, QUEUE_FILE
from coachapp.models.schema import head
from tests.backup.conftest import NOW, MakeSite, bring_back, opened
from tests.backup.samples import contents
from tests.backup.test_hostile import Entries, altered, described, person


def rows_of(settings: Settings) -> dict[str, object]:
    """Return all a site's database holds."""
    with opened(settings) as engine, engine.connect() as connection:
        return dict(contents(connection, head()))


def test_a_site_in_use_is_replaced_only_when_asked(kind: str, make_site: MakeSite, saved: Path) -> None:
    site = make_site(kind)
    with opened(site) as engine, engine.begin() as connection:
        connection.execute(text("UPDATE person SET name = 'Somebody here'"))
    before, key = rows_of(site), (site.data / SECRET_FILE).read_bytes()
    with pytest.raises(CannotBackUp, match=r"the site is not empty \(table .* has \d+ rows\)"):
        bring_back(site, saved)
    assert rows_of(site) == before
    bring_back(site, saved, force=True)
    after = rows_of(site)
    assert after.keys() == before.keys()
    assert after != before
    assert (site.data / SECRET_FILE).read_bytes() != key


def test_a_site_that_holds_only_content_is_empty(kind: str, make_site: MakeSite, saved: Path) -> None:
    """`coachapp init` comes first in most people's hands."""
    site = make_site(kind)
    with opened(site) as engine, engine.begin() as connection:
        for name in ("grade", "attempt"):
            connection.execute(text(f"UPDATE {name} SET id = id"))
        names = [name for name in shapes_at(head()) if name not in ("concept", "item", "item_concept", "item_version")]
        if kind == "sqlite":
            connection.execute(text("PRAGMA defer_foreign_keys=ON"))
            for name in names:
                connection.execute(text(f"DELETE FROM {name}"))
        else:
            connection.execute(text(f"TRUNCATE {', '.join(names)}"))
        connection.execute(text("UPDATE item_version SET source = 'file'"))
    bring_back(site, saved)
    assert len(rows_of(site)["person"]) == 4  # type: ignore[arg-type]


def test_a_running_site_is_not_restored_into(make_site: MakeSite, saved: Path) -> None:
    site = make_site(tables=False)
    with (site.data / LOCK_FILE).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(CannotBackUp, match="the site is running"):
            bring_back(site, saved, force=True)
    bring_back(site, saved)


def test_a_database_that_somebody_has_open_is_left_alone(make_site: MakeSite, saved: Path) -> None:
    site = make_site()
    before = rows_of(site)
    with closing(sqlite3.connect(site.data / "coachapp.sqlite")) as other:
        other.execute("SELECT count(*) FROM person").fetchone()
        with pytest.raises(CannotBackUp, match="is in use"):
            bring_back(site, saved, force=True)
    assert rows_of(site) == before


def test_tables_that_are_locked_are_left_alone(
    make_site: MakeSite, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coachapp.backup.placing.PATIENCE", "100ms")
    site = make_site("postgresql")
    before = rows_of(site)
    with opened(site) as engine, engine.connect() as other, other.begin():
        other.execute(text("SELECT count(*) FROM person"))
        with pytest.raises(CannotBackUp, match="is in use"):
            bring_back(site, saved, force=True)
    assert rows_of(site) == before


def orphan(entries: Entries, manifest: dict[str, object]) -> None:
    """Let every grade name an attempt that is not there."""
    raw = entries["tables/attempt.jsonl"]
    described(entries, manifest, "attempt", b"".join(raw.splitlines(keepends=True)[:1]))


def double(entries: Entries, manifest: dict[str, object]) -> None:
    raw = entries["tables/person.jsonl"]
    described(entries, manifest, "person", raw + raw.splitlines(keepends=True)[0])


def test_rows_that_cannot_be_had_leave_the_old_site(
    kind: str, make_site: MakeSite, saved: Path, tmp_path: Path
) -> None:
    site = make_site(kind)
    before, key = rows_of(site), (site.data / SECRET_FILE).read_bytes()
    names = sorted(path.name for path in site.data.iterdir())
    for number, (change, words) in enumerate(
        [(orphan, "attempt"), (double, "table person, rows 1 to 5"), (person(1, None), "table person, rows 1 to 4")]
    ):
        path = altered(saved, tmp_path / f"bad{number}.zip", change)
        with pytest.raises(NotRestored, match=words):
            bring_back(site, path, force=True)
        assert rows_of(site) == before
    assert (site.data / SECRET_FILE).read_bytes() == key
    left = {path.name for path in site.data.iterdir()} - {LOCK_FILE}
    assert left == set(names) - {LOCK_FILE}


def test_a_text_that_postgresql_cannot_hold_is_named(make_site: MakeSite, tmp_path: Path) -> None:
    old, new = make_site(), make_site("postgresql", tables=False)
    with opened(old) as engine, engine.begin() as connection:
        connection.execute(text("UPDATE code_note SET text = 'nul' || char(0) || 'inside'"))
    save(old, tmp_path / "b.zip", now=NOW)
    with pytest.raises(NotRestored, match="table code_note, rows 1 to 4"):
        bring_back(new, tmp_path / "b.zip")
    with opened(new) as engine, engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")) == 0


def test_rows_that_come_back_otherwise_are_noticed(
    kind: str, make_site: MakeSite, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Had the database changed one value on the way, the restore would not stand."""
    site = make_site(kind)
    before, insert = rows_of(site), filling_module.insert

    def careless(connection: object, shape: object, found: object) -> int:
        done = insert(connection, shape, found)  # type: ignore[arg-type]
        if shape.name == "code_note":  # type: ignore[attr-defined]
            connection.execute(text("UPDATE code_note SET text = 'another' WHERE person_id = 14"))  # type: ignore[attr-defined]
        return done

    monkeypatch.setattr(filling_module, "insert", careless)
    with pytest.raises(NotRestored, match=r"table code_note, row 2: the database returned .*another"):
        bring_back(site, saved, force=True)
    assert rows_of(site) == before


def test_a_database_beyond_reading_is_kept_aside(make_site: MakeSite, saved: Path) -> None:
    site = make_site(tables=False)
    file = site.data / "coachapp.sqlite"
    file.write_bytes(b"what a broken disk left" * 500)
    for ending in ("-wal", "-shm"):
        (site.data / f"coachapp.sqlite{ending}").write_bytes(b"left over from a crash")
    with pytest.raises(CannotBackUp, match="cannot be read"):
        bring_back(site, saved)
    done = bring_back(site, saved, force=True)
    assert done.aside is not None
    assert done.aside.read_bytes() == b"what a broken disk left" * 500
    assert len(rows_of(site)["person"]) == 4  # type: ignore[arg-type]


def test_what_a_crash_left_beside_the_database_is_not_played_into_the_new_one(make_site: MakeSite, saved: Path) -> None:
    site = make_site(tables=False)
    other = make_site()
    # A write-ahead log that belongs to a database which is gone.
    with closing(sqlite3.connect(other.data / "coachapp.sqlite")) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("UPDATE person SET name = 'from the old log'")
        connection.commit()
        (site.data / "coachapp.sqlite-wal").write_bytes((other.data / "coachapp.sqlite-wal").read_bytes())
    bring_back(site, saved)
    assert "from the old log" not in str(rows_of(site)["person"])


def test_tables_of_a_newer_coachapp_are_left_alone_on_postgresql(make_site: MakeSite, saved: Path) -> None:
    site = make_site("postgresql")
    with opened(site) as engine, engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(CannotBackUp, match="newer Coachapp"):
        bring_back(site, saved)
    with pytest.raises(CannotBackUp, match="make an empty database"):
        bring_back(site, saved, force=True)
    with pytest.raises(CannotBackUp, match="revision 9999, made by a newer Coachapp"):
        save(site, site.data / "b.zip", now=NOW)
    assert len(rows_of(site)["person"]) == 4  # type: ignore[arg-type]


def test_going_back_from_a_newer_version_works_on_sqlite(make_site: MakeSite, saved: Path) -> None:
    site = make_site()
    with opened(site) as engine, engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.execute(text("CREATE TABLE newer (id INTEGER PRIMARY KEY)"))
    bring_back(site, saved, force=True)
    assert len(rows_of(site)["person"]) == 4  # type: ignore[arg-type]


def test_tables_of_others_in_the_same_database_stay(make_site: MakeSite, saved: Path) -> None:
    site = make_site("postgresql")
    with opened(site) as engine, engine.begin() as connection:
        connection.execute(text("CREATE TABLE task (id INTEGER PRIMARY KEY)"))
        connection.execute(text("INSERT INTO task VALUES (1)"))
    bring_back(site, saved, force=True)
    with opened(site) as engine, engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM task")) == 1


def test_jobs_of_the_old_site_are_forgotten(make_site: MakeSite, saved: Path) -> None:
    """They name sittings and people by number, and those numbers are others' now."""
    site = make_site()
    (site.data / QUEUE_FILE).write_bytes(b"jobs")
    bring_back(site, saved, force=True)
    assert not (site.data / QUEUE_FILE).exists()


def test_a_queue_that_cannot_be_reached_is_said_and_the_site_restored(make_site: MakeSite, saved: Path) -> None:
    site = make_site(tables=False)
    site = site.model_copy(update={"queue_url": "redis://127.0.0.1:1/0"})
    done = bring_back(site, saved)
    assert done.queue_trouble
    assert len(rows_of(site)["person"]) == 4  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://x@localhost/y", "not of mysql"),
        ("no address", "is not a database URL"),
        ("sqlite://", "in memory"),
        ("postgresql://coach:secret@127.0.0.1:1/nothing", "cannot be"),
    ],
)
def test_databases_that_cannot_be_used_are_said_so(
    make_site: MakeSite, saved: Path, tmp_path: Path, url: str, words: str
) -> None:
    site = Settings(data=make_site(tables=False).data, database_url=url)
    for act in (lambda: save(site, tmp_path / "x.zip", now=NOW), lambda: bring_back(site, saved)):
        with pytest.raises(CannotBackUp, match=words) as caught:
            act()
        assert "secret" not in str(caught.value)
    assert not (tmp_path / "x.zip").exists()
