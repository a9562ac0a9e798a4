"""The pages of the book, built from the code sets alone; what a person keeps is read apart from them.

Nothing here knows who reads, so that whoever must close the book during an exam does it in one place, the routes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from coachapp.codebook.book import Book
from coachapp.codebook.linking import Segment, linked
from coachapp.codesets import Card, Entry, State
from coachapp.codesets.pcs import LENGTH, Axis, axis_name, read_out
from coachapp.codesets.release import UNKNOWN
from coachapp.domain.codes import CodeSystem, Note, NoteKind, normalise_service, service_system, undotted
from coachapp.web.filters import day

SHELF = 200
"""The most codes one page lists; more are reached by their next character."""

# The lists of the other systems say of a code only that it is in them.
_DATED = (CodeSystem.ICD10CM, CodeSystem.ICD10PCS)

KINDS = {
    NoteKind.INCLUSION_TERM: "Inclusion terms",
    NoteKind.INCLUDES: "Includes",
    NoteKind.EXCLUDES1: "Excludes1: not coded here, and not together",
    NoteKind.EXCLUDES2: "Excludes2: not part of this, but may be coded as well",
    NoteKind.CODE_FIRST: "Code first",
    NoteKind.USE_ADDITIONAL: "Use additional code",
    NoteKind.CODE_ALSO: "Code also",
    NoteKind.NOTE: "Notes",
}


@dataclass(frozen=True, slots=True)
class Row:
    """An entry in a list, and its state on the date; chapters and blocks have none."""

    entry: Entry
    state: State | None


@dataclass(frozen=True, slots=True)
class NoteLine:
    """One official note, its text cut where it names codes."""

    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class NotePlace:
    """The notes of one kind that stand at one place. `at` is None for the entry's own."""

    at: Entry | None
    lines: tuple[NoteLine, ...]


@dataclass(frozen=True, slots=True)
class NoteGroup:
    """All notes of one kind in force, the entry's own first, then the nearest."""

    kind: NoteKind
    heading: str
    places: tuple[NotePlace, ...]


@dataclass(frozen=True, slots=True)
class Seventh:
    """One row of a 7th-character table. `code`: the whole code it gives here, where it gives one."""

    character: str
    meaning: str
    code: str | None
    here: bool


@dataclass(frozen=True, slots=True)
class SeventhTable:
    """The 7th characters in force. `applied`: the rows give whole codes, or else codes further below take them."""

    stem: str
    notes: tuple[NoteLine, ...]
    rows: tuple[Seventh, ...]
    applied: bool


@dataclass(frozen=True, slots=True)
class EntryPage:
    """One entry. `standing`: tone (good, warn, bad, plain) and words on whether it may be reported on the date."""

    entry: Entry
    state: State | None
    standing: tuple[str, str] | None
    validity: str | None
    path: tuple[Entry, ...]
    groups: tuple[NoteGroup, ...] = ()
    seventh: SeventhTable | None = None
    axes: tuple[Axis, ...] = ()
    children: tuple[Row, ...] = ()
    before: Entry | None = None
    after: Entry | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A character that may follow a beginning, what it says (where known), and how many codes go on so."""

    key: str
    words: str | None
    count: int


@dataclass(frozen=True, slots=True)
class ShelfPage:
    """What begins with given characters: either the codes themselves, or the characters that may follow."""

    system: CodeSystem
    beginning: str
    axes: tuple[Axis, ...] = ()
    next_name: str = ""
    choices: tuple[Choice, ...] = ()
    rows: tuple[Row, ...] = ()


def chapters(book: Book) -> tuple[Row, ...]:
    """Return the chapters of ICD-10-CM."""
    return tuple(Row(entry, None) for entry in book.codesets.chapters(on=book.on))


def rows(book: Book, entries: Iterable[Entry]) -> tuple[Row, ...]:
    """Return entries with their state on the book's date."""
    entries = tuple(entries)
    states = book.browse.states(entries)
    return tuple(Row(entry, states.get((entry.system, entry.code))) for entry in entries)


def shelf_page(book: Book, system: CodeSystem, beginning: str) -> ShelfPage | None:
    """Return what begins so in HCPCS Level II or ICD-10-PCS; None where nothing does."""
    codes: tuple[Entry, ...] = ()
    if beginning:
        codes = book.browse.beginning(system, beginning, limit=SHELF + 1)
        if not codes:
            return None
    axes = read_out(beginning) if system is CodeSystem.ICD10PCS else ()
    # The first three characters of a procedure code name its table: they are chosen one by one.
    by_character = len(codes) > SHELF or not beginning or (axes and len(beginning) < 3)
    if not by_character:
        return ShelfPage(system, beginning, axes, rows=rows(book, codes))
    return ShelfPage(system, beginning, axes, *_choices(book, system, beginning))


def _choices(book: Book, system: CodeSystem, beginning: str) -> tuple[str, tuple[Choice, ...]]:
    """Return what the next character is called and the characters there are."""
    known: dict[str, str | None] = {}
    if system is CodeSystem.HCPCS and not beginning:
        known = {letter.start: letter.name for letter in book.codesets.hcpcs_letters(on=book.on)}
    choices = []
    for character, count in book.browse.next_characters(system, beginning):
        key = beginning + character
        if system is CodeSystem.ICD10PCS:
            axis = read_out(key)[-1]
            known[key] = axis.value or f"{axis.name.lower()} {character}"
        choices.append(Choice(key, known.get(key), count))
    if system is CodeSystem.ICD10PCS:
        return axis_name(beginning), tuple(choices)
    return "Next character" if beginning else "First character", tuple(choices)


