"""Entries by name, neighbours, and what begins with given characters."""

from datetime import date
from pathlib import Path

import pytest

from coachapp.codesets import CodeSets, Kind, ReleaseMissing
from coachapp.codesets.browse import Browse
from coachapp.domain.codes import CodeSystem
from tests.codesets import samples
from tests.codesets.conftest import Import

CM, HCPCS, PCS = CodeSystem.ICD10CM, CodeSystem.HCPCS, CodeSystem.ICD10PCS
SPRING, AUTUMN = date(2026, 5, 1), date(2026, 11, 5)


@pytest.fixture
def browse(codesets: CodeSets) -> Browse:
    """Return the pages of the built release."""
    return codesets.browse(SPRING)


def around(browse: Browse, system: CodeSystem, code: str) -> tuple[str | None, str | None]:
    """Return the codes before and after one."""
    before, after = browse.neighbours(browse.entries([(system, code)])[system, code])
    return before and before.code, after and after.code


def test_entries_are_found_as_they_are_written(browse: Browse) -> None:
    asked = [(CM, "S52.501A"), (CM, "S50-S59"), (CM, "Chapter 19"), (HCPCS, "J1010"), (PCS, "0DB68ZX"), (CM, "S99.99")]
    found = browse.entries(asked)
    assert set(found) == set(asked[:-1])
    assert found[CM, "Chapter 19"].kind == "chapter"
    assert found[CM, "S52.501A"].billable


def test_the_same_characters_in_two_systems_are_two_entries(browse: Browse) -> None:
    found = browse.entries([(CM, "J10.10"), (HCPCS, "J1010"), (CM, "A01.00")])
    assert set(found) == {(HCPCS, "J1010"), (CM, "A01.00")}


@pytest.mark.parametrize(
    ("system", "code", "expected"),
    [
        (CM, "Chapter 1", (None, "Chapter 2")),
        (CM, "Chapter 19", ("Chapter 18", "Chapter 20")),
        (CM, "S50-S59", ("S40-S49", "S60-S69")),
        (CM, "V90-V94", ("V80-V89", "V95-V97")),
        (CM, "S52", ("S51", "S53")),
        (CM, "S52.50", ("S52.39", "S52.51")),
        (CM, "S52.501A", ("S52.399S", "S52.501B")),
        (HCPCS, "A0021", (None, "A0080")),
        (PCS, "0DB68ZX", ("0DB68Z3", "0DB68ZZ")),
    ],
)
def test_neighbours_are_of_the_same_kind(
    browse: Browse, system: CodeSystem, code: str, expected: tuple[str | None, str | None]
) -> None:
    assert around(browse, system, code) == expected


def test_neighbours_lead_through_a_whole_system_without_a_gap(browse: Browse) -> None:
    codes = [entry.code for entry in browse.beginning(HCPCS, "B", limit=100)]
    assert len(codes) == 50
    for before, here, after in zip(codes, codes[1:], codes[2:], strict=False):
        assert around(browse, HCPCS, here) == (before, after)


def test_next_characters_count_what_goes_on_so(browse: Browse) -> None:
    letters = dict(browse.next_characters(HCPCS, ""))
    assert letters["J"] == len(browse.beginning(HCPCS, "J", limit=5000))
    assert "D" not in letters
    assert browse.next_characters(HCPCS, "") == browse.next_characters(HCPCS, "")
    operations = browse.next_characters(PCS, "0D")
    assert "B" in dict(operations)
    assert [character for character, _ in operations] == sorted(character for character, _ in operations)
    assert browse.next_characters(PCS, "0DB68ZX") == ()


def test_beginnings_are_capped_and_in_order(browse: Browse) -> None:
    some = [entry.code for entry in browse.beginning(PCS, "0DB", limit=10)]
    assert len(some) == 10
    assert some == sorted(some)
    assert all(code.startswith("0DB") for code in some)


