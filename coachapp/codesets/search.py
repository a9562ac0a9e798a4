"""Search over every code set: code prefixes, words in any order, abbreviations and slips of the finger."""

import json
import threading
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from coachapp.codesets import words
from coachapp.codesets.release import Release
from coachapp.domain.codes import CodeSystem
from coachapp.paths import DATA

SEARCH_WORDS = DATA / "search_words.yaml"

_MOST_WORDS = 12
_LONGEST_WORD = 40
_SYSTEMS = (CodeSystem.ICD10CM, CodeSystem.HCPCS, CodeSystem.ICD10PCS)
_EVERYTHING = (0, 1 << 62)
_CANDIDATES = 150
_AFTER_EVERY_CODE = "\x7f"


@dataclass(frozen=True, slots=True)
class Hit:
    """One answer to a search. `billable`: reportable in the edition searched; a header is not."""

    code: str
    system: CodeSystem
    title: str | None
    billable: bool


class Search:
    """The search over one release. It keeps the vocabulary in memory (about 17,000 words), read at the first search."""

    def __init__(self, release: Release) -> None:
        self._release = release
        self._lock = threading.Lock()
        self._loaded = False
        self._vocabulary: list[str] = []
        self._uses: list[int] = []
        self._ranges: dict[CodeSystem, tuple[int, int]] = {}
        self._other_words: dict[str, list[str]] = {}

    def find(self, text: str, *, limit: int, systems: Sequence[CodeSystem] = _SYSTEMS) -> list[Hit]:
        """Return the best answers, at most `limit`: codes that begin so first, then titles, then other names.

        Among titles those with the whole words come before those with their beginnings, shorter before longer.
        """
        self._load()
        chosen = [system for system in _SYSTEMS if system in systems]
        if limit < 1 or not chosen:
            return []
        found: dict[int, Hit] = {}
        for number, hit in self._by_code(text, chosen, limit):
            found[number] = hit
        if found and "." in text:
            # The beginning of a dotted code, which no words can mean.
            return list(found.values())[:limit]
        for number, hit in self._by_words(text, chosen, limit):
            if len(found) >= limit:
                break
            found.setdefault(number, hit)
        return list(found.values())[:limit]

    def _load(self) -> None:
        if self._loaded:
            return
        with self._lock:
            if self._loaded:
                return
            pairs = self._release.query("SELECT word, uses FROM vocabulary ORDER BY word")
            self._vocabulary = [word for word, _ in pairs]
            self._uses = [uses for _, uses in pairs]
            for system in _SYSTEMS:
                first, last = self._release.meta(f"{system}_first"), self._release.meta(f"{system}_last")
                self._ranges[system] = (int(first), int(last))
            self._other_words = yaml.safe_load(SEARCH_WORDS.read_text(encoding="utf-8"))
            self._loaded = True

    def _by_code(self, text: str, systems: Sequence[CodeSystem], limit: int) -> Iterator[tuple[int, Hit]]:
        """Yield the codes that begin with what was typed, shortest first: the exact code leads."""
        typed = "".join(text.split()).upper()
        bare = typed.replace(".", "")
        if typed.casefold() in self._other_words:
            return
        if not (bare.isascii() and bare.isalnum() and any(c.isdigit() for c in bare) and len(bare) <= 7):
            return
        if "." in typed:
            systems = [system for system in systems if system is CodeSystem.ICD10CM]
        for system in systems:
            yield from self._hits(
                self._release.query(
                    "SELECT id, code, system, title, billable FROM code WHERE bare >= ? AND bare < ? AND system = ?"
                    " AND listed AND kind NOT IN ('chapter', 'block') ORDER BY length(bare), bare LIMIT ?",
                    bare,
                    bare + _AFTER_EVERY_CODE,
                    system,
                    limit,
                )
            )

    def _by_words(self, text: str, systems: Sequence[CodeSystem], limit: int) -> Iterator[tuple[int, Hit]]:
        """Yield answers, best group first: the words are the name; whole words; beginnings of words."""
        tokens = self._tokens(text)
        while tokens:
            any_found = False
            for group in (self._named, self._whole, self._beginnings):
                for row in group(tokens, systems, limit):
                    any_found = True
                    yield row[0], Hit(row[1], CodeSystem(row[2]), row[3], bool(row[4]))
            if any_found:
                return
            # Nothing has all the words: the most common one says least.
            tokens.remove(max(tokens, key=self._frequency))

    def _tokens(self, text: str) -> list[str]:
        """Return the words to look for, spelling corrected; an everyday name of several words counts as one."""
        line = f" {' '.join(words.split(text))} "
        names = [name for name in self._other_words if " " in name and f" {name} " in line]
        for name in names:
            line = line.replace(f" {name} ", " ")
        rest = [self._corrected(word[:_LONGEST_WORD]) for word in words.meaningful(line)]
        # A word that begins nothing would empty every answer; digits may begin a code.
        known = [word for word in rest if self._prefixes(word) or word in self._other_words or not word.isalpha()]
        return list(dict.fromkeys(names + known))[:_MOST_WORDS]

    def _named(self, tokens: Sequence[str], systems: Sequence[CodeSystem], limit: int) -> list[tuple[Any, ...]]:
        """Return the codes of which the words are the whole name."""
        full = [other[0] if (other := self._other_words.get(token)) else token for token in tokens]
        return self._release.query(
            "SELECT id, code.code, system, title, billable FROM phrase JOIN code ON code.id = phrase.code"
            " WHERE text = ? AND system IN (SELECT value FROM json_each(?)) ORDER BY words, length(bare), bare LIMIT ?",
            words.phrase(" ".join(full)),
            json.dumps(systems),
            limit,
        )

    def _whole(self, tokens: Sequence[str], systems: Sequence[CodeSystem], limit: int) -> list[tuple[Any, ...]]:
        if not all(self._complete(token) for token in tokens):
            return []
        query = " AND ".join(self._either(token) for token in tokens)
        rows = self._matching(f"{{title terms}} : ({query})", systems, limit)
        if len(rows) >= _CANDIDATES:
            # Too many to have seen all: those with the words in the title must not be missed.
            rows += self._matching(f"title : ({query})", systems, limit)
        return self._ranked(rows, tokens)

    def _beginnings(self, tokens: Sequence[str], systems: Sequence[CodeSystem], limit: int) -> list[tuple[Any, ...]]:
        # Gathering all words that begin so is the dear part: a complete word is taken as it is, but for the last one,
        # which may not be typed to its end yet.
        marks = ["" if token != tokens[-1] and self._complete(token) else "*" for token in tokens]
        query = " AND ".join(self._either(token, mark) for token, mark in zip(tokens, marks, strict=True))
        return self._ranked(self._matching(f"{{bare title terms}} : ({query})", systems, limit), tokens)

    def _matching(self, query: str, systems: Sequence[CodeSystem], limit: int) -> list[tuple[Any, ...]]:
        """Return matching rows, the first of each system: the row number is the rank within a system.

        The candidates are capped before their titles are fetched, so that a common word costs no more than a rare one.
        """
        if len(systems) == len(_SYSTEMS):
            rows = self._candidates(query, _EVERYTHING, max(_CANDIDATES, limit))
            if len(rows) < max(_CANDIDATES, limit):
                return rows
            # The first systems have filled the cap: ask the others for their best.
            systems = [system for system in systems if rows[-1][0] < self._ranges[system][1]]
            return rows + [row for system in systems for row in self._candidates(query, self._ranges[system], limit)]
        return [
            row for system in systems for row in self._candidates(query, self._ranges[system], max(_CANDIDATES, limit))
        ]

    def _candidates(self, query: str, numbers: tuple[int, int], cap: int) -> list[tuple[Any, ...]]:
        return self._release.query(
            "SELECT id, code, system, title, billable, words FROM"
            " (SELECT rowid AS at FROM find WHERE find MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid LIMIT ?)"
            " JOIN code ON id = at ORDER BY id",
            query,
            *numbers,
            cap,
        )

    def _ranked(self, rows: list[tuple[Any, ...]], tokens: Sequence[str]) -> list[tuple[Any, ...]]:
        """Put first the titles with most of the words as typed, then the titles of fewest words."""
        forms = [
            {token, token.removesuffix("s"), *" ".join(self._other_words.get(token, ())).split()} for token in tokens
        ]

        def rank(row: tuple[Any, ...]) -> tuple[int, int, int]:
            title = set(words.split(row[3] or ""))
            return -sum(not title.isdisjoint(form) for form in forms), row[5], row[0]

        return sorted(rows, key=rank)

    def _complete(self, token: str) -> bool:
        at = bisect_left(self._vocabulary, token)
        return token in self._other_words or self._vocabulary[at : at + 1] == [token]

    def _either(self, token: str, mark: str = "") -> str:
        """Write one word for the full-text index: itself, its singular, or the words it stands for."""
        choices = ["(" + " AND ".join(f'"{word}"{mark}' for word in token.split()) + ")"]
        if token.endswith("s") and len(token) > 4 and self._prefixes(token[:-1]):
            choices.append(f'"{token[:-1]}"')
        for other in self._other_words.get(token, ()):
            choices.append("(" + " AND ".join(f'"{word}"{mark}' for word in words.meaningful(other)) + ")")
        return f"({' OR '.join(choices)})"

    def _corrected(self, token: str) -> str:
        """Return the nearest word of the vocabulary for a word that begins none; a number is never corrected."""
        if len(token) < 4 or any(c.isdigit() for c in token) or token in self._other_words or self._prefixes(token):
            return token
        cutoff = 1 if len(token) < 6 else 2
        near = extract(token, self._vocabulary, scorer=OSA.distance, score_cutoff=cutoff, limit=20)
        best = min(near, key=lambda found: (found[1], -self._uses[found[2]]), default=None)
        return best[0] if best else token

    def _prefixes(self, token: str) -> bool:
        at = bisect_left(self._vocabulary, token)
        return at < len(self._vocabulary) and self._vocabulary[at].startswith(token)

    def _frequency(self, token: str) -> int:
        first = bisect_left(self._vocabulary, token)
        last = bisect_left(self._vocabulary, token + "\U0010ffff")
        return sum(self._uses[first:last])

    @staticmethod
    def _hits(rows: list[tuple[Any, ...]]) -> Iterator[tuple[int, Hit]]:
        for number, code, system, title, billable in rows:
            hit = Hit(code, CodeSystem(system), title, bool(billable))
            yield number, hit
