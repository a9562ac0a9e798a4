"""What a release changes for codes in use."""

import pytest

from coachapp.codesets import CodeSets, Kind
from coachapp.codesets.impact import Change, ChangeKind, changes
from coachapp.codesets.titles import Titles
from tests.codesets import samples
from tests.codesets.conftest import Import

pytestmark = pytest.mark.usefixtures("small_sources")


def _changes(sets: CodeSets, *codes: str) -> dict[str, Change]:
    release = next(info for info in sets.releases() if not info.bundled)
    return changes(sets.shelf, release, codes)


def test_each_kind_of_change_is_told(bring: Import, sets: CodeSets) -> None:
    bring(Kind.ICD10CM, "icd10cm-order-2027.txt", samples.order_file())
    found = _changes(sets, "E11.9", "M72.2", "T90.1", "I10", "S52.501A", "Z00.00", "NONSENSE")
    assert {code: change.kind for code, change in found.items()} == {
        "E11.9": ChangeKind.GONE,
        "M72.2": ChangeKind.HEADER,
        "T90.1": ChangeKind.BILLABLE,
        "S52.501A": ChangeKind.TITLE,
    }
    # What became a header is written with one of its codes.
    assert [code for code, _ in found["M72.2"].proposals] == ["M72.21", "M72.22"]
    assert found["M72.2"].proposals[0][1] == "Plantar fascial fibromatosis, right foot"
    assert found["S52.501A"].new_title == "Unspecified fracture of the lower end of right radius, initial encounter"
    assert found["T90.1"].old_title is None


def test_the_conversion_table_proposes_what_took_over(bring: Import, sets: CodeSets) -> None:
    # On 2017-10-01 A04.7 gave way to A04.71 and A04.72: the table has the new code first, the old one second.
    new = [("A04", 0, "Other"), ("A0471", 1, "Recurrent"), ("A0472", 1, "Not recurrent")]
    bring(Kind.ICD10CM, "icd10cm-order-2018.txt", samples.order_file(sorted([*samples.DIAGNOSES, *new])))
    found = _changes(sets, "A04.7")["A04.7"]
    assert (found.kind, found.old_title) == (ChangeKind.HEADER, "Enterocolitis due to Clostridium difficile")
    assert found.proposals == (("A04.71", "Recurrent"), ("A04.72", "Not recurrent"))


def test_a_new_neighbor_that_took_over_part_of_a_code_is_named(bring: Import, sets: CodeSets) -> None:
    # On 2021-10-01 A79.82 took over part of A77.49, which lives on.
    new = [("A77", 0, "x"), ("A7749", 1, "Other ehrlichiosis"), ("A79", 0, "x"), ("A7982", 1, "Anaplasmosis")]
    bring(Kind.ICD10CM, "icd10cm-order-2022.txt", samples.order_file(sorted([*samples.DIAGNOSES, *new])))
    found = _changes(sets, "A77.49")["A77.49"]
    assert (found.kind, found.proposals) == (ChangeKind.SPLIT, (("A79.82", "Anaplasmosis"),))


def test_a_release_of_services_changes_services(bring: Import, sets: CodeSets) -> None:
    bring(Kind.HCPCS, "HCPC2026_JUL_ANWEB.txt", samples.hcpcs_file())
    found = _changes(sets, "A0100", "J1010", "G0008", "V5364")
    # Long descriptions beside the short ones of the bundled list are no change of title.
    assert {code: change.kind for code, change in found.items()} == {"G0008": ChangeKind.GONE}


def test_the_index_changes_no_code(bring: Import, sets: CodeSets) -> None:
    bring(Kind.INDEX, "index-2027.xml", samples.INDEX_XML)
    assert _changes(sets, "I10") == {}


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        (Titles("Long", "Short"), Titles("Long", "Shorter"), False),
        (Titles("Long", "Short"), Titles("Longer", "Short"), True),
        (Titles("Short"), Titles("Long", "Short"), False),
        (Titles("Short"), Titles("Long", "Other"), True),
        (Titles("One"), Titles("Two"), True),
        (Titles(None), Titles("Two"), False),
    ],
)
def test_when_titles_differ(one: Titles, other: Titles, differ: bool) -> None:
    assert one.differ(other) is differ
    assert other.differ(one) is differ
