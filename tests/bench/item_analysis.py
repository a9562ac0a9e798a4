"""Seconds for the statistics of 10,000 persons on 100 items, beside the same by the textbook in floats.

Run: python tests/bench/item_analysis.py [persons] [items]. Scores are right or wrong, hundredths of a point, or floats
of full length, which are the dearest to add up exactly. The baseline computes difficulty, corrected point-biserial and
α only, with the standard library's covariance, and once more by plain loops, as one writes them first; the greatest
difference of any of them is printed.
"""

import sys
import time
from collections.abc import Callable
from random import Random
from statistics import correlation, fmean, variance

from coachapp.domain.psychometrics import analyse, score_table

KINDS: dict[str, Callable[[float], float]] = {
    "right or wrong": lambda x: float(x > 0.5),
    "hundredths": lambda x: round(x, 2),
    "full length": lambda x: x,
}


def matrix(persons: int, items: int, score: Callable[[float], float]) -> dict[str, list[float]]:
    """Make a matrix in which abilities differ, so that items agree somewhat."""
    random = Random(persons * items)
    abilities = [random.uniform(-0.2, 0.2) for _ in range(persons)]
    return {
        f"q{number}": [score(min(1.0, max(0.0, random.random() + ability))) for ability in abilities]
        for number in range(items)
    }


def textbook(columns: dict[str, list[float]]) -> list[float]:
    """Return difficulties, point-biserials and α in floats."""
    totals = [sum(row) for row in zip(*columns.values(), strict=True)]
    found = [fmean(column) for column in columns.values()]
    for column in columns.values():
        found.append(correlation(column, [t - x for t, x in zip(totals, column, strict=True)]))
    k, parts = len(columns), sum(variance(column) for column in columns.values())
    return [*found, k / (k - 1) * (1 - parts / variance(totals))]


def by_loops(columns: dict[str, list[float]]) -> list[float]:
    """Return the same by plain loops: every rest score is added up anew for every item."""
    found = [sum(column) / len(column) for column in columns.values()]
    rows = list(zip(*columns.values(), strict=True))
    for place, column in enumerate(columns.values()):
        rests = [sum(x for other, x in enumerate(row) if other != place) for row in rows]
        found.append(_pearson(column, rests))
    k, parts = len(columns), sum(_spread(column) for column in columns.values())
    return [*found, k / (k - 1) * (1 - parts / _spread([sum(row) for row in rows]))]


def _spread(values: list[float]) -> float:
    mean = sum(values) / len(values)
    return sum((value - mean) ** 2 for value in values) / (len(values) - 1)


def _pearson(one: list[float], other: list[float]) -> float:
    a, b = sum(one) / len(one), sum(other) / len(other)
    cov = sum((x - a) * (y - b) for x, y in zip(one, other, strict=True)) / (len(one) - 1)
    return float(cov / (_spread(one) * _spread(other)) ** 0.5)


def main(persons: int, items: int) -> None:
    """Print processor time and the greatest difference for each kind of score."""
    for kind, score in KINDS.items():
        columns = matrix(persons, items, score)
        start = time.process_time()
        table = score_table(columns)
        checked = time.process_time()
        found = analyse(table)
        done = time.process_time()
        plain = textbook(columns)
        spent = time.process_time() - done
        looped = by_loops(columns)
        loops = time.process_time() - done - spent
        figures = found.items.values()
        ours = [*(f.difficulty for f in figures), *(f.point_biserial for f in figures), found.test.alpha]
        both = [*zip(ours, plain, strict=True), *zip(ours, looped, strict=True)]
        off = max(abs(one - other) for one, other in both if one is not None)
        print(
            f"{kind:<15} {persons:,} x {items}: checked in {checked - start:.1f} s, all statistics in "
            f"{done - checked:.1f} s; three of them by the textbook in {spent:.1f} s, by plain loops in "
            f"{loops:.1f} s, greatest difference {off:.0e}"
        )


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:3]]
    main(*given, *(10_000, 100)[len(given) :])
