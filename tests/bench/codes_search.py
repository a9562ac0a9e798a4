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
from coachapp.codesets.synonyms import other_words

QUERIES = 1_000
ON = date(2026, 5, 12)
Query = tuple[str, str]


def main() -> None:
    """Print one line for each kind of query and each way of answering it."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(scratch)
        path = release_path(folder)
        build_release(path)
        uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        with CodeSets(path) as sets, closing(sqlite3.connect(uri, uri=True)) as db:
            plain_key = _plain_key(db)
            plain_words = _plain_words(db)
            targets = db.execute(
                "SELECT code, bare, title FROM code WHERE listed AND title IS NOT NULL"
                " AND kind NOT IN ('chapter', 'block') ORDER BY id"
            ).fetchall()
            heads = " ".join(f"{head:>8}" for head in ("p50 ms", "p99 ms", "p50 cpu", "p99 cpu"))
            print(f"{'query':<10} {'answered by':<26} {heads} {'hits':>7}")
            picked = random.Random(7).sample(targets, QUERIES)
            by_code = [(code, code) for code, _, _ in picked]
            _report("look-up", "SELECT by key", by_code, lambda text: plain_key(text.replace(".", "")))
            _report("look-up", "CodeSets.lookup", by_code, lambda text: [sets.lookup(text, on=ON).code])
            for name, make in (("prefix", _prefix), ("words", _words), ("abbrev", _abbreviated), ("typo", _typo)):
                queries = make(random.Random(7), picked)
                _report(name, "FTS5 MATCH ORDER BY bm25", queries, plain_words)
                _report(name, "CodeSets.search", queries, lambda text: [hit.code for hit in sets.search(text)])


def _report(name: str, by: str, queries: Sequence[Query], ask: Callable[[str], Sequence[str]]) -> None:
    """Print wall time and processor time; the latter tells what a query costs when the machine has other work."""
    ask(queries[0][0])
    wall, processor, hits = [], [], 0
    for text, target in queries:
        start, start_processor = time.perf_counter(), time.thread_time()
        answers = ask(text)
        wall.append(1_000 * (time.perf_counter() - start))
        processor.append(1_000 * (time.thread_time() - start_processor))
        hits += target in answers
    spread = [sorted(times)[len(times) * share // 100] for times in (wall, processor) for share in (50, 99)]
    print(f"{name:<10} {by:<26} " + " ".join(f"{one:>8.3f}" for one in spread) + f" {hits / len(queries):>7.1%}")


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


def _abbreviated(chance: random.Random, picked: Sequence[Sequence[str]]) -> list[Query]:
    """Type a title's words as coders shorten them, where they do, up to five of them."""
    short = {" ".join(sorted(words.meaningful(other))): key for key, (other, *_) in other_words().items()}
    queries = []
    for (typed, code), (_, _, title) in zip(_words(chance, picked), picked, strict=True):
        text = typed
        said = set(words.split(title))
        fitting = sorted(key for full, key in short.items() if said.issuperset(full.split()))
        if fitting:
            key = chance.choice(fitting)
            full = set(" ".join(other_words()[key][:1]).split())
            rest = [word for word in words.meaningful(title) if word not in full]
            text = " ".join([key, *chance.sample(rest, min(3, len(rest)))])
        queries.append((text, code))
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
