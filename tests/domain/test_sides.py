"""Sides that modifiers and diagnoses name, and when they contradict one another."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coachapp.attempts.engine import judge
from coachapp.domain.codes import CodeFact
from coachapp.domain.sides import (
    SIDED_MODIFIERS,
    conflict,
    in_words,
    place_of_diagnosis,
    places_of_modifiers,
    side_of_title,
)

from .builders import DAY, case_of, claim_of

KEY = {"diagnoses": [{"id": "d1", "code": "I10"}]}


def warned(codesets, service, *codes):
    """Return the codes that side findings name, for one service that points to up to four diagnoses."""
    code, *modifiers = service.split("-")
    line = {"code": code, "modifiers": modifiers, "pointers": list("ABCD")[: len(codes)]}
    result = judge(case_of(KEY), claim_of(*codes, services=[line]), codesets=codesets)
    return [f.codes[1:] for f in result.findings if f.rule == "side_conflict"]


CONFLICTS = [
    ("25605-LT", "S52.501A"),
    ("28490-TA", "S92.411A"),  # right great toe
    ("28510-T1", "S92.412A"),  # left great toe, second toe treated
    ("28510-TA", "S92.502A"),  # left lesser toe
    ("11750-T5", "L03.032"),  # left toe
    ("28296-T1", "M20.12"),  # hallux is the great toe
    ("26750-F5", "S62.632A"),  # right middle finger, thumb treated
    ("26750-FA", "S62.501A"),  # right thumb
    ("26720-T6", "S62.610A"),  # a toe for a finger
    ("67800-E1", "H00.11"),  # chalazion right upper eyelid
    ("67800-E4", "H00.11"),
    ("15823-E3", "H02.834"),  # left upper eyelid
    ("66984-LT", "H25.11"),
    ("35301-RT", "I65.22"),
    ("36475-RT", "I83.892"),
    ("92941-RC", "I21.02"),
    ("92941-LD", "I21.21"),
    ("19301-LT", "C50.411"),  # a quadrant of the right breast
    ("20610-RT", "M17.12"),
]
AGREEMENTS = [
    ("32555-RT", "I50.1"),  # left ventricular failure
    ("32555-RT", "J90"),
    ("93454-RT", "I44.7"),  # left bundle-branch block
    ("97110-LT", "G81.91"),  # right dominant side
    ("97110-LT", "I69.351"),
    ("11042-RT", "Z89.512"),  # left leg absent
    ("20610-LT", "Z96.651"),  # right artificial knee
    ("19303-RT", "Z90.12"),
    ("66984-RT", "Z98.42"),
    ("76705-LT", "R10.31"),  # right lower quadrant
    ("45380-RT", "K51.50"),  # left sided colitis
    ("93303-RT", "Q23.4"),  # hypoplastic left heart
    ("92083-LT", "H53.461"),
    ("20520-RT", "T81.500A"),  # accidentally left in the body
    ("20610-RT", "M17.0"),  # both knees
    ("28490-T5", "S92.411A"),
    ("28510-T7", "S92.501A"),  # right lesser toe
    ("28296-RT", "M20.11"),
    ("26750-F7", "S62.632A"),
    ("16020-F6", "T23.031A"),  # several fingers
    ("67800-E3", "H00.11"),
    ("67840-E4", "H01.00A"),  # upper and lower lid
    ("92941-LM", "I21.02"),
    ("92928-LD", "I25.10"),
    ("25605-RT-LT", "S52.501A"),
]


@pytest.mark.parametrize(("service", "diagnosis"), CONFLICTS)
def test_a_modifier_for_another_place_is_a_warning(codesets, service, diagnosis):
    assert warned(codesets, service, diagnosis) == [(diagnosis,)]


@pytest.mark.parametrize(("service", "diagnosis"), AGREEMENTS)
def test_a_side_of_anything_else_is_none(codesets, service, diagnosis):
    assert warned(codesets, service, diagnosis) == []


def test_each_diagnosis_is_compared(codesets):
    assert warned(codesets, "11042-RT", "E11.621", "L97.511", "Z89.512") == []
    assert warned(codesets, "11042-RT", "L97.511", "L97.521") == [("L97.521",)]


def test_both_sides_reported_for_a_disease_of_one_side_is_a_warning(codesets):
    assert warned(codesets, "69436-50", "H65.01") == [("H65.01",)]
    for supported in (("H65.03",), ("H65.01", "H65.02"), ("H65.01", "H69.93"), ("H65.01", "Z41.8"), ()):
        assert warned(codesets, "69436-50", *supported) == []


def test_the_text_names_both_places(codesets):
    line = {"code": "28490", "modifiers": ["TA"], "pointers": ["A"]}
    result = judge(case_of(KEY), claim_of("S92.411A", services=[line]), codesets=codesets)
    (text,) = [f.text for f in result.findings if f.rule == "side_conflict"]
    assert "left great toe" in text
    assert "right great toe" in text


def test_every_modifier_and_title_can_be_put_in_words(codesets):
    for modifier in SIDED_MODIFIERS:
        for place in places_of_modifiers([modifier]):
            assert in_words(place).strip()


def test_the_side_a_chart_must_name_is_wider_than_the_side_under_treatment(codesets):
    facts = codesets.facts_for(on=DAY, diagnoses=["Z89.512", "G81.91", "I50.1"], services=(), inpatient=False)
    assert side_of_title(facts.diagnosis("Z89.512")) == "left"
    assert side_of_title(facts.diagnosis("G81.91")) == "right"
    assert side_of_title(facts.diagnosis("I50.1")) is None
    assert all(place_of_diagnosis(fact) is None for fact in facts.diagnoses.values())


_MIRROR = {"RT": "LT", "E1": "E3", "E2": "E4", "TA": "T5", "FA": "F5"}
_MIRROR |= {f"{letter}{n}": f"{letter}{n + 5}" for letter in "TF" for n in range(1, 5)}
_MIRROR |= {b: a for a, b in _MIRROR.items()}
_PARTS = ["great toe", "lesser toe(s)", "thumb", "ring finger", "upper eyelid", "lower eyelid", "knee", "dominant side"]


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.sampled_from([*sorted(_MIRROR), "50"]), max_size=3),
    st.sampled_from(["right", "left"]),
    st.sampled_from(_PARTS),
    st.sampled_from(["S99", "G81", "Z89", "I50", "H00"]),
)
def test_left_and_right_are_treated_alike(modifiers, side, part, category):
    other = {"right": "left", "left": "right"}[side]
    here = place_of_diagnosis(CodeFact(f"{category}.1", title=f"Condition of {side} {part}"))
    there = place_of_diagnosis(CodeFact(f"{category}.1", title=f"Condition of {other} {part}"))
    mirrored = [_MIRROR.get(modifier, modifier) for modifier in modifiers]
    assert conflict(places_of_modifiers(modifiers), here) is conflict(places_of_modifiers(mirrored), there)
