"""The laws of format: no look-alike, invisible character, case or punctuation around a box changes what is read."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachapp.content.loader import load
from coachapp.domain.claimboxes import read_units, split_pointers
from coachapp.domain.claimrows import Payload, read_payload
from coachapp.domain.codes import (
    lookup_spellings,
    normalise_diagnosis,
    normalise_modifier,
    normalise_service,
    search_text,
    several_diagnoses,
    split_modifiers,
)
from coachapp.domain.grading import grade, key_claim
from coachapp.domain.items import Case, ClaimForm
from coachapp.domain.responses import ClaimResponse, claim_data, read_claim
from coachapp.domain.typed_text import code_text, foreign_character, plain
from coachapp.paths import bundled

from .builders import NOTHING_KNOWN, case_of
from .reformatting import DASHES, INVISIBLE, SPACES, digit_variants, letter_variants, reformat, reformatted

texts = st.text(st.sampled_from("AS5201XT.,-: /;\u200b\u2014Ａ９\u0410\u0416\u00ad\u00a0²ν?"), max_size=12) | st.text(
    max_size=12
)


@given(texts)
def test_normal_forms_are_normal(text: str) -> None:
    diagnosis = normalise_diagnosis(text)
    assert normalise_diagnosis(diagnosis) == diagnosis
    for inpatient in (False, True):
        code, modifiers = normalise_service(text, inpatient=inpatient)
        assert normalise_service(code, inpatient=inpatient)[0] == code
        assert all(part.isascii() or foreign_character(part) for part in (code, *modifiers))
    for modifier in split_modifiers(text):
        assert normalise_modifier(modifier) == modifier
    assert search_text(search_text(text)) == search_text(text)
    assert plain(plain(text)) == plain(text)
    assert code_text(code_text(text)) == code_text(text)


codes = st.from_regex(r"\A[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?\Z")
numbers = st.from_regex(r"\A([A-V][0-9]{4}|[0-9]{4}[0-9A-Z])\Z")


@given(codes, numbers)
def test_a_code_without_format_is_unchanged(code: str, number: str) -> None:
    assert normalise_diagnosis(code) == code
    assert normalise_service(number) == (number, ())
    assert lookup_spellings(code)[0] == code
    assert lookup_spellings(number) == (number,)
    assert search_text(code) == code
    assert not several_diagnoses(code)


@given(codes, numbers, st.data())
def test_any_format_of_a_code_is_the_code(code: str, number: str, data: st.DataObject) -> None:
    assert normalise_diagnosis(data.draw(reformatted(code))) == code
    assert normalise_service(data.draw(reformatted(number))) == (number, ())
    dash = data.draw(st.sampled_from([*DASHES, ":", ",", ";", "/", " ", *SPACES]))
    assert normalise_service(f"{number}{dash}RT{dash}59") == (number, ("RT", "59"))
    assert lookup_spellings(data.draw(reformatted(number)))[0] == number


@given(
    st.integers(1, 999_999), st.lists(st.sampled_from("ABCDEFGHIJKL"), unique=True, min_size=1, max_size=4), st.data()
)
def test_any_format_of_units_and_pointers_is_the_same(units: int, letters: list[str], data: st.DataObject) -> None:
    assert read_units(data.draw(reformatted(str(units)))) == units
    assert read_units(data.draw(reformatted(f"{units:,}"))) == units
    sign = data.draw(st.sampled_from(["", ",", ";", "/", " ", "\u3000", ", "]))
    assert split_pointers(data.draw(reformatted(sign.join(letters)))) == letters


KEY = {
    "diagnoses": [{"id": "d1", "code": "S52.501A", "first": True}, {"id": "d2", "code": "E11.9"}],
    "services": [{"id": "s1", "code": "25605", "modifiers": ["RT", "59"], "units": 1, "pointers": ["d1", "d2"]}],
}
CASE = case_of(KEY, pos="11")


def scores(case: Case, claim: ClaimResponse) -> dict[str, float | None]:
    return dict(grade(case, claim, None, facts=NOTHING_KNOWN).scores)


@given(st.data())
def test_format_changes_no_score_of_a_claim(data: st.DataObject) -> None:
    def typed(text: str) -> str:
        return data.draw(reformatted(text))

    claim = {
        "diagnoses": [
            {"code": typed("S52.501A"), "letter": typed("A")},
            {"code": typed("E11.9"), "letter": typed("B")},
        ],
        "services": [
            {
                "code": typed("25605"),
                "modifiers": [typed("RT"), typed("59")],
                "units": 1,
                "pointers": [typed("A"), typed("B")],
            }
        ],
        "pos": typed("11"),
    }
    assert set(scores(CASE, read_claim(claim, ClaimForm.PROFESSIONAL)).values()) <= {1.0, None}
    row = {
        "code": typed("25605"),
        "modifiers": [typed("RT"), typed("59"), "", ""],
        "units": typed("1"),
        "pointers": typed("AB"),
    }
    diagnoses = [
        {"code": typed(code), "letter": letter, "poa": ""} for code, letter in (("S52.501A", "A"), ("E11.9", "B"))
    ]
    payload: Payload = {"diagnoses": diagnoses, "services": [row], "pos": typed("11"), "no_service": False}
    assert set(scores(CASE, read_payload(payload, ClaimForm.PROFESSIONAL)).values()) <= {1.0, None}


def _reformatted_data(value: Any, seed: int) -> Any:
    """Return claim data with every text in another format."""
    if isinstance(value, dict):
        return {name: _reformatted_data(inner, seed + at) for at, (name, inner) in enumerate(value.items())}
    if isinstance(value, list):
        return [_reformatted_data(inner, seed + 31 * at) for at, inner in enumerate(value)]
    return reformat(value, seed) if isinstance(value, str) else value


def _payload(data: Any, seed: int) -> Payload:
    """Return the rows of a form that hold the claim, every box in another format."""
    services = [
        {
            "code": reformat(row["code"], seed + at),
            "modifiers": [reformat(box, seed + at) for box in (row["modifiers"] + [""] * 4)[:4]],
            "units": reformat(str(row["units"]), seed + at),
            "pointers": reformat(",".join(row["pointers"]), seed + at),
        }
        for at, row in enumerate(data["services"])
    ]
    diagnoses = [
        {name: reformat(row[name] or "", seed) for name in ("code", "letter", "poa")} for row in data["diagnoses"]
    ]
    return {
        "diagnoses": diagnoses,
        "services": services,
        "pos": reformat(data["pos"] or "", seed),
        "no_service": data["no_service"],
    }


BUNDLED = sorted(path.parent for path in bundled("cases").glob("*/*/case.yaml"))


@pytest.mark.parametrize("folder", BUNDLED, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_key_of_a_bundled_case_is_read_in_any_format(folder: Any) -> None:
    [case] = load(folder).cases
    for number in range(len(case.key.branches)):
        claim = key_claim(case, number)
        data = json.loads(json.dumps(claim_data(claim)))
        for seed in range(5):
            assert claim_data(read_claim(_reformatted_data(data, seed), case.claim_form)) == data
            assert claim_data(read_payload(_payload(data, seed), case.claim_form)) == data


def test_the_formats_drawn_are_many() -> None:
    """Guard the laws above: the strategies do insert and replace something."""
    assert len(INVISIBLE) > 20
    assert len(DASHES) >= 10
    assert "\u0410" in letter_variants("A")
    assert "٥" in digit_variants("5")
