"""Imports at full size, from the files as published: only where a folder with them is given."""

import os
from datetime import date
from pathlib import Path

import pytest

from coachapp.codesets import CodeSets, Kind
from coachapp.codesets.imports import Request, import_release
from coachapp.domain.codes import CodeSystem
from coachapp.paths import CHECKOUT
from tests.codesets.conftest import NOW


def _folder() -> Path:
    return Path(os.environ.get("TEST_SHARED") or CHECKOUT.parent / "shared") / "data"


REFERENCE = _folder() / "reference"
pytestmark = pytest.mark.skipif(
    not REFERENCE.is_dir(), reason="no published code sets at full size: name their folder in TEST_SHARED"
)


@pytest.mark.parametrize(
    ("kind", "name", "entries"),
    [
        (Kind.INDEX, "icd10cm/icd10cm_index_2025-04.csv.gz", 81_024),
        (Kind.NEOPLASM, "icd10cm/icd10cm_neoplasm_table_2025-04.csv.gz", 1_939),
        (Kind.NEOPLASM, "icd10cm/icd-10-cm-neoplasm-2025-04.xml.gz", 1_939),
        (Kind.DRUGS, "icd10cm/icd10cm_table_of_drugs_2025-04.csv.gz", 7_428),
        (Kind.DRUGS, "icd10cm/icd-10-cm-drug-2025-04.xml.gz", 7_428),
        (Kind.EXTERNAL_CAUSE, "icd10cm/icd10cm_external_cause_index_2025-04.csv.gz", 8_064),
        (Kind.EXTERNAL_CAUSE, "icd10cm/icd-10-cm-eindex-2025-04.xml.gz", 8_064),
    ],
)
def test_the_parts_of_the_index(data: Path, kind: Kind, name: str, entries: int) -> None:
    report = import_release(data, Request(kind, REFERENCE / name), now=NOW)
    assert (report.release.id, report.release.entries) == ("FY2025-April", entries)


def test_the_xml_and_the_table_of_drugs_say_the_same(data: Path, sets: CodeSets) -> None:
    seen = []
    for name in ("icd10cm_table_of_drugs_2025-04.csv.gz", "icd-10-cm-drug-2025-04.xml.gz"):
        import_release(data, Request(Kind.DRUGS, REFERENCE / "icd10cm" / name, replace=True), now=NOW)
        release = sets.shelf.index(Kind.DRUGS, date(2025, 5, 1))
        assert release is not None
        seen.append(release[1].query("SELECT letter, level, term, cells FROM entry ORDER BY id"))
    assert len(seen[0]) == len(seen[1])
    assert sum(one != other for one, other in zip(*seen, strict=True)) < len(seen[0]) // 100


def test_the_quarterly_file_of_hcpcs(data: Path, sets: CodeSets) -> None:
    path = REFERENCE / "hcpcs" / "hcpcs_level2_2025-10_full.csv.gz"
    report = import_release(data, Request(Kind.HCPCS, path), now=NOW)
    assert (report.release.id, report.release.first, report.release.entries) == ("2025Q4", date(2025, 10, 1), 7_258)
    found = sets.lookup("J1010", on=date(2025, 11, 1))
    assert (found.title, found.valid_from) == ("Injection, methylprednisolone acetate, 1 mg", date(2024, 4, 1))
    # The shipped list is of half a year later: nearly all of its short descriptors are those of this file.
    assert len(report.retitled) < 50


def test_diagnoses_from_the_flat_list_and_from_the_xml_agree(data: Path, sets: CodeSets) -> None:
    shippable = _folder() / "shippable" / "icd10cm"
    days = {"first": date(2026, 4, 1), "last": date(2026, 9, 30)}
    flat = import_release(
        data, Request(Kind.ICD10CM, shippable / "icd10cm_codes_FY2026.csv.gz", release="flat", **days), now=NOW
    )
    assert (flat.release.entries, flat.new, flat.gone) == (74_719, (), ())
    xml = import_release(
        data, Request(Kind.ICD10CM, shippable / "icd10cm_tabular_2026-04-01.xml.gz", release="xml", **days), now=NOW
    )
    assert (xml.release.entries, xml.new, xml.gone, xml.retitled) == (74_719, (), (), ())
    fact = sets.facts_for(on=date(2026, 5, 12), diagnoses=["S52.501A"], services=[], inpatient=False)
    assert fact.diagnosis("S52.501A").ancestors[-1] == "Chapter 19"
    assert sets.lookup("S52.501A", on=date(2026, 5, 12), system=CodeSystem.ICD10CM).billable is True
