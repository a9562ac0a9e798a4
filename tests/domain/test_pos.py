"""Place-of-service numbers."""

from coachapp.domain.pos import PLACES, place_name


def test_the_table_is_whole_and_in_order() -> None:
    assert len(PLACES) == 52
    assert list(PLACES) == sorted(PLACES)
    assert all(len(number) == 2 and number.isdecimal() for number in PLACES)
    assert len(set(PLACES.values())) == len(PLACES)


def test_a_number_has_a_name_or_none() -> None:
    assert place_name("11") == "Office"
    assert place_name("30") is None
    assert place_name("1") is None
