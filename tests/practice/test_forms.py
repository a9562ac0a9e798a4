"""Rows as typed: posted, kept, padded, and turned into a claim."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from coachapp.domain.claimboxes import split_pointers
from coachapp.domain.claimrows import read_payload
from coachapp.domain.items import ClaimForm
from coachapp.domain.responses import ResponseError
from coachapp.practice.forms import (
    PayloadError,
    blank_payload,
    checked_payload,
    is_blank,
    padded,
    posted_payload,
    trimmed,
)
from tests.practice.samples import rows

PROFESSIONAL = ClaimForm.PROFESSIONAL


def posted(**fields: Any) -> dict[str, Any]:
    return posted_payload(MultiDict(rows(**fields)))


def test_a_gap_between_rows_moves_no_pointer() -> None:
    data = MultiDict(
        {"dx-0-letter": "A", "dx-0-code": "", "dx-2-letter": "C", "dx-2-code": "I10", "sv-4-code": "99213"}
    )
    data["sv-4-pointers"] = "C"
    claim = read_payload(posted_payload(data), PROFESSIONAL)
    assert [(d.code, d.letter) for d in claim.diagnoses] == [("I10", "C")]
    assert claim.services[0].pointers == ("C",)


def test_rows_over_the_limit_are_counted_and_kept() -> None:
    data = MultiDict({f"dx-{i}-code": f"I1{i}" for i in range(14)})
    payload = posted_payload(data)
    assert len(payload["diagnoses"]) == 14
    with pytest.raises(ResponseError) as caught:
        read_payload(payload, PROFESSIONAL)
    assert ("diagnoses", "14 rows, but a professional claim holds 12") in caught.value.problems
    assert len(padded(payload, PROFESSIONAL)["diagnoses"]) == 14


def test_a_post_of_hundreds_of_rows_is_refused() -> None:
    with pytest.raises(PayloadError, match="more than 200 rows"):
        posted_payload(MultiDict({f"sv-{i}-code": "x" for i in range(201)}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("AB", ["A", "B"]), ("a, b", ["A", "B"]), ("A/C;d", ["A", "C", "D"]), ("1", ["1"]), ("A 2", ["A", "2"]), ("", [])],
)
def test_pointers_are_split_into_letters(text: str, expected: list[str]) -> None:
    assert split_pointers(text) == expected


@pytest.mark.parametrize("units", ["1.5", "two", "-1", "³", "9" * 5000])
def test_units_that_are_no_whole_number_are_named_with_their_row(units: str) -> None:
    payload = {
        **blank_payload(),
        "services": [{"code": "J1885", "modifiers": ["", "", "", ""], "units": units, "pointers": ""}],
    }
    with pytest.raises(ResponseError) as caught:
        read_payload(payload, PROFESSIONAL)
    assert caught.value.problems[0] == ("services[0].units", f"“{units}” is not a whole number")


def test_units_may_carry_a_thousands_comma_and_default_to_one() -> None:
    payload = posted_payload(MultiDict({"sv-0-code": "J1885", "sv-0-units": "1,200", "sv-1-code": "99213"}))
    assert [s.units for s in read_payload(payload, PROFESSIONAL).services] == [1200, 1]


@pytest.mark.parametrize("form", list(ClaimForm))
def test_a_page_starts_with_four_rows_of_each_kind_whatever_the_form(form: ClaimForm) -> None:
    shown = padded(blank_payload(), form)
    assert [row["letter"] for row in shown["diagnoses"]] == ["A", "B", "C", "D"]
    assert len(shown["services"]) == 4


def test_more_rows_stop_at_the_limit_of_the_form_and_use_free_letters() -> None:
    start = {**blank_payload(), "diagnoses": [{"code": "I10", "letter": "C", "poa": ""}]}
    shown = padded(start, PROFESSIONAL, diagnoses=99, services=99)
    assert sorted(row["letter"] for row in shown["diagnoses"]) == list("ABCDEFGHIJKL")
    assert len(shown["services"]) == 50


def test_trimming_takes_only_the_empty_rows_at_the_end() -> None:
    codes = {"A": "", "B": "I10", "C": " "}
    diagnoses = [{"code": code, "letter": letter, "poa": ""} for letter, code in codes.items()]
    start = {**blank_payload(), "diagnoses": diagnoses}
    assert [row["letter"] for row in trimmed(start)["diagnoses"]] == ["A", "B"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, "must be an object"),
        ({"codes": []}, "unknown field: codes"),
        ({"no_service": "yes"}, "no_service must be true or false"),
        ({"diagnoses": "I10"}, "diagnoses must be a list of rows"),
        ({"diagnoses": [{"code": 10}]}, r"diagnoses\[0\].code must be text"),
        ({"services": [{"code": "x" * 101}]}, "longer than 100 characters"),
        ({"services": [{"modifiers": ["1"] * 5}]}, "at most 4 texts"),
        ({"services": [{}] * 201}, "more than 200 rows"),
        ({"pos": 11}, "claim.pos must be text"),
    ],
)
def test_a_draft_out_of_shape_is_refused_with_the_place(data: object, message: str) -> None:
    with pytest.raises(PayloadError, match=message):
        checked_payload(data)


def test_only_an_untouched_form_is_blank() -> None:
    assert is_blank(padded(blank_payload(), PROFESSIONAL))
    for touched in ({"pos": "11"}, {"no_service": True}, {"diagnoses": [{"code": "I10", "letter": "A", "poa": ""}]}):
        assert not is_blank({**blank_payload(), **touched})


texts = st.text(max_size=8)
payloads = st.fixed_dictionaries(
    {
        "diagnoses": st.lists(
            st.fixed_dictionaries({"code": texts, "letter": texts.filter(bool), "poa": texts}), max_size=6
        ),
        "services": st.lists(
            st.fixed_dictionaries(
                {"code": texts, "modifiers": st.lists(texts, min_size=4, max_size=4), "units": texts, "pointers": texts}
            ),
            max_size=6,
        ),
        "pos": texts,
        "no_service": st.booleans(),
    }
)


@given(payloads)
def test_a_draft_comes_back_exactly_as_typed(payload: dict[str, Any]) -> None:
    assert checked_payload(payload) == payload


def problems_of(payload: dict[str, Any], form: ClaimForm) -> tuple[tuple[str, str], ...]:
    try:
        read_payload(payload, form)
    except ResponseError as error:
        return error.problems
    return ()


@given(payloads, st.sampled_from(list(ClaimForm)))
def test_whatever_is_typed_is_a_claim_or_named_problems(payload: dict[str, Any], form: ClaimForm) -> None:
    assert all(message for _, message in problems_of(payload, form))
