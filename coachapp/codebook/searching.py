"""Search over the code sets, answered in groups by code system."""

from dataclasses import dataclass

from coachapp.codebook import pages
from coachapp.codebook.book import NAMES, Book
from coachapp.codebook.pages import Row
from coachapp.codesets import Entry
from coachapp.domain.codes import CodeSystem, service_system

LONGEST_QUERY = 100
A_GROUP = 20
ONE_SYSTEM = 200


@dataclass(frozen=True, slots=True)
class Group:
    """The answers of one code system; `more`: there are others."""

    system: CodeSystem
    heading: str
    rows: tuple[Row, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class Answers:
    """What a search found. `system` is the one asked for, if any."""

    text: str
    system: CodeSystem | None
    groups: tuple[Group, ...]

    @property
    def count(self) -> str:
        """Say how much was found."""
        number = sum(len(group.rows) for group in self.groups)
        if not number:
            return "Nothing found"
        more = "+" if any(group.more for group in self.groups) else ""
        return f"{number}{more} found" if number > 1 or more else "1 found"


def search(book: Book, text: str, *, system: CodeSystem | None = None) -> Answers:
    """Search by code, words, abbreviation or near spelling; an empty text finds nothing."""
    text = " ".join(text.split())[:LONGEST_QUERY]
    if not text:
        return Answers(text, system, ())
    limit = ONE_SYSTEM if system else A_GROUP
    found: list[Entry] = []
    counts = {}
    for each in CodeSystem if system is None else (system,):
        hits = _entries(book, text, each, limit + 1)
        counts[each] = len(hits)
        found += hits[:limit]
    groups = []
    shown = pages.rows(book, found)
    for each, count in counts.items():
        own = tuple(row for row in shown if row.entry.system is each)
        if own:
            groups.append(Group(each, NAMES[each], own, count > limit))
    return Answers(text, system, tuple(groups))


def _entries(book: Book, text: str, system: CodeSystem, limit: int) -> list[Entry]:
    code = text.upper()
    found = [
        Entry(hit.code, hit.system, "code" if hit.billable else "category", hit.title, hit.billable)
        for hit in book.codesets.search(text, limit=limit, system=system, on=book.on)
    ]
    if system is CodeSystem.CPT and service_system(code) is system and all(entry.code != code for entry in found):
        # Without a licensed file a number is all there is; it still has a page, for one's own notes.
        found.insert(0, Entry(code, system, "code", None, False))
    return found
