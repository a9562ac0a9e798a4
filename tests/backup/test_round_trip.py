"""A backup brought back is the site it was made of: both databases, each into each, from every revision."""

import json
import stat
import zipfile
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from coachapp.backup import Archive, CannotBackUp, save
from coachapp.backup.rows import lines
from coachapp.backup.shapes import revisions, shapes_at
from coachapp.config import SECRET_FILE, Settings
from coachapp.models import db
from coachapp.models.people import MOST_EPOCH
from coachapp.models.schema import current, head
from tests.backup.conftest import NOW, MakeSite, bring_back, opened
from tests.backup.samples import contents

BOTH = ["sqlite", "postgresql"]


def all_lines(settings: Settings) -> dict[str, list[bytes]]:
    """Return the rows of every table as a backup writes them."""
    with opened(settings) as engine, engine.connect() as connection:
        return {name: list(lines(connection, shape)) for name, shape in shapes_at(head()).items()}


@pytest.mark.parametrize("into", BOTH)
@pytest.mark.parametrize("source", BOTH)
def test_every_row_comes_back_on_either_database(make_site: MakeSite, tmp_path: Path, source: str, into: str) -> None:
    old, new = make_site(source), make_site(into, tables=False)
    made = save(old, tmp_path / "b.zip", now=NOW)
    done = bring_back(new, tmp_path / "b.zip", keep_sign_ins=True)
    assert (made.database, made.revision, done.revision) == (source, head(), head())
    assert made.rows == sum(len(rows) for rows in all_lines(old).values())
    assert made.rows >= 4 * len(shapes_at(head()))
    assert all_lines(new) == all_lines(old)
    assert (new.data / SECRET_FILE).read_bytes() == (old.data / SECRET_FILE).read_bytes()


@pytest.mark.parametrize("into", BOTH)
def test_the_tables_are_those_of_the_models_with_every_foreign_key(make_site: MakeSite, saved: Path, into: str) -> None:
    new = make_site(into, tables=False)
    bring_back(new, saved)
    with opened(new) as engine, engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, db.metadata) == []
        for table in db.metadata.tables.values():
            wanted = {(key.parent.name, key.column.table.name, key.ondelete) for key in table.foreign_keys}
            keys = inspect(connection).get_foreign_keys(table.name)
            found = {(k["constrained_columns"][0], k["referred_table"], k["options"].get("ondelete")) for k in keys}
            assert found == wanted, table.name


@pytest.mark.parametrize("revision", revisions())
@pytest.mark.parametrize("source", BOTH)
def test_a_backup_of_an_older_revision_is_brought_up_to_date(
    make_site: MakeSite, tmp_path: Path, source: str, revision: str
) -> None:
    old, new = make_site(source, revision=revision), make_site(tables=False)
    made = save(old, tmp_path / "b.zip", now=NOW)
    assert made.revision == revision
    bring_back(new, tmp_path / "b.zip")
    with opened(new) as engine:
        assert current(engine) == head()
        with engine.connect() as connection:
            assert len(contents(connection, head())["attempt"]) == made.tables["attempt"].rows


@pytest.mark.parametrize("into", BOTH)
def test_new_rows_are_numbered_above_all_that_ever_were(make_site: MakeSite, tmp_path: Path, into: str) -> None:
    """A sitting names its assignment by number: the one deleted last must not come back for another."""
    old, new = make_site("postgresql"), make_site(into, tables=False)
    with opened(old) as engine, engine.begin() as connection:
        connection.execute(text("SELECT setval('assignment_id_seq', 500), setval('person_id_seq', 90)"))
    save(old, tmp_path / "b.zip", now=NOW)
    bring_back(new, tmp_path / "b.zip")
    insert = (
        "INSERT INTO assignment (classroom_id, title, instructions, plan_id, opens_at, zone, created_at) "
        "VALUES (7, 't', '', 'p', '2026-05-01 00:00:00', 'UTC', '2026-05-01 00:00:00') RETURNING id"
    )
    with opened(new) as engine, engine.begin() as connection:
        assert connection.scalar(text(insert)) == 501
    with Archive(tmp_path / "b.zip") as archive:
        assert archive.manifest.tables["person"].last_id == 90


def test_sqlite_keeps_count_of_deleted_assignments(make_site: MakeSite, tmp_path: Path) -> None:
    old, new = make_site(), make_site(tables=False)
    with opened(old) as engine, engine.begin() as connection:
        connection.execute(text("DELETE FROM assignment WHERE id = (SELECT max(id) FROM assignment)"))
    made = save(old, tmp_path / "b.zip", now=NOW)
    bring_back(new, tmp_path / "b.zip")
    with opened(new) as engine, engine.connect() as connection:
        seq = connection.scalar(text("SELECT seq FROM sqlite_sequence WHERE name = 'assignment'"))
        assert seq == made.tables["assignment"].last_id == 28
        assert connection.scalar(text("SELECT max(id) FROM assignment")) == 21


def test_what_was_signed_in_is_not_any_more(make_site: MakeSite, saved: Path) -> None:
    """A sign-in ended since the backup, and one of an account made since, would count again."""
    first, second = make_site(tables=False), make_site(tables=False)
    epochs = []
    for site in (first, second):
        done = bring_back(site, saved)
        assert done.signed_out
        with opened(site) as engine, engine.connect() as connection:
            epochs.append(connection.scalars(text("SELECT sign_in_epoch FROM person ORDER BY id")).all())
    assert all(0 <= epoch < MOST_EPOCH for epoch in (*epochs[0], *epochs[1]))
    assert not set(epochs[0]) & set(epochs[1])