def entry_page(book: Book, system: CodeSystem, code: str) -> EntryPage | None:
    """Return the page of one entry; None where the system has no such entry."""
    if system is CodeSystem.CPT and not book.licensed:
        return _bare_number(code)
    card = book.codesets.card(code, on=book.on, system=system)
    if card is None or card.entry.system is not system:
        return None
    entry, is_code = card.entry, card.entry.kind not in ("chapter", "block")
    texts = linked([note.text for note in card.notes], book.browse)
    below = book.browse.billable_below(entry) if is_code and not entry.billable else 0
    seventh = _seventh(book, card, texts)
    before, after = book.browse.neighbours(entry)
    return EntryPage(
        entry=entry,
        state=card.state if is_code else None,
        standing=_standing(book, card, seventh=seventh, below=below) if is_code else None,
        validity=_validity(book, card) if is_code and system in _DATED else None,
        path=card.path,
        groups=_groups(card, texts),
        seventh=seventh,
        axes=read_out(entry.code) if system is CodeSystem.ICD10PCS else (),
        children=rows(book, card.children),
        before=before,
        after=after,
    )


def _bare_number(code: str) -> EntryPage | None:
    """Return the page of a CPT number on a site without a CPT file: a place for one's own notes."""
    code = normalise_service(code)[0]
    if service_system(code) is not CodeSystem.CPT:
        return None
    standing = ("plain", "Not checked: this site holds CPT numbers only. Look it up in your own CPT book.")
    return EntryPage(Entry(code, CodeSystem.CPT, "code", None, False), UNKNOWN, standing, None, ())


def _standing(book: Book, card: Card, *, seventh: SeventhTable | None, below: int) -> tuple[str, str]:
    state, on = card.state, day(book.on)
    if state.valid is None:
        covered = book.browse.release_of(card.entry.system)
        span = f": our data cover {day(covered[1].first)} to {day(covered[1].last)}" if covered else ""
        return "plain", f"Not known for {on}{span}.{_how_to_know(book, card.entry.system)}"
    if not state.valid:
        return "bad", _not_valid(state, book)
    if state.billable:
        return "good", f"Reportable on {on}."
    if seventh and seventh.applied:
        return "warn", "Not reportable as it stands: add one of the 7th characters below."
    if below:
        codes = "1 code" if below == 1 else f"{below:,} codes"
        return "warn", f"Not reportable as it stands: a heading over {codes}. Choose the one the record supports."
    return "warn", f"Not reportable as it stands on {on}: it needs more characters."


def _how_to_know(book: Book, system: CodeSystem) -> str:
    """Say what ends the gap in which the book's date lies, where it lies in one."""
    gap = next((gap for gap in book.codesets.gaps(on=book.on) if gap.system is system), None)
    return f" An administrator can import the current file ({gap.command})." if gap else ""


def _not_valid(state: State, book: Book) -> str:
    if state.last and state.last < book.on:
        return f"Not valid on {day(book.on)}: it could be reported until {day(state.last)}."
    if state.first and state.first > book.on:
        return f"Not valid on {day(book.on)}: it is reported from {day(state.first)}."
    return f"Not valid on {day(book.on)}."


def _validity(book: Book, card: Card) -> str | None:
    """Say from when to when an entry is valid; an end that is only that of our data is said to be that."""
    state, covered = card.state, book.browse.release_of(card.entry.system)
    if covered is None or not (state.valid or state.first or state.last):
        return None
    first = _unbroken(state.first) if state.first else f"{_unbroken(covered[1].first)} or earlier"
    return f"{first} to {_unbroken(state.last)}" if state.last else f"{first}, no end known"


def _unbroken(on: date) -> str:
    """Return a day that a narrow page does not tear apart."""
    return day(on).replace(" ", "\u00a0")


def _groups(card: Card, texts: dict[str, tuple[Segment, ...]]) -> tuple[NoteGroup, ...]:
    above = {entry.code: entry for entry in card.path}
    groups = []
    for kind, heading in KINDS.items():
        places: dict[str, list[Note]] = {}
        for note in card.notes:
            if note.kind is kind:
                places.setdefault(note.at, []).append(note)
        if places:
            found = tuple(
                NotePlace(above.get(at), tuple(NoteLine(texts[note.text]) for note in notes))
                for at, notes in places.items()
            )
            groups.append(NoteGroup(kind, heading, found))
    return tuple(groups)


def _seventh(book: Book, card: Card, texts: dict[str, tuple[Segment, ...]]) -> SeventhTable | None:
    if not card.seventh:
        return None
    bare = undotted(card.entry.code)
    stem = bare[: LENGTH - 1].ljust(LENGTH - 1, "X")
    written = f"{stem[:3]}.{stem[3:]}"
    codes = {character: written + character for character, _ in card.seventh}
    known = book.browse.entries((CodeSystem.ICD10CM, code) for code in codes.values())
    table = tuple(
        Seventh(
            character,
            meaning,
            code if (CodeSystem.ICD10CM, code := codes[character]) in known else None,
            code == card.entry.code,
        )
        for character, meaning in card.seventh
    )
    notes = tuple(NoteLine(texts[note.text]) for note in card.notes if note.kind is NoteKind.SEVENTH)
    return SeventhTable(written, notes, table, any(row.code for row in table))
