"""Making a backup, while the site is in use."""

import hashlib
import os
import stat
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Connection

import coachapp
from coachapp.backup.connecting import CannotBackUp, database_file, database_url, known_revision, open_engine, snapshot
from coachapp.backup.manifest import FORMAT, KEY, MANIFEST, FilePart, Manifest, TablePart, code_set_entry, table_entry
from coachapp.backup.rows import last_id, lines
from coachapp.backup.shapes import Shape, shapes_at
from coachapp.codesets import release_path
from coachapp.codesets.shelf import imported_releases
from coachapp.config import SECRET_FILE, Settings

CHUNK = 1 << 20


def save(settings: Settings, target: Path, *, now: datetime, force: bool = False, with_key: bool = True) -> Manifest:
    """Write a backup of the site to `target`, a new file that only its owner may read, and return its description.

    The file appears whole or not at all; one that is there is replaced only with `force`. The secret key is left out
    without `with_key`, and where COACH_SECRET_KEY holds it. Raise CannotBackUp, or OSError where the disk refuses.
    """
    url = database_url(settings)
    if (file := database_file(url)) is not None and not file.is_file():
        raise CannotBackUp(f"there is no database at {file}: run `coachapp init`")
    if target.exists() and not (force and target.is_file()):
        raise CannotBackUp(f"{target} already exists" + ("" if target.is_file() else " and is not a file"))
    key = settings.data / SECRET_FILE
    engine = open_engine(url)
    with _new_file(target, force=force) as stream, zipfile.ZipFile(stream, "w") as archive:
        with snapshot(engine) as connection:
            writer = _Writer(archive, now)
            revision = known_revision(connection)
            tables = {name: _table(writer, connection, shape) for name, shape in shapes_at(revision).items()}
        code_sets = {
            info.path.name: writer.copy(code_set_entry(info.path.name), info.path)
            for info in imported_releases(release_path(settings.data).parent)
        }
        kept = with_key and not settings.secret_key.get_secret_value() and key.is_file()
        manifest = Manifest(
            format=FORMAT,
            coachapp=coachapp.__version__,
            revision=revision,
            database=engine.dialect.name,
            made_at=now,
            tables=tables,
            code_sets=code_sets,
            key=writer.copy(KEY, key) if kept else None,
        )
        writer.write(MANIFEST, [manifest.model_dump_json(indent=1).encode()])
    return manifest


def _table(writer: "_Writer", connection: Connection, shape: Shape) -> TablePart:
    with closing(lines(connection, shape)) as rows:
        written = writer.write(table_entry(shape.name), rows)
    return TablePart(
        bytes=written.bytes,
        sha256=written.sha256,
        rows=written.chunks,
        columns=shape.columns,
        last_id=last_id(connection, shape),
    )


class _Written:
    """What was written into one entry."""

    def __init__(self, size: int, chunks: int, sha256: str) -> None:
        self.bytes, self.chunks, self.sha256 = size, chunks, sha256


class _Writer:
    """Writes entries into an archive and counts what it writes."""

    def __init__(self, archive: zipfile.ZipFile, now: datetime) -> None:
        self._archive, self._now = archive, now

    def write(self, name: str, chunks: Iterable[bytes]) -> _Written:
        entry = zipfile.ZipInfo(name, self._now.timetuple()[:6])
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = (stat.S_IFREG | 0o600) << 16
        digest, size, count = hashlib.sha256(), 0, 0
        with self._archive.open(entry, "w", force_zip64=True) as file:
            for chunk in chunks:
                file.write(chunk)
                digest.update(chunk)
                size += len(chunk)
                count += 1
        return _Written(size, count, digest.hexdigest())

    def copy(self, name: str, source: Path) -> FilePart:
        with source.open("rb") as file:
            written = self.write(name, iter(lambda: file.read(CHUNK), b""))
        return FilePart(bytes=written.bytes, sha256=written.sha256)


@contextmanager
def _new_file(target: Path, *, force: bool) -> Iterator[BinaryIO]:
    """Open a file that gets its name when the block ends well, and vanishes otherwise; only its owner may read it."""
    handle, name = tempfile.mkstemp(prefix=f".{target.name[:40]}-", suffix=".tmp", dir=target.parent)
    try:
        with os.fdopen(handle, "w+b") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        if force:
            os.replace(name, target)
        else:
            _name_anew(Path(name), target)
    finally:
        Path(name).unlink(missing_ok=True)


def _name_anew(source: Path, target: Path) -> None:
    """Give a file a name that nobody has; another backup may have been made meanwhile."""
    try:
        os.link(source, target)
    except FileExistsError:
        raise CannotBackUp(f"{target} already exists") from None
    except OSError:
        # A file system without hard links: the name was free a moment ago.
        os.replace(source, target)
