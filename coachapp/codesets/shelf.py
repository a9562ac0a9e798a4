"""The releases of an installation side by side: the bundled one and those imported, chosen by date."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Self

from coachapp.codesets.release import Release, View
from coachapp.codesets.sources import SCHEMA
from coachapp.codesets.window import unpack_window
from coachapp.domain.codes import CodeSystem


class Kind(StrEnum):
    """What a release holds: one code system, one part of the index to ICD-10-CM, or the list of POA exempt codes."""

    ICD10CM = "icd10cm"
    HCPCS = "hcpcs"
    CPT = "cpt"
    ICD10PCS = "icd10pcs"
    INDEX = "index"
    NEOPLASM = "neoplasm"
    DRUGS = "drugs"
    EXTERNAL_CAUSE = "external-cause"
    POA_EXEMPT = "poa-exempt"


CODE_KINDS = (Kind.ICD10CM, Kind.HCPCS, Kind.CPT, Kind.ICD10PCS)
INDEX_KINDS = (Kind.INDEX, Kind.NEOPLASM, Kind.DRUGS, Kind.EXTERNAL_CAUSE)


@dataclass(frozen=True, slots=True)
class ReleaseInfo:
    """What is known of one release without opening its codes.

    `first`/`last`: the days it answers for. `entries`: its codes or index entries. `usable`: False where another
    version of Coachapp wrote the file, which must then be imported again.
    """

    id: str
    kind: Kind
    first: date
    last: date
    entries: int
    source: str
    path: Path
    sha256: str = ""
    imported_at: str = ""
    licence: str = ""
    bundled: bool = False
    usable: bool = True

    def as_json(self) -> dict[str, object]:
        """Return the description as JSON values, dates as YYYY-MM-DD."""
        return {
            "id": self.id,
            "kind": self.kind.value,
            "from": self.first.isoformat(),
            "to": self.last.isoformat(),
            "entries": self.entries,
            "source": self.source,
            "sha256": self.sha256 or None,
            "imported_at": self.imported_at or None,
            "licence": self.licence or None,
            "bundled": self.bundled,
            "usable": self.usable,
        }


@dataclass(frozen=True, slots=True)
class _Standing:
    """The releases at one time, all replaced together: what one thread reads belongs together.

    `seen`: by what a change is noticed; None before the first look. `views`: those asked for so far, by date.
    """

    bundled: Release
    imported: tuple[tuple[ReleaseInfo, Release], ...] = ()
    seen: tuple[int, int] | None = None
    generation: int = 0
    views: dict[date, View] = field(default_factory=dict)

    def all(self) -> tuple[Release, ...]:
        return self.bundled, *(release for _, release in self.imported)


class Shelf:
    """The releases beside a bundled one; notices files that come and go while it is open. Safe between threads.

    Whoever makes a shelf closes it, or uses it as a context manager.
    """

    def __init__(self, bundled: Path) -> None:
        self.path = bundled
        self._lock = Lock()
        self._standing = _Standing(Release(bundled))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every release as Release.close does; a later question opens them again."""
        with self._lock:
            last = self._standing
            self._standing = _Standing(Release(self.path), generation=last.generation + 1)
        for release in last.all():
            release.close()

    @property
    def bundled(self) -> Release:
        """The bundled release, as last seen."""
        return self._standing.bundled

    @property
    def generation(self) -> int:
        """How often the releases have changed: what is remembered of them is out of date when this has grown."""
        return self._standing.generation

    def holds(self, release: Release) -> bool:
        """Say whether a release is among those that stand here now."""
        return release in self._standing.all()

    def on(self, day: date) -> View:
        """Return the releases that answer for a date.

        For each system that is the imported release whose days include the date, the one that began last if there are
        several; otherwise the bundled release, whatever the date.
        """
        standing = self._look()
        view = standing.views.get(day)
        if view is None:
            chosen: dict[CodeSystem, Release] = dict.fromkeys(standing.bundled.windows, standing.bundled)
            for info, release in standing.imported:
                if info.usable and info.kind in CODE_KINDS and info.first <= day <= info.last:
                    chosen[CodeSystem(info.kind)] = release
            _, exempt = self.exempt_list(day) or (None, None)
            view = View({system: chosen[system] for system in CodeSystem if system in chosen}, day, exempt)
            standing.views[day] = view
        return view

    def exempt_list(self, day: date) -> tuple[ReleaseInfo, Release] | None:
        """Return the list of POA exempt codes whose days include a date; of several, the one that began last."""
        covering = [
            (info, release)
            for info, release in self._look().imported
            if info.kind is Kind.POA_EXEMPT and info.usable and info.first <= day <= info.last
        ]
        return covering[-1] if covering else None

    def index(self, kind: Kind, day: date) -> tuple[ReleaseInfo, Release] | None:
        """Return the part of the index that answers for a date; failing one, the latest there is."""
        own = [(info, release) for info, release in self._look().imported if info.kind is kind and info.usable]
        covering = [pair for pair in own if pair[0].first <= day <= pair[0].last]
        return (covering or own)[-1] if own else None

    def releases(self) -> tuple[ReleaseInfo, ...]:
        """Return every release, the bundled ones first, each kind by its first day."""
        standing = self._look()
        shipped = tuple(
            ReleaseInfo(
                id="bundled",
                kind=Kind(system.value),
                first=window.first,
                last=window.last,
                entries=int(standing.bundled.meta(f"{system}_entries")),
                source="came with Coachapp",
                path=self.path,
                bundled=True,
            )
            for system, window in standing.bundled.windows.items()
        )
        return shipped + tuple(info for info, _ in standing.imported)

    def release(self, info: ReleaseInfo) -> Release:
        """Return the opened file of a release."""
        standing = self._standing
        return next((release for own, release in standing.imported if own == info), standing.bundled)

    def _look(self) -> _Standing:
        """Read the folder again if a file came, went or was replaced; two calls of stat otherwise.

        The releases of before are let go of, not closed: other threads may have questions left to ask of them.
        """
        try:
            seen = (self.path.parent.stat().st_mtime_ns, self.path.stat().st_ino)
        except OSError:
            seen = (0, 0)
        standing = self._standing
        if seen == standing.seen:
            return standing
        with self._lock:
            standing = self._standing
            if seen != standing.seen:
                imported = imported_releases(self.path.parent)
                standing = self._standing = _Standing(
                    Release(self.path),
                    tuple((info, Release(info.path)) for info in imported),
                    seen,
                    standing.generation + 1,
                )
            return standing


def imported_releases(folder: Path) -> tuple[ReleaseInfo, ...]:
    """Return the imported releases in a folder, by kind, first day and time of import."""
    found = [info for path in folder.glob("*-*.sqlite") if (info := _described(path)) is not None]
    return tuple(sorted(found, key=lambda info: (list(Kind).index(info.kind), info.first, info.imported_at)))


def imported_path(folder: Path, kind: Kind, release_id: str) -> Path:
    """Return the file of an imported release."""
    return folder / f"{kind}-{release_id}.sqlite"


def _described(path: Path) -> ReleaseInfo | None:
    """Read the description of an imported release; None where the file is none."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as db:
            meta: Mapping[str, str] = dict(db.execute("SELECT key, value FROM meta"))
        window = unpack_window(meta["days"])
        return ReleaseInfo(
            id=meta["release"],
            kind=Kind(meta["kind"]),
            first=window.first,
            last=window.last,
            entries=int(meta["entries"]),
            source=meta["source"],
            path=path,
            sha256=meta["sha256"],
            imported_at=meta["imported_at"],
            licence=meta.get("licence", ""),
            usable=meta["stamp"].partition("-")[0] == str(SCHEMA),
        )
    except (sqlite3.Error, KeyError, ValueError):
        return None
