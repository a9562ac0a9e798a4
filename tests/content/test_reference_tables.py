"""Reading the tables: what is kept, and one clear message for each thing that is wrong with a folder."""

from datetime import date
from pathlib import Path

import pytest

from coachapp.content.reference_tables import AddOn, BadReference, Days, UnitLimit, read_reference
from tests.content.reference_samples import ADD_ONS, CODES, LIMITS, PAIRS, write_tables


def test_only_the_rows_asked_for_are_kept(tmp_path: Path) -> None:
    found = read_reference(write_tables(tmp_path), codes={"25605", "20610", "11042", "77067", "11045"})
    assert (found.listed_from, found.listed_to) == (date(2019, 7, 1), date(2026, 6, 30))
    assert found.days["11042"] == Days(None, date(2025, 12, 31))
    assert "99213" not in found.days
    assert found.pairs == {("25605", "20610"): "1", ("25605", "11045"): "1"}
    assert found.limits == {"25605": UnitLimit(1, False), "20610": UnitLimit(2, False), "11045": UnitLimit(12, True)}
    assert found.add_ons == {"11045": AddOn(frozenset({"20610"}), True)}
    assert (found.indicators["77067"].split, found.indicators["25605"].split) == (True, False)
    assert found.editions["indicators"] == "2024-07"


def test_files_need_not_be_compressed_and_the_newest_counts(tmp_path: Path) -> None:
    folder = write_tables(tmp_path)
    (folder / "ncci/ncci_ptp_practitioner_2025Q1.csv").write_text(PAIRS.replace("20610,1", "20610,0"))
    found = read_reference(folder, codes={"25605", "20610"})
    assert found.pairs == {("25605", "20610"): "0"}
    assert found.editions["pairs"] == "2025Q1"


def test_a_folder_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(BadReference, match="there is no such folder"):
        read_reference(tmp_path / "none", codes=set())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"pairs": None}, r"the file ncci/ncci_ptp_practitioner_\*.csv.gz is missing"),
        ({"pairs": PAIRS.replace("modifier_indicator", "mi")}, "the column modifier_indicator is missing; the header"),
        ({"pairs": PAIRS + "25605\n"}, "line 7: 1 cells where 3 are needed"),
        ({"limits": LIMITS.replace("25605,1", "25605,one")}, "'one' at 25605 is no number of units"),
        ({"codes": CODES.replace("20251231", "soon")}, "'soon' at 11042 is no day"),
        ({"add_ons": ""}, "the column addon_code is missing"),
        ({"add_ons": ADD_ONS.replace("type\n", "kind\n")}, "the column type is missing"),
    ],
)
def test_each_fault_names_the_file_and_what_is_wrong(
    tmp_path: Path, changes: dict[str, str | None], message: str
) -> None:
    with pytest.raises(BadReference, match=message):
        read_reference(write_tables(tmp_path, **changes), codes={"25605", "11042", "20610"})


def test_a_file_that_is_no_archive_is_said_so(tmp_path: Path) -> None:
    folder = write_tables(tmp_path)
    (folder / "ncci/mue_practitioner_2026-04-01.csv.gz").write_bytes(b"not compressed")
    with pytest.raises(BadReference, match=r"mue_practitioner_2026-04-01.csv.gz, after line 1: cannot be read"):
        read_reference(folder, codes={"25605"})


def test_the_name_of_the_code_list_says_its_quarters(tmp_path: Path) -> None:
    folder = write_tables(tmp_path)
    (folder / "cpt/cpt_hcpcs_code_list_new.csv").write_text(CODES)
    with pytest.raises(BadReference, match="the name does not say its quarters, like 2019Q3-2026Q2"):
        read_reference(folder, codes={"25605"})
