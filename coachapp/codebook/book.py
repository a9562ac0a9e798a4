"""The book as opened for one request: its date, how its pages are addressed, and what its data cover."""

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from coachapp.codesets import CodeSets
from coachapp.codesets.browse import Browse
from coachapp.domain.codes import CodeSystem
from coachapp.web.filters import day

NAMES = {
    CodeSystem.ICD10CM: "ICD-10-CM",
    CodeSystem.HCPCS: "HCPCS Level II",
    CodeSystem.CPT: "CPT",
    CodeSystem.ICD10PCS: "ICD-10-PCS",
}

_CHAPTER_KEY = re.compile(r"chapter-(\d{1,2})", re.IGNORECASE)


class BadDate(ValueError):
    """The date asked for is no date; the text says so to the reader."""


@dataclass(frozen=True, slots=True)
class Book:
    """The code sets on one date. `chosen`: the reader asked for the date; `fragment`: shown in the drawer of a page."""

    codesets: CodeSets
    browse: Browse
    on: date
    chosen: bool = False
    fragment: bool = False

    @property
    def args(self) -> dict[str, Any]:
        """Return what every link of the book carries on: the date, where one was chosen."""
        return {"on": self.on.isoformat()} if self.chosen else {}

    @property
    def posted_args(self) -> dict[str, Any]:
        """Return what the address of a form carries, so that the answer comes in the same shape."""
        return self.args | ({"fragment": "1"} if self.fragment else {})

    @property
    def licensed(self) -> bool:
        """Say whether the site has a CPT file that its operator has licensed."""
        return self.browse.release_of(CodeSystem.CPT) is not None

    def source(self, system: CodeSystem) -> str:
        """Say which release answers for a system."""
        found = self.browse.release_of(system)
        if found is None:
            return "CPT: numbers only. CPT is the American Medical Association’s; look them up in your own CPT book."
        name, window = found
        span = f"{day(window.first)} to {day(window.last)}"
        if name is not None:
            return f"{NAMES[system]}: release {name}, {span}."
        if system == CodeSystem.ICD10CM:
            return f"ICD-10-CM: titles and notes of the edition of {day(self.codesets.edition)}; dates {span}."
        if system == CodeSystem.HCPCS:
            return f"HCPCS Level II: the list of {span}, without D codes."
        return f"ICD-10-PCS: dates {span}; long titles of fiscal year 2024, definitions of fiscal year 2025."


def key_of(code: str) -> str:
    """Return how a code, block or chapter is written in an address: Chapter 19 as chapter-19."""
    return code.lower().replace(" ", "-") if code.startswith("Chapter ") else code


def code_of(key: str) -> str:
    """Return the code that an address means."""
    match = _CHAPTER_KEY.fullmatch(key)
    return f"Chapter {int(match[1])}" if match else key


def open_book(codesets: CodeSets, asked: str, *, today: date, fragment: bool) -> Book:
    """Open the book on the date asked for; raise BadDate.

    Without one it is today, or the nearest day that the diagnosis codes are known for.
    """
    if asked:
        try:
            on = date.fromisoformat(asked)
        except ValueError:
            raise BadDate(f"The date “{asked[:20]}” cannot be read: write YYYY-MM-DD, such as 2026-04-15.") from None
        return Book(codesets, codesets.browse(on), on, chosen=True, fragment=fragment)
    book = Book(codesets, codesets.browse(today), today, fragment=fragment)
    found = book.browse.release_of(CodeSystem.ICD10CM)
    nearest = min(max(today, found[1].first), found[1].last) if found else today
    return book if nearest == today else replace(book, on=nearest, browse=codesets.browse(nearest))
