"""Writing a release file: the codes, dates, notes and search index of one or several code systems in one file."""

import os
import sqlite3
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from coachapp.codesets import words
from coachapp.codesets.notes import NoteReader
from coachapp.codesets.tabular import NodeKind
from coachapp.codesets.window import Window
from coachapp.domain.codes import CodeRange, CodeSystem, NoteKind, undotted

Progress = Callable[[int, int, str], None]
Spans = tuple[tuple[date, date], ...]

SYSTEM_BITS = 24
"""A row's number is its system's place shifted by this, plus its rank: rows of two systems never share a number."""

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE code (
  id INTEGER PRIMARY KEY, system TEXT NOT NULL, code TEXT NOT NULL, bare TEXT NOT NULL, kind TEXT NOT NULL,
  title TEXT, words INTEGER NOT NULL, billable INTEGER NOT NULL, listed INTEGER NOT NULL, parent INTEGER,
  plain INTEGER, short TEXT
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
class Row:
    """One code or header on its way into a release. `names`: further words under which it may be looked for.

    `short`: the short descriptor, where `title` is the long one.
    """

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
    names: Sequence[str] = ()
    short: str = ""
    id: int = 0
    words: int = 0

    @property
    def billable(self) -> bool:
        """Say whether the code is reportable in this edition."""
        return self.listed and self.kind is NodeKind.CODE

    @property
    def terms(self) -> list[str]:
        """The names of the condition beside the title: inclusion terms and includes notes."""
        return [text for kind, text in self.notes if kind in (NoteKind.INCLUSION_TERM, NoteKind.INCLUDES)]


@contextmanager
def new_file(target: Path) -> Iterator[sqlite3.Connection]:
    """Open a new SQLite file that takes the place of `target` when the block ends well, and vanishes otherwise."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".release-", suffix=".tmp", dir=target.parent)
    os.close(handle)
    try:
        with closing(sqlite3.connect(name, isolation_level=None)) as db:
            db.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -64000;")
            yield db
        # mkstemp makes the file private; it holds public data and may be served by another user than built it.
        os.chmod(name, 0o644)
        os.replace(name, target)
    finally:
        Path(name).unlink(missing_ok=True)


def write_release(
    db: sqlite3.Connection,
    rows: list[Row],
    *,
    meta: Mapping[str, str],
    windows: Mapping[CodeSystem, Window],
    progress: Callable[[str], None],
) -> None:
    """Write the rows and what describes them into a new file; `progress` is told what is being done."""
    db.executescript(_TABLES)
    db.execute("BEGIN")
    _number(rows)
    progress("writing codes and dates")
    _write_codes(db, rows)
    progress("writing the official notes")
    unread = _write_notes(db, rows)
    progress("writing the search index")
    _write_search(db, [row for row in rows if row.listed and row.kind not in (NodeKind.CHAPTER, NodeKind.BLOCK)])
    progress("ordering the file")
    described = {**meta, "unread_notes": str(unread)}
    for system, window in windows.items():
        ids = [row.id for row in rows if row.system is system]
        described[f"{system}_first"], described[f"{system}_last"] = str(min(ids)), str(max(ids))
        described[f"{system}_window"] = window.packed()
        described[f"{system}_entries"] = str(sum(row.billable for row in rows if row.system is system))
    db.executemany("INSERT INTO meta VALUES (?, ?)", described.items())
    db.execute("COMMIT")
    db.executescript(_INDEXES)
    progress("packing the search index")
    db.execute("INSERT INTO find (find) VALUES ('optimize')")


def pack_ranges(ranges: Iterable[CodeRange]) -> str:
    """Write ranges as one text: first:last:characters:place, parted by spaces."""
    return " ".join(f"{r.first}:{r.last}:{r.characters}:{r.place}" for r in ranges)


def _number(rows: list[Row]) -> None:
    """Number the rows so that, within a system, a smaller number is the better answer to a search.

    The full-text index yields matches by number: a title of fewer words that has the words asked for says little else.
    """
    order = list(CodeSystem)
    for row in rows:
        row.words = len(words.split(row.title or ""))
    rows.sort(key=lambda row: (order.index(row.system), not row.listed, row.words, len(row.code), row.code))
    ranks: Counter[CodeSystem] = Counter()
    for row in rows:
        ranks[row.system] += 1
        row.id = (order.index(row.system) << SYSTEM_BITS) + ranks[row.system]


def _write_codes(db: sqlite3.Connection, rows: list[Row]) -> None:
    ids = {row.code: row.id for row in rows if row.system is CodeSystem.ICD10CM}
    plain = _plain_codes([row for row in rows if row.system is CodeSystem.ICD10CM and row.listed])
    db.executemany(
        "INSERT INTO code VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                row.id, row.system, row.code, undotted(row.code), row.kind, row.title, row.words,
                row.billable, row.listed, ids[row.parent] if row.parent else None, plain.get(row.code),
                row.short or None,
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


def _plain_codes(rows: list[Row]) -> dict[str, int]:
    """Return for each header the number of the code that says no more than it: I50.9 of I50, H66.90 of H66.9.

    A child that ends in 9 is the unspecified one unless its title begins with "Other"; failing that, the one whose
    title says so most often; failing that, the one with the shortest title.
    """
    below: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.parent:
            below[row.parent].append(row)

    def rank(row: Row) -> tuple[bool, int, int, str]:
        title = (row.title or "").lower()
        ends_in_nine = row.code.endswith("9") and not title.startswith("other")
        # Among 7th characters the first one, the initial encounter, is the plainest, not the one of fewest words.
        length = row.words if len(undotted(row.code)) < 7 else 0
        return not ends_in_nine, -title.count("unspecified"), length, row.code

    found: dict[str, int] = {}
    for row in rows:
        if row.kind in (NodeKind.CATEGORY, NodeKind.SUBCATEGORY):
            at = row
            while not at.billable and below[at.code]:
                at = min(below[at.code], key=rank)
            if at.billable:
                found[row.code] = at.id
    return found


def _write_notes(db: sqlite3.Connection, rows: list[Row]) -> int:
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


def _write_search(db: sqlite3.Connection, rows: list[Row]) -> None:
    uses: Counter[str] = Counter()
    phrases: set[tuple[str, int]] = set()
    entries = []
    for row in rows:
        terms = row.terms
        entries.append((row.id, undotted(row.code), row.title or "", " / ".join([*terms, *row.names])))
        for text in (row.title or "", *terms):
            uses.update(set(words.split(text)))
            if core := words.phrase(text):
                phrases.add((core, row.id))
        uses.update({word for text in row.names for word in words.split(text)})
    db.executemany("INSERT INTO find (rowid, bare, title, terms) VALUES (?, ?, ?, ?)", entries)
    db.executemany("INSERT INTO phrase VALUES (?, ?)", sorted(phrases))
    db.executemany("INSERT INTO vocabulary VALUES (?, ?)", sorted(uses.items()))