def test_states_tell_what_is_valid_on_the_date(browse: Browse, codesets: CodeSets) -> None:
    found = browse.entries([(CM, "S52.501A"), (CM, "S52.501"), (CM, "S50-S59"), (HCPCS, "J1010")])
    states = browse.states(found.values())
    assert set(states) == {(CM, "S52.501A"), (CM, "S52.501"), (HCPCS, "J1010")}
    assert states[CM, "S52.501A"].billable
    assert not states[CM, "S52.501"].billable
    later = codesets.browse(date(2026, 9, 1))
    assert later.states(found.values())[HCPCS, "J1010"].valid is None


def test_a_header_knows_how_many_codes_stand_below_it(browse: Browse) -> None:
    found = browse.entries([(CM, "S52.501"), (CM, "S52.501A")])
    assert browse.billable_below(found[CM, "S52.501"]) == 16
    assert browse.billable_below(found[CM, "S52.501A"]) == 0


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(ReleaseMissing):
        CodeSets(tmp_path / "none.sqlite").browse(SPRING).entries([(CM, "I10")])


def test_a_system_without_a_release_is_empty(browse: Browse) -> None:
    assert browse.release_of(CodeSystem.CPT) is None
    assert browse.entries([(CodeSystem.CPT, "99213")]) == {}
    assert browse.beginning(CodeSystem.CPT, "9", limit=10) == ()
    assert browse.next_characters(CodeSystem.CPT, "") == ()


def test_the_bundled_release_tells_the_days_it_speaks_of(browse: Browse) -> None:
    found = browse.release_of(HCPCS)
    assert found is not None
    name, window = found
    assert name is None
    assert (window.first, window.last) == (date(2026, 4, 1), date(2026, 6, 30))


@pytest.mark.usefixtures("small_sources")
def test_every_page_is_of_the_release_that_answers_for_the_date(bring: Import, sets: CodeSets, tmp_path: Path) -> None:
    tabular = samples.write(tmp_path, "tabular.xml", samples.TABULAR)
    bring(Kind.ICD10CM, "icd10cm-order-2027.txt", samples.order_file(), tabular=tabular)
    bring(Kind.HCPCS, "HCPC2026_OCT_ANWEB.txt", samples.hcpcs_file())
    bring(Kind.ICD10PCS, "icd10pcs-order-2027.txt", samples.procedures_file())
    spring, autumn = sets.browse(SPRING), sets.browse(AUTUMN)
    # Blocks and chapters hold what the release has, and no more.
    assert len(sets.chapters(on=SPRING)) == 22
    assert [entry.title for entry in sets.chapters(on=AUTUMN)] == ["A chapter of tests", "Circulation", "Injury"]
    assert not spring.entries([(CM, "T90.1")])
    assert autumn.entries([(CM, "T90.1")])[CM, "T90.1"].title == "A code invented for tests"
    forearm = sets.card("S52", on=AUTUMN, system=CM)
    assert forearm is not None
    assert [entry.code for entry in forearm.children] == ["S52.5"]
    # Neighbors
    assert around(spring, CM, "S52.501A") == ("S52.399S", "S52.501B")
    assert around(autumn, CM, "S52.501A") == ("M72.22", "T90.1")
    assert around(autumn, PCS, "0DTJ4ZZ") == ("0016070", "XNS4032")
    # Beginnings and letters
    assert [entry.code for entry in autumn.beginning(HCPCS, "J", limit=9)] == ["J1010", "J9999"]
    assert len(spring.beginning(HCPCS, "J", limit=9)) == 9
    assert autumn.next_characters(PCS, "") == (("0", 2), ("X", 1))
    assert "".join(letter.start for letter in sets.hcpcs_letters(on=AUTUMN)) == "AJV"
    assert len(sets.hcpcs_letters(on=SPRING)) == 17
    assert autumn.billable_below(autumn.entries([(CM, "M72")])[CM, "M72"]) == 2
