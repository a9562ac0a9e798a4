"""The index to ICD-10-CM in the book: its parts, main terms and entries, as far as they have been imported."""

from dataclasses import dataclass

from coachapp.codebook.book import Book
from coachapp.codebook.linking import Segment, linked
from coachapp.codesets.indexbook import IndexEntry
from coachapp.codesets.shelf import INDEX_KINDS, Kind

PARTS = {
    Kind.INDEX: "Alphabetic Index",
    Kind.NEOPLASM: "Neoplasm Table",
    Kind.DRUGS: "Table of Drugs and Chemicals",
    Kind.EXTERNAL_CAUSE: "External Cause Index",
}


@dataclass(frozen=True, slots=True)
class IndexLine:
    """One line of the index. `codes`: the column (empty outside the two tables) and the code, cut where it is one."""

    entry: IndexEntry
    codes: tuple[tuple[str, tuple[Segment, ...]], ...]
    indent: int = 0


@dataclass(frozen=True, slots=True)
class IndexPart:
    """One part that has been imported, its edition, and its letters with the number of main terms of each."""

    kind: Kind
    name: str
    edition: str
    letters: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class OpenedEntry:
    """An entry opened: what it stands under, itself, and everything below it."""

    above: tuple[IndexEntry, ...]
    line: IndexLine
    below: tuple[IndexLine, ...]


def parts(book: Book) -> tuple[IndexPart, ...]:
    """Return the imported parts in their usual order; none where nothing was imported."""
    return tuple(
        IndexPart(info.kind, PARTS[info.kind], info.id, book.codesets.index_letters(info.kind, on=book.on))
        for info in book.codesets.index_parts(on=book.on)
    )


def terms(book: Book, kind: Kind, letter: str) -> tuple[IndexLine, ...]:
    """Return the main terms of a part under a letter."""
    return _lines(book, book.codesets.index_terms(letter, kind=kind, on=book.on))


def opened(book: Book, entry_id: str) -> OpenedEntry | None:
    """Open an entry; None where there is none of that id."""
    page = book.codesets.index_entry(entry_id, on=book.on)
    if page is None:
        return None
    line, *below = _lines(book, (page.entry, *page.below), level=page.entry.level)
    return OpenedEntry(page.above, line, tuple(below))


def search(book: Book, text: str, *, limit: int) -> tuple[IndexLine, ...]:
    """Search all imported parts."""
    return _lines(book, book.codesets.index_search(text, limit=limit, on=book.on))


def part_of(text: str) -> Kind | None:
    """Return the part of the index that a name in an address means."""
    return next((kind for kind in INDEX_KINDS if kind.value == text), None)


def _lines(
    book: Book, entries: tuple[IndexEntry, ...] | list[IndexEntry], level: int | None = None
) -> tuple[IndexLine, ...]:
    codes = [(entry, _codes_of(entry)) for entry in entries]
    texts = linked([code for _, own in codes for _, code in own], book.browse)
    return tuple(
        IndexLine(
            entry,
            tuple((column, texts[code]) for column, code in own),
            0 if level is None else min(entry.level - level, 9),
        )
        for entry, own in codes
    )


def _codes_of(entry: IndexEntry) -> list[tuple[str, str]]:
    """Return columns and codes; a column in which the table has a dash only has none."""
    found = entry.cells or (("", entry.code),)
    return [(column, code) for column, code in found if any(sign.isalnum() for sign in code)]