def test_all_but_sign_ins_is_as_it_was(make_site: MakeSite, tmp_path: Path) -> None:
    old, new = make_site(), make_site(tables=False)
    save(old, tmp_path / "b.zip", now=NOW)
    bring_back(new, tmp_path / "b.zip")
    found, devices = {}, {}
    for site in (old, new):
        with opened(site) as engine, engine.connect() as connection:
            found[site.data] = contents(connection, head())
            for row in found[site.data]["person"].values():
                del row["sign_in_epoch"]
            devices[site.data] = found[site.data].pop("device_sign_in")
    assert devices[old.data]
    assert not devices[new.data]
    assert found[old.data] == found[new.data]


def test_the_archive_is_private_and_holds_what_it_says(make_site: MakeSite, tmp_path: Path) -> None:
    site = make_site()
    manifest = save(site, tmp_path / "b.zip", now=NOW)
    assert stat.S_IMODE((tmp_path / "b.zip").stat().st_mode) == 0o600
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        assert set(archive.namelist()) == {"manifest.json", *manifest.parts()}
        raw = json.loads(archive.read("manifest.json"))
        people = archive.read("tables/person.jsonl").splitlines()
    assert raw["format"] == 1
    assert (raw["revision"], raw["database"], raw["made_at"]) == (head(), "sqlite", "2026-06-01T12:00:00Z")
    assert len(people) == raw["tables"]["person"]["rows"] == 4
    assert json.loads(people[0])[0] == 7


@pytest.mark.parametrize(("key_set", "with_key"), [(False, False), (True, True)])
def test_the_key_can_be_left_out_and_one_in_a_setting_is(
    make_site: MakeSite, tmp_path: Path, key_set: bool, with_key: bool
) -> None:
    site, new = make_site(), make_site(tables=False)
    own = (new.data / SECRET_FILE).read_bytes()
    if key_set:
        site = Settings(data=site.data, secret_key="a key that stands in the environment")
    manifest = save(site, tmp_path / "b.zip", now=NOW, with_key=with_key)
    assert manifest.key is None
    assert not bring_back(new, tmp_path / "b.zip").key
    assert (new.data / SECRET_FILE).read_bytes() == own


def test_a_restored_site_without_a_key_gets_one(make_site: MakeSite, tmp_path: Path) -> None:
    new = make_site(tables=False)
    save(make_site(), tmp_path / "b.zip", now=NOW, with_key=False)
    (new.data / SECRET_FILE).unlink()
    bring_back(new, tmp_path / "b.zip")
    assert stat.S_IMODE((new.data / SECRET_FILE).stat().st_mode) == 0o600
    assert len((new.data / SECRET_FILE).read_text().strip()) >= 32


def test_restored_files_are_private(make_site: MakeSite, saved: Path) -> None:
    new = make_site(tables=False)
    bring_back(new, saved)
    for name in ("coachapp.sqlite", SECRET_FILE):
        assert stat.S_IMODE((new.data / name).stat().st_mode) == 0o600
    assert sorted(path.name for path in new.data.iterdir()) == ["coachapp.sqlite", "jobs.lock", SECRET_FILE]


def test_a_backup_is_never_written_over_unasked(make_site: MakeSite, tmp_path: Path) -> None:
    site, target = make_site(), tmp_path / "b.zip"
    target.write_text("something else")
    with pytest.raises(CannotBackUp, match="already exists"):
        save(site, target, now=NOW)
    assert target.read_text() == "something else"
    save(site, target, now=NOW, force=True)
    assert zipfile.is_zipfile(target)
    with pytest.raises(CannotBackUp, match="is not a file"):
        save(site, tmp_path, now=NOW, force=True)


def test_a_backup_that_fails_leaves_nothing_behind(make_site: MakeSite, tmp_path: Path) -> None:
    site = make_site(tables=False)
    (site.data / "coachapp.sqlite").write_bytes(b"this is no database at all" * 100)
    folder = tmp_path / "backups"
    folder.mkdir()
    with pytest.raises(CannotBackUp, match="cannot be read"):
        save(site, folder / "b.zip", now=NOW)
    assert list(folder.iterdir()) == []


def test_every_kind_of_number_and_empty_value_survives(make_site: MakeSite, tmp_path: Path) -> None:
    old, new = make_site("postgresql"), make_site("postgresql", tables=False)
    with opened(old) as engine, engine.begin() as connection:
        for number, value in ((7, "NaN"), (14, "Infinity"), (21, "-Infinity"), (28, "4.9e-324")):
            connection.execute(text(f"UPDATE grade SET score = '{value}' WHERE id = {number}"))
    save(old, tmp_path / "b.zip", now=NOW)
    bring_back(new, tmp_path / "b.zip", keep_sign_ins=True)
    with opened(new) as engine, engine.connect() as connection:
        found = connection.scalars(text("SELECT score::text FROM grade ORDER BY id")).all()
    assert found == ["NaN", "Infinity", "-Infinity", "5e-324"]
    assert all_lines(new) == all_lines(old)
