"""A sound case and a sound question, and a way to break them at a marked place."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from coachapp.models import db
from tests.content.samples import CASE, NOTE, QUESTION, REPORT
from tests.fixtures_codesets import codesets, codesets_dir

__all__ = ["codesets", "codesets_dir"]


@pytest.fixture
def case_file(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a case with its documents and gives its case.yaml."""

    def write(text: str | bytes = CASE, *, note: str | bytes | None = NOTE, slug: str = "wrist") -> Path:
        folder = tmp_path / "cases" / "orthopedics" / slug
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "case.yaml"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        (folder / "report.md").write_text(REPORT)
        if note is not None:
            (folder / "op-note.md").write_bytes(note if isinstance(note, bytes) else note.encode())
        return file

    return write


@pytest.fixture
def question_file(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a question and gives its file."""

    def write(text: str = QUESTION, *, section: str = "icd10cm", slug: str = "wrist-01") -> Path:
        file = tmp_path / "question_bank" / section / f"{slug}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    return write


@pytest.fixture
def session() -> Iterator[Session]:
    """Return a session on an empty in-memory database with every table."""
    engine = create_engine("sqlite://")
    db.metadata.create_all(engine)
    with Session(engine) as opened:
        yield opened
    engine.dispose()
