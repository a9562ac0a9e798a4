"""`coachapp content check --reference` and `--report`: what is printed, and under which names in JSON."""

import json
from pathlib import Path

import pytest

from tests.cli.test_content import Run, data, run, tree
from tests.content.reference_samples import write_tables
from tests.fixtures_codesets import codesets_dir

__all__ = ["codesets_dir", "data", "run", "tree"]

KEYS = ["questions", "cases", "by_section", "errors", "warnings"]


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """Return a folder with the made-up tables."""
    return write_tables(tmp_path / "tables")


def test_the_tables_add_warnings_and_a_count_of_what_was_checked(run: Run, tree: Path, tables: Path) -> None:
    result = run("check", tree, "--reference", tables)
    assert result.exit_code == 0
    assert "warning: 25605: 59 or X where no pair of this claim has an edit with indicator 1" in result.stdout
    assert "(check modifier-59: 25605)" in result.stdout
    assert "Tables: codes 2019Q3-2026Q2, indicators 2024-07, pairs 2024Q3" in result.stdout
    assert "Without a row a check is not made, and never passed." in result.stdout
    assert result.stdout.endswith("1 case, 1 question: 0 errors, 1 warning.\n")


def test_json_has_the_tables_under_their_own_name(run: Run, tree: Path, tables: Path) -> None:
    report = json.loads(run("check", tree, "--reference", tables, "--json").stdout)
    assert list(report) == [*KEYS, "reference"]
    assert list(report["reference"]) == ["editions", "checks", "answered"]
    assert report["reference"]["checks"]["units"] == {"checked": 2, "not_checked": 0}
    assert report["reference"]["answered"] == []


def test_an_answered_warning_is_counted_apart(run: Run, tree: Path, tables: Path) -> None:
    file = tree / "cases/orthopedics/wrist/case.yaml"
    answer = 'answered:\n- {check: modifier-59, codes: ["25605"], why: Another wound.}\nverified:'
    file.write_text(file.read_text().replace("verified:", answer))
    assert run("check", tree, "--reference", tables).stdout.endswith("0 errors, 0 warnings, 1 more answered.\n")
    report = json.loads(run("check", tree, "--reference", tables, "--json").stdout)
    assert [place["line"] for place in report["reference"]["answered"]] == [36]
    assert report["warnings"] == []


def test_a_number_that_does_not_exist_is_found_wanting(run: Run, tree: Path, tmp_path: Path) -> None:
    codes = "code,kind,first_seen,last_valid_day\n25605,CPT-I,before 20190701,20251231\n"
    result = run("check", tree, "--reference", write_tables(tmp_path / "old", codes=codes))
    assert result.exit_code == 1
    assert "25605 is not valid on 2026-05-12; it ended on 2025-12-31" in result.stdout


@pytest.mark.parametrize("broken", ["none", "file", "empty"])
def test_a_folder_without_tables_is_a_bad_request(run: Run, tree: Path, tmp_path: Path, broken: str) -> None:
    folder = tmp_path / broken
    if broken == "file":
        folder.write_text("x")
    elif broken == "empty":
        folder.mkdir()
    result = run("check", tree, "--reference", folder, "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert str(folder) in result.stderr
    assert "Traceback" not in result.stderr


def test_the_report_is_text_or_a_key_of_its_own(run: Run, tree: Path) -> None:
    text = run("check", tree, "--report").stdout
    assert "Questions by section" in text
    assert "Closest pairs" in text
    assert "co-surgeon or assistant" in text
    report = json.loads(run("check", tree, "--report", "--json").stdout)
    assert list(report) == [*KEYS, "report"]
    assert list(report["report"]) == ["questions", "cases", "closest_pairs", "warnings"]
    assert report["report"]["questions"]["target"] == 400
    assert report["report"]["cases"]["level"] == {"foundation": 0, "practitioner": 1, "expert": 0}


def test_a_report_of_nothing_is_a_report(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bare").mkdir()
    assert run("check", tmp_path / "bare", "--report").exit_code == 0
