"""Reading a backup: a ZIP file that is believed in nothing before it was checked against its own manifest.

An archive may be truncated, altered, or made to harm: names that lead out of the folder, links, entries that unpack to
more than any disk holds. Nothing is ever unpacked by the name it carries.
"""

import hashlib
import re
import shutil
import stat
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from coachapp.backup.manifest import FORMAT, KEY, MANIFEST, Manifest, TablePart, code_set_entry, table_entry
from coachapp.backup.rows import row_of
from coachapp.backup.shapes import Shape, revisions, shapes_at

MOST_ENTRIES = 2000
MOST_MANIFEST = 4_000_000
MOST_KEY = 4096
# One request of a megabyte, every character of it written as seven, in a row with several copies of it.
MOST_LINE = 64_000_000
CHUNK = 1 << 20
# Files of code sets pack to a tenth perhaps; what packs to less than a three-hundredth was made to. Rows know no such
# bound, for a learner may save a megabyte of blanks: each line of theirs must be a row, which stops what is none.
MOST_PACKED = 300

_CODE_SET = re.compile(r"[a-z][a-z0-9-]{0,39}-[A-Za-z0-9][A-Za-z0-9._-]{0,39}\.sqlite")
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OverflowError)


class BadArchive(Exception):
    """A file that is not a backup, or none that can be trusted or read; the text says what and where."""


