"""The exact set of right options, and nothing else, earns the point."""

from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachapp.domain.questiongrading import UnknownOption, grade_question, question_result_data
from tests.domain.exam_builders import question

SETS = list(chain.from_iterable(combinations("abcd", n) for n in range(5)))


@given(right=st.sampled_from(SETS[1:-1]), chosen=st.sampled_from(SETS))
def test_exactly_the_right_set_earns_one(right: tuple[str, ...], chosen: tuple[str, ...]) -> None:
    result = grade_question(question(right="".join(right)), chosen)
    assert result.earned == int(set(right) == set(chosen))
    assert result.answered == bool(chosen)


def test_what_is_stored() -> None:
    assert question_result_data(grade_question(question(right="bd"), ["d", "a", "d"])) == {
        "policy": "exact-set",
        "chosen": ["a", "d"],
        "right": ["b", "d"],
        "earned": 0,
        "possible": 1,
    }


def test_an_option_that_is_not_there_is_named() -> None:
    with pytest.raises(UnknownOption, match="this question has no option q, x"):
        grade_question(question(), ["x", "a", "q"])
