"""Measure look-up and search: latency and hit rate, beside a plain full-text query over the same table.

Run from the root of the checkout: `python -m tests.bench.codes_search [DATA_FOLDER]`. Without a folder the release is
built into a temporary one. Each row is 1,000 queries drawn with a fixed seed from the titles of the release; a hit is
a query whose target stands among the first 20 answers.
"""

import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path

from coachapp.codesets import CodeSets, build_release, release_path, words

QUERIES = 1_000
ON = date(2026, 5, 12)
Query = tuple[str, str]


def main() -> None:
    """Print one line for each kind of query and each way of answering it."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(scratch)
        path = release_path(folder)
        build_release(path)
        sets = CodeSets(path)
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as db:
            plain_key = _plain_key(db)
            plain_words = _plain_words(db)
            targets = db.execute(
                "SELECT code, bare, title FROM code WHERE listed AND title IS NOT NULL"
                " AND kind NOT IN ('chapter', 'block') ORDER BY id"
            ).fetchall()
            print(f"{'query':<10} {'answered by':<30} {'p50 ms':>8} {'p99 ms':>8} {'hits':>7}")
            picked = random.Random(7).sample(targets, QUERIES)
            by_code = [(code, code) for code, _, _ in picked]
            _report("look-up", "SELECT by key", by_code, lambda text: plain_key(text.replace(".", "")))
            _report("look-up", "CodeSets.lookup", by_code, lambda text: [sets.lookup(text, on=ON).code])
            for name, make in (("prefix", _prefix), ("words", _words), ("typo", _typo)):
                queries = make(random.Random(7), picked)
                _report(name, "FTS5 MATCH ORDER BY bm25", queries, plain_words)
                _report(name, "CodeSets.search", queries, lambda text: [hit.code for hit in sets.search(text)])


def _report(name: str, by: str, queries: Sequence[Query], ask: Callable[[str], Sequence[str]]) -> None:
    ask(queries[0][0])
    times, hits = [], 0
    for text, target in queries:
        start = time.perf_counter()
        answers = ask(text)
        times.append(1_000 * (time.perf_counter() - start))
        hits += target in answers
    times.sort()
    print(
        f"{name:<10} {by:<30} {times[len(times) // 2]:>8.3f} {times[len(times) * 99 // 100]:>8.3f}"
        f" {hits / len(queries):>7.1%}"
    )


def _plain_key(db: sqlite3.Connection) -> Callable[[str], Sequence[str]]:
    return lambda bare: [row[0] for row in db.execute("SELECT code FROM code WHERE bare = ?", (bare,))]


def _plain_words(db: sqlite3.Connection) -> Callable[[str], Sequence[str]]:
    sql = "SELECT code FROM find JOIN code ON id = find.rowid WHERE find MATCH ? ORDER BY bm25(find) LIMIT 20"

    def ask(text: str) -> Sequence[str]:
        match = " AND ".join(f'"{word}"*' for word in words.split(text))
        return [row[0] for row in db.execute(sql, (match,))]

    return ask


def _prefix(chance: random.Random, picked: Sequence[Sequence[str]]) -> list[Query]:
    """Type a code but for its last character."""
    return [(bare[: max(3, len(bare) - 1)].lower(), code) for code, bare, _ in picked]


def _words(chance: random.Random, picked: Sequence[Sequence[str]]) -> list[Query]:
    """Type up to five of a title's words in any order, the last one cut short."""
    queries = []
    for code, _, title in picked:
        some = words.meaningful(title)
        some = chance.sample(some, min(5, len(some)))
        some[-1] = some[-1][: max(3, len(some[-1]) - 2)]
        queries.append((" ".join(some), code))
    return queries


def _typo(chance: random.Random, picked: Sequence[Sequence[str]]) -> list[Query]:
    """Type up to five of a title's words, with two letters of the longest exchanged or one left out."""
    queries = []
    for code, _, title in picked:
        some = words.meaningful(title)
        some = chance.sample(some, min(5, len(some)))
        longest = max(range(len(some)), key=lambda at: len(some[at]))
        word = some[longest]
        at = chance.randrange(1, max(2, len(word) - 1))
        exchanged = word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :] if at + 1 < len(word) else word[:at]
        some[longest] = chance.choice([exchanged, word[:at] + word[at + 1 :]])
        queries.append((" ".join(some), code))
    return queries


if __name__ == "__main__":
    main()
