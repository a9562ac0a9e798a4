"""When a concept is due again: one memory per learner and concept, by FSRS (free spaced repetition scheduler) 6.

A memory is the replay of its reviews, oldest first; the time of each is an argument and nothing is random. The steps of
minutes that FSRS has for flash cards are left out: a rule is asked again after a day at the earliest.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import reduce
from typing import NamedTuple

import fsrs

# Raise this with any change of what follows: memories of another version are reckoned anew.
VERSION = 1
# The chance of still knowing the rule at which it is asked again, and the longest wait for it.
RETENTION = 0.9
LONGEST_DAYS = 365
# So much longer than its budget an answer took that the rule was worked out rather than known.
SLOW_FACTOR = 1.5

_SCHEDULER = fsrs.Scheduler(
    desired_retention=RETENTION,
    learning_steps=(),
    relearning_steps=(),
    maximum_interval=LONGEST_DAYS,
    enable_fuzzing=False,
)


class Rating(StrEnum):
    """How well a rule was recalled. FSRS knows a fourth, easy, which nobody earns by an answer alone."""

    AGAIN = "again"
    HARD = "hard"
    GOOD = "good"


class MemoryPhase(StrEnum):
    """`review`: known at the last answer; `relearning`: wrong at the last answer."""

    REVIEW = "review"
    RELEARNING = "relearning"


_FSRS = {Rating.AGAIN: fsrs.Rating.Again, Rating.HARD: fsrs.Rating.Hard, Rating.GOOD: fsrs.Rating.Good}


class Review(NamedTuple):
    """One answer on a concept; `at` is aware UTC."""

    at: datetime
    rating: Rating


@dataclass(frozen=True, slots=True)
class Memory:
    """A learner's memory of a concept. `stability`: days until the chance of knowing falls to 90 percent.

    `difficulty` runs from 1 to 10. `due` is when to ask again.
    """

    phase: MemoryPhase
    stability: float
    difficulty: float
    due: datetime
    last_review: datetime
    reviews: int
    lapses: int


def rate(
    score: float, *, seconds: float | None, budget: float | None, helped: bool = False, sure: bool | None = None
) -> Rating:
    """Return the rating of an answer: wrong is again; right is good, or hard where slow, with a hint or marked unsure.

    `score`: 0 to 1; from a half on but not whole (a case of several lines) is hard too. Slow is over 1.5 times the
    budget; `seconds` or `budget` None: nobody took the time. Raises ValueError for a score outside of 0 to 1.
    """
    if not 0 <= score <= 1:
        raise ValueError(f"a score runs from 0 to 1, not {score}")
    if score < 0.5:
        return Rating.AGAIN
    slow = seconds is not None and budget is not None and seconds > SLOW_FACTOR * budget
    if score < 1 or slow or helped or sure is False:
        return Rating.HARD
    return Rating.GOOD


def review(memory: Memory | None, answer: Review) -> Memory:
    """Return the memory after an answer; None is no memory yet.

    Raises ValueError for a time without a zone. An answer from before the last one counts as given at that moment.
    """
    if answer.at.tzinfo is None:
        raise ValueError("the time of a review must carry its zone")
    at = (answer.at if memory is None else max(answer.at, memory.last_review)).astimezone(UTC)
    card, _ = _SCHEDULER.review_card(_card(memory, at), _FSRS[answer.rating], review_datetime=at)
    again = answer.rating is Rating.AGAIN
    if card.stability is None or card.difficulty is None:
        raise ValueError("the scheduler gave a card without stability")
    return Memory(
        phase=MemoryPhase.RELEARNING if again else MemoryPhase.REVIEW,
        stability=card.stability,
        difficulty=card.difficulty,
        due=card.due,
        last_review=at,
        reviews=(memory.reviews if memory else 0) + 1,
        lapses=(memory.lapses if memory else 0) + again,
    )


def _card(memory: Memory | None, at: datetime) -> fsrs.Card:
    # Without an id and a due date the package would read the clock.
    if memory is None:
        return fsrs.Card(card_id=0, due=at)
    return fsrs.Card(
        card_id=0,
        state=fsrs.State.Review,
        stability=memory.stability,
        difficulty=memory.difficulty,
        due=memory.due,
        last_review=memory.last_review,
    )


def replay(reviews: Iterable[Review]) -> Memory | None:
    """Return the memory that reviews, in any order, come to; None without any. Of one moment the worst comes first."""
    order = list(Rating)
    inorder = sorted(reviews, key=lambda one: (one.at, order.index(one.rating)))
    return reduce(review, inorder, None)


def recall(memory: Memory, now: datetime) -> float:
    """Return the chance, 0 to 1, that the concept is still known (the power law of FSRS 6, to the second)."""
    days = max(now - memory.last_review, timedelta(0)) / timedelta(days=1)
    decay = -_SCHEDULER.parameters[20]
    factor = 0.9 ** (1 / decay) - 1
    return math.pow(1 + factor * days / memory.stability, decay)
