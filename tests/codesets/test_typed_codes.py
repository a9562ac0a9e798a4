"""Codes as people write them come first in a search."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coachapp.codesets import CodeSets
from coachapp.codesets.typedcode import mended, read_typed


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("S52.5-", "S52.5"),
        ("E11.-", "E11"),
        ("M54.-", "M54"),
        ("S52.5–", "S52.5"),
        ("C50.-, breast", "C50"),
        ("G0121-PT", "G0121"),
        ("J1885 JW", "J1885"),
        ("J1885-JZ", "J1885"),
        ("E0601 RR KX", "E0601"),
        ("E11.9,", "E11.9"),
        (", E11.9", "E11.9"),
        ("E11.9.", "E11.9"),
        ("E11.9, type 2 diabetes", "E11.9"),
        ("type 2 diabetes E11.9", "E11.9"),
        ("(I10)", "I10"),
        ("[Z23]", "Z23"),
        ('"N18.30"', "N18.30"),
        ("“N18.30”", "N18.30"),
        ("‘N18.30’", "N18.30"),
        ("dx: I10", "I10"),
        ("ICD I10", "I10"),
        ("ICD-10-CM: I10", "I10"),
        ("HCPCS J1885", "J1885"),
        ("I10\u200b", "I10"),
        ("\ufeffE11.9", "E11.9"),
        ("Ｅ１１．９", "E11.9"),
        ("I1O", "I10"),
        ("El1.9", "E11.9"),
        ("N39.O", "N39.0"),
        ("0DTJ4ZZ", "0DTJ4ZZ"),
        ("ODTJ4ZZ", "0DTJ4ZZ"),
        ("E11,9", "E11.9"),
        ("E11 9", "E11.9"),
        ("S39.012 A", "S39.012A"),
        ("S82.831 d", "S82.831D"),
        ("W19 XXXA", "W19.XXXA"),
        ("T07 A", "T07.XXXA"),
        ("S52,501A", "S52.501A"),
        ("E11-9", "E11.9"),
        ("T07XXXXD", "T07.XXXD"),
        ("T07D", "T07.XXXD"),
        ("W21.89A", "W21.89XA"),
        ("S16.1A", "S16.1XXA"),
        ("S16.1XA", "S16.1XXA"),
        ("T15.02A", "T15.02XA"),
        ("W54.0A dog", "W54.0XXA"),
        ("E08-E13", "E08"),
        ("E08 – E13", "E08"),
    ],
)
def test_the_code_meant_comes_first(codesets: CodeSets, text: str, first: str) -> None:
    assert [hit.code for hit in codesets.search(text, limit=1)] == [first]


def test_a_header_with_the_dash_of_the_book_is_followed_by_what_is_below_it(codesets: CodeSets) -> None:
    found = [hit.code for hit in codesets.search("S52.5-", limit=8)]
    assert found[0] == "S52.5"
    assert all(code.startswith("S52.5") for code in found)
    assert len(found) == 8


def test_a_range_gives_its_categories(codesets: CodeSets) -> None:
    assert [hit.code for hit in codesets.search("E08-E13")] == ["E08", "E09", "E10", "E11", "E13"]


def test_words_beside_a_code_are_looked_for_after_it(codesets: CodeSets) -> None:
    found = [hit.code for hit in codesets.search("I10, pneumonia", limit=5)]
    assert found[0] == "I10"
    assert any(code.startswith("J18") for code in found)


@pytest.mark.parametrize("text", ["vitamin b12 deficiency", "l4 fracture", "covid19", "h1n1", "a1c"])
def test_words_with_digits_are_not_taken_for_codes(text: str, codesets: CodeSets) -> None:
    typed = text.upper().split()
    assert not {hit.code for hit in codesets.search(text, limit=3)} & set(typed)


@given(text=st.text(max_size=40))
def test_reading_never_raises_and_mended_spellings_are_other_codes_of_at_most_seven(text: str) -> None:
    for code, places in read_typed(text).codes:
        assert places
        spellings = mended(code)
        assert code not in spellings
        assert all(len(spelling) <= 7 for spelling in spellings)


_BEFORE = st.sampled_from(["", " ", "(", "[", '"', "“", "dx: ", "ICD-10 ", "\u200e", "code "])
_AFTER = st.sampled_from(["", " ", ")", "]", '"', "”", ",", ".", ";", "\u200b", ", ", "-"])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(number=st.integers(1, 74_000), before=_BEFORE, after=_AFTER)
def test_punctuation_and_names_beside_a_code_never_move_it(
    codesets: CodeSets, number: int, before: str, after: str
) -> None:
    rows = codesets._release.query(
        "SELECT code FROM code WHERE id = ? AND listed AND kind NOT IN ('chapter', 'block')", number
    )
    for (code,) in rows:
        assert codesets.search(before + code + after, limit=1)[0].code == code


@pytest.mark.parametrize("text", ["99213", "99213-25", "CPT 99213", "99213 25", "(99213)"])
def test_a_number_of_an_absent_cpt_file_finds_nothing_else(codesets: CodeSets, text: str) -> None:
    assert codesets.search(text) == []
