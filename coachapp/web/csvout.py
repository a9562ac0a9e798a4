"""Write tables that people download: CSV that spreadsheets open rightly, and a workbook. Programs get JSON.

A CSV file begins with the mark of UTF-8, without which Excel takes accents for two signs each; its texts are guarded
(see coachapp.domain.cells). The workbook needs no guard: each cell of it says what it is.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from enum import Enum
from typing import IO, Any

import xlsxwriter

from coachapp.domain.cells import guarded

MARK = "\ufeff"
MIMETYPE = "text/csv; charset=utf-8"
# What Excel takes in one cell, and the digits of a number that it keeps.
MOST_CELL = 32_767
MOST_WHOLE = 10**15
_CUT = " … (cut here: the whole is in data.json)"
_LONGEST_NAME = 31


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Return a table as the text of a CSV file for people, its mark first."""
    out = io.StringIO()
    out.write(MARK)
    writer = csv.writer(out)
    writer.writerow([guarded(name) for name in columns])
    writer.writerows([_csv_cell(row[name]) for name in columns] for row in rows)
    return out.getvalue()


def workbook(tables: Iterable[tuple[str, Sequence[str], Iterable[Mapping[str, Any]]]]) -> IO[bytes]:
    """Return a workbook with a sheet for each table (name, columns, rows), as an open file at its start."""
    file = io.BytesIO()
    # Nothing that a learner typed becomes a formula, a link or a number.
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(file, options) as book:
        bold = book.add_format({"bold": True})
        for name, columns, rows in tables:
            sheet = book.add_worksheet(name[:_LONGEST_NAME])
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, max(0, len(columns) - 1), 18)
            for place, column in enumerate(columns):
                sheet.write_string(0, place, column, bold)
            for line, row in enumerate(rows, start=1):
                for place, column in enumerate(columns):
                    _write(sheet, line, place, row[column])
    file.seek(0)
    return file


def _plain(value: Any) -> Any:
    """Return a value as text, number, truth or None: JSON for lists and objects, ISO 8601 for moments and days."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list, tuple)) else value


def _csv_cell(value: Any) -> Any:
    found = _plain(value)
    if isinstance(found, bool) or found is None:
        return found
    if isinstance(found, int) and abs(found) >= MOST_WHOLE:
        return guarded(str(found))  # its last digits would become zeros
    typed = isinstance(value, str) and not isinstance(value, Enum)
    return guarded(found) if typed else found


def _write(sheet: Any, line: int, place: int, value: Any) -> None:
    found = _plain(value)
    if found is None:
        return
    if isinstance(found, bool):
        sheet.write_boolean(line, place, found)
    elif isinstance(found, float) or (isinstance(found, int) and abs(found) < MOST_WHOLE):
        sheet.write_number(line, place, found)
    else:
        text = str(found)
        sheet.write_string(line, place, text if len(text) <= MOST_CELL else text[: MOST_CELL - len(_CUT)] + _CUT)
