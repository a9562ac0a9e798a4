"""Building the release: one read-only SQLite file with every code set, made from the shipped data."""

import os
import sqlite3
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from coachapp.codesets import sources, words
from coachapp.codesets.notes import NoteReader
from coachapp.codesets.sources import EDITION, Dates
from coachapp.codesets.tabular import NodeKind, TabularNode, read_tabular
from coachapp.domain.codes import CodeRange, CodeSystem, NoteKind, dotted, undotted

Progress = Callable[[int, int, str], None]
Spans = tuple[tuple[date, date], ...]

_STEPS = 8
_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE code (
  id INTEGER PRIMARY KEY, system TEXT NOT NULL, code TEXT NOT NULL, bare TEXT NOT NULL, kind TEXT NOT NULL,
  title TEXT, words INTEGER NOT NULL, billable INTEGER NOT NULL, listed INTEGER NOT NULL, parent INTEGER
);
CREATE TABLE span (code INTEGER NOT NULL, billable INTEGER NOT NULL, first TEXT NOT NULL, last TEXT NOT NULL);
CREATE TABLE flag (code INTEGER NOT NULL, first TEXT NOT NULL, last TEXT NOT NULL, flags TEXT NOT NULL);
CREATE TABLE note (
  code INTEGER NOT NULL, seq INTEGER NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL, ranges TEXT NOT NULL
);
CREATE TABLE seventh (code INTEGER NOT NULL, seq INTEGER NOT NULL, character TEXT NOT NULL, meaning TEXT NOT NULL);
CREATE TABLE phrase (text TEXT NOT NULL, code INTEGER NOT NULL, PRIMARY KEY (text, code)) WITHOUT ROWID;
CREATE TABLE vocabulary (word TEXT PRIMARY KEY, uses INTEGER NOT NULL) WITHOUT ROWID;
CREATE VIRTUAL TABLE find USING fts5(
  bare, title, terms, content='', detail=column, prefix='2 3', tokenize='unicode61 remove_diacritics 2'
);
"""
_INDEXES = """
CREATE INDEX code_bare ON code (bare);
CREATE INDEX code_parent ON code (parent);
CREATE INDEX span_code ON span (code);
CREATE INDEX flag_code ON flag (code);
CREATE INDEX note_code ON note (code);
CREATE INDEX seventh_code ON seventh (code);
"""


@dataclass(slots=True)
class _Row:
    """One code or header on its way into the release."""

    system: CodeSystem
    code: str
    kind: NodeKind
    title: str | None
    listed: bool
    parent: str | None = None
    spans: Spans = ()
    header_spans: Spans = ()
    flags: tuple[tuple[date, date, str], ...] = ()
    notes: list[tuple[NoteKind, str]] = field(default_factory=list)
    seventh: list[tuple[str, str]] = field(default_factory=list)
    id: int = 0
    words: int = 0

    @property
    def billable(self) -> bool:
        return self.listed and self.kind is NodeKind.CODE

    @property
    def terms(self) -> list[str]:
        """The names beside the title under which the code may be looked for."""
        return [text for kind, text in self.notes if kind in (NoteKind.INCLUSION_TERM, NoteKind.INCLUDES)]


def build_release(target: Path, progress: Progress | None = None, *, force: bool = False) -> bool:
    """Build the release file unless it is there and up to date; return whether it was built.

    The file appears complete or not at all. `progress` is told steps done, steps in all and what is being done.
    Raises SourceMissing where the data are not installed and OSError or sqlite3.Error where the disk refuses.
    """
    stamp = sources.stamp()
    if not force and read_stamp(target) == stamp:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".release-", suffix=".sqlite", dir=target.parent)
    os.close(handle)
    try:
        with closing(sqlite3.connect(name, isolation_level=None)) as db:
            _fill(db, stamp, progress or _silent)
        # mkstemp makes the file private; it holds public data and may be served by another user than built it.
        os.chmod(name, 0o644)
        os.replace(name, target)
    finally:
        Path(name).unlink(missing_ok=True)
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


def _silent(done: int, total: int, text: str) -> None:
    """Report nothing."""


def _fill(db: sqlite3.Connection, stamp: str, progress: Progress) -> None:
    db.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -64000;" + _TABLES)
    db.execute("BEGIN")
    progress(0, _STEPS, "reading validity dates")
    dates = sources.read_dates(sources.ICD10CM_DATES)
    progress(1, _STEPS, "reading the ICD-10-CM tabular list")
    existing = {code for code, known in dates.items() if _reportable(known, EDITION)}
    nodes = read_tabular(sources.tabular_xml(), existing)
    progress(2, _STEPS, "reading HCPCS Level II and ICD-10-PCS")
    corrections = sources.read_corrections()
    rows = _diagnoses(nodes, dates) + _supplies() + _procedures()
    for row in rows:
        row.title = corrections.get((row.system, row.code), row.title)
    _number(rows)
    progress(3, _STEPS, "writing codes and dates")
    _write_codes(db, rows)
    progress(4, _STEPS, "reading the official notes")
    unread = _write_notes(db, rows)
    progress(5, _STEPS, "writing the search index")
    _write_search(db, [row for row in rows if row.listed and row.kind not in (NodeKind.CHAPTER, NodeKind.BLOCK)])
    progress(6, _STEPS, "ordering the file")
    meta = {"stamp": stamp, "edition": EDITION.isoformat(), "unread_notes": str(unread)}
    for system in (CodeSystem.ICD10CM, CodeSystem.HCPCS, CodeSystem.ICD10PCS):
        ids = [row.id for row in rows if row.system is system]
        meta[f"{system}_first"], meta[f"{system}_last"] = str(min(ids)), str(max(ids))
    db.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
    db.execute("COMMIT")
    db.executescript(_INDEXES)
    progress(7, _STEPS, "packing the search index")
    db.execute("INSERT INTO find (find) VALUES ('optimize')")
    progress(_STEPS, _STEPS, "done")


def _diagnoses(nodes: Iterable[TabularNode], dates: dict[str, Dates]) -> list[_Row]:
    """Return every ICD-10-CM row: the tabular list, and the codes and headers known from their dates alone."""
    rows = {
        node.code: _Row(
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
                rows[header] = _Row(CodeSystem.ICD10CM, header, kind, None, False, headers[at - 1] if at else None)
            below[header].extend(known.spans)
        if code not in rows:
            rows[code] = _Row(CodeSystem.ICD10CM, code, NodeKind.CODE, None, False, headers[-1] if headers else None)
        rows[code].spans, rows[code].flags = known.spans, known.flags
    for header, spans in below.items():
        rows[header].header_spans = sources.without(sources.joined(sorted(spans)), rows[header].spans)
    return list(rows.values())


def _supplies() -> list[_Row]:
    titles = sources.read_titles(sources.HCPCS_CODES)
    return [_Row(CodeSystem.HCPCS, code, NodeKind.CODE, title, True) for code, title in titles.items()]


def _procedures() -> list[_Row]:
    titles = sources.read_titles(sources.ICD10PCS_TITLES)
    return [
        _Row(
            CodeSystem.ICD10PCS,
            code,
            NodeKind.CODE,
            titles.get(code),
            _reportable(known, EDITION),
            spans=known.spans,
            flags=known.flags,
        )
        for code, known in sources.read_dates(sources.ICD10PCS_DATES).items()
    ]


def _reportable(known: Dates, on: date) -> bool:
    return any(first <= on <= last for first, last in known.spans)


def _number(rows: list[_Row]) -> None:
    """Number the rows so that, within a system, a smaller number is the better answer to a search.

    The full-text index yields matches by number: a title of fewer words that has the words asked for says little else.
    """
    order = list(CodeSystem)
    for row in rows:
        row.words = len(words.split(row.title or ""))
    rows.sort(key=lambda row: (order.index(row.system), not row.listed, row.words, len(row.code), row.code))
    for number, row in enumerate(rows, start=1):
        row.id = number


def _write_codes(db: sqlite3.Connection, rows: list[_Row]) -> None:
    ids = {row.code: row.id for row in rows if row.system is CodeSystem.ICD10CM}
    db.executemany(
        "INSERT INTO code VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                row.id, row.system, row.code, undotted(row.code), row.kind, row.title, row.words,
                row.billable, row.listed, ids[row.parent] if row.parent else None,
            )
            for row in rows
        ),
    )  # fmt: skip
    db.executemany(
        "INSERT INTO span VALUES (?, ?, ?, ?)",
        (
            (row.id, billable, first.isoformat(), last.isoformat())
            for row in rows
            for billable, spans in ((True, row.spans), (False, row.header_spans))
            for first, last in spans
        ),
    )
    db.executemany(
        "INSERT INTO flag VALUES (?, ?, ?, ?)",
        ((row.id, first.isoformat(), last.isoformat(), flags) for row in rows for first, last, flags in row.flags),
    )
    db.executemany(
        "INSERT INTO seventh VALUES (?, ?, ?, ?)",
        ((row.id, seq, *pair) for row in rows for seq, pair in enumerate(row.seventh)),
    )


def _write_notes(db: sqlite3.Connection, rows: list[_Row]) -> int:
    """Write the notes where they stand; return how many name codes in a way that could not be understood."""
    codes = [
        row.code for row in rows if row.system is CodeSystem.ICD10CM and "-" not in row.code and " " not in row.code
    ]
    reader = NoteReader(codes)
    db.executemany(
        "INSERT INTO note VALUES (?, ?, ?, ?, ?)",
        (
            (row.id, seq, kind, text, pack_ranges(reader.ranges(text, kind)))
            for row in rows
            for seq, (kind, text) in enumerate(row.notes)
        ),
    )
    return len(reader.unread)


def pack_ranges(ranges: Iterable[CodeRange]) -> str:
    """Write ranges as one text: first:last:characters:place, parted by spaces."""
    return " ".join(f"{r.first}:{r.last}:{r.characters}:{r.place}" for r in ranges)


def _write_search(db: sqlite3.Connection, rows: list[_Row]) -> None:
    uses: Counter[str] = Counter()
    phrases: set[tuple[str, int]] = set()
    entries = []
    for row in rows:
        terms = row.terms
        entries.append((row.id, undotted(row.code), row.title or "", " / ".join(terms)))
        for text in (row.title or "", *terms):
            uses.update(set(words.split(text)))
            if core := words.phrase(text):
                phrases.add((core, row.id))
    db.executemany("INSERT INTO find (rowid, bare, title, terms) VALUES (?, ?, ?, ?)", entries)
    db.executemany("INSERT INTO phrase VALUES (?, ?)", sorted(phrases))
    db.executemany("INSERT INTO vocabulary VALUES (?, ?)", sorted(uses.items()))
