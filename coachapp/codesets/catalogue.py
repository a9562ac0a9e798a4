"""The code sets of one installation behind one object: look-up, search, cards and facts."""

from collections import OrderedDict
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Literal

from coachapp.codesets.card import Card, Entry, read_card, read_chapters
from coachapp.codesets.facts import DIAGNOSIS, PROCEDURE, SERVICE, Box, read_facts
from coachapp.codesets.lookup import LookupResult, lookup
from coachapp.codesets.release import Release
from coachapp.codesets.search import Hit, Search
from coachapp.domain.codes import CodeFact, CodeFacts, CodeSystem

_CACHED_FACTS = 4096


class CodeSets:
    """Every question about codes, answered from one release file; safe to share between threads.

    Each method raises ReleaseMissing where the file is missing or of another version.
    """

    def __init__(self, path: Path) -> None:
        self._release = Release(path)
        self._search = Search(self._release)
        self._cache: OrderedDict[tuple[str, date, str], dict[str, CodeFact]] = OrderedDict()
        self._lock = Lock()

    @property
    def path(self) -> Path:
        """The release file."""
        return self._release.path

    @property
    def edition(self) -> date:
        """The first day of the ICD-10-CM edition that titles, notes and search are taken from."""
        return date.fromisoformat(self._release.meta("edition"))

    def lookup(self, text: str, *, on: date, system: CodeSystem | None = None) -> LookupResult:
        """Look up one code as typed; an unknown code gives a result that is neither valid nor billable."""
        return lookup(self._release, text, on=on, system=system)

    def search(self, text: str, *, limit: int = 20, system: CodeSystem | None = None) -> list[Hit]:
        """Search codes and titles; any text is allowed, and nothing found is an empty list."""
        return self._search.find(text, limit=limit, systems=tuple(CodeSystem) if system is None else (system,))

    def suggest(
        self, text: str, *, box: Literal["diagnosis", "service"], claim_form: str, limit: int = 10
    ) -> list[Hit]:
        """Search what may stand in one box of a claim: ICD-10-CM, or HCPCS, or ICD-10-PCS on an inpatient form."""
        if box == "diagnosis":
            system = CodeSystem.ICD10CM
        else:
            system = CodeSystem.ICD10PCS if claim_form == "inpatient" else CodeSystem.HCPCS
        return self._search.find(text, limit=limit, systems=(system,))

    def facts_for(self, *, on: date, diagnoses: Iterable[str], services: Iterable[str], inpatient: bool) -> CodeFacts:
        """Read what the grader may ask about normalised codes.

        Where an invalid code has a valid O/0 or I/1 swap, the swapped code's fact is there too, under its own code.
        """
        return CodeFacts(
            on=on,
            diagnoses=self._facts(DIAGNOSIS, diagnoses, on),
            services=self._facts(PROCEDURE if inpatient else SERVICE, services, on),
        )

    def card(self, code: str, *, on: date, system: CodeSystem | None = None) -> Card | None:
        """Return the full card of a code, block or chapter, or None where there is none."""
        return read_card(self._release, code, on=on, system=system)

    def chapters(self) -> tuple[Entry, ...]:
        """Return the chapters of ICD-10-CM in their order: where browsing begins."""
        return read_chapters(self._release)

    def _facts(self, box: Box, codes: Iterable[str], on: date) -> dict[str, CodeFact]:
        wanted = [code for code in dict.fromkeys(codes) if code]
        facts: dict[str, CodeFact] = {}
        missing = []
        with self._lock:
            for code in wanted:
                key = (box.name, on, code)
                if key in self._cache:
                    self._cache.move_to_end(key)
                    facts |= self._cache[key]
                else:
                    missing.append(code)
        if missing:
            read = read_facts(self._release, box, codes=missing, on=on)
            with self._lock:
                for code in missing:
                    fact = read[code]
                    self._cache[(box.name, on, code)] = {code: fact} | (
                        {fact.swap: read[fact.swap]} if fact.swap else {}
                    )
                while len(self._cache) > _CACHED_FACTS:
                    self._cache.popitem(last=False)
            facts |= read
        return facts


def release_path(data_dir: Path) -> Path:
    """Return where an installation keeps its release file."""
    return data_dir / "codesets" / "release.sqlite"


@lru_cache(maxsize=8)
def open_codesets(data_dir: Path) -> CodeSets:
    """Return the code sets of an installation, the same object each time."""
    return CodeSets(release_path(data_dir))
