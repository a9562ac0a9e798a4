"""Search over the code sets of one release file: code prefixes, words in any order, abbreviations and slips."""

import json
import threading
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import combinations

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from coachapp.codesets import words
from coachapp.codesets.descriptors import spelled_out
from coachapp.codesets.direct import COLUMNS, SYSTEMS, Direct, Hit, Rank, Row, to_hit
from coachapp.codesets.phrases import phrase_words
from coachapp.codesets.release import Release
from coachapp.codesets.synonyms import other_words
from coachapp.domain.codes import CodeSystem

__all__ = ["Hit", "Rank", "Search"]

_MOST_WORDS = 12
_LONGEST_WORD = 40
_CANDIDATES = 150
_MOST_HEADERS = 3  # headers that bring their plain code along
_REMEMBERED = 4096  # words and what they were corrected to
_LOST = 10  # from this rank on an answer lacks a word


class Search:
    """The search over one release. It keeps the vocabulary in memory (about 20,000 words), read at the first search."""

    def __init__(self, release: Release) -> None:
        self._release = release
        self._lock = threading.Lock()
        self._loaded = False
        self._vocabulary: list[str] = []
        self._uses: list[int] = []
        self._ranges: dict[CodeSystem, tuple[int, int]] = {}
        self._other_words: dict[str, list[str]] = {}
        self._spellings: list[str] = []
        # Phrases and titles are asked for the same words.
        self._corrected = lru_cache(maxsize=_REMEMBERED)(self._nearest)
        self._direct = Direct(release, self._ranked, self._corrected)

    def find(self, text: str, *, limit: int, systems: Sequence[CodeSystem] = SYSTEMS) -> list[tuple[Rank, Hit]]:
        """Return the best answers, at most `limit`: codes that begin so first, then titles, then other names.

        Among titles those with the whole words come before those with their beginnings, shorter before longer. The
        ranks compare with those of other releases; smaller is better.
        """
        self._load()
        chosen = [system for system in self._ranges if system in systems]
        if limit < 1 or not chosen:
            return []
        meant = self._direct.find(text, chosen, limit)
        found = {hit[0]: hit[1:] for hit in meant.first}
        if meant.text:
            for number, rank, hit in self._by_words(meant.text, chosen, limit):
                if rank[0] >= _LOST:
                    # Titles that lack a word come after the codes of a phrase that lacks some, too.
                    found |= {late[0]: late[1:] for late in meant.late if late[0] not in found}
                if len(found) >= limit:
                    break
                found.setdefault(number, (rank, hit))
        found |= {late[0]: late[1:] for late in meant.late if late[0] not in found}
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
            self._ranges = {
                system: (int(self._release.meta(f"{system}_first")), int(self._release.meta(f"{system}_last")))
                for system in self._release.windows
            }
            self._other_words = other_words()
            self._spellings = [*self._vocabulary, *sorted(phrase_words().difference(self._vocabulary))]
            self._loaded = True

    def _by_words(self, text: str, systems: Sequence[CodeSystem], limit: int) -> Iterator[tuple[int, Rank, Hit]]:
        """Yield answers, best group first: the words are the name; whole words; beginnings; all words but one.

        A header is followed by the code that says no more than it does (I50 by I50.9).
        """
        tokens, lost = self._tokens(text)
        headers: dict[int, Rank] = {}
        answers = 0
        for rank, row in self._answers(tokens, lost, systems=systems, limit=limit):
            answers += 1
            yield row[0], rank, to_hit(row)
            if row[6] is not None and row[0] not in headers and len(headers) < _MOST_HEADERS:
                headers[row[0]] = rank
                for plain in self._numbered(row[6]):
                    yield plain[0], rank, to_hit(plain)
        if answers < limit:
            for header, rank in headers.items():
                for row in self._below(header):
                    yield row[0], rank, to_hit(row)

    def _answers(
        self, tokens: list[str], lost: int, *, systems: Sequence[CodeSystem], limit: int
    ) -> Iterator[tuple[Rank, Row]]:
        """Yield answers with their rank, whose first number tells in tens how many words were lost or given up."""
        dropped = lost
        while tokens:
            seen = set()
            for group, ask in enumerate((self._named, self._whole, self._beginnings), start=1):
                for matched, row in ask(tokens, systems, limit):
                    seen.add(row[0])
                    yield (10 * dropped + group, -matched, row[5]), row
            if not seen and dropped == lost and len(tokens) > 1:
                for matched, row in self._all_but_one(tokens, systems, limit):
                    seen.add(row[0])
                    yield (10 * dropped + 10, -matched, row[5]), row
            if seen:
                return
            # Nothing has the words: the most common one says least.
            tokens.remove(max(tokens, key=self._frequency))
            dropped += 1

    def _tokens(self, text: str) -> tuple[list[str], int]:
        """Return the words to look for, and how many of those typed had to be passed over or spelled anew.

        An everyday name of several words counts as one.
        """
        line = f" {' '.join(words.split(text))} "
        names = []
        for name in sorted(self._names_within(line), key=len, reverse=True):
            if f" {name} " in line:
                names.append(name)
                line = line.replace(f" {name} ", " ")
        typed = [word[:_LONGEST_WORD] for word in words.meaningful(line)]
        rest = [self._corrected(word) for word in typed]
        # A word that begins nothing would empty every answer; digits may begin a code.
        known = [
            word
            for word in rest
            if self._prefixes(word) or word in self._other_words or self._inflected(word) or not word.isalpha()
        ]
        lost = len(set(typed) - set(known))
        return list(dict.fromkeys(names + known))[:_MOST_WORDS], lost

    def _names_within(self, line: str) -> list[str]:
        return [name for name in self._other_words if " " in name and f" {name} " in line]

    def _named(self, tokens: Sequence[str], systems: Sequence[CodeSystem], limit: int) -> list[tuple[int, Row]]:
        """Return the codes of which the words are the whole name."""
        full = [other[0] if (other := self._other_words.get(token)) else token for token in tokens]
        rows = self._release.query(
            f"SELECT {COLUMNS} FROM phrase JOIN code ON code.id = phrase.code"  # noqa: S608
            " WHERE text = ? AND system IN (SELECT value FROM json_each(?)) ORDER BY words, length(bare), bare LIMIT ?",
            words.phrase(" ".join(full)),
            json.dumps(systems),
            limit,
        )
        return [(0, row) for row in rows]

    def _whole(self, tokens: Sequence[str], systems: Sequence[CodeSystem], limit: int) -> list[tuple[int, Row]]:
        if not all(self._complete(token) for token in tokens):
            return []
        query = " AND ".join(self._either(token) for token in tokens)
        rows = self._matching(f"{{title terms}} : ({query})", systems, limit)
        if len(rows) >= _CANDIDATES:
            # Too many to have seen all: those with the words in the title must not be missed.
            rows += self._matching(f"title : ({query})", systems, limit)
        return self._ranked(rows, tokens)

    def _beginnings(self, tokens: Sequence[str], systems: Sequence[CodeSystem], limit: int) -> list[tuple[int, Row]]:
        query = " AND ".join(self._begun(tokens))
        return self._ranked(self._matching(f"{{bare title terms}} : ({query})", systems, limit), tokens)

    def _all_but_one(self, tokens: Sequence[str], systems: Sequence[CodeSystem], limit: int) -> list[tuple[int, Row]]:
        """Return what has every word but any one of them: a coder's word more or less than the title has.

        Such an answer has two of the three rarest words; the others are counted in the titles, which is cheaper.
        """
        rare = self._begun(sorted(tokens, key=self._frequency)[:3])
        if len(rare) == 2:
            query = " OR ".join(rare)
        else:
            query = " OR ".join(f"({one} AND {other})" for one, other in combinations(rare, 2))
        ranked = self._ranked(self._matching(f"{{title terms}} : ({query})", systems, limit), tokens)
        return [(matched, row) for matched, row in ranked if matched >= len(tokens) - 1]

    def _begun(self, tokens: Sequence[str]) -> list[str]:
        # Gathering all words that begin so is the dear part: a complete word is taken as it is, but for the last one,
        # which may not be typed to its end yet.
        # A single letter begins a tenth of all words.
        last = tokens[-1] if len(tokens[-1]) > 1 or len(tokens) == 1 else ""
        marks = ["" if token != last and self._complete(token) else "*" for token in tokens]
        return [self._either(token, mark) for token, mark in zip(tokens, marks, strict=True)]

    def _matching(self, query: str, systems: Sequence[CodeSystem], limit: int) -> list[Row]:
        """Return matching rows, the first of each system: the row number is the rank within a system.

        The candidates are capped before their titles are fetched, so that a common word costs no more than a rare one.
        """
        most = max(_CANDIDATES, limit)
        if len(systems) < len(self._ranges):
            return [row for system in systems for row in self._candidates(query, self._ranges[system], most)]
        everything = (min(first for first, _ in self._ranges.values()), max(last for _, last in self._ranges.values()))
        rows = self._candidates(query, everything, most)
        if len(rows) < most:
            return rows
        # The first systems have filled the cap: ask the others for their best.
        late = [system for system in systems if rows[-1][0] < self._ranges[system][1]]
        return rows + [row for system in late for row in self._candidates(query, self._ranges[system], limit)]

    def _candidates(self, query: str, numbers: tuple[int, int], cap: int) -> list[Row]:
        return self._release.query(
            f"SELECT {COLUMNS} FROM"  # noqa: S608
            " (SELECT rowid AS at FROM find WHERE find MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid LIMIT ?)"
            " JOIN code ON id = at ORDER BY id",
            query,
            *numbers,
            cap,
        )

    def _numbered(self, number: int) -> list[Row]:
        return self._release.query(f"SELECT {COLUMNS} FROM code WHERE id = ?", number)  # noqa: S608

    def _below(self, header: int) -> list[Row]:
        return self._release.query(
            f"SELECT {COLUMNS} FROM code WHERE parent = ? AND listed ORDER BY code LIMIT 20",  # noqa: S608
            header,
        )

    def _ranked(self, rows: Iterable[Row], tokens: Sequence[str]) -> list[tuple[int, Row]]:
        """Put first the titles with most of the words as typed, then the titles of fewest words."""
        forms = [self._forms(token) for token in tokens]

        def matched(row: Row) -> int:
            title = set(words.split(row[3] or ""))
            if row[2] == CodeSystem.HCPCS:
                title.update(spelled_out(row[3]))
            return sum(any(form <= title for form in one) for one in forms)

        pairs = [(matched(row), row) for row in rows]
        return sorted(pairs, key=lambda pair: (-pair[0], pair[1][5], pair[1][0]))

    def _forms(self, token: str) -> list[set[str]]:
        """Return what a title may say for a word: each form is a set of words that must all be there."""
        others = (set(words.meaningful(other)) for other in self._other_words.get(token, ()))
        return [set(token.split()), *({word} for word in self._inflected(token)), *others]

    def _complete(self, token: str) -> bool:
        return token in self._other_words or self._has(token)

    def _either(self, token: str, mark: str = "") -> str:
        """Write one word for the full-text index: itself, its other forms, or the words it stands for."""
        choices = ["(" + " AND ".join(f'"{word}"{mark}' for word in token.split()) + ")"]
        choices.extend(f'"{word}"' for word in self._inflected(token))
        for other in self._other_words.get(token, ()):
            choices.append("(" + " AND ".join(f'"{word}"{mark}' for word in words.meaningful(other)) + ")")
        return f"({' OR '.join(choices)})"

    def _inflected(self, token: str) -> list[str]:
        """Return the other forms of a word that the titles use: singular, plural, without -ing or -ed."""
        return [word for word in words.inflected(token) if self._has(word)]

    def _nearest(self, token: str) -> str:
        """Return the nearest word of the vocabulary for a word that begins none; a number is never corrected."""
        if len(token) < 4 or any(c.isdigit() for c in token) or token in self._other_words or self._prefixes(token):
            return token
        if self._inflected(token) or not phrase_words().isdisjoint((token, *words.inflected(token))):
            return token
        cutoff = 1 if len(token) < 6 else 2
        near = extract(token, self._spellings, scorer=OSA.distance, score_cutoff=cutoff, limit=20)
        best = min(near, key=lambda found: (found[1], -self._uses_of(found[2])), default=None)
        return best[0] if best else token

    def _uses_of(self, place: int) -> int:
        return self._uses[place] if place < len(self._uses) else 1

    def _has(self, word: str) -> bool:
        at = bisect_left(self._vocabulary, word)
        return self._vocabulary[at : at + 1] == [word]

    def _prefixes(self, token: str) -> bool:
        at = bisect_left(self._vocabulary, token)
        return at < len(self._vocabulary) and self._vocabulary[at].startswith(token)

    def _frequency(self, token: str) -> int:
        first = bisect_left(self._vocabulary, token)
        last = bisect_left(self._vocabulary, token + "\U0010ffff")
        return sum(self._uses[first:last])
