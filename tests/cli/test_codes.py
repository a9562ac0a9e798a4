"""`coachapp codes` on the command line."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from coachapp.cli.codes import codes
from coachapp.cli.progress import show_progress
from coachapp.codesets import release_path
from tests.fixtures_codesets import codesets_dir

__all__ = ["codesets_dir"]


@pytest.fixture
def run(codesets_dir: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COACH_DATA", str(codesets_dir))

    def _run(*words: str) -> Result:
        return CliRunner().invoke(codes, words)

    return _run


def test_lookup_prints_the_contract(run) -> None:
    result = run("lookup", "s52501a", "--on", "2026-05-12", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {
        "code": "S52.501A",
        "system": "icd10cm",
        "title": "Unspecified fracture of the lower end of right radius, initial encounter for closed fracture",
        "billable": True,
        "valid": True,
        "valid_from": None,
        "valid_to": None,
        "also": [],
    }


def test_lookup_reads_today_from_the_clock(run, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import UTC, datetime

    monkeypatch.setattr("coachapp.clock.now", lambda: datetime(2016, 1, 1, tzinfo=UTC))
    assert json.loads(run("lookup", "H40.11X1", "--json").stdout)["valid"] is True
    monkeypatch.setattr("coachapp.clock.now", lambda: datetime(2026, 5, 1, tzinfo=UTC))
    assert json.loads(run("lookup", "H40.11X1", "--json").stdout)["valid"] is False


@pytest.mark.parametrize(
    ("code", "exit_code"),
    [
        ("ZZZ99", 1),  # of no system's shape
        ("S52.501Q9", 1),
        ("Q99.99", 1),
        ("0DTJ4ZY", 1),
        ("I10", 0),
        ("S52.50", 0),  # a header
        ("H40.11X1", 0),  # ended
        ("99213", 0),  # not known here
        ("E0114", 0),
    ],
)
def test_a_code_that_never_existed_exits_1(run, code: str, exit_code: int) -> None:
    for more in ([], ["--json"]):
        assert run("lookup", code, "--on", "2026-12-01", *more).exit_code == exit_code


def test_an_unknown_code_is_an_answer(run) -> None:
    result = run("lookup", "ZZZ99", "--json")
    found = json.loads(result.stdout)
    assert (result.exit_code, found["valid"], found["billable"], found["title"]) == (1, False, False, None)


def test_lookup_in_words(run) -> None:
    text = run("lookup", "A0100", "--on", "2026-05-12").stdout
    assert "A01.00  ICD-10-CM  Typhoid fever, unspecified" in text
    assert "A0100  HCPCS Level II" in text
    assert "valid and billable" in text
    assert "more characters needed" in run("lookup", "S52.50", "--on", "2026-05-12").stdout
    assert "not known here" in run("lookup", "99213", "--on", "2026-05-12").stdout
    assert "not valid (to 2016-09-30)" in run("lookup", "H40.11X1", "--on", "2026-05-12").stdout


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["lookup", "I10", "--on", "2026-13-01"], "'2026-13-01' is not a date: write it as YYYY-MM-DD"),
        (["lookup", "I10", "--on", ""], "is not a date"),
        (["lookup", "I10", "--system", "icd9"], "icd9"),
        (["lookup", "  "], "give a code"),
        (["lookup"], "CODE"),
        (["search", "pain", "--limit", "0"], "0"),
        (["search", "pain", "--limit", "many"], "many"),
        (["search", "pain", "--system", "x"], "x"),
    ],
)
def test_a_bad_request_says_what_and_where(run, words: list[str], part: str) -> None:
    result = run(*words, "--json")
    assert result.exit_code == 2
    assert part in result.stderr
    assert result.stdout == ""


def test_search_prints_a_list(run) -> None:
    result = run("search", "heart failure", "--limit", "2", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == [
        {"code": "I50", "system": "icd10cm", "title": "Heart failure"},
        {"code": "I50.9", "system": "icd10cm", "title": "Heart failure, unspecified"},
    ]


def test_search_finds_nothing(run) -> None:
    result = run("search", "zzzzqqqq", "--json")
    assert (result.exit_code, json.loads(result.stdout), result.stderr) == (0, [], "")
    assert run("search", "zzzzqqqq").stderr == "Nothing found.\n"


def test_search_in_words(run) -> None:
    lines = run("search", "S52.501", "--limit", "2").stdout.splitlines()
    assert lines[0].startswith("S52.501   ICD-10-CM")
    assert lines[0].endswith("(header)")
    assert not lines[1].endswith("(header)")


def test_without_a_release_it_is_built_on_first_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, codesets_dir: Path
) -> None:
    monkeypatch.setenv("COACH_DATA", str(tmp_path))
    asked: list[Path] = []

    def build(target: Path, progress: Callable[[int, int, str], None]) -> bool:
        asked.append(target)
        progress(0, 1, "reading")
        target.parent.mkdir()
        shutil.copy(release_path(codesets_dir), target)
        return True

    monkeypatch.setattr("coachapp.codesets.build.build_release", build)
    first = CliRunner().invoke(codes, ["lookup", "I10", "--json"])
    assert (first.exit_code, json.loads(first.stdout)["code"], first.stderr) == (0, "I10", "0/1 reading\n")
    again = CliRunner().invoke(codes, ["search", "hypertension", "--limit", "1", "--json"])
    assert (again.exit_code, json.loads(again.stdout)[0]["code"], again.stderr) == (0, "I10", "")
    assert asked == [release_path(tmp_path)]


def test_where_nothing_can_be_built_the_reason_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setenv("COACH_DATA", str(tmp_path / "missing"))
    result = CliRunner().invoke(codes, ["lookup", "I10", "--json"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "install the package simple-icd-10-cm" in result.stderr
    (tmp_path / "codesets").write_text("a file where a folder should be")
    monkeypatch.undo()
    monkeypatch.setenv("COACH_DATA", str(tmp_path))
    result = CliRunner().invoke(codes, ["search", "pain", "--json"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "could not be written" in result.stderr


def test_build_says_when_nothing_is_to_do(run) -> None:
    result = run("build")
    assert result.exit_code == 0
    assert "Up to date" in result.stderr
    assert result.stdout == ""


def test_build_into_a_place_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "codesets").write_text("a file where a folder should be")
    monkeypatch.setenv("COACH_DATA", str(tmp_path))
    result = CliRunner().invoke(codes, ["build"])
    assert result.exit_code == 2
    assert "could not be written" in result.stderr


def test_progress_is_a_bar_on_a_terminal_and_lines_elsewhere(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    show_progress(1, 2, "reading")
    assert capsys.readouterr().err == "1/2 reading\n"
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    show_progress(1, 2, "reading")
    show_progress(2, 2, "done")
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "[############            ] reading" in shown.err
    assert shown.err.endswith("\n")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("W21.89A", "Did you mean W21.89XA?"),
        ("T07XXXXD", "Did you mean T07.XXXD?"),
        ("s52.501aa", "it has one character too many. Did you mean S52.501A?"),
        ("250.00", "It looks like an ICD-9-CM code"),
        ("J18855", "Did you mean J1885?"),
        ("H40.11X1", "It was replaced by H40.1111"),
    ],
)
def test_lookup_says_what_is_known_of_a_code_that_is_not_valid(run, code: str, words: str) -> None:
    result = run("lookup", code, "--on", "2026-05-12")
    never_existed = code != "H40.11X1"
    assert (result.exit_code, words in result.stdout) == (int(never_existed), True), result.stdout
    listed = run("lookup", code, "--on", "2026-05-12", "--json")
    assert words in listed.stderr
    expected = {"code", "system", "title", "billable", "valid", "valid_from", "valid_to", "also"}
    assert json.loads(listed.stdout).keys() == expected


def test_lookup_suggests_nothing_for_a_code_that_is_valid(run) -> None:
    assert "Did you mean" not in run("lookup", "W21.89XA", "--on", "2026-05-12").output
