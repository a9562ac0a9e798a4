"""How far two coders agree who coded the same work without seeing each other's."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ClaimAgreement:
    """Agreement over `n` records, each from 0 to 1, None where there are none.

    `exact`: the same set of codes; `jaccard`: mean of codes in common / codes of either; `first_listed`: the same
    first code.
    """

    n: int
    exact: float | None
    jaccard: float | None
    first_listed: float | None


class Weights(StrEnum):
    """How grave a disagreement is: all alike, or by the number of steps between two levels."""

    NONE = "none"
    LINEAR = "linear"


def claim_agreement(one: Sequence[Sequence[str]], other: Sequence[Sequence[str]]) -> ClaimAgreement:
    """Compare two coders' codes record by record, each record's codes in the order coded.

    Two empty records agree. Raises ValueError where one coder has more records than the other.
    """
    pairs = _paired(one, other)
    if not pairs:
        return ClaimAgreement(0, None, None, None)
    sets = [(frozenset(a), frozenset(b)) for a, b in pairs]
    shares = [Fraction(len(a & b), len(a | b)) if a | b else Fraction(1) for a, b in sets]
    n = len(pairs)
    return ClaimAgreement(
        n=n,
        exact=sum(a == b for a, b in sets) / n,
        jaccard=float(sum(shares, Fraction()) / n),
        first_listed=sum(list(a[:1]) == list(b[:1]) for a, b in pairs) / n,
    )


def kappa(
    one: Sequence[str], other: Sequence[str], *, levels: Sequence[str] = (), weights: Weights = Weights.NONE
) -> float | None:
    """Return Cohen's kappa of two coders who each chose one category a record; weighted for ordered `levels`.

    1 − observed / expected disagreement (J. Cohen, 1960 and 1968). None where chance alone leaves no disagreement.
    Raises ValueError where the lengths differ, or a category is not among the levels that weights need.
    """
    pairs = _paired(one, other)
    place = {level: number for number, level in enumerate(levels)}
    if weights is Weights.LINEAR and (strange := {*one, *other} - place.keys()):
        raise ValueError(f"{', '.join(sorted(strange))}: not among the levels {', '.join(levels)}")

    def cost(a: str, b: str) -> int:
        return abs(place[a] - place[b]) if weights is Weights.LINEAR else int(a != b)

    rows, columns = Counter(one), Counter(other)
    observed = sum(cost(a, b) for a, b in pairs)
    expected = sum(cost(a, b) * rows[a] * columns[b] for a in rows for b in columns)
    return 1 - observed * len(pairs) / expected if expected else None


def _paired(one: Sequence[T], other: Sequence[T]) -> list[tuple[T, T]]:
    if len(one) != len(other):
        raise ValueError(f"one coder has {len(one)} records, the other {len(other)}")
    return list(zip(one, other, strict=True))
