"""Present-on-admission indicators on codes that are exempt, are not, or of which nothing is known."""

import pytest

from coachapp.attempts.engine import judge
from coachapp.domain.labels import Severity

from .builders import case_of, claim_of

KEY = {"diagnoses": [{"id": "d1", "code": "J18.9"}]}


def remarks(codesets, *codes, form="inpatient", **case):
    result = judge(case_of(KEY, form=form, **case), claim_of(*codes, form=form), codesets=codesets)
    return [(f.rule, f.severity, f.codes) for f in result.findings if f.rule.startswith("poa_")]


@pytest.mark.parametrize(
    "code", ["Z79.4", "Z87.891", "I25.2", "I69.351", "Z68.35", "Z3A.39", "Z37.0", "Y92.010", "Z95.0"]
)
@pytest.mark.parametrize("poa", ["Y", "N", "U", "W"])
def test_an_indicator_on_an_exempt_code_is_a_warning(codesets, code, poa):
    assert remarks(codesets, "J18.9/Y", f"{code}/{poa}") == [("poa_on_exempt", Severity.WARNING, (code,))]
    for blank in ("", "/1", "/exempt"):
        assert remarks(codesets, "J18.9/Y", f"{code}{blank}") == []


@pytest.mark.parametrize("code", ["J18.9", "A41.9", "E11.9", "I10", "I25.10", "L03.115", "K35.80", "Z21", "Z66"])
def test_a_code_that_is_not_exempt_needs_an_indicator(codesets, code):
    for blank in ("", "/1"):
        assert remarks(codesets, f"{code}{blank}") == [("poa_missing", Severity.ERROR, (code,))]
    for poa in "YNUW":
        assert remarks(codesets, f"{code}/{poa}") == []


def test_several_codes_share_one_finding(codesets):
    assert remarks(codesets, "J18.9", "I10", "Z79.4/Y", "Z87.891/N") == [
        ("poa_on_exempt", Severity.WARNING, ("Z79.4", "Z87.891")),
        ("poa_missing", Severity.ERROR, ("J18.9", "I10")),
    ]


def test_nothing_is_said_where_nothing_is_known(codesets):
    # No range has them: some codes of their categories are exempt and others are not.
    for code in ("S52.501D", "W18.30XA", "Z91.81", "Q21.0"):
        assert remarks(codesets, "J18.9/Y", code) == []
        assert remarks(codesets, "J18.9/Y", f"{code}/Y") == []
    # Newer than the list, outside its years, and no code at all.
    assert remarks(codesets, "J18.9/Y", "Z15.05/Y") == []
    assert remarks(codesets, "J18.9", date_of_service="2019-05-12") == []
    assert remarks(codesets, "J18.9/Y", "Z79.4X/Y") == []


def test_other_claims_have_no_indicators(codesets):
    for form in ("professional", "facility_outpatient"):
        assert remarks(codesets, "J18.9", "Z79.4", form=form) == []
