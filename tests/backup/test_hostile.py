"""Files that are no backup, or one that was cut, altered or made to harm: refused by name, and nothing is touched."""

import hashlib
import json
import os
import shutil
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from coachapp.backup import Archive, BadArchive, save
from coachapp.config import SECRET_FILE
from tests.backup.conftest import NOW, MakeSite, bring_back, opened

Entries = dict[str, bytes]
Change = Callable[[Entries, dict[str, Any]], None]


def altered(source: Path, target: Path, change: Change) -> Path:
    """Write a copy of a backup whose entries and manifest were changed."""
    with zipfile.ZipFile(source) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(entries.pop("manifest.json"))
    change(entries, manifest)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in entries.items():
            archive.writestr(name, raw)
        archive.writestr("manifest.json", json.dumps(manifest))
    return target


def described(entries: Entries, manifest: dict[str, Any], table: str, raw: bytes, rows: int | None = None) -> None:
    """Put other rows into a table with a manifest that fits them."""
    entries[f"tables/{table}.jsonl"] = raw
    part = manifest["tables"][table]
    part |= {"bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}
    part["rows"] = raw.count(b"\n") if rows is None else rows


def person(column: int, value: Any) -> Change:
    """Return a change of one value in the first person's row, with a manifest that fits."""

    def change(entries: Entries, manifest: dict[str, Any]) -> None:
        lines = entries["tables/person.jsonl"].splitlines(keepends=True)
        row = json.loads(lines[0])
        row[column] = value
        lines[0] = json.dumps(row).encode() + b"\n"
        described(entries, manifest, "person", b"".join(lines))

    return change


def put(name: str, raw: bytes = b"x") -> Change:
    """Return a change that adds an entry."""

    def change(entries: Entries, manifest: dict[str, Any]) -> None:
        entries[name] = raw

    return change


def tell(**values: Any) -> Change:
    """Return a change of the manifest."""
    return lambda entries, manifest: manifest.update(values)


def drop_table(entries: Entries, manifest: dict[str, Any]) -> None:
    del manifest["tables"]["grade"]
    del entries["tables/grade.jsonl"]


def drop_entry(entries: Entries, manifest: dict[str, Any]) -> None:
    del entries["tables/grade.jsonl"]


def foreign_table(entries: Entries, manifest: dict[str, Any]) -> None:
    manifest["tables"]["sqlite_master"] = manifest["tables"]["person"]
    entries["tables/sqlite_master.jsonl"] = entries["tables/person.jsonl"]


def other_columns(entries: Entries, manifest: dict[str, Any]) -> None:
    manifest["tables"]["person"]["columns"][1] = ["email) --", "text"]


def other_byte(entries: Entries, manifest: dict[str, Any]) -> None:
    raw = entries["tables/person.jsonl"]
    entries["tables/person.jsonl"] = raw.replace(b"plain-1@", b"plain-9@")


def fewer_rows(entries: Entries, manifest: dict[str, Any]) -> None:
    manifest["tables"]["person"]["rows"] -= 1


def deep(entries: Entries, manifest: dict[str, Any]) -> None:
    described(entries, manifest, "person", b"[" * 100_000 + b"\n")


def no_line_end(entries: Entries, manifest: dict[str, Any]) -> None:
    described(entries, manifest, "person", entries["tables/person.jsonl"].rstrip(b"\n"))


def garbage(entries: Entries, manifest: dict[str, Any]) -> None:
    described(entries, manifest, "person", b"\xff\xfe\n")


def code_set(name: str, raw: bytes) -> Change:
    """Return a change that adds an imported release of a name."""

    def change(entries: Entries, manifest: dict[str, Any]) -> None:
        entries[f"codesets/{name}"] = raw
        manifest["code_sets"][name] = {"bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}

    return change


def other_key(entries: Entries, manifest: dict[str, Any]) -> None:
    entries["secret_key"] = bytes(reversed(entries["secret_key"]))


def long_key(entries: Entries, manifest: dict[str, Any]) -> None:
    raw = os.urandom(5000)
    entries["secret_key"] = raw
    manifest["key"] = {"bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}


CHANGES: dict[str, tuple[Change, str]] = {
    "path traversal": (put("../../etc/cron.d/x"), "does not belong in a backup"),
    "absolute path": (put("/etc/passwd"), "does not belong"),
    "traversal among the tables": (put("tables/../../x.jsonl"), "does not belong"),
    "another file": (put("README"), "does not belong"),
    "newer format": (tell(format=2), "made by a newer Coachapp"),
    "unknown revision": (tell(revision="9999"), "revision 9999, which this version of Coachapp does not know"),
    "no revision": (tell(revision="0001; DROP"), "manifest.json is not in order: revision"),
    "unknown word": (tell(more=1), "manifest.json is not in order: more"),
    "table missing": (drop_table, "table 'grade' is missing"),
    "entry missing": (drop_entry, "tables/grade.jsonl is missing"),
    "table of no revision": (foreign_table, "table 'sqlite_master' is not a table of Coachapp"),
    "other columns": (other_columns, "table person does not have the columns"),
    "changed row": (other_byte, "table person does not match its checksum"),
    "changed key": (other_key, "secret_key does not match its checksum"),
    "long key": (long_key, "the secret key is too long"),
    "fewer rows": (fewer_rows, "table person has 4 rows, not 3"),
    "text for a number": (person(0, "seven"), "table person, row 1: id: 'seven' is not a valid integer"),
    "number for a text": (person(1, 5), "table person, row 1: email: '5' is not a valid text"),
    "true for a number": (person(0, True), "row 1: id: 'True' is not a valid integer"),
    "huge number": (person(0, 10**30), "row 1: id: .* is not a valid integer"),
    "no moment": (person(8, "yesterdayZ"), "row 1: created_at"),
    "list for a text": (person(2, ["x"]), "row 1: name: .* is not a valid text"),
    "nested deeply": (deep, "table person, row 1"),
    "cut inside a row": (no_line_end, "too long or truncated"),
    "no text at all": (garbage, "table person, row 1"),
    "release with a path": (code_set("../hcpcs-x.sqlite", b"x"), "is not the name of an imported release"),
    "release that is none": (code_set("hcpcs-x.sqlite", b"x"), "hcpcs-x.sqlite is not an imported release"),
    "release in the bundled one’s place": (code_set("release.sqlite", b"x"), "is not the name of an imported release"),
}


def state_of(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder and what it holds."""
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != "jobs.lock"}


@pytest.mark.parametrize("change", list(CHANGES))
def test_an_altered_archive_is_refused_and_touches_nothing(
    make_site: MakeSite, saved: Path, tmp_path: Path, change: str
) -> None:
    site = make_site(tables=False)
    before = state_of(site.data)
    alter, words = CHANGES[change]
    path = altered(saved, tmp_path / "altered.zip", alter)
    with pytest.raises(BadArchive, match=words):
        bring_back(site, path, force=True)
    assert state_of(site.data) == before
    assert not (tmp_path.parent / "etc").exists()


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_truncated_archive_is_refused(saved: Path, tmp_path: Path, share: float) -> None:
    raw = saved.read_bytes()
    cut = tmp_path / "cut.zip"
    cut.write_bytes(raw[: int(len(raw) * share)])
    with pytest.raises(BadArchive, match="not a backup, or is truncated"):
        Archive(cut)


def test_every_flipped_byte_is_noticed_or_harmless(saved: Path, tmp_path: Path) -> None:
    """Wherever a disk turns a bit, the archive is refused, or all it holds is still what was written."""
    raw = saved.read_bytes()
    with Archive(saved) as archive:
        manifest = archive.manifest
    path = tmp_path / "flipped.zip"
    refused = 0
    for place in range(0, len(raw), max(1, len(raw) // 150)):
        path.write_bytes(raw[:place] + bytes([raw[place] ^ 0x10]) + raw[place + 1 :])
        try:
            with Archive(path) as archive:
                archive.check()
                assert archive.manifest.tables == manifest.tables
        except BadArchive:
            refused += 1
    assert refused > 100


def test_other_files_are_refused(tmp_path: Path) -> None:
    letter, empty, folder, bare = (tmp_path / name for name in ("a.txt", "b.zip", "c", "d.zip"))
    letter.write_text("a letter\n" * 100)
    empty.touch()
    folder.mkdir()
    with zipfile.ZipFile(bare, "w") as archive:
        archive.writestr("hello", "x")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path, words in (
        (letter, "is not a backup"),
        (empty, "is not a backup"),
        (folder, "is not a file"),
        (pipe, "is not a file"),
        (bare, "has no manifest.json"),
        (tmp_path / "nowhere", "does not exist"),
    ):
        with pytest.raises(BadArchive, match=words):
            Archive(path)


def blanks(entries: Entries, manifest: dict[str, Any]) -> None:
    """Let a table be one line of blanks."""
    described(entries, manifest, "person", b" " * 80_000_000 + b"\n", 1)


def many_lines(entries: Entries, manifest: dict[str, Any]) -> None:
    """Let a table be very many lines that hold nothing."""
    described(entries, manifest, "person", b"[]\n" * 20_000_000)


def swollen_release(entries: Entries, manifest: dict[str, Any]) -> None:
    code_set("hcpcs-2026Q4.sqlite", b"SQLite format 3\0" + bytes(40_000_000))(entries, manifest)


def swollen_key(entries: Entries, manifest: dict[str, Any]) -> None:
    raw = bytes(40_000_000)
    entries["secret_key"] = raw
    manifest["key"] = {"bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}


@pytest.mark.parametrize(
    ("swell", "words"),
    [
        (blanks, "has a row that is too long or truncated"),
        (many_lines, "table person, row 1: it is not a list of"),
        (swollen_release, "would unpack to 40,000,016 bytes, far more than expected"),
        (swollen_key, "would unpack to 40,000,000 bytes, far more than expected"),
    ],
)
def test_a_bomb_is_refused_before_it_takes_any_room(
    saved: Path, tmp_path: Path, make_site: MakeSite, swell: Change, words: str
) -> None:
    site = make_site(tables=False)
    before = state_of(site.data)
    path = altered(saved, tmp_path / "bomb.zip", swell)
    assert path.stat().st_size < 300_000
    with pytest.raises(BadArchive, match=words):
        bring_back(site, path)
    assert state_of(site.data) == before


def test_rows_that_pack_very_well_are_brought_back_all_the_same(make_site: MakeSite, tmp_path: Path) -> None:
    """A learner who saves megabytes of blanks must not make every later backup useless."""
    old, new = make_site(), make_site(tables=False)
    with opened(old) as engine, engine.begin() as connection:
        connection.execute(text("UPDATE code_note SET text = printf('%.*c', 10000000, ' ')"))
    save(old, tmp_path / "b.zip", now=NOW)
    assert (tmp_path / "b.zip").stat().st_size < 100_000
    bring_back(new, tmp_path / "b.zip")
    with opened(new) as engine, engine.connect() as connection:
        assert connection.scalar(text("SELECT min(length(text)) FROM code_note")) == 10_000_000


def test_what_has_no_room_is_refused(
    saved: Path, tmp_path: Path, make_site: MakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = make_site(tables=False)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**9, 10**9, 1000))  # type: ignore[attr-defined]
    with pytest.raises(BadArchive, match="has 1,000 left"):
        bring_back(site, saved)


def rezipped(source: Path, target: Path, edit: Callable[[zipfile.ZipInfo], None], extra: str | None = None) -> Path:
    """Copy an archive entry by entry, each description edited; `extra` is written a second time."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for entry in old.infolist():
            raw = old.read(entry)
            edit(entry)
            new.writestr(entry, raw)
            if entry.filename == extra:
                with pytest.warns(UserWarning, match="Duplicate name"):
                    new.writestr(entry.filename, raw)
    return target


def test_links_folders_and_doubles_are_refused(saved: Path, tmp_path: Path) -> None:
    def link(entry: zipfile.ZipInfo) -> None:
        if entry.filename == SECRET_FILE:
            entry.external_attr = (stat.S_IFLNK | 0o777) << 16

    with pytest.raises(BadArchive, match="is a link or a folder"):
        Archive(rezipped(saved, tmp_path / "link.zip", link))

    def pack_otherwise(entry: zipfile.ZipInfo) -> None:
        entry.compress_type = zipfile.ZIP_LZMA

    with pytest.raises(BadArchive, match="uses an unsupported compression method"):
        Archive(rezipped(saved, tmp_path / "lzma.zip", pack_otherwise))
    with pytest.raises(BadArchive, match="appears twice"):
        Archive(rezipped(saved, tmp_path / "twice.zip", lambda entry: None, "tables/person.jsonl"))


def test_an_encrypted_entry_is_refused(saved: Path, tmp_path: Path) -> None:
    raw = saved.read_bytes()
    # The flag in the central directory: what a reader of the archive goes by.
    place = raw.rindex(b"PK\x01\x02")
    path = tmp_path / "locked.zip"
    path.write_bytes(raw[: place + 8] + bytes([raw[place + 8] | 1]) + raw[place + 9 :])
    with pytest.raises(BadArchive, match="is encrypted"):
        Archive(path)
