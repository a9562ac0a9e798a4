"""`coachapp content`: what it prints, where, and with which exit code."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from coachapp.cli import main
from coachapp.content.loader import load
from coachapp.domain.questions import Section
from coachapp.models.items import Item
from coachapp.paths import bundled
from tests.content.samples import CASE, NOTE, QUESTION, REPORT
from tests.fixtures_codesets import codesets_dir

__all__ = ["codesets_dir"]
Run = Callable[..., Result]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    """Return a data folder with the code sets and nothing else."""
    folder = tmp_path / "data"
    folder.mkdir()
    release: Path = request.getfixturevalue("codesets_dir")
    (folder / "codesets").symlink_to(release / "codesets")
    for name in [name for name in os.environ if name.startswith("COACH_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COACH_DATA", str(folder))
    monkeypatch.setenv("COACH_SECRET_KEY", "a key for tests only, as long as a real one")
    return folder


@pytest.fixture
def run(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs `coachapp content` in a folder of the test's own."""
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments: str | Path) -> Result:
        return CliRunner().invoke(main, ["content", *map(str, arguments)])

    return invoke


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a tree with one sound case, one sound question and its concepts."""
    root = tmp_path / "tree"
    case = root / "cases/orthopedics/wrist"
    question = root / "bank/icd10cm"
    case.mkdir(parents=True)
    question.mkdir(parents=True)
    (case / "case.yaml").write_text(CASE)
    (case / "op-note.md").write_text(NOTE + "\nNothing else." * 100)
    (case / "report.md").write_text(REPORT)
    (question / "wrist-01.yaml").write_text(QUESTION)
    (root / "bank/concepts.yaml").write_text(
        "- {id: fracture-treatment, section: surgery-20000, title: T, lesson: L, source: S}\n"
        "- {id: icd-seventh-character, section: icd10cm, title: T, lesson: L, source: S}\n"
    )
    return root


def test_a_clean_tree_exits_0(run: Run, tree: Path) -> None:
    result = run("check", tree)
    assert (result.exit_code, result.output) == (0, "1 case, 1 question: 0 errors, 0 warnings.\n")


def test_json_holds_counts_by_section_and_nothing_else(run: Run, tree: Path) -> None:
    result = run("check", tree, "--json")
    report = json.loads(result.stdout)
    assert list(report) == ["questions", "cases", "by_section", "errors", "warnings"]
    assert (result.exit_code, report["questions"], report["cases"]) == (0, 1, 1)
    assert report["by_section"] == {section.value: int(section is Section.ICD10CM) for section in Section}
    assert (report["errors"], report["warnings"]) == ([], [])


def test_errors_exit_1_and_are_named_with_their_place(run: Run, tree: Path) -> None:
    case = tree / "cases/orthopedics/wrist/case.yaml"
    case.write_text(CASE.replace("code: W00.0XXA", "code: W00.0").replace("minutes: 12", "minutes: x"))
    result = run("check", tree, "--json")
    report = json.loads(result.stdout)
    assert result.exit_code == 1
    assert report["errors"] == [
        {"file": str(case), "line": 12, "column": 10, "message": "minutes: 'x' is no whole number"},
        {
            "file": str(case),
            "line": 30,
            "column": 13,
            "message": "W00.0 is not billable on 2026-05-12; it needs a 7th character (A, D, S)",
        },
    ]
    assert (report["cases"], result.stderr) == (1, "")
    plain = run("check", "tree")
    assert plain.exit_code == 1
    assert (
        plain.output.splitlines()[0] == "tree/cases/orthopedics/wrist/case.yaml:12:10: minutes: 'x' is no whole number"
    )
    assert plain.output.splitlines()[-1] == "1 case, 1 question: 2 errors, 0 warnings."


@pytest.mark.parametrize("json_flag", [[], ["--json"]])
@pytest.mark.parametrize(
    "arguments", [["check", "no/such/path"], ["check", "data/x.txt"], ["check", "a", "b"], ["chek"]]
)
def test_a_bad_request_exits_2_with_a_message(run: Run, data: Path, arguments: list[str], json_flag: list[str]) -> None:
    (data / "x.txt").write_text("x")
    result = run(*arguments, *json_flag)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Error" in result.stderr


def test_code_sets_that_cannot_be_built_are_said_so(run: Run, tree: Path, data: Path) -> None:
    (data / "codesets").unlink()
    (data / "codesets").write_text("a file where the folder should be")
    result = run("check", tree, "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "could not be written" in result.stderr


def test_without_a_path_all_that_came_with_the_program_is_checked(run: Run) -> None:
    result = run("check", "--json")
    report = json.loads(result.stdout)
    assert report["cases"] == len(list(bundled("cases").glob("*/*/case.yaml")))
    assert report["errors"] == []


@pytest.mark.parametrize(
    ("kind", "item_id", "file"),
    [
        ("case", "cardiology/new-one", "cardiology/new-one/case.yaml"),
        ("question", "icd10cm/new-one", "icd10cm/new-one.yaml"),
        ("question", "cases/new-one", "cases/new-one.yaml"),
    ],
)
def test_new_writes_a_file_without_errors_and_never_over_one(run: Run, kind: str, item_id: str, file: str) -> None:
    result = run("new", kind, item_id, "--to", "out")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == f"out/{file}"
    checked = run("check", "out")
    assert checked.exit_code == 0, checked.output
    Path("out", file).write_text("mine")
    again = run("new", kind, item_id, "--to", "out")
    assert (again.exit_code, again.stdout) == (2, "")
    assert f"out/{file} is there already" in again.stderr
    assert Path("out", file).read_text() == "mine"


def test_the_new_case_names_every_field_of_the_format(run: Run) -> None:
    from coachapp.domain.items import Case

    run("new", "case", "cardiology/new-one", "--to", "out")
    text = Path("out/cardiology/new-one/case.yaml").read_text()
    named = set(re.findall(r"^#? ?(\w+):", text, re.MULTILINE))
    assert set(Case.model_fields) - {"policy"} <= named


@pytest.mark.parametrize(
    ("kind", "item_id", "message"),
    [
        ("case", "Cardiology/x", "is no id"),
        ("case", "../x", "is no id"),
        ("case", "cardiology", "is no id"),
        ("question", "cardiology/x", "is no section"),
        ("chart", "cardiology/x", "chart"),
    ],
)
def test_new_refuses_what_is_no_id(run: Run, kind: str, item_id: str, message: str) -> None:
    result = run("new", kind, item_id, "--to", "out")
    assert result.exit_code == 2
    assert message in result.stderr
    assert not Path("out").exists()


@pytest.fixture
def stored(data: Path, prepared_database: bytes) -> Path:
    """Return the file of an empty database in the data folder."""
    file = data / "coachapp.sqlite"
    file.write_bytes(prepared_database)
    return file


def test_sync_stores_and_export_gives_back(run: Run, stored: Path) -> None:
    first = run("sync", "--json")
    assert first.exit_code == 0, first.output
    created = json.loads(first.stdout)["created"]
    again = json.loads(run("sync", "--json").stdout)
    assert sorted(again["unchanged"]) == sorted(created)
    engine = create_engine(f"sqlite:///{stored}")
    with Session(engine) as session:
        assert session.query(Item).count() == len(created)
    engine.dispose()
    item_id = created[0]
    assert run("export", item_id, "--to", "out").exit_code == 0
    assert load(Path("out")).cases == load(bundled("cases") / item_id).cases
    assert run("sync").output.startswith("created       0")


def test_export_refuses_what_it_cannot_do(run: Run, stored: Path) -> None:
    created = json.loads(run("sync", "--json").stdout)["created"]
    unknown = run("export", "cardiology/unknown", "--to", "out")
    assert (unknown.exit_code, unknown.stdout) == (2, "")
    assert "there is no item 'cardiology/unknown'" in unknown.stderr
    version = run("export", created[0], "--to", "out", "--version", "7")
    assert version.exit_code == 2
    assert "has no version 7; it has 1" in version.stderr
    run("export", created[0], "--to", "out")
    again = run("export", created[0], "--to", "out")
    assert again.exit_code == 2
    assert "is there already" in again.stderr


@pytest.mark.parametrize("command", [["sync"], ["export", "a/b", "--to", "out"]])
def test_a_database_that_was_never_set_up_is_said_so(run: Run, command: list[str]) -> None:
    result = run(*command)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "coachapp init" in result.stderr


def test_schema_writes_both_files(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("cases", "question_bank"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr("coachapp.cli.content.bundled", lambda name: tmp_path / name)
    result = run("schema")
    assert (result.exit_code, result.stdout) == (0, "cases/schema.json\nquestion_bank/schema.json\n")
    assert json.loads((tmp_path / "cases/schema.json").read_text())["title"].startswith("A case")


@pytest.mark.parametrize(
    "words", [("schema",), ("new", "case", "cardiology/new-one"), ("new", "question", "em/new-one")]
)
def test_an_installed_site_is_not_written_into(run, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coachapp.cli.content.in_checkout", lambda: False)
    refused = run(*words)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "--to" in refused.stderr
    assert run(*words, "--to", "own").exit_code == 0
    assert Path("own").is_dir()


def test_schemas_go_where_they_are_asked_for(run) -> None:
    lines = run("schema", "--to", "own").stdout.split()
    assert [Path(line) for line in lines] == [Path("own/cases/schema.json"), Path("own/question_bank/schema.json")]
    assert all(Path(line).is_file() for line in lines)
    Path("file").write_text("in the way")
    assert run("schema", "--to", "file").exit_code == 2
