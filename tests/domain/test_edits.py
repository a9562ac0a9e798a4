"""Findings about a claim, with the real code sets."""

from coachapp.attempts.engine import judge
from coachapp.domain.labels import Severity

from .builders import case_of, claim_of

KEY = {"diagnoses": [{"id": "d1", "code": "I10"}]}


def findings(codesets, *codes, **fields):
    result = judge(case_of(KEY, **fields.pop("case", {})), claim_of(*codes, **fields), codesets=codesets)
    return {(f.rule, f.severity): f for f in result.findings}


def rules(codesets, *codes, **fields):
    return {rule for rule, _ in findings(codesets, *codes, **fields)}


def test_a_clean_claim_has_no_findings(codesets):
    assert findings(codesets, "I10", "E03.9") == {}


def test_validity_on_the_date_of_service(codesets):
    assert "invalid_code" in rules(codesets, "Q99.88")
    assert "expired" in rules(codesets, "S02.3XXA")
    assert "header_code" in rules(codesets, "S52.5")
    assert "not_yet_valid" in rules(codesets, "E66.811", case={"date_of_service": "2024-05-01"})
    missing = findings(codesets, "S52.501")[("missing_seventh_character", Severity.ERROR)]
    assert "(A, B, C, D" in missing.text


def test_excludes1_is_a_warning_that_quotes_the_note_in_either_direction(codesets):
    for codes in (("I10", "O10.012"), ("R05.1", "R05.2"), ("E11.9", "E10.9")):
        forward, backward = rules(codesets, *codes), rules(codesets, *reversed(codes))
        assert ("excludes1" in forward) is ("excludes1" in backward)
    found = findings(codesets, "E10.9", "E11.9")[("excludes1", Severity.WARNING)]
    assert "unrelated" in found.text
    assert found.codes in {("E10.9", "E11.9"), ("E11.9", "E10.9")}


def test_excludes1_is_inherited_from_the_category(codesets):
    # The note stands at S52: traumatic amputation of forearm (S58.-).
    found = findings(codesets, "S52.501A", "S58.111A")[("excludes1", Severity.WARNING)]
    assert "Excludes1 at S52:" in found.text


def test_instruction_notes_are_shown_until_answered(codesets):
    assert "use_additional" in rules(codesets, "I13.0")
    both = [f for f in findings(codesets, "I13.0", "I50.33", "N18.4").values() if f.rule == "use_additional"]
    assert all("I13" not in f.codes[0] for f in both)


def test_a_manifestation_code_is_never_first(codesets):
    assert ("manifestation_first", Severity.ERROR) in findings(codesets, "G63", "E11.9")
    assert "manifestation_first" not in rules(codesets, "E11.42", "G63")


def test_age_is_a_warning(codesets):
    assert ("age_conflict", Severity.WARNING) in findings(codesets, "Z00.110")


def test_duplicates(codesets):
    assert ("duplicate_diagnosis", Severity.ERROR) in findings(codesets, "I10", "I10")
    twice = [{"code": "J1885"}, {"code": "J1885"}]
    assert "duplicate_service" in rules(codesets, "I10", services=twice)
    assert "duplicate_service" not in rules(codesets, "I10", services=[{"code": "J1885-JW"}, {"code": "J1885"}])


def test_pointers_sides_and_units(codesets):
    line = {"code": "25605", "modifiers": ["LT"], "pointers": ["A", "F"], "units": 1000}
    found = rules(codesets, "S52.501A", services=[line])
    assert {"side_conflict", "empty_pointer", "units_on_paper"} <= found
    right = rules(codesets, "S52.501A", services=[{**line, "modifiers": ["RT"], "pointers": ["A"], "units": 1}])
    assert not right & {"side_conflict", "empty_pointer", "units_on_paper"}


def test_unknown_validity_is_only_a_note(codesets):
    found = findings(codesets, "I10", services=[{"code": "25605"}])
    assert set(found) == {("not_checked", Severity.NOTE)}
