"""Search over the code sets, answered in groups by code system."""

from dataclasses import dataclass

from coachapp.codebook import indexing, pages
from coachapp.codebook.book import NAMES, Book
from coachapp.codebook.indexing import IndexLine
from coachapp.codebook.pages import Row
from coachapp.codesets import Entry
from coachapp.codesets.typedcode import read_typed
from coachapp.domain.codes import CodeSystem, service_system
from coachapp.domain.reasons import why_not_a_code
from coachapp.domain.typed_text import is_blank

LONGEST_QUERY = 100
A_GROUP = 20
ONE_SYSTEM = 200
INDEX_LINES = 8


@dataclass(frozen=True, slots=True)
class Part:
    """Answers of one category. `head`: the category, where it has a title."""

    head: Entry | None
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The answers of one code system; `more`: there are others."""

    system: CodeSystem
    heading: str
    parts: tuple[Part, ...]
    more: bool

    @property
    def count(self) -> int:
        """The number of answers shown."""
        return sum(len(part.rows) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Answers:
    """What a search found. `system` is the one asked for, if any; `index`: entries of the index to ICD-10-CM.

    `reason`: what is known of the text as a code that does not exist, where it has a dot or nothing was found.
    """

    text: str
    system: CodeSystem | None
    groups: tuple[Group, ...]
    index: tuple[IndexLine, ...] = ()
    reason: str = ""

    @property
    def count(self) -> str:
        """Say how much was found."""
        number = sum(group.count for group in self.groups)
        if not number:
            return "Nothing found"
        more = "+" if any(group.more for group in self.groups) else ""
        return f"{number}{more} found" if number > 1 or more else "1 found"


def search(book: Book, text: str, *, system: CodeSystem | None = None) -> Answers:
    """Search by code, words, abbreviation or near spelling; an empty text finds nothing."""
    text = " ".join(text.split())[:LONGEST_QUERY]
    if is_blank(text):
        return Answers(text, system, ())
    limit = ONE_SYSTEM if system else A_GROUP
    systems = list(CodeSystem) if system is None else [system]
    found = {each: _found(book, text, each, limit + 1) for each in systems}
    groups = []
    for each, answers in found.items():
        if answers:
            shown, more = answers[:limit], len(answers) > limit
            groups.append(Group(each, NAMES[each], _parts(book, shown), more))
    index = indexing.search(book, text, limit=INDEX_LINES) if system in (None, CodeSystem.ICD10CM) else ()
    # Words may find what a dotted code does not; only codes are written so.
    known = None if groups and "." not in text else book.codesets.meant(text, on=book.on, system=system)
    reason = why_not_a_code(known) if known is not None and known.never_existed else ""
    return Answers(text, system, tuple(groups), index, reason)


def _found(book: Book, text: str, system: CodeSystem, limit: int) -> list[tuple[Entry | None, Entry]]:
    """Return the answers of one system, those of a category together, each with its category."""
    found = [
        (
            Entry(group.head, system, "category", group.title, False) if group.title else None,
            Entry(hit.code, system, "code" if hit.billable else "category", hit.title, hit.billable),
        )
        for group in book.codesets.search_groups(text, systems=(system,), limit=limit, on=book.on)
        for hit in group.hits
    ]
    code = next((code for code, _ in read_typed(text).codes if service_system(code) is CodeSystem.CPT), None)
    if system is CodeSystem.CPT and code and all(own.code != code for _, own in found):
        # Without a licensed file a number is all there is; it still has a page, for one's own notes.
        found.insert(0, (None, Entry(code, system, "code", None, False)))
    return found


def _parts(book: Book, answers: list[tuple[Entry | None, Entry]]) -> tuple[Part, ...]:
    rows = pages.rows(book, (own for _, own in answers))
    parts: list[Part] = []
    for (head, _), row in zip(answers, rows, strict=True):
        if parts and parts[-1].head == head:
            parts[-1] = Part(head, (*parts[-1].rows, row))
        else:
            parts.append(Part(head, (row,)))
    return tuple(parts)
