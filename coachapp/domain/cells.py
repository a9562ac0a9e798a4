"""Cells of tables that people open in a spreadsheet: which texts need a guard, and how files of theirs are read.

Excel, Numbers and LibreOffice turn a cell of a CSV file into a number, date or formula by its look alone, and quoting
it does not keep them from it. `="00100"` is a formula, which LibreOffice and Numbers show as such; a tab or a
zero-width space in front is not seen and breaks every look-up. An apostrophe in front, the sign that people type in a
spreadsheet to keep a text, is seen in all three, loses nothing, and is taken off again by `plain`. Where it would be in
the way, there is the workbook (coachapp.web.csvout), whose cells say themselves that they are texts.
"""

import codecs
import re
import unicodedata

GUARD = "'"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
# What every spreadsheet shows as it is written: at most 15 digits (all that Excel keeps), no zero in front or behind.
_SHOWN_AS_WRITTEN = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{0,5}[1-9])?")
_MONTH = r"jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec"
_LOOKS_LIKE_A_VALUE = re.compile(
    rf"""
    [0-9\W_]*[0-9][0-9\W_]*                              # digits and signs only: 00100, 1/2, 10-10, 12:30, 1,234, 50%
    | [0-9.,]+\ *e\ *[+-]?[0-9]+                         # 1E10, 3E03317
    | ({_MONTH})[a-z]*[\ .,/-]*[0-9].*                   # MAR1, May 12
    | [0-9]+[\ .,/-]*({_MONTH})[a-z]*[\ .,/-]*[0-9]*     # 12 May, 1-Dec-26
    | [0-9:. ]+\ *[ap]\.?m?\.?                           # 12:30 pm, 5 p
    | true | false | nan | inf(inity)?
    """,
    re.VERBOSE | re.IGNORECASE,
)


def guarded(text: str) -> str:
    """Return a text for a cell of a CSV file, with an apostrophe before what a spreadsheet would not leave as it is."""
    # Japanese and Chinese spreadsheets take full-width signs for the plain ones.
    seen = unicodedata.normalize("NFKC", text)
    bare = seen.strip()
    if (
        text.startswith(GUARD)
        or seen.startswith(_FORMULA)
        or bare.startswith(("=", "+", "-", "@"))
        or (_LOOKS_LIKE_A_VALUE.fullmatch(bare) and not _SHOWN_AS_WRITTEN.fullmatch(text))
    ):
        return f"{GUARD}{text}"
    return text


def plain(cell: str) -> str:
    """Return what a cell says, without the guard that `guarded` or a person put before it."""
    return cell.removeprefix(GUARD)


def text_of(raw: bytes) -> str:
    """Return the text of a file of cells: UTF-8, or UTF-16 with its mark. Raises UnicodeDecodeError."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16")
    return raw.decode("utf-8-sig")


def separator_of(text: str) -> str:
    """Return what stands between the cells of a table: comma, or the semicolon or tab of a first line without one."""
    first = text.partition("\n")[0]
    if "," in first:
        return ","
    return next((sign for sign in (";", "\t") if sign in first), ",")
