"""A share of so many, with the interval in which it would lie if there were no end to them."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

_Z80 = 1.2815515655446004  # the normal quantile at 0.9: 10 percent lie beyond either end


def whole_percent(share: float) -> int:
    """Return a share in whole percent, a half going up: what every page, plot and explanation prints."""
    return math.floor(round(share * 100, 9) + 0.5)  # 0.145 times 100 falls short of 14.5 by its last digit


def percent_text(share: float) -> str:
    """Return a share in whole percent with its sign: 67%."""
    return f"{whole_percent(share)}%"


@dataclass(frozen=True, slots=True)
class Rate:
    """`right` of `count`; `right` need not be whole, for some answers are right in part."""

    right: float
    count: int

    @property
    def share(self) -> float | None:
        """Return the share from 0 to 1, None of nothing."""
        return self.right / self.count if self.count else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Return the 80 percent interval of the share, None of nothing."""
        return wilson(self.right, self.count) if self.count else None


def wilson(right: float, count: int) -> tuple[float, float]:
    """Return the ends of the Wilson score interval (E. B. Wilson, 1927) at 80 percent, each from 0 to 1.

    Raises ValueError where `count` is under 1.
    """
    if count < 1:
        raise ValueError("nothing is counted, so there is no interval")
    share, weight = right / count, _Z80 * _Z80 / count
    middle = (share + weight / 2) / (1 + weight)
    half = _Z80 / (1 + weight) * math.sqrt(share * (1 - share) / count + weight / (4 * count))
    # By theory the share lies inside; rounding of the last digit must not put it out.
    return max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))


def rate_of(values: Iterable[float]) -> Rate:
    """Return the rate that single values, each from 0 to 1, make."""
    found = list(values)
    return Rate(math.fsum(found), len(found))
