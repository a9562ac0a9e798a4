"""The code sets of one installation behind one object: look-up, search, cards and facts."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Literal, Self

from coachapp.codesets.boxes import DIAGNOSIS, PROCEDURE, SERVICE, Box
from coachapp.codesets.browse import Browse
from coachapp.codesets.build import release_path
from coachapp.codesets.card import Card, Entry, read_card, read_chapters
from coachapp.codesets.coverage import Gap, gaps
from coachapp.codesets.facts import read_facts
from coachapp.codesets.groups import Group, grouped
from coachapp.codesets.indexbook import IndexBook, IndexEntry, IndexPage
from coachapp.codesets.letters import Letter, hcpcs_letters
from coachapp.codesets.lookup import LookupResult, lookup
from coachapp.codesets.misspelled import meant
from coachapp.codesets.release import Release, View
from coachapp.codesets.search import Hit, Rank, Search
from coachapp.codesets.shelf import INDEX_KINDS, Kind, ReleaseInfo, Shelf
from coachapp.domain.codes import CodeFact, CodeFacts, CodeSystem, search_text

_CACHED_FACTS = 4096


class CodeSets:
    """Every question about codes, answered from the releases of one installation; safe to share between threads.

    `path` is the bundled release; imported ones lie beside it and answer for the dates they cover (`on`). Each method
    raises ReleaseMissing where the bundled file is missing or of another version. Whoever makes one closes it, or uses
    it as a context manager.
    """

    def __init__(self, path: Path) -> None:
        self._shelf = Shelf(path)
        self._index = IndexBook(self._shelf)
        self._searches: dict[Release, Search] = {}
        self._generation = 0
        self._cache: OrderedDict[tuple[str, date, str], dict[str, CodeFact]] = OrderedDict()
        self._lock = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the files; a question under way in another thread is answered, and a later one opens them again."""
        self._shelf.close()
        with self._lock:
            self._searches.clear()

    @property
    def path(self) -> Path:
        """The bundled release file."""
        return self._shelf.path

    @property
    def shelf(self) -> Shelf:
        """The releases side by side, for those who compare them."""
        return self._shelf

    @property
    def _release(self) -> Release:
        return self._shelf.bundled

    @property
    def edition(self) -> date:
        """The first day of the ICD-10-CM edition that titles, notes and search are taken from."""
        return date.fromisoformat(self._release.meta("edition"))

    def lookup(self, text: str, *, on: date, system: CodeSystem | None = None) -> LookupResult:
        """Look up one code as typed; an unknown code gives a result that is neither valid nor billable."""
        return lookup(self._shelf.on(on), text, system=system)

    def meant(self, text: str, *, on: date, system: CodeSystem | None = None) -> CodeFact | None:
        """Return what is known of one code as typed that exists on no date; None where it exists, or nothing is known.

        Its `suggestion`, where there is one, is valid on the date. Without a system, ICD-10-CM is tried first.
        """
        return meant(self._shelf.on(on), text, system=system)

    def search(
        self, text: str, *, limit: int = 20, system: CodeSystem | None = None, on: date | None = None
    ) -> list[Hit]:
        """Search codes and titles; any text is allowed, and nothing found is an empty list.

        `on`: the date whose releases are searched; None is the first day of the bundled edition.
        """
        return self._found(text, limit, tuple(CodeSystem) if system is None else (system,), on)

    def suggest(
        self,
        text: str,
        *,
        box: Literal["diagnosis", "service"],
        claim_form: str,
        limit: int = 10,
        on: date | None = None,
    ) -> list[Hit]:
        """Search what may stand in one box of a claim: ICD-10-CM; HCPCS and licensed CPT; ICD-10-PCS if inpatient."""
        systems: tuple[CodeSystem, ...]
        if box == "diagnosis":
            systems = (CodeSystem.ICD10CM,)
        else:
            systems = (CodeSystem.ICD10PCS,) if claim_form == "inpatient" else (CodeSystem.HCPCS, CodeSystem.CPT)
        return self._found(text, limit, systems, on)

    def search_groups(
        self, text: str, *, systems: Sequence[CodeSystem] | None = None, limit: int = 50, on: date | None = None
    ) -> tuple[Group, ...]:
        """Search as `search` does and put the answers in groups: by system, then by category, block or letter.

        Groups stand in the order of their best answer, answers within a group in order of rank.
        """
        chosen = tuple(CodeSystem) if systems is None else tuple(systems)
        view = self._view(on)
        return grouped(view, self._found(text, limit, chosen, on))

    def hcpcs_letters(self, *, on: date | None = None) -> tuple[Letter, ...]:
        """Return the letters that HCPCS codes begin with, what they are about and how many codes each has."""
        return hcpcs_letters(self._view(on))

    def index_search(
        self, text: str, *, limit: int = 20, kinds: Sequence[Kind] = INDEX_KINDS, on: date | None = None
    ) -> list[IndexEntry]:
        """Search the imported parts of the index to ICD-10-CM; empty where none has been imported."""
        return self._index.search(search_text(text), on=on or self.edition, limit=limit, kinds=kinds)

    def index_entry(self, entry_id: str, *, on: date | None = None) -> IndexPage | None:
        """Open an index entry by its id: what it stands under and all that stands under it."""
        return self._index.page(entry_id, on=on or self.edition)

    def index_letters(self, kind: Kind = Kind.INDEX, *, on: date | None = None) -> tuple[tuple[str, int], ...]:
        """Return the letters of a part of the index and how many main terms (or sites, or substances) each has."""
        return self._index.letters(kind, on=on or self.edition)

    def index_terms(self, letter: str, *, kind: Kind = Kind.INDEX, on: date | None = None) -> tuple[IndexEntry, ...]:
        """Return the main terms of a part of the index under a letter: sites of neoplasms, substances with codes."""
        return self._index.terms(kind, letter, on=on or self.edition)

    def index_parts(self, *, on: date | None = None) -> tuple[ReleaseInfo, ...]:
        """Return the parts of the index that have been imported, the edition that answers for the date of each."""
        return self._index.parts(on or self.edition)

    def releases(self) -> tuple[ReleaseInfo, ...]:
        """Return the releases that stand side by side: the bundled one for each system, then the imported ones."""
        return self._shelf.releases()

    def exempt_list(self, *, on: date) -> ReleaseInfo | None:
        """Return the imported list of POA exempt codes that answers for a date; None where the bundled ranges do."""
        chosen = self._shelf.exempt_list(on)
        return chosen[0] if chosen else None

    def gaps(self, *, on: date) -> tuple[Gap, ...]:
        """Return the code systems for which no release here answers on a date."""
        return gaps(self._shelf.releases(), on=on)

    def facts_for(self, *, on: date, diagnoses: Iterable[str], services: Iterable[str], inpatient: bool) -> CodeFacts:
        """Read what the grader may ask about normalised codes.

        Where another code may be meant by one that never existed, its fact is there too, under its own code.
        """
        return CodeFacts(
            on=on,
            diagnoses=self._facts(DIAGNOSIS, diagnoses, on),
            services=self._facts(PROCEDURE if inpatient else SERVICE, services, on),
        )

    def card(self, code: str, *, on: date, system: CodeSystem | None = None) -> Card | None:
        """Return the full card of a code, block or chapter, or None where there is none."""
        return read_card(self._shelf.on(on), code, system=system)

    def browse(self, on: date) -> Browse:
        """Return the pages of the releases that answer for a date: entries, neighbours, beginnings."""
        return Browse(self._shelf.on(on))

    def chapters(self, *, on: date | None = None) -> tuple[Entry, ...]:
        """Return the chapters of ICD-10-CM in their order: where browsing begins."""
        return read_chapters(self._view(on).chosen[CodeSystem.ICD10CM])

    def _view(self, on: date | None) -> View:
        return self._shelf.on(on or self.edition)

    def _found(self, text: str, limit: int, systems: Sequence[CodeSystem], on: date | None) -> list[Hit]:
        view, text = self._view(on), search_text(text)
        answers: list[tuple[Rank, Hit]] = []
        for release in view.releases:
            own = [system for system, chosen in view.chosen.items() if chosen is release and system in systems]
            if own:
                answers += self._search(release).find(text, limit=limit, systems=own)
        if len(view.releases) > 1:
            answers.sort(key=lambda answer: answer[0])
            # As within one release: where something has all the words, what has fewer of them is no answer.
            fewest = min((rank[0] // 10 for rank, _ in answers if rank[0]), default=0)
            answers = [(rank, hit) for rank, hit in answers if rank[0] // 10 <= fewest]
        return [hit for _, hit in answers[: max(limit, 0)]]

    def _search(self, release: Release) -> Search:
        with self._lock:
            self._forget()
            search = self._searches.get(release)
            if search is None:
                search = Search(release)
                # A release that has just been replaced is searched for the last time: nothing may hold it open.
                if self._shelf.holds(release):
                    self._searches[release] = search
            return search

    def _forget(self) -> None:
        """Forget what was remembered of releases that stand here no longer; the lock must be held."""
        if self._generation != self._shelf.generation:
            self._generation = self._shelf.generation
            self._cache.clear()
            self._searches = {own: search for own, search in self._searches.items() if self._shelf.holds(own)}

    def _facts(self, box: Box, codes: Iterable[str], on: date) -> dict[str, CodeFact]:
        view = self._shelf.on(on)
        wanted = [code for code in dict.fromkeys(codes) if code]
        facts: dict[str, CodeFact] = {}
        missing = []
        with self._lock:
            self._forget()
            for code in wanted:
                key = (box.name, on, code)
                if key in self._cache:
                    self._cache.move_to_end(key)
                    facts |= self._cache[key]
                else:
                    missing.append(code)
        if missing:
            read = read_facts(view, box, codes=missing)
            with self._lock:
                for code in missing:
                    fact = read[code]
                    self._cache[(box.name, on, code)] = {code: fact} | (
                        {fact.suggestion: read[fact.suggestion]} if fact.suggestion else {}
                    )
                while len(self._cache) > _CACHED_FACTS:
                    self._cache.popitem(last=False)
            facts |= read
        return facts


_opened: dict[Path, CodeSets] = {}
_opening = Lock()


def open_codesets(data_dir: Path) -> CodeSets:
    """Return the code sets of an installation, the same object each time; `close_codesets` closes them."""
    with _opening:
        if data_dir not in _opened:
            _opened[data_dir] = CodeSets(release_path(data_dir))
        return _opened[data_dir]


def close_codesets() -> None:
    """Close and forget all that `open_codesets` has opened: before a process ends, or between tests."""
    with _opening:
        opened = list(_opened.values())
        _opened.clear()
    for sets in opened:
        sets.close()
