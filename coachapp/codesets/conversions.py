"""Which ICD-10-CM codes took over from which: the conversion table that comes with the classification."""

import csv
import gzip
from collections import defaultdict
from functools import cache

from coachapp.codesets.sources import ICD10CM_CONVERSIONS


@cache
def conversions() -> dict[str, list[tuple[str, str]]]:
    """Read the conversion table as day and new code by old code; the file has new code, old code, day."""
    found: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    with gzip.open(ICD10CM_CONVERSIONS, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["previous_code"]].append((row["effective"], row["current_code"]))
    return dict(found)


@cache
def _reversed() -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for old, entries in conversions().items():
        for _, new in entries:
            found[new].append(old)
    return dict(found)


def relatives(code: str, *, later: bool) -> tuple[str, ...]:
    """Return the codes that took over from a dotted code (`later`) or that it took over from, step by step.

    Nearest first, each once, in order of the code within a step.
    """
    reached: dict[str, None] = {}
    step = [code]
    while step:
        found = {other for at in step for other in _next(at, later=later)}
        step = sorted(found - reached.keys() - {code})
        reached |= dict.fromkeys(step)
    return tuple(reached)


def _next(code: str, *, later: bool) -> list[str]:
    return [new for _, new in conversions().get(code, ())] if later else _reversed().get(code, [])
