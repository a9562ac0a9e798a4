"""Building the bundled release: one read-only SQLite file with every code set, made from the shipped data."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from contextlib import closing
from datetime import date
from pathlib import Path

from coachapp.codesets import sources
from coachapp.codesets.descriptors import descriptor_names
from coachapp.codesets.pcsindex import procedure_names
from coachapp.codesets.sources import DATA_FIRST, DATA_LAST, EDITION, QUARTER_FIRST, QUARTER_LAST, Dates
from coachapp.codesets.store import Progress, Row, new_file, write_release
from coachapp.codesets.tabular import NodeKind, TabularNode, read_tabular
from coachapp.codesets.window import Window
from coachapp.domain.codes import CodeSystem, dotted, undotted

DATA_WINDOW = Window(DATA_FIRST, DATA_LAST, frozenset({DATA_FIRST, DATA_LAST}))
_QUARTER_WINDOW = Window(QUARTER_FIRST, QUARTER_LAST, frozenset({QUARTER_FIRST, QUARTER_LAST}))
_STEPS = 8


def release_path(data_dir: Path) -> Path:
    """Return where an installation keeps its bundled release; imported ones lie beside it."""
    return data_dir / "codesets" / "release.sqlite"


def ensure_release(data_dir: Path, progress: Progress | None = None) -> bool:
    """Build the bundled release of an installation where it is missing or another version made it; say whether it was.

    A file that works is left alone even if newer data came with the package: `coachapp init` sees to that.
    Raises what build_release raises.
    """
    target = release_path(data_dir)
    found = read_stamp(target)
    if found is not None and found.partition("-")[0] == str(sources.SCHEMA):
        return False
    return build_release(target, progress)


def build_release(target: Path, progress: Progress | None = None, *, force: bool = False) -> bool:
    """Build the release file unless it is there and up to date; return whether it was built.

    The file appears complete or not at all. `progress` is told steps done, steps in all and what is being done.
    Raises SourceMissing where the data are not installed and OSError or sqlite3.Error where the disk refuses.
    """
    stamp = sources.stamp()
    if not force and read_stamp(target) == stamp:
        return False
    with new_file(target) as db:
        _fill(db, stamp, progress or _silent)
    return True


def read_stamp(path: Path) -> str | None:
    """Return the stamp of a release file, or None where there is none or it is not one."""
    if not path.is_file():
        return None
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as db:
            row = db.execute("SELECT value FROM meta WHERE key = 'stamp'").fetchone()
    except sqlite3.Error:
        return None
    return str(row[0]) if row else None


def diagnoses(nodes: Iterable[TabularNode], dates: dict[str, Dates]) -> list[Row]:
    """Return every ICD-10-CM row: the tabular list, and the codes and headers known from their dates alone."""
    rows = {
        node.code: Row(
            CodeSystem.ICD10CM,
            node.code,
            node.kind,
            node.title,
            True,
            node.parent,
            notes=node.notes,
            seventh=node.seventh,
        )
        for node in nodes
    }
    below: defaultdict[str, list[tuple[date, date]]] = defaultdict(list)
    for code, known in dates.items():
        headers = [dotted(undotted(code)[:length]) for length in range(3, len(undotted(code)))]
        # A stem that ends in the placeholder (W00.0XX) is written only with the character that follows.
        headers = [header for header in headers if header in rows or not header.endswith("X")]
        for at, header in enumerate(headers):
            if header not in rows:
                kind = NodeKind.CATEGORY if len(header) == 3 else NodeKind.SUBCATEGORY
                rows[header] = Row(CodeSystem.ICD10CM, header, kind, None, False, headers[at - 1] if at else None)
            below[header].extend(known.spans)
        if code not in rows:
            rows[code] = Row(CodeSystem.ICD10CM, code, NodeKind.CODE, None, False, headers[-1] if headers else None)
        rows[code].spans, rows[code].flags = known.spans, known.flags
    for header, spans in below.items():
        rows[header].header_spans = sources.without(sources.joined(sorted(spans)), rows[header].spans)
    return list(rows.values())


def procedures(titles: dict[str, str], dates: dict[str, Dates], on: date) -> list[Row]:
    """Return every ICD-10-PCS row; a code is listed where it is reportable on the day `on`."""
    return [
        Row(
            CodeSystem.ICD10PCS,
            code,
            NodeKind.CODE,
            titles.get(code),
            reportable(known, on),
            spans=known.spans,
            flags=known.flags,
            names=procedure_names(code),
        )
        for code, known in dates.items()
    ]


def reportable(known: Dates, on: date) -> bool:
    """Say whether a code is reportable on a day."""
    return any(first <= on <= last for first, last in known.spans)


def _silent(done: int, total: int, text: str) -> None:
    """Report nothing."""


def _fill(db: sqlite3.Connection, stamp: str, progress: Progress) -> None:
    progress(0, _STEPS, "reading validity dates")
    dates = sources.read_dates(sources.ICD10CM_DATES)
    progress(1, _STEPS, "reading the ICD-10-CM tabular list")
    existing = {code for code, known in dates.items() if reportable(known, EDITION)}
    nodes = read_tabular(sources.tabular_xml(), existing)
    progress(2, _STEPS, "reading HCPCS Level II and ICD-10-PCS")
    titles = sources.read_titles(sources.ICD10PCS_TITLES)
    rows = (
        diagnoses(nodes, dates) + _supplies() + procedures(titles, sources.read_dates(sources.ICD10PCS_DATES), EDITION)
    )
    corrections = sources.read_corrections()
    for row in rows:
        row.title = corrections.get((row.system, row.code), row.title)
    done = 2

    def step(text: str) -> None:
        nonlocal done
        done += 1
        progress(done, _STEPS, text)

    write_release(
        db,
        rows,
        meta={"stamp": stamp, "edition": EDITION.isoformat()},
        windows={
            CodeSystem.ICD10CM: DATA_WINDOW,
            CodeSystem.HCPCS: _QUARTER_WINDOW,
            CodeSystem.ICD10PCS: DATA_WINDOW,
        },
        progress=step,
    )
    progress(_STEPS, _STEPS, "done")


def _supplies() -> list[Row]:
    titles = sources.read_titles(sources.HCPCS_CODES)
    days = ((QUARTER_FIRST, QUARTER_LAST),)
    return [
        Row(CodeSystem.HCPCS, code, NodeKind.CODE, title, True, spans=days, names=descriptor_names(code, title))
        for code, title in titles.items()
    ]
