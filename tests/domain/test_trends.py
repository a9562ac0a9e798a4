"""The trend is the evidence as it stood: at every moment what `evidence` gives of the answers until then."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachapp.domain.mastery import Answer, evidence
from coachapp.domain.trends import evidence_over_time

T0 = datetime(2026, 1, 1, tzinfo=UTC)
answers = st.lists(
    st.builds(
        Answer,
        st.sampled_from("abcd"),
        st.integers(0, 200).map(lambda n: T0 + timedelta(days=n)),
        st.sampled_from([0.0, 0.5, 1.0]),
        st.booleans(),
    ),
    max_size=40,
)


@given(answers, st.lists(st.integers(0, 300), max_size=8).map(sorted))
def test_each_moment_is_what_the_answers_until_then_come_to(found: list[Answer], days: list[int]) -> None:
    moments = [T0 + timedelta(days=n) for n in days]
    for moment, got in zip(moments, evidence_over_time(found, moments), strict=True):
        plain = evidence([one for one in found if one.at <= moment], moment)
        assert got.answers == plain.answers
        assert got.right == pytest.approx(plain.right, abs=1e-9)
        assert got.wrong == pytest.approx(plain.wrong, abs=1e-9)


def test_by_hand() -> None:
    found = [Answer("a", T0, 1.0), Answer("b", T0 + timedelta(days=60), 0.0)]
    [start, later] = evidence_over_time(found, [T0, T0 + timedelta(days=60)])
    assert (start.right, start.wrong) == (1, 0)
    assert (later.right, later.wrong) == pytest.approx((0.5, 1))


def test_moments_must_rise() -> None:
    with pytest.raises(ValueError, match="must rise"):
        evidence_over_time([], [T0, T0 - timedelta(days=1)])