class Archive:
    """An open backup whose list of contents is sound; `check` looks at the contents themselves."""

    def __init__(self, path: Path) -> None:
        """Open a file; raise BadArchive where it is not a backup this version can read."""
        self.path = path
        try:
            if not stat.S_ISREG(path.stat().st_mode):
                raise BadArchive(f"{path} is not a file")
            self._zip = zipfile.ZipFile(path)
        except FileNotFoundError:
            raise BadArchive(f"{path} does not exist") from None
        except (*_BROKEN, OSError, UnicodeDecodeError) as error:
            raise BadArchive(f"{path} is not a backup, or is truncated: {error}") from error
        try:
            self._entries = self._listed()
            self.manifest = self._read_manifest()
            self.shapes = self._matching_shapes()
            self._compare_lists()
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> "Archive":
        """Return itself."""
        return self

    def __exit__(self, *error: object) -> None:
        """Close the file."""
        self._zip.close()

    def _listed(self) -> dict[str, zipfile.ZipInfo]:
        listed = self._zip.infolist()
        if len(listed) > MOST_ENTRIES:
            raise BadArchive(f"{self.path} holds {len(listed)} entries, more than any backup")
        found: dict[str, zipfile.ZipInfo] = {}
        for entry in listed:
            kind = stat.S_IFMT(entry.external_attr >> 16)
            if kind not in (0, stat.S_IFREG):
                raise BadArchive(f"{self.path}: {entry.filename!r} is a link or a folder; a backup has files only")
            if entry.flag_bits & 0x1:
                raise BadArchive(f"{self.path}: {entry.filename!r} is encrypted")
            if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise BadArchive(f"{self.path}: {entry.filename!r} uses an unsupported compression method")
            if entry.filename in found:
                raise BadArchive(f"{self.path}: {entry.filename!r} appears twice")
            found[entry.filename] = entry
        return found

    def _read_manifest(self) -> Manifest:
        entry = self._entries.get(MANIFEST)
        if entry is None:
            raise BadArchive(f"{self.path} is not a backup: it has no {MANIFEST}")
        if entry.file_size > MOST_MANIFEST:
            raise BadArchive(f"{self.path}: {MANIFEST} is too long")
        try:
            raw = self._zip.read(entry)
            version = re.search(rb'"format"\s*:\s*(\d{1,9})', raw)
            if version and int(version[1]) > FORMAT:
                raise BadArchive(f"{self.path} was made by a newer Coachapp: install that version to restore it")
            return Manifest.model_validate_json(raw)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "the whole"
            raise BadArchive(f"{self.path}: {MANIFEST} is not in order: {where}: {first['msg']}") from None
        except (*_BROKEN, OSError) as error:
            raise BadArchive(f"{self.path}: {MANIFEST} cannot be read: {error}") from error

    def _matching_shapes(self) -> dict[str, Shape]:
        revision = self.manifest.revision
        if revision not in revisions():
            raise BadArchive(
                f"{self.path} holds tables of revision {revision}, which this version of Coachapp does not know "
                f"(newest: {revisions()[-1]}): install version {self.manifest.coachapp} or a newer one"
            )
        shapes = shapes_at(revision)
        for name in sorted(shapes.keys() ^ self.manifest.tables.keys()):
            problem = "is missing" if name in shapes else "is not a table of Coachapp at that revision"
            raise BadArchive(f"{self.path}: at revision {revision}, table {name!r} {problem}")
        for name, shape in shapes.items():
            if self.manifest.tables[name].columns != shape.columns:
                raise BadArchive(f"{self.path}: table {name} does not have the columns of revision {revision}")
        return shapes

    def _compare_lists(self) -> None:
        parts = self.manifest.parts()
        for name in self.manifest.code_sets:
            if not _CODE_SET.fullmatch(name):
                raise BadArchive(f"{self.path}: {name!r} is not the name of an imported release")
        for name in sorted(self._entries.keys() - parts.keys() - {MANIFEST}):
            raise BadArchive(f"{self.path}: {name!r} does not belong in a backup")
        for name, part in parts.items():
            entry = self._entries.get(name)
            if entry is None:
                raise BadArchive(f"{self.path}: {name} is missing")
            if not isinstance(part, TablePart) and entry.file_size > MOST_PACKED * max(entry.compress_size, 100):
                raise BadArchive(
                    f"{self.path}: {name} would unpack to {entry.file_size:,} bytes, far more than expected"
                )
            if entry.file_size != part.bytes:
                raise BadArchive(f"{self.path}: {name} has {entry.file_size} bytes, not {part.bytes}")
        if self.manifest.key and self.manifest.key.bytes > MOST_KEY:
            raise BadArchive(f"{self.path}: the secret key is too long")

    def check(self) -> None:
        """Read everything once; raise BadArchive at the first thing that is not as the manifest says."""
        for name, part in self.manifest.tables.items():
            self._check_table(self.shapes[name], part)
        for name, wanted in self.manifest.parts().items():
            if not isinstance(wanted, TablePart):
                digest = hashlib.sha256()
                for chunk in self._chunks(name):
                    digest.update(chunk)
                if digest.hexdigest() != wanted.sha256:
                    raise BadArchive(f"{self.path}: {name} does not match its checksum")

    def check_room(self, folder: Path) -> None:
        """Raise BadArchive where the disk of a folder has less room than everything takes."""
        need, free = sum(entry.file_size for entry in self._entries.values()), shutil.disk_usage(folder).free
        if need > free:
            raise BadArchive(f"{self.path} needs {need:,} bytes, and {folder} has {free:,} left")

    def _check_table(self, shape: Shape, part: TablePart) -> None:
        digest, rows = hashlib.sha256(), 0
        for line in self.lines(shape.name):
            rows += 1
            digest.update(line)
            try:
                row_of(shape, line)
            except ValueError as error:
                raise BadArchive(f"{self.path}: table {shape.name}, row {rows}: {error}") from None
        if rows != part.rows:
            raise BadArchive(f"{self.path}: table {shape.name} has {rows} rows, not {part.rows}")
        if digest.hexdigest() != part.sha256:
            raise BadArchive(f"{self.path}: table {shape.name} does not match its checksum")

    def lines(self, table: str) -> Generator[bytes, None, None]:
        """Yield the rows of a table as they were written."""
        name = table_entry(table)
        with self._reading(name) as file:
            while line := file.readline(MOST_LINE + 1):
                if len(line) > MOST_LINE or not line.endswith(b"\n"):
                    raise BadArchive(f"{self.path}: {name} has a row that is too long or truncated")
                yield line

    def key(self) -> bytes | None:
        """Return the secret key as it stood in its file, None where the backup has none."""
        return b"".join(self._chunks(KEY)) if self.manifest.key else None

    def copy_code_set(self, name: str, target: Path) -> None:
        """Write an imported release to `target`."""
        with target.open("xb") as file:
            for chunk in self._chunks(code_set_entry(name)):
                file.write(chunk)

    def _chunks(self, name: str) -> Iterator[bytes]:
        with self._reading(name) as file:
            while chunk := file.read(CHUNK):
                yield chunk

    @contextmanager
    def _reading(self, name: str) -> Iterator[BufferedReader]:
        try:
            opened: Any = self._zip.open(self._entries[name])
            with BufferedReader(opened, CHUNK) as file:
                yield file
        except (*_BROKEN, OSError) as error:
            raise BadArchive(f"{self.path}: {name} cannot be read: {error}") from error
