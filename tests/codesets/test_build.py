"""The release file: what is in it, and how it comes and stays."""

import os
from datetime import date
from pathlib import Path

import pytest

from coachapp.codesets import CodeSets, ReleaseMissing, SourceMissing, build_release, release_path, sources
from coachapp.codesets.build import read_stamp


def _count(codesets: CodeSets, where: str) -> int:
    return codesets._release.query(f"SELECT count(*) FROM code WHERE {where}")[0][0]


@pytest.mark.parametrize(
    ("where", "count"),
    [
        ("system = 'icd10cm' AND listed AND kind NOT IN ('chapter', 'block')", 98_186),
        ("system = 'icd10cm' AND billable", 74_719),
        ("kind = 'chapter'", 22),
        ("kind = 'block'", 297),
        ("system = 'hcpcs'", 7_409),
        ("system = 'hcpcs' AND code LIKE 'D%'", 0),
        ("system = 'icd10pcs'", 82_508),
        ("system = 'icd10pcs' AND listed", 79_193),
        ("system = 'cpt'", 0),
        ("system = 'icd10cm' AND listed AND title IS NULL", 0),
    ],
)
def test_counts(codesets: CodeSets, where: str, count: int) -> None:
    assert _count(codesets, where) == count


def test_codes_valid_on_a_day_are_as_many_as_the_validity_file_says(codesets: CodeSets) -> None:
    rows = codesets._release.query(
        "SELECT count(*) FROM span JOIN code ON id = span.code"
        " WHERE span.billable AND system = 'icd10cm' AND '2026-10-01' BETWEEN first AND last"
    )
    assert rows[0][0] == 74_879


def test_notes_stand_where_the_list_has_them(codesets: CodeSets) -> None:
    counts = dict(codesets._release.query("SELECT kind, count(*) FROM note GROUP BY kind"))
    assert counts["inclusion_term"] == 12_574
    assert counts["excludes1"] == 3 + 151 + 5_253
    assert counts["excludes2"] == 112 + 228 + 2_180
    assert counts["code_first"] == 9 + 800
    assert counts["seventh_character"] == 508


def test_an_enclosing_block_is_the_parent_of_the_blocks_within(codesets: CodeSets) -> None:
    on = date(2026, 5, 12)
    card = codesets.card("V10-V19", on=on)
    assert card is not None
    assert [entry.code for entry in card.path] == ["Chapter 20", "V00-X58", "V00-V99"]
    # C7A sorts between C76 and C80 but the list has it before that block.
    neuroendocrine = codesets.card("C7A", on=on)
    assert neuroendocrine is not None
    assert [entry.code for entry in neuroendocrine.path] == ["Chapter 2", "C00-C96", "C7A-C7A"]


def test_no_file_is_reported_with_what_to_do(tmp_path: Path) -> None:
    sets = CodeSets(tmp_path / "release.sqlite")
    with pytest.raises(ReleaseMissing, match="run coachapp init"):
        sets.lookup("I10", on=date(2026, 5, 12))


def test_a_file_of_another_kind_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "release.sqlite"
    path.write_bytes(b"not a database at all, but long enough to be looked at" * 100)
    with pytest.raises(ReleaseMissing, match="run coachapp codes build"):
        CodeSets(path).search("pain")


def test_a_second_build_does_nothing_and_says_so(codesets_dir: Path) -> None:
    told: list[str] = []
    path = release_path(codesets_dir)
    before = path.stat().st_mtime_ns
    assert build_release(path, lambda done, total, text: told.append(text)) is False
    assert told == []
    assert path.stat().st_mtime_ns == before


def test_a_stamp_that_differs_marks_the_file_as_old(codesets_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_stamp(release_path(codesets_dir)) == sources.stamp()
    monkeypatch.setattr(sources, "SCHEMA", sources.SCHEMA + 1)
    assert read_stamp(release_path(codesets_dir)) != sources.stamp()


def test_a_build_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "codesets" / "release.sqlite"

    def fail(path: Path) -> None:
        raise OSError("disk on fire")

    monkeypatch.setattr(sources, "read_dates", fail)
    with pytest.raises(OSError, match="disk on fire"):
        build_release(target)
    assert os.listdir(target.parent) == []


def test_progress_runs_from_nothing_to_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, int]] = []

    def stop(*_: object) -> None:
        raise RuntimeError("far enough")

    monkeypatch.setattr("coachapp.codesets.build.read_tabular", stop)
    with pytest.raises(RuntimeError, match="far enough"):
        build_release(tmp_path / "release.sqlite", lambda done, total, text: told.append((done, total)))
    assert told == [(0, 8), (1, 8)]


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SourceMissing, match="simple-icd-10-cm"):
        sources.tabular_xml()


def test_contiguous_rows_of_a_validity_file_are_one_span() -> None:
    rows = [(date(2015, 10, 1), date(2022, 3, 31)), (date(2022, 4, 1), date(2024, 9, 30))]
    assert sources.joined(rows) == ((date(2015, 10, 1), date(2024, 9, 30)),)
    gap = [(date(2015, 10, 1), date(2016, 9, 30)), (date(2017, 10, 1), date(2018, 9, 30))]
    assert sources.joined(gap) == tuple(gap)


def test_days_cut_out_of_a_span() -> None:
    whole = ((date(2015, 10, 1), date(2027, 3, 31)),)
    cut = ((date(2015, 10, 1), date(2025, 9, 30)),)
    assert sources.without(whole, cut) == ((date(2025, 10, 1), date(2027, 3, 31)),)


def test_titles_are_corrected(codesets: CodeSets) -> None:
    title = codesets.lookup("G0136", on=date(2026, 5, 12)).title
    assert title is not None
    assert "physical activity" in title


def test_a_forced_build_that_fails_keeps_the_old_file(codesets_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = release_path(codesets_dir)
    before = path.stat().st_ino

    def fail(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(sources, "read_dates", fail)
    assert build_release(path) is False
    with pytest.raises(OSError, match="no space left"):
        build_release(path, force=True)
    assert path.stat().st_ino == before
    assert [entry.name for entry in path.parent.iterdir()] == ["release.sqlite"]
