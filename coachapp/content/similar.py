"""Near-duplicates among questions and charts: texts that share many runs of three words."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from coachapp.content.loader import Loaded
from coachapp.domain.items import Case
from coachapp.domain.questions import Question

CLOSEST = 10
_RUN = 3
_LEAST_RUNS = 12
_WORD = re.compile(r"[a-z0-9]+(?:\.[0-9]+)?")


@dataclass(frozen=True, slots=True, order=True)
class Pair:
    """Two items and how alike they are: the share of the shorter one's runs of words that the other has, 0 to 1."""

    similarity: float
    one: str
    two: str


def closest_pairs(loaded: Loaded, *, count: int = CLOSEST) -> list[Pair]:
    """Return the pairs of items most alike, the closest first; of equals, in the order of their ids."""
    texts = {question.id: _question_text(question) for question in loaded.questions}
    texts |= {case.id: _case_text(case) for case in loaded.cases}
    runs = {item: found for item, text in texts.items() if len(found := _runs(text)) >= _LEAST_RUNS}
    pairs = _pairs(runs)
    return sorted(pairs, key=lambda pair: (-pair.similarity, pair.one, pair.two))[:count]


def _question_text(question: Question) -> str:
    options = sorted(option.text for option in question.options)
    return " ".join([question.exhibit or "", question.stem, *options])


def _case_text(case: Case) -> str:
    return " ".join(document.text for document in case.documents)


def _runs(text: str) -> frozenset[tuple[str, ...]]:
    words = _WORD.findall(text.lower())
    return frozenset(zip(*(words[start:] for start in range(_RUN)), strict=False))


def _pairs(runs: Mapping[str, frozenset[tuple[str, ...]]]) -> Iterable[Pair]:
    """Yield every pair that has a run in common."""
    holders: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for item in sorted(runs):
        for run in runs[item]:
            holders[run].append(item)
    shared: defaultdict[tuple[str, str], int] = defaultdict(int)
    for items in holders.values():
        for place, one in enumerate(items):
            for two in items[place + 1 :]:
                shared[one, two] += 1
    for (one, two), number in shared.items():
        yield Pair(round(number / min(len(runs[one]), len(runs[two])), 4), one, two)
