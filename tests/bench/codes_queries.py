"""Measure the search on a list of queries: how often a code meant is first, and among the first five.

Run from the root of the checkout: `python -m tests.bench.codes_queries [FILE] [DATA_FOLDER]`. FILE is a YAML list of
`{query, codes, kind}`: any of `codes` will do, a header by itself or, with a dash behind it (`T67.0-`), any code below
it as well; `kind` is optional. Without FILE the development list of the tests is taken, which the table of phrases was
worked on with. Without a folder the release is built into a temporary one.
"""

import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from coachapp.codesets import CodeSets, build_release, release_path

DEVELOPMENT = Path(__file__).parents[1] / "codesets" / "development_queries.yaml"
FEW = 5
ON = date(2026, 5, 12)


@dataclass(frozen=True, slots=True)
class Query:
    """A text typed and the codes any of which answers it."""

    text: str
    codes: tuple[str, ...]
    kind: str

    def place_among(self, answers: Sequence[str]) -> int | None:
        """Return the place of the first answer that will do, from 1, or None."""
        return next((place for place, answer in enumerate(answers, start=1) if self._accepts(answer)), None)

    def _accepts(self, answer: str) -> bool:
        # The dot counts: G04.02 is no answer where the service G0402 is.
        return any(below(code, answer) if code.endswith("-") else answer == code for code in self.codes)


def below(header: str, code: str) -> bool:
    """Tell whether a code is a header, written with a dash behind it, or stands below it."""
    stem = header.rstrip(".-")
    return code == stem or code.startswith(f"{stem}." if len(stem) == 3 else stem)


def read_queries(path: Path) -> list[Query]:
    """Read a list of queries; raise ValueError where an entry has no query or no codes."""
    queries = []
    for number, entry in enumerate(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader) or (), start=1):
        if not isinstance(entry, dict) or not entry.get("query") or not isinstance(entry.get("codes"), list):
            raise ValueError(f"{path}: entry {number} must have a query and a list of codes.")
        queries.append(Query(entry["query"], tuple(entry["codes"]), entry.get("kind", "other")))
    return queries


def places_of(sets: CodeSets, queries: Sequence[Query]) -> list[int | None]:
    """Return the place of each query's code among the first five answers, or None."""
    return [query.place_among([hit.code for hit in sets.search(query.text, limit=FEW, on=ON)]) for query in queries]


def main() -> None:
    """Print the rates by kind and in all, and what was missed."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else DEVELOPMENT
    queries = read_queries(path)
    with tempfile.TemporaryDirectory() as scratch:
        target = release_path(Path(sys.argv[2]) if len(sys.argv) > 2 else Path(scratch))
        build_release(target)
        sets = CodeSets(target)
        places = places_of(sets, queries)
        by_kind: defaultdict[str, list[int | None]] = defaultdict(list)
        for query, place in zip(queries, places, strict=True):
            by_kind[query.kind].append(place)
        print(f"{'kind':<24} {'queries':>7} {'first':>7} {'in five':>7}")
        for kind, some in [*sorted(by_kind.items()), ("all", places)]:
            first, in_five = some.count(1), len(some) - some.count(None)
            print(f"{kind:<24} {len(some):>7} {first / len(some):>7.1%} {in_five / len(some):>7.1%}")
        for query, place in zip(queries, places, strict=True):
            if place is None:
                answers = " ".join(hit.code for hit in sets.search(query.text, limit=FEW, on=ON))
                print(f"missed: {query.text!r} ({' '.join(query.codes)}): {answers or 'nothing'}")


if __name__ == "__main__":
    main()
