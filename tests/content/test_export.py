"""Items written to files that read as the same item."""

from collections.abc import Callable
from pathlib import Path

import pytest

from coachapp.content.export import export_item
from coachapp.content.loader import load
from tests.content.samples import QUESTION

Write = Callable[..., Path]


def test_a_case_exported_reads_as_the_same_case(case_file: Write, tmp_path: Path) -> None:
    (case,) = load(case_file()).cases
    files = export_item(case, tmp_path / "out")
    assert sorted(f.relative_to(tmp_path).as_posix() for f in files) == [
        "out/orthopedics/wrist/case.yaml",
        "out/orthopedics/wrist/op-note.md",
        "out/orthopedics/wrist/report.md",
    ]
    again = load(tmp_path / "out")
    assert again.errors == []
    assert again.cases == (case,)
    text = (tmp_path / "out/orthopedics/wrist/case.yaml").read_text()
    for part in ("code: '25605'", "date_of_service: 2026-05-12", "lesson: |", "- RT\n", "any_of:", "optional: true"):
        assert part in text


def test_a_question_exported_reads_as_the_same_question(question_file: Write, tmp_path: Path) -> None:
    (question,) = load(question_file(QUESTION.replace("stem: A", "stem: |\n  Two\n  lines. A"))).questions
    (file,) = export_item(question, tmp_path / "out")
    assert file == tmp_path / "out/icd10cm/wrist-01.yaml"
    assert load(file).questions == (question,)


def test_nothing_is_written_over(case_file: Write, tmp_path: Path) -> None:
    (case,) = load(case_file()).cases
    there = tmp_path / "out/orthopedics/wrist/report.md"
    there.parent.mkdir(parents=True)
    there.write_text("mine")
    with pytest.raises(FileExistsError, match=r"report\.md"):
        export_item(case, tmp_path / "out")
    assert [p.name for p in there.parent.iterdir()] == ["report.md"]
    assert there.read_text() == "mine"
