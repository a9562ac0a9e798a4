"""The index to ICD-10-CM as published: Alphabetic Index, Neoplasm Table, Table of Drugs, External Cause Index."""

import csv
import io
import json
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from coachapp.codesets.intake import BadFile, OfficialFile
from coachapp.codesets.shelf import Kind
from coachapp.domain.typed_text import plain

_NAMES = {
    Kind.INDEX: "the Alphabetic Index",
    Kind.NEOPLASM: "the Neoplasm Table",
    Kind.DRUGS: "the Table of Drugs and Chemicals",
    Kind.EXTERNAL_CAUSE: "the External Cause Index",
}
COLUMNS: Mapping[Kind, tuple[str, ...]] = {
    Kind.NEOPLASM: (
        "Malignant primary", "Malignant secondary", "Ca in situ", "Benign", "Uncertain behavior",
        "Unspecified behavior",
    ),
    Kind.DRUGS: (
        "Poisoning, accidental", "Poisoning, intentional self-harm", "Poisoning, assault", "Poisoning, undetermined",
        "Adverse effect", "Underdosing",
    ),
}  # fmt: skip
"""The columns of codes of the two tables, in order."""

_CELLS = {
    Kind.NEOPLASM: ("MalignantPrimary", "MalignantSecondary", "CaInSitu", "Benign", "UncertainBehavior",
                    "UnspecifiedBehavior"),
    Kind.DRUGS: ("PoisoningAccidental", "PoisoningIntentionalSelfHarm", "PoisoningAssault", "PoisoningUndetermined",
                 "AdverseEffect", "Underdosing"),
}  # fmt: skip
_HEADS = ("Term", "Level")
_LAST_LETTER = {Kind.INDEX: "Z", Kind.DRUGS: "Z", Kind.EXTERNAL_CAUSE: "W", Kind.NEOPLASM: "A"}
_DEEPEST = 40
_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE entry (
  id INTEGER PRIMARY KEY, letter TEXT NOT NULL, level INTEGER NOT NULL, parent INTEGER, term TEXT NOT NULL,
  nonessential TEXT NOT NULL, see TEXT NOT NULL, see_also TEXT NOT NULL, code TEXT NOT NULL, cells TEXT NOT NULL
);
CREATE INDEX entry_letter ON entry (letter, level);
CREATE INDEX entry_parent ON entry (parent);
CREATE VIRTUAL TABLE find USING fts5(
  term, above, modifiers, content='', detail=column, prefix='2 3', tokenize='unicode61 remove_diacritics 2'
);
"""


@dataclass(frozen=True, slots=True)
class IndexLine:
    """One line of the index. `level`: 0 for main terms. `cells`: the codes of the two tables, by column."""

    letter: str
    level: int
    term: str
    nonessential: str = ""
    see: str = ""
    see_also: str = ""
    code: str = ""
    cells: tuple[str, ...] = ()


def read_index(file: OfficialFile, kind: Kind) -> list[IndexLine]:
    """Read one part of the index, the XML of the CDC or the same as CSV. Raises BadFile where it is another part."""
    lines = _read_xml(file, kind) if file.data.lstrip()[:1] == b"<" else _read_csv(file, kind)
    if not lines:
        raise BadFile(f"{file.name} holds no entries of {_NAMES[kind]}.")
    if kind is Kind.NEOPLASM:
        lines = _lettered(lines)
    _check(file, kind, lines)
    return lines


def write_index(db: sqlite3.Connection, lines: Sequence[IndexLine], *, meta: Mapping[str, str]) -> None:
    """Write lines and what describes them into a new file."""
    db.executescript(_TABLES)
    db.execute("BEGIN")
    above: list[tuple[int, IndexLine]] = []
    entries, words = [], []
    for number, line in enumerate(lines, start=1):
        while above and above[-1][1].level >= line.level:
            above.pop()
        parent = above[-1][0] if above else None
        entries.append(
            (
                number, line.letter, line.level, parent, line.term, line.nonessential, line.see, line.see_also,
                line.code, json.dumps(line.cells),
            )
        )  # fmt: skip
        words.append((number, line.term, " / ".join(one.term for _, one in above), line.nonessential))
        above.append((number, line))
    db.executemany("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", entries)
    db.executemany("INSERT INTO find (rowid, term, above, modifiers) VALUES (?, ?, ?, ?)", words)
    db.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
    db.execute("COMMIT")
    db.execute("INSERT INTO find (find) VALUES ('optimize')")


def _read_xml(file: OfficialFile, kind: Kind) -> list[IndexLine]:
    try:
        root = fromstring(file.data)
    except ParseError as error:
        raise BadFile(f"{file.name} is no whole XML file: {error}.") from error
    except DefusedXmlException as error:
        raise BadFile(f"{file.name} is not safe to read: {error!r}.") from error
    if root.tag != "ICD10CM.index":
        raise BadFile(f"{file.name} is not {_NAMES[kind]}: its outermost element is {root.tag}.")
    heading = _plain(root.find("indexHeading/head"))
    found = {"Neoplasm": Kind.NEOPLASM, "Substance": Kind.DRUGS}.get(heading)
    if found is not (kind if kind in COLUMNS else None):
        raise BadFile(f"{file.name} is {_NAMES[found] if found else 'an index without columns'}, not {_NAMES[kind]}.")
    return [
        line
        for letter in root.iterfind("letter")
        for term in letter.iterfind("mainTerm")
        for line in _terms(term, _plain(letter.find("title")), 0, kind, file)
    ]


def _terms(element: Element, letter: str, level: int, kind: Kind, file: OfficialFile) -> Iterator[IndexLine]:
    title = element.find("title")
    if title is None or level > _DEEPEST:
        raise BadFile(f"{file.name}: an entry under {letter} has no title or lies {level} levels deep.")
    nonessential = " ".join(_plain(part) for part in title.iterfind("nemod"))
    term = " ".join(" ".join([title.text or "", *(part.tail or "" for part in title)]).split())
    also = [_plain(part) for tag in ("seeAlso", "seecat", "subcat") for part in element.iterfind(tag)]
    code = plain(_plain(element.find("code")))
    if manifestation := plain(_plain(element.find("manif"))):
        code = f"{code} [{manifestation}]".strip()
    by_column = {part.attrib.get("col", ""): plain(_plain(part)) for part in element.iterfind("cell")}
    cells = tuple(by_column.get(str(at + 2), "") for at in range(len(COLUMNS.get(kind, ()))))
    see = ", ".join(_plain(part) for part in element.iterfind("see"))
    yield IndexLine(letter, level, term, nonessential, see, ", ".join(also), code, cells if any(cells) else ())
    for below in element.iterfind("term"):
        yield from _terms(below, letter, level + 1, kind, file)


def _read_csv(file: OfficialFile, kind: Kind) -> list[IndexLine]:
    rows = csv.DictReader(io.StringIO(file.text()), strict=True)
    rows.fieldnames = heads = [plain(head).strip() for head in rows.fieldnames or ()]
    missing = [head for head in (*_HEADS, *_CELLS.get(kind, ("Code",))) if head not in heads]
    if missing:
        raise BadFile(f"{file.name} is not {_NAMES[kind]}: it has no column {', '.join(missing)}.")
    lines: list[IndexLine] = []
    try:
        for row in rows:
            at = f"{file.name}, line {rows.line_num}"
            if None in row or None in row.values():
                raise BadFile(f"{at} does not have the {len(heads)} cells of its heads: the file is cut short.")
            level = plain(row["Level"]).strip()
            if not level.isdecimal() or int(level) > (lines[-1].level + 1 if lines else 0):
                raise BadFile(f"{at}: level {level!r} does not follow from the line before.")
            if row.get("RowID", str(len(lines) + 1)) != str(len(lines) + 1):
                raise BadFile(f"{at}: row {row['RowID']} comes where {len(lines) + 1} is expected.")
            cells = tuple(plain(row[name]).strip() for name in _CELLS.get(kind, ()))
            lines.append(
                IndexLine(
                    letter=plain(row.get("Letter", "")).strip(),
                    level=int(level),
                    term=row["Term"].strip(),
                    nonessential=row.get("NonEssModif", "").strip(),
                    see=row.get("See", "").strip(),
                    see_also=row.get("SeeAlso", "").strip(),
                    code=plain(row.get("Code", "")).strip(),
                    cells=cells if any(cells) else (),
                )
            )
    except csv.Error as error:
        raise BadFile(f"{file.name}, line {rows.line_num} is no whole row of a table: {error}.") from error
    return lines


def _lettered(lines: Sequence[IndexLine]) -> list[IndexLine]:
    """Give the lines of the Neoplasm Table, which is one main term, the first letter of the site they belong to."""
    letter = ""
    found = []
    for line in lines:
        if line.level == 1:
            letter = next((c for c in line.term.upper() if c.isalpha()), "#")
        found.append(
            IndexLine(letter, line.level, line.term, line.nonessential, line.see, line.see_also, line.code, line.cells)
        )
    return found


def _check(file: OfficialFile, kind: Kind, lines: Sequence[IndexLine]) -> None:
    last = max(line.letter for line in lines)
    if last < _LAST_LETTER[kind]:
        raise BadFile(f"{file.name} ends at the letter {last or 'none'} ({lines[-1].term}): it is cut short.")
    if kind in COLUMNS:
        return
    external = sum(bool(re.match("[V-Y]", line.code)) for line in lines)
    coded = sum(bool(line.code) for line in lines)
    if (external * 2 > coded) != (kind is Kind.EXTERNAL_CAUSE):
        other = Kind.INDEX if kind is Kind.EXTERNAL_CAUSE else Kind.EXTERNAL_CAUSE
        raise BadFile(f"{file.name} is {_NAMES[other]}, not {_NAMES[kind]}.")


def _plain(element: Element | None) -> str:
    return "" if element is None else " ".join("".join(element.itertext()).split())
