"""Look-up of one code on a date."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachapp.codesets import CodeSets, LookupResult
from coachapp.domain.codes import CodeSystem, normalise_diagnosis, undotted

DAY = date(2026, 5, 12)


@pytest.mark.parametrize("typed", ["S52.501A", "s52501a", " s52 501A ", "S52501A", "S5.2501A"])
def test_formatting_makes_no_difference(codesets: CodeSets, typed: str) -> None:
    found = codesets.lookup(typed, on=DAY)
    assert (found.code, found.system, found.valid, found.billable) == ("S52.501A", CodeSystem.ICD10CM, True, True)


def test_a_seventh_character_continues_the_title(codesets: CodeSets) -> None:
    assert codesets.lookup("S52.501A", on=DAY).title == (
        "Unspecified fracture of the lower end of right radius, initial encounter for closed fracture"
    )
    assert codesets.lookup("W00.0XXA", on=DAY).title == "Fall on same level due to ice and snow, initial encounter"


@pytest.mark.parametrize(
    ("code", "on", "expected"),
    [
        ("I10", DAY, (CodeSystem.ICD10CM, True, True, None, None)),
        ("S52.50", DAY, (CodeSystem.ICD10CM, True, False, None, None)),
        ("S52", DAY, (CodeSystem.ICD10CM, True, False, None, None)),
        # Placeholders are part of the code; without them it is another, which is not there.
        ("W00.0A", DAY, (CodeSystem.ICD10CM, False, False, None, None)),
        ("S06.1X7D", DAY, (CodeSystem.ICD10CM, False, False, None, date(2017, 9, 30))),
        # Deleted on 2016-10-01, gone from the list, known from its dates alone.
        ("H40.11X1", date(2016, 1, 1), (CodeSystem.ICD10CM, True, True, None, date(2016, 9, 30))),
        ("H40.11X1", DAY, (CodeSystem.ICD10CM, False, False, None, date(2016, 9, 30))),
        # A header that went with its codes.
        ("S63.14", date(2016, 1, 1), (CodeSystem.ICD10CM, True, False, None, date(2017, 9, 30))),
        ("S63.14", DAY, (CodeSystem.ICD10CM, False, False, None, date(2017, 9, 30))),
        # New on 2026-10-01.
        ("C78.31", date(2026, 9, 30), (CodeSystem.ICD10CM, False, False, date(2026, 10, 1), None)),
        ("C78.31", date(2026, 10, 1), (CodeSystem.ICD10CM, True, True, date(2026, 10, 1), None)),
        # A code until 2021-09-30, since then a header.
        ("M54.5", date(2021, 9, 30), (CodeSystem.ICD10CM, True, True, None, date(2021, 9, 30))),
        ("M54.5", DAY, (CodeSystem.ICD10CM, True, False, date(2021, 10, 1), None)),
        # Beyond the data nothing is known of a code that the data's end cuts off.
        ("I10", date(2030, 1, 1), (CodeSystem.ICD10CM, None, None, None, None)),
        ("I10", date(2012, 1, 1), (CodeSystem.ICD10CM, None, None, None, None)),
        ("H40.11X1", date(2030, 1, 1), (CodeSystem.ICD10CM, False, False, None, date(2016, 9, 30))),
        ("J1010", DAY, (CodeSystem.HCPCS, True, True, None, None)),
        ("J1010", date(2026, 3, 31), (CodeSystem.HCPCS, None, None, None, None)),
        ("J1010", date(2026, 7, 1), (CodeSystem.HCPCS, None, None, None, None)),
        ("J1030", DAY, (None, False, False, None, None)),
        ("J1030", date(2023, 1, 1), (CodeSystem.HCPCS, None, None, None, None)),
        ("D0120", DAY, (CodeSystem.HCPCS, None, None, None, None)),
        ("99213", DAY, (CodeSystem.CPT, None, None, None, None)),
        ("0042T", DAY, (CodeSystem.CPT, None, None, None, None)),
        ("0DTJ4ZZ", DAY, (CodeSystem.ICD10PCS, True, True, None, None)),
        ("0DTJ", DAY, (None, False, False, None, None)),
        ("ZZZ99", DAY, (None, False, False, None, None)),
        ("Ω\x00'; --", DAY, (None, False, False, None, None)),
    ],
)
def test_validity(codesets: CodeSets, code: str, on: date, expected: tuple[object, ...]) -> None:
    found = codesets.lookup(code, on=on)
    assert (found.system, found.valid, found.billable, found.valid_from, found.valid_to) == expected


def test_without_a_dot_the_first_system_leads_and_the_others_follow(codesets: CodeSets) -> None:
    found = codesets.lookup("A0100", on=DAY)
    assert (found.code, found.system) == ("A01.00", CodeSystem.ICD10CM)
    assert [(other.code, other.system) for other in found.also] == [("A0100", CodeSystem.HCPCS)]


def test_a_dot_means_icd_10_cm(codesets: CodeSets) -> None:
    assert codesets.lookup("A01.00", on=DAY).also == ()
    supply = codesets.lookup("J10.10", on=DAY)
    assert (supply.system, supply.valid, supply.billable, supply.also) == (CodeSystem.ICD10CM, False, False, ())
    assert codesets.lookup("J10.10", on=DAY, system=CodeSystem.HCPCS).valid is False


def test_one_system_only(codesets: CodeSets) -> None:
    assert codesets.lookup("A0100", on=DAY, system=CodeSystem.HCPCS).title == "Nonemergency transport taxi"
    assert codesets.lookup("99213", on=DAY, system=CodeSystem.ICD10CM) == LookupResult(
        "99213", CodeSystem.ICD10CM, None, False, False
    )


def test_the_json_form_has_every_field(codesets: CodeSets) -> None:
    assert codesets.lookup("h4011x1", on=DAY).as_json() == {
        "code": "H40.11X1",
        "system": "icd10cm",
        "title": None,
        "billable": False,
        "valid": False,
        "valid_from": None,
        "valid_to": "2016-09-30",
        "also": [],
    }


def test_a_procedure_newer_than_the_titles_has_none(codesets: CodeSets) -> None:
    code = codesets._release.query("SELECT code FROM code WHERE system = 'icd10pcs' AND listed AND title IS NULL")[0][0]
    found = codesets.lookup(code, on=DAY)
    assert (found.valid, found.title) == (True, None)


@given(st.from_regex(r"[A-TV-Z][0-9][0-9A-Z]\.[0-9A-Z]{1,4}", fullmatch=True))
def test_the_normal_form_is_stable(code: str) -> None:
    assert normalise_diagnosis(code) == code
    assert normalise_diagnosis(undotted(code).lower()) == code
    assert normalise_diagnosis(f" {code[:2]} {code[2:]} ") == code
