"""When too many tries slow further ones down: counts that decay, and waits that double. Times are arguments."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Policy:
    """How many counts are free, the first wait, the longest, and how long until one count is forgotten.

    Each count beyond the free ones doubles the wait.
    """

    free: int
    first: timedelta
    longest: timedelta
    decay: timedelta

    def level(self, count: int, counted_at: datetime, now: datetime) -> int:
        """Return what is left of `count`, the last of which came at `counted_at`; a clock set back takes none away."""
        return max(0, count - max(0, (now - counted_at) // self.decay))

    def wait_after(self, count: int) -> timedelta:
        """Return how long the next try has to wait after `count` of them."""
        beyond = count - self.free
        # The exponent is bounded so that a patient attacker cannot overflow it.
        return timedelta(0) if beyond < 0 else min(self.longest, self.first * 2 ** min(beyond, 20))
