"""Shares and their intervals, against values worked by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachapp.domain.rates import Rate, percent_text, rate_of, wilson


def test_wilson_by_hand() -> None:
    # z = 1.281552, z² = 1.642375. 8 of 10: middle (0.8 + 0.0821187)/(1.1642375) = 0.757679;
    # half 1.281552/1.1642375 · sqrt(0.016 + 0.00410594) = 0.156084.
    assert wilson(8, 10) == pytest.approx((0.601595, 0.913763), abs=1e-5)


def test_nothing_has_neither_share_nor_interval() -> None:
    assert Rate(0, 0).share is None
    assert Rate(0, 0).interval is None
    with pytest.raises(ValueError, match="nothing is counted"):
        wilson(0, 0)


def test_all_or_none_right_still_leaves_an_interval() -> None:
    low, high = wilson(3, 3)
    assert high == 1
    assert low == pytest.approx(3 / (3 + 1.642375), abs=1e-5)
    assert wilson(0, 3)[0] == 0


@given(st.integers(1, 500), st.data())
def test_the_interval_holds_the_share_and_narrows(count: int, data: st.DataObject) -> None:
    right = data.draw(st.integers(0, count))
    low, high = wilson(right, count)
    assert 0 <= low <= right / count <= high <= 1
    wider = wilson(right, count)
    narrower = wilson(right * 4, count * 4)
    assert narrower[1] - narrower[0] <= wider[1] - wider[0] + 1e-12


def test_rates_add_up_parts() -> None:
    assert rate_of([1, 0.5, 0]) == Rate(1.5, 3)
    assert rate_of([]) == Rate(0, 0)


def test_whole_percent_rounds_a_half_up() -> None:
    shares = (0, 0.005, 0.145, 0.745, 0.125, 0.6949, 1)
    assert [percent_text(x) for x in shares] == ["0%", "1%", "15%", "75%", "13%", "69%", "100%"]
