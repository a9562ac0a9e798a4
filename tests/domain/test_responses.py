"""What a learner may enter, and what is made of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachapp.domain.codes import normalise_diagnosis, normalise_service, service_system, swaps
from coachapp.domain.items import ClaimForm
from coachapp.domain.keylines import Poa
from coachapp.domain.responses import ClaimResponse, ResponseError, read_claim


@pytest.mark.parametrize("text", ["S52.501A", "s52501a", " S52.501a ", "S52 501A", "s52.501A\n"])
def test_a_diagnosis_in_any_format(text):
    assert normalise_diagnosis(text) == "S52.501A"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("i10", "I10"),
        ("qa00141", "QA0.0141"),
        ("T36.0X1A", "T36.0X1A"),
        ("V00.01XA", "V00.01XA"),
        ("99213", "99213"),
        ("?", "?"),
        ("", ""),
    ],
)
def test_zeros_and_placeholders_are_never_touched(text, code):
    assert normalise_diagnosis(text) == code


@pytest.mark.parametrize("text", ["99213-25", "99213 25", "99213,25", " 99213 , 25 ", "99213–25"])
def test_a_service_with_its_modifier_behind_it(text):
    assert normalise_service(text) == ("99213", ("25",))


def test_a_service_keeps_its_dot():
    assert normalise_service("a01.00") == ("A01.00", ())


def test_modifiers_may_come_in_one_box_or_several():
    boxes = [["25", "59"], ["25,59"], ["25 59"], ["-25", " 59 "]]
    claims = [read_claim({"services": [{"code": "99213", "modifiers": b}]}, ClaimForm.PROFESSIONAL) for b in boxes]
    claims.append(read_claim({"services": [{"code": "99213-25-59"}]}, ClaimForm.PROFESSIONAL))
    assert {c.services[0].modifiers for c in claims} == {("25", "59")}


def test_an_empty_row_leaves_its_letter_unused():
    claim = read_claim({"diagnoses": [{"code": "I10"}, {"code": ""}, {"code": "E11.9"}]}, ClaimForm.PROFESSIONAL)
    assert [(d.letter, d.index) for d in claim.diagnoses] == [("A", 0), ("C", 2)]


@pytest.mark.parametrize("text", [None, "", "1", "exempt", "EXEMPT"])
def test_blank_and_1_read_as_exempt(text):
    claim = read_claim({"diagnoses": [{"code": "Z79.4", "poa": text}]}, ClaimForm.INPATIENT)
    assert claim.diagnoses[0].poa is Poa.EXEMPT


def test_the_forms_hold_what_paper_holds():
    def fits(form: ClaimForm, diagnoses: int, services: int) -> bool:
        try:
            read_claim({"diagnoses": [{"code": "I10"}] * diagnoses, "services": [{"code": "X"}] * services}, form)
        except ResponseError:
            return False
        return True

    assert fits(ClaimForm.PROFESSIONAL, 12, 50)
    assert not fits(ClaimForm.PROFESSIONAL, 13, 0)
    assert not fits(ClaimForm.PROFESSIONAL, 0, 51)
    assert fits(ClaimForm.FACILITY_OUTPATIENT, 25, 50)
    assert not fits(ClaimForm.FACILITY_OUTPATIENT, 26, 0)
    assert fits(ClaimForm.INPATIENT, 25, 25)
    assert not fits(ClaimForm.INPATIENT, 0, 26)


@pytest.mark.parametrize(
    ("form", "data"),
    [
        (ClaimForm.INPATIENT, {"services": [{"code": "0DTJ4ZZ", "modifiers": ["59"]}]}),
        (ClaimForm.INPATIENT, {"services": [{"code": "0DTJ4ZZ", "units": 2}]}),
        (ClaimForm.INPATIENT, {"diagnoses": [{"code": "I10", "poa": "Q"}]}),
        (ClaimForm.FACILITY_OUTPATIENT, {"services": [{"code": "99213", "pointers": ["A"]}]}),
        (ClaimForm.FACILITY_OUTPATIENT, {"pos": "22"}),
    ],
)
def test_what_a_form_has_no_place_for_is_refused_not_dropped(form, data):
    with pytest.raises(ResponseError):
        read_claim(data, form)


def test_nothing_is_blank():
    assert read_claim({}, ClaimForm.PROFESSIONAL).blank
    assert not ClaimResponse(no_service=True).blank


@pytest.mark.parametrize(
    ("code", "first"), [("I1O", "I10"), ("O10", "010"), ("S52.5O1A", "S52.501A"), ("25605", "256O5")]
)
def test_the_nearest_swap_comes_first(code, first):
    assert first in swaps(code)[: len([c for c in code if c in "O0I1"])]


@pytest.mark.parametrize(
    ("code", "system"),
    [("99213", "cpt"), ("0001U", "cpt"), ("0042T", "cpt"), ("J1885", "hcpcs"), ("0DTJ4ZZ", "icd10pcs"), ("I10", None)],
)
def test_a_service_code_shows_its_system(code, system):
    assert service_system(code) == system


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["diagnoses", "services", "code", "letter", "poa", "units", "modifiers", "pointers", "pos", "x"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(JSON, st.sampled_from(list(ClaimForm)))
def test_any_data_is_read_or_refused_with_a_place(data, form):
    try:
        claim = read_claim(data, form)
    except ResponseError as error:
        claim, told = None, error.problems
    else:
        told = ()
    assert (claim is None) is bool(told)
