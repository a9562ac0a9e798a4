"""Near spellings of codes, without any code set: what is offered, in which order, and what never is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachapp.domain.codes import Slip
from coachapp.domain.spelling import choose, icd9_spelling, looks_like_icd9, near_spellings

CODES = frozenset(
    ("S161XXA", "S161XXD", "T1502XA", "T360X1A", "T07XXXD", "W2189XA", "S52501A", "S52501B", "E1165", "E1151", "I10")
)
HEADERS = frozenset(("S161", "T1502", "T360X1", "S52501", "E116", "E11"))
TEXTS = st.text("0123456789ABDEGILOSTXZ", min_size=1, max_size=12)


def meant(bare: str) -> tuple[str, Slip] | None:
    return choose(near_spellings(bare, diagnosis=True), reportable=CODES, headers=HEADERS)


@pytest.mark.parametrize(
    ("bare", "code", "slip"),
    [
        ("S161A", "S161XXA", Slip.PLACEHOLDER_MISSING),
        ("S161XA", "S161XXA", Slip.PLACEHOLDER_MISSING),
        ("S161XXXA", "S161XXA", Slip.PLACEHOLDER_SURPLUS),
        ("S16XX1A", "S161XXA", Slip.PLACEHOLDER_MISPLACED),
        ("S161AXX", "S161XXA", Slip.PLACEHOLDER_MISPLACED),
        ("T3601A", "T360X1A", Slip.PLACEHOLDER_MISSING),
        ("T36XX01A", "T360X1A", Slip.PLACEHOLDER_SURPLUS),
        ("T07D", "T07XXXD", Slip.PLACEHOLDER_MISSING),
        ("T07XXXXD", "T07XXXD", Slip.PLACEHOLDER_SURPLUS),
        ("S52501XA", "S52501A", Slip.PLACEHOLDER_SURPLUS),
        ("S52501AA", "S52501A", Slip.SURPLUS),
        ("E1165XXA", "E1165", Slip.SURPLUS),
        ("E11165", "E1165", Slip.SURPLUS),
        ("S5250IA", "S52501A", Slip.LOOKALIKE),
        ("S5Z501A", "S52501A", Slip.LOOKALIKE),
        ("552501A", "S52501A", Slip.LOOKALIKE),
        ("E116S", "E1165", Slip.LOOKALIKE),
        ("EL165", "E1165", Slip.LOOKALIKE),
        ("EII65", "E1165", Slip.LOOKALIKE),
        ("S525018", "S52501B", Slip.LOOKALIKE),
        ("S5250I", "S52501", Slip.LOOKALIKE),
        ("S25501A", "S52501A", Slip.TRANSPOSED),
        ("E1156", "E1165", Slip.TRANSPOSED),
        ("E165", "E1165", Slip.MISSING),
    ],
)
def test_a_slip_is_named_and_mended(bare: str, code: str, slip: Slip) -> None:
    assert meant(bare) == (code, slip)


@pytest.mark.parametrize("bare", ["ZZZ99", "", "S161", "Q", "É1165", "X" * 40, "S525017"])
def test_what_has_no_single_near_spelling_gets_none(bare: str) -> None:
    assert meant(bare) is None


def test_several_equal_candidates_give_none() -> None:
    groups = near_spellings("E116", diagnosis=True)
    assert choose(groups, reportable={"E1160", "E1165"}, headers=()) is None
    assert choose(groups, reportable={"E1165"}, headers=()) == ("E1165", Slip.MISSING)


@given(bare=TEXTS, diagnosis=st.booleans(), icd9=st.booleans(), known=st.frozensets(TEXTS, max_size=8))
def test_a_suggestion_is_known_and_another_code(bare: str, diagnosis: bool, icd9: bool, known: frozenset[str]) -> None:
    groups = near_spellings(bare, diagnosis=diagnosis, icd9=icd9)
    assert groups == near_spellings(bare, diagnosis=diagnosis, icd9=icd9)
    assert all(pair.code != bare for group in groups for pair in group.pairs)
    choice = choose(groups, reportable=known, headers=())
    assert choice is None or choice.code in known - {bare}


@given(code=st.sampled_from(sorted(code for code in CODES if "X" in code)), data=st.data())
def test_any_number_of_placeholders_leads_back_to_the_code(code: str, data: st.DataObject) -> None:
    core = code[3:].replace("X", "")
    row = "".join(f"{'X' * data.draw(st.integers(0, 1))}{character}" for character in core)
    entered = code[:3] + row
    choice = choose(near_spellings(entered, diagnosis=True), reportable={code}, headers=())
    assert entered == code or (choice is not None and choice.code == code)


@pytest.mark.parametrize(
    "code", ["250.00", "401.9", "4019", "401", "V58.69", "V5869", "E885.9", "E88.59", "E849.0", "V30.00", "780.6"]
)
def test_the_shapes_of_icd9(code: str) -> None:
    assert looks_like_icd9(code)


@pytest.mark.parametrize("code", ["25000", "99213", "E11.65", "V43.52XA", "E03.6", "V00", "000.0", "I10", "2500.0", ""])
def test_other_shapes_are_not_icd9(code: str) -> None:
    assert not looks_like_icd9(code)


def test_icd9_writes_the_dot_of_external_causes_one_place_later() -> None:
    assert [icd9_spelling(code) for code in ("E88.59", "V5869", "4019")] == ["E885.9", "V58.69", "401.9"]
