"""The review schedule: ratings by their definition, intervals against FSRS 6 worked by hand, laws."""

import math
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachapp.domain.scheduling import LONGEST_DAYS, Memory, MemoryPhase, Rating, Review, rate, recall, replay, review

T0 = datetime(2026, 5, 15, 14, tzinfo=UTC)
DAY = timedelta(days=1)

moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
reviews = st.lists(st.builds(Review, moments, st.sampled_from(Rating)), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("score", "seconds", "helped", "sure", "rating"),
    [
        (0, 10, False, True, Rating.AGAIN),
        (0, 10, True, False, Rating.AGAIN),
        (0.49, 10, False, None, Rating.AGAIN),
        (0.5, 10, False, None, Rating.HARD),
        (0.99, 10, False, None, Rating.HARD),
        (1, 10, False, None, Rating.GOOD),
        (1, 10, False, True, Rating.GOOD),
        (1, 10, False, False, Rating.HARD),
        (1, 10, True, True, Rating.HARD),
        (1, 150, False, True, Rating.GOOD),
        (1, 150.1, False, True, Rating.HARD),
        (1, None, False, True, Rating.GOOD),
    ],
)
def test_a_rating_follows_the_definition(
    score: float, seconds: float | None, helped: bool, sure: bool | None, rating: Rating
) -> None:
    assert rate(score, seconds=seconds, budget=100, helped=helped, sure=sure) is rating


def test_without_a_budget_nothing_is_slow() -> None:
    assert rate(1, seconds=9999, budget=None) is Rating.GOOD


@pytest.mark.parametrize("score", [-0.1, 1.1, math.nan])
def test_a_score_that_is_none_is_refused(score: float) -> None:
    with pytest.raises(ValueError, match="a score runs from 0 to 1"):
        rate(score, seconds=None, budget=None)


def test_a_first_answer_begins_at_the_stability_of_its_rating() -> None:
    """The default weights w0 to w2 of FSRS 6; the interval is the stability in whole days, one at least."""
    for rating, stability, days in ((Rating.AGAIN, 0.212, 1), (Rating.HARD, 1.2931, 1), (Rating.GOOD, 2.3065, 2)):
        memory = review(None, Review(T0, rating))
        assert memory.stability == pytest.approx(stability)
        assert memory.due == T0 + days * DAY
        assert (memory.reviews, memory.lapses) == (1, int(rating is Rating.AGAIN))


def test_a_second_right_answer_on_the_day_it_was_due() -> None:
    """S' = S·(1 + e^w8·(11 − D)·S^−w9·(e^(w10·(1 − R)) − 1)), with D after a first Good of w4 − e^(2·w5) + 1."""
    memory = review(review(None, Review(T0, Rating.GOOD)), Review(T0 + 2 * DAY, Rating.GOOD))
    s, d = 2.3065, 6.4133 - math.exp(2 * 0.8334) + 1
    r = (1 + (0.9 ** (-1 / 0.1542) - 1) * 2 / s) ** -0.1542
    wanted = s * (1 + math.exp(1.8722) * (11 - d) * s**-0.1666 * (math.exp(0.796 * (1 - r)) - 1))
    assert memory.stability == pytest.approx(wanted)
    assert memory.due == T0 + 2 * DAY + round(wanted) * DAY


def test_a_wrong_answer_brings_a_known_rule_back_soon() -> None:
    memory = None
    at = T0
    for _ in range(3):
        memory = review(memory, Review(at, Rating.GOOD))
        at = memory.due
    assert memory is not None
    lapsed = review(memory, Review(at, Rating.AGAIN))
    assert lapsed.phase is MemoryPhase.RELEARNING
    assert lapsed.due - at < (memory.due - memory.last_review) / 5
    assert lapsed.lapses == 1
    assert review(lapsed, Review(lapsed.due, Rating.GOOD)).phase is MemoryPhase.REVIEW


def test_the_chance_to_know_falls_to_nine_in_ten_over_the_stability() -> None:
    memory = Memory(MemoryPhase.REVIEW, 10.0, 5.0, T0 + 10 * DAY, T0, 1, 0)
    assert recall(memory, T0 - DAY) == recall(memory, T0) == 1
    assert recall(memory, T0 + 10 * DAY) == pytest.approx(0.9)
    assert recall(memory, T0 + 20 * DAY) < recall(memory, T0 + 10 * DAY + timedelta(hours=6)) < 0.9


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        review(None, Review(T0.replace(tzinfo=None), Rating.GOOD))


def test_a_time_of_another_zone_is_the_same_moment() -> None:
    elsewhere = T0.astimezone(timezone(timedelta(hours=-7)))
    assert review(None, Review(elsewhere, Rating.GOOD)) == review(None, Review(T0, Rating.GOOD))


def test_no_reviews_are_no_memory() -> None:
    assert replay([]) is None


@given(reviews, st.randoms(use_true_random=False))
def test_the_order_reviews_are_read_in_changes_nothing(found: list[Review], random: object) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert replay(shuffled) == replay(found)


@given(reviews)
def test_a_memory_keeps_its_bounds(found: list[Review]) -> None:
    memory = replay(found)
    assert memory is not None
    assert memory.stability > 0
    assert 1 <= memory.difficulty <= 10
    assert DAY <= memory.due - memory.last_review <= LONGEST_DAYS * DAY
    assert memory.last_review == max(one.at for one in found)
    assert (memory.reviews, memory.lapses) == (len(found), sum(one.rating is Rating.AGAIN for one in found))
    assert 0 < recall(memory, memory.due) <= 1


@given(reviews, moments)
def test_a_better_answer_is_never_asked_again_sooner(found: list[Review], at: datetime) -> None:
    memory = replay(found)
    dues = [review(memory, Review(at, rating)).due for rating in Rating]
    assert all(worse <= better for worse, better in pairwise(dues))


@given(reviews)
def test_a_late_answer_counts_as_given_when_the_last_one_was(found: list[Review]) -> None:
    memory = replay(found)
    assert memory is not None
    after = review(memory, Review(memory.last_review - 3 * DAY, Rating.GOOD))
    assert after == review(memory, Review(memory.last_review, Rating.GOOD))
