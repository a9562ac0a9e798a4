"""Fixtures for tests of code sets: the release, and a data folder into which small official files are imported."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ElementTree

import pytest
from defusedxml.ElementTree import parse

from coachapp.codesets import CodeSets, Kind, release_path, sources
from coachapp.codesets.imports import Report, Request, import_release
from tests.codesets import samples
from tests.fixtures_codesets import codesets, codesets_dir

__all__ = ["codesets", "codesets_dir"]

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
Import = Callable[..., Report]
_CATEGORIES = ("A00", "E11", "I10", "M72", "S52", "T90", "Z00", "001607", "0DTJ", "XNS4")


@pytest.fixture(scope="session")
def trimmed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the shipped sources with the categories of the samples only: the whole ones take seconds an import."""
    tree: ElementTree = parse(sources.tabular_xml())
    for chapter in tree.getroot().iterfind("chapter"):
        for section in chapter.iterfind("section"):
            for diagnosis in section.findall("diag"):
                if diagnosis.findtext("name") not in _CATEGORIES:
                    section.remove(diagnosis)
    xml = tmp_path_factory.mktemp("trimmed") / "tabular.xml"
    tree.write(xml, encoding="utf-8")
    kept = {
        path: {code: dates for code, dates in sources.read_dates(path).items() if code.startswith(_CATEGORIES)}
        for path in (sources.ICD10CM_DATES, sources.ICD10PCS_DATES)
    }
    titles = sources.read_titles(sources.ICD10PCS_TITLES)
    return {
        "tabular_xml": lambda: xml,
        "read_dates": kept.__getitem__,
        "read_titles": lambda path: {code: title for code, title in titles.items() if code.startswith(_CATEGORIES)},
    }


@pytest.fixture
def small_sources(trimmed: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let imports read the trimmed sources."""
    for name, value in trimmed.items():
        monkeypatch.setattr(sources, name, value)


@pytest.fixture
def data(tmp_path: Path, codesets_dir: Path) -> Path:
    """Return a data folder of the test's own with the bundled release in it."""
    target = release_path(tmp_path / "data")
    target.parent.mkdir(parents=True)
    try:
        target.hardlink_to(release_path(codesets_dir))
    except OSError:
        shutil.copy(release_path(codesets_dir), target)
    return tmp_path / "data"


@pytest.fixture
def bring(data: Path, tmp_path: Path) -> Import:
    """Return a function that imports a text as a file of some name."""

    def run(kind: Kind, name: str, text: str | bytes, **asked: Any) -> Report:
        path = samples.write(tmp_path, name, text)
        return import_release(data, Request(kind, path, **{"short": True, **asked}), now=NOW)

    return run


@pytest.fixture
def sets(data: Path) -> Iterator[CodeSets]:
    """Return the code sets of the test's own data folder."""
    with CodeSets(release_path(data)) as opened:
        yield opened
