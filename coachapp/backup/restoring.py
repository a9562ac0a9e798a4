"""Bringing a backup back: checked before anything is touched, compared row for row after, all of it or nothing."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, func, select
from sqlalchemy.exc import DBAPIError

from coachapp.backup.archive import Archive, BadArchive
from coachapp.backup.connecting import CannotBackUp, database_file, database_url, open_engine, revision_of
from coachapp.backup.manifest import Manifest
from coachapp.backup.placing import filled_file, filled_server
from coachapp.backup.shapes import revisions, shapes_at
from coachapp.codesets import release_path
from coachapp.codesets.shelf import imported_path, imported_releases
from coachapp.config import SECRET_FILE, Settings, make_secret
from coachapp.jobs import LOCK_FILE, empty_queue, queue_errors
from coachapp.models.schema import head

# What `coachapp init` writes: a site that holds nothing else is empty.
CONTENT = frozenset({"concept", "item", "item_concept", "item_version"})


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored. `signed_out`: everyone signs in again; `key`: whether the site has the backup's key now.

    `aside`: where the file of an old database lies that could not be read; None elsewhere. `queue_trouble`: why jobs of
    the old site may still be in the queue; empty where there are none.
    """

    manifest: Manifest
    revision: str
    signed_out: bool
    key: bool
    aside: Path | None = None
    queue_trouble: str = ""


def restore(settings: Settings, archive: Archive, *, force: bool = False, keep_sign_ins: bool = False) -> Restored:
    """Replace what the site holds by what a backup holds; without `force` only where the site is empty.

    The database is replaced in one step, and only after every row was read back from it and compared. Everybody must
    sign in again unless `keep_sign_ins`: a sign-in ended since the backup would count again. Raise BadArchive,
    CannotBackUp or NotRestored, or OSError where the disk refuses; the site is then as it was.
    """
    url = database_url(settings)
    with _site_stopped(settings.data):
        if not force:
            _refuse_if_used(url)
        archive.check_room(settings.data)
        archive.check()
        with tempfile.TemporaryDirectory(prefix=".restore-", dir=settings.data) as name:
            folder = Path(name)
            code_sets = _unpack_code_sets(archive, folder)
            key = _unpack_key(settings, archive, folder)
            filled = filled_file if database_file(url) else filled_server
            with filled(url, archive, signed_out=not keep_sign_ins) as put_in_place:
                # What only adds comes first, what ends the old site last.
                for path in code_sets:
                    target = release_path(settings.data).parent / path.name
                    target.parent.mkdir(parents=True, exist_ok=True)
                    os.replace(path, target)
                aside = put_in_place()
            if key is not None:
                os.replace(key, settings.data / SECRET_FILE)
        make_secret(settings.data)
        trouble = _forget_jobs(settings)
    return Restored(archive.manifest, head(), not keep_sign_ins, key is not None, aside, trouble)


def _forget_jobs(settings: Settings) -> str:
    """Empty the queue; return why that failed, for the site is restored all the same."""
    try:
        empty_queue(settings)
    except queue_errors() as error:
        return str(error)
    return ""


@contextmanager
def _site_stopped(data: Path) -> Iterator[None]:
    """Hold the lock of the site's runner; raise CannotBackUp where the site runs."""
    with (data / LOCK_FILE).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotBackUp("the site is running: stop `coachapp run` and `coachapp work` first") from None
        yield


def _refuse_if_used(url: URL) -> None:
    """Raise CannotBackUp where the database holds more than `coachapp init` alone writes."""
    file = database_file(url)
    if file is not None and not file.exists():
        return
    advice = "--force replaces all of it; make a backup of it first"
    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            revision = revision_of(connection)
            if revision is None:
                return
            if revision not in revisions():
                raise CannotBackUp(f"the database holds a site of a newer Coachapp (revision {revision}): {advice}")
            shapes = shapes_at(revision)
            for name in sorted(shapes.keys() - CONTENT):
                if rows := connection.scalar(select(func.count()).select_from(shapes[name].table)):
                    raise CannotBackUp(f"the site is not empty (table {name} has {rows} rows): {advice}")
            versions = shapes["item_version"].table
            if connection.scalar(select(func.count()).where(versions.c.source != "file")):
                raise CannotBackUp(f"the site holds items that are in no file: {advice}")
    except DBAPIError as error:
        raise CannotBackUp(f"the database cannot be read ({str(error.orig).strip()}): {advice}") from error
    finally:
        engine.dispose()


def _unpack_code_sets(archive: Archive, folder: Path) -> list[Path]:
    """Unpack the imported releases into a folder; raise BadArchive where one is none."""
    paths = []
    for name in archive.manifest.code_sets:
        archive.copy_code_set(name, folder / name)
        paths.append(folder / name)
    read = {info.path for info in imported_releases(folder) if info.path == imported_path(folder, info.kind, info.id)}
    for path in paths:
        if path not in read:
            raise BadArchive(f"{archive.path}: {path.name} is not an imported release")
        path.chmod(0o644)
    return paths


def _unpack_key(settings: Settings, archive: Archive, folder: Path) -> Path | None:
    """Write the secret key beside its place; None where there is none or COACH_SECRET_KEY stands above it."""
    key = archive.key()
    if key is None or settings.secret_key.get_secret_value():
        return None
    path = folder / SECRET_FILE
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(key)
    return path
