"""What may not stand first among the diagnoses, in which setting, and what may stand only there."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coachapp.attempts.engine import judge
from coachapp.domain.labels import Severity
from coachapp.domain.sequencing import first_obstacle, may_stand_first

from .builders import DAY, case_of, claim_of

KEY = {"diagnoses": [{"id": "d1", "code": "I10"}]}
RULES = {
    "external_cause_first",
    "manifestation_first",
    "secondary_code_first",
    "sequela_first",
    "unacceptable_principal",
    "principal_needs_secondary",
    "questionable_admission",
    "first_only_below",
}
FORMS = ("professional", "facility_outpatient", "inpatient")
# Code, a diagnosis it belongs to, the rule and the source that its text names: in every setting.
NEVER_FIRST = [
    ("W18.30XA", "S52.501A", "external_cause_first", "I.C.20.a.6"),
    ("V43.52XA", "S82.001A", "external_cause_first", "I.C.20.a.6"),
    ("X95.9XXA", "S21.101A", "external_cause_first", "I.C.20.a.6"),
    ("Y90.5", "F10.129", "external_cause_first", "I.C.20.a.6"),
    ("Y92.010", "S52.501A", "external_cause_first", "I.C.20.a.6"),
    ("G63", "E11.42", "manifestation_first", "I.A.13"),
    ("F02.80", "G30.9", "manifestation_first", "I.A.13"),
    ("D63.1", "N18.4", "manifestation_first", "I.A.13"),
    ("R65.20", "A41.9", "secondary_code_first", "I.C.1.d.1.b"),
    ("R65.21", "A41.9", "secondary_code_first", "I.C.1.d.1.b"),
    ("R65.10", "K85.90", "secondary_code_first", "I.C.18.g"),
    ("Z37.0", "O80", "secondary_code_first", "I.C.15.b.5, I.C.21.c.11"),
    ("Z3A.39", "O80", "secondary_code_first", "Z3A"),
    ("Z33.1", "S52.501A", "secondary_code_first", "I.C.21.c.3"),
    ("Z68.35", "E66.812", "secondary_code_first", "I.B.14"),
    ("R40.2410", "S06.5X0A", "secondary_code_first", "I.B.14"),
    ("R29.705", "I63.9", "secondary_code_first", "I.B.14"),
    ("Z59.00", "L97.511", "secondary_code_first", "I.B.14"),
    ("Z28.39", "B05.9", "secondary_code_first", "I.B.14"),
    ("B96.20", "N39.0", "secondary_code_first", "I.C.1.b"),
    ("B95.62", "L03.115", "secondary_code_first", "I.C.1.b"),
    ("Z16.12", "N39.0", "secondary_code_first", "I.C.1.c"),
    ("T36.0X5A", "L27.0", "secondary_code_first", "I.C.19.e.5.a"),
    ("T50.905A", "L27.0", "secondary_code_first", "I.C.19.e.5.a"),
    ("T46.5X6A", "I10", "secondary_code_first", "I.C.19.e.5.c"),
    ("T38.3X6A", "E11.65", "secondary_code_first", "I.C.19.e.5.c"),
]
# What stands first rightly, in the office and in the hospital.
MAY_STAND_FIRST = ["I21.4", "S52.501A", "T36.0X1A", "T40.1X2A", "A41.9", "R40.20", "O80", "Z38.00", "Z51.11", "R55"]


def sequence(codesets, *codes, form="professional"):
    case = case_of(KEY, form=form)
    result = judge(case, claim_of(*codes, form=form), codesets=codesets)
    return [(f.rule, f.severity, f.codes, f.text) for f in result.findings if f.rule in RULES]


@pytest.mark.parametrize(("code", "beside", "rule", "source"), NEVER_FIRST)
@pytest.mark.parametrize("form", FORMS)
def test_a_code_that_adds_to_another_draws_an_error_first_and_only_there(codesets, form, code, beside, rule, source):
    ((found, severity, codes, text),) = sequence(codesets, code, beside, form=form)[:1]
    assert (found, severity, codes) == (rule, Severity.ERROR, (code,))
    assert source in text
    assert not [f for f in sequence(codesets, beside, code, form=form) if f[0] == rule]


@pytest.mark.parametrize("form", FORMS)
def test_codes_that_may_stand_first_draw_nothing(codesets, form):
    for code in MAY_STAND_FIRST:
        assert sequence(codesets, code, form=form) == [], code


def test_what_the_code_editor_refuses_concerns_inpatient_claims_alone(codesets):
    for code in ("Z00.00", "Z80.3", "Z87.891", "O94", "F05"):
        ((rule, severity, _, text),) = sequence(codesets, code, form="inpatient")
        assert (rule, severity) == ("unacceptable_principal", Severity.ERROR)
        assert "Medicare Code Editor" in text
        assert sequence(codesets, code, form="professional") == []
        assert sequence(codesets, code, form="facility_outpatient") == []


def test_aftercare_needs_a_secondary_diagnosis_in_hospital(codesets):
    assert [f[:2] for f in sequence(codesets, "Z51.89", form="inpatient")] == [
        ("principal_needs_secondary", Severity.ERROR)
    ]
    assert sequence(codesets, "Z51.89", "I63.9", form="inpatient") == []
    assert sequence(codesets, "Z51.89") == []


def test_a_questionable_admission_is_a_warning_whatever_stands_below(codesets):
    for below in ((), ("E11.65",)):
        assert [f[:2] for f in sequence(codesets, "I10", *below, form="inpatient")] == [
            ("questionable_admission", Severity.WARNING)
        ]
    assert sequence(codesets, "I10") == []


def test_a_sequela_stands_below_what_remains(codesets):
    assert [f[:2] for f in sequence(codesets, "S52.501S", "M25.531")] == [("sequela_first", Severity.WARNING)]
    assert sequence(codesets, "M25.531", "S52.501S") == []


def test_an_encounter_code_that_is_first_listed_only_is_a_warning_below(codesets):
    ((rule, severity, codes, text),) = sequence(codesets, "I10", "Z00.00")
    assert (rule, severity, codes) == ("first_only_below", Severity.WARNING, ("Z00.00",))
    assert "I.C.21.c.16" in text
    # Two of them on one day, and the exceptions that the guideline names.
    assert sequence(codesets, "Z00.00", "Z01.411") == []
    assert sequence(codesets, "C50.911", "Z00.6") == []
    assert sequence(codesets, "I10", "Z52.9") == []


@pytest.mark.parametrize("code", ["Z15.01", "Z15.02", "Z15.09", "Z15.1", "Z15.81", "Z15.89"])
def test_a_genetic_susceptibility_is_generally_not_first(codesets, code):
    # The guideline says "generally": a warning, so that a key may begin with it.
    for form in ("professional", "facility_outpatient"):
        ((rule, severity, codes, text),) = sequence(codesets, code, "Z80.3", form=form)
        assert (rule, severity, codes) == ("secondary_code_first", Severity.WARNING, (code,))
        assert "I.C.21.c.3" in text
        assert sequence(codesets, "Z40.01", code, form=form) == []
    # The code editor refuses it as the principal diagnosis.
    facts = codesets.facts_for(on=DAY, diagnoses=[code], services=(), inpatient=True)
    assert may_stand_first(facts.diagnosis(code), inpatient=True) is ("unacceptable" not in facts.diagnosis(code).flags)
    assert may_stand_first(facts.diagnosis(code), inpatient=False)


@pytest.mark.parametrize("code", ["Z04.1", "Z04.2", "Z04.3", "Z04.41", "Z04.81"])
def test_an_observation_for_other_reasons_is_first_unless_unrelated(codesets, code):
    ((rule, severity, codes, text),) = sequence(codesets, "I10", code)
    assert (rule, severity, codes) == ("first_only_below", Severity.WARNING, (code,))
    assert "I.C.21.c.16" in text
    assert "unrelated" in text
    assert "I.C.21.c.6" in text
    assert sequence(codesets, code, "I10") == []
    # Categories Z03 and Z05 are not on the list.
    assert sequence(codesets, "I10", "Z03.89") == []


def test_a_code_that_does_not_exist_draws_no_reason(codesets):
    assert sequence(codesets, "W18.39XZ", "S52.501A") == []


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.permutations([*(row[0] for row in NEVER_FIRST[:12]), *MAY_STAND_FIRST[:6]]),
    st.integers(1, 12),
    st.sampled_from(FORMS),
)
def test_only_the_first_row_decides(codesets, codes, count, form):
    listed = codes[:count]
    facts = codesets.facts_for(on=DAY, diagnoses=listed, services=(), inpatient=form == "inpatient")
    errors = [f for f in sequence(codesets, *listed, form=form) if f[1] is Severity.ERROR]
    expected = first_obstacle(facts.diagnosis(listed[0]), inpatient=form == "inpatient")
    assert [f[2] for f in errors] == ([] if expected is None else [(listed[0],)])
    assert may_stand_first(facts.diagnosis(listed[0]), inpatient=form == "inpatient") is (expected is None)
    assert errors == [f for f in sequence(codesets, listed[0], form=form) if f[1] is Severity.ERROR]
