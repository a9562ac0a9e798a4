"""A learner's passage against the author's, by position."""

import pytest

from coachapp.domain.evidence import Agreement, Passage, compare

KEY = Passage("op-note", 3, 100, 140)


@pytest.mark.parametrize(
    ("mine", "agreement"),
    [
        (KEY, Agreement.SAME),
        (KEY._replace(end=150), Agreement.SAME),  # 40 of 50 characters
        (KEY._replace(end=151), Agreement.OVERLAPS),
        (KEY._replace(start=108), Agreement.SAME),  # 32 of 40
        (KEY._replace(start=109), Agreement.OVERLAPS),
        (KEY._replace(start=139, end=400), Agreement.OVERLAPS),
        (KEY._replace(start=140, end=180), Agreement.ANOTHER),  # they only touch
        (KEY._replace(start=60, end=100), Agreement.ANOTHER),
        (KEY._replace(block=4), Agreement.ANOTHER),
        (KEY._replace(document="imaging"), Agreement.ANOTHER),
    ],
)
def test_two_passages(mine: Passage, agreement: Agreement) -> None:
    assert compare(mine, [KEY]) is agreement
    assert compare(KEY, [mine]) is agreement


def test_the_nearest_of_several_counts() -> None:
    far = Passage("imaging", 0, 0, 10)
    near = KEY._replace(start=120)
    assert compare(KEY, []) is Agreement.ANOTHER
    assert compare(KEY, [far, near]) is Agreement.OVERLAPS
    assert compare(KEY, [far, near, KEY]) is Agreement.SAME
    assert compare(KEY, [KEY, near]) is Agreement.SAME
