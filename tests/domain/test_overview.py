"""What all answers say together: the trend, the pace and the confidence, by hand; and the way through the database."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachapp.domain.mastery import Answer, evidence
from coachapp.domain.overview import (
    Given,
    confidence_of,
    median_seconds,
    overview,
    overview_data,
    overview_from,
    trend_moments,
)
from coachapp.domain.questions import Section
from coachapp.domain.rates import Rate

NOW = datetime(2026, 7, 1, tzinfo=UTC)


def told(
    days: float,
    score: float = 1.0,
    *,
    item: int = 1,
    active_ms: int = 0,
    section: Section = Section.EM,
    sure: bool | None = None,
    mock: bool = False,
    helped: bool = False,
) -> Given:
    return Given(item, section, active_ms, NOW - timedelta(days=days), score, helped, sure, mock)


many = st.lists(
    st.builds(
        told,
        st.floats(0, 300),
        st.sampled_from([0.0, 0.5, 1.0]),
        item=st.integers(1, 9),
        active_ms=st.integers(0, 400_000),
        section=st.sampled_from(list(Section)),
        sure=st.sampled_from([True, False, None]),
        mock=st.booleans(),
        helped=st.booleans(),
    ),
    max_size=30,
)


@given(many)
def test_it_comes_back_as_it_was_stored(given: list[Given]) -> None:
    found = overview(given, now=NOW)
    assert overview_from(json.loads(json.dumps(overview_data(found)))) == found


@given(many)
def test_the_trend_ends_with_all_evidence_of_today(given: list[Given]) -> None:
    last = overview(given, now=NOW).trend[-1]
    whole = evidence([Answer(str(one.item_id), one.at, one.score, one.helped) for one in given], NOW)
    assert (last.right, last.wrong) == pytest.approx((whole.right, whole.wrong), abs=1e-9)
    assert last.answers == whole.answers


def test_the_trend_is_every_two_weeks_for_half_a_year() -> None:
    moments = trend_moments(NOW)
    assert [(NOW - moment).days for moment in moments] == list(range(182, -1, -14))
    trend = overview([told(20), told(10, 0.0, item=2)], now=NOW).trend
    assert [one.answers for one in trend[-3:]] == [0, 1, 2]


def test_pace_is_the_median_of_timed_answers_of_the_last_ninety_days() -> None:
    times = [
        told(1, active_ms=10_000),
        told(2, active_ms=30_000),
        told(3, active_ms=90_000),
        told(4, active_ms=0),
        told(91, active_ms=1_000),
        told(1, active_ms=7_000, section=Section.HCPCS),
    ]
    assert median_seconds(times, now=NOW) == {Section.EM: (30.0, 3), Section.HCPCS: (7.0, 1)}


def test_confidence_counts_answers_in_drills_without_a_hint() -> None:
    given = [
        told(1, 1.0, sure=True),
        told(1, 0.0, sure=True),
        told(1, 1.0, sure=True, helped=True),
        told(1, 1.0, sure=True, mock=True),
        told(1, 0.0, sure=False),
    ]
    assert confidence_of(given) == {True: Rate(1, 2), False: Rate(0, 1), None: Rate(0, 0)}
