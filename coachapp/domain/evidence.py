"""How a learner's evidence agrees with the author's: two passages of a chart compared by their positions."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple


class Passage(NamedTuple):
    """Characters `start` to `end` (exclusive) of the rendered text of one block of one document."""

    document: str
    block: int
    start: int
    end: int


class Agreement(StrEnum):
    """How far a passage agrees with those of a key line."""

    SAME = "same"
    OVERLAPS = "overlaps"
    ANOTHER = "another"


# A comma or a word more or less is the same passage: the two share at least four fifths of what they cover together.
_SHARED, _OF = 4, 5


def compare(mine: Passage, key: Sequence[Passage]) -> Agreement:
    """Compare a passage with those of a key line; the nearest of them counts, and with none it is another."""
    found = Agreement.ANOTHER
    for theirs in key:
        if mine[:2] != theirs[:2]:
            continue
        shared = min(mine.end, theirs.end) - max(mine.start, theirs.start)
        if shared <= 0:
            continue
        together = max(mine.end, theirs.end) - min(mine.start, theirs.start)
        if shared * _OF >= together * _SHARED:
            return Agreement.SAME
        found = Agreement.OVERLAPS
    return found
