"""Plan files: the bundled ones, and where a broken one is told of."""

from collections.abc import Callable
from pathlib import Path

import pytest

from coachapp.content.loader import BadPath
from coachapp.content.plans import bundled_plans, load_plans
from coachapp.domain.plans import PlanKind
from coachapp.domain.questions import Section

PLAN = """\
id: mock
title: Mock
about: For tests.
kind: exam
minutes: 3
pass_mark: 70
code_sets: {cpt: "2026", hcpcs: "2026", icd10cm: FY2026, on: 2026-05-15}
sections:
- {section: em, count: 2}
"""


@pytest.fixture
def errors(tmp_path: Path) -> Callable[[str], list[str]]:
    """Return a function that loads PLAN's text, changed, and gives `line:column: message` of each error."""

    def load(text: str) -> list[str]:
        (tmp_path / "mock.yaml").write_text(text)
        return [f"{e.line}:{e.column}: {e.message}" for e in load_plans(tmp_path).errors]

    return load


def test_bundled_plans_are_sound_and_complete() -> None:
    loaded = bundled_plans()
    assert loaded.errors == []
    plans = loaded.plans
    assert list(plans)[:3] == ["cpc", "cpc-half", "cpc-quarter"]
    assert [(p.total, p.minutes, p.pass_mark) for p in list(plans.values())[:3]] == [
        (100, 240, 70),
        (50, 120, None),
        (25, 60, None),
    ]
    drills = [p for p in plans.values() if p.kind is PlanKind.DRILL]
    assert [next(iter(p.needs())) for p in drills] == list(Section)


def test_cpc_has_the_counts_of_the_examination_in_its_order() -> None:
    needs = bundled_plans().plans["cpc"].needs()
    assert list(needs) == list(Section)
    assert list(needs.values()) == [6, 6, 6, 6, 6, 6, 6, 4, 6, 6, 6, 4, 4, 5, 3, 7, 3, 10]


@pytest.mark.parametrize("name", ["cpc-half", "cpc-quarter"])
def test_short_plans_cover_every_section(name: str) -> None:
    assert set(bundled_plans().plans[name].needs()) == set(Section)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("id: mock", "id: other", "1:5: the id is 'other', but the file's name asks for 'mock'"),
        ("count: 2", "count: two", "9:24: count: 'two' is no whole number"),
        ("section: em", "section: en", "9:13: section: 'en' is not one of surgery-10000"),
        ("pass_mark: 70", "passmark: 70", "6:1: unknown field 'passmark'; did you mean 'pass_mark'?"),
        ("pass_mark: 70\n", "", "1:1: a plan of kind exam needs a pass_mark"),
        ("minutes: 3", "minutes: 3\nminutes: 4", "6:1: "),
        ("title: Mock", "title: [Mock", "3:6: not readable as YAML"),
    ],
)
def test_a_broken_plan_is_told_of_at_its_place(
    errors: Callable[[str], list[str]], old: str, new: str, message: str
) -> None:
    found = errors(PLAN.replace(old, new))
    assert found
    assert found[0].startswith(message)


def test_a_sound_plan_beside_a_broken_one_is_kept(tmp_path: Path) -> None:
    (tmp_path / "mock.yaml").write_text(PLAN)
    (tmp_path / "other.yaml").write_bytes(b"\xff\xfe")
    loaded = load_plans(tmp_path)
    assert list(loaded.plans) == ["mock"]
    assert [error.message for error in loaded.errors] == ["the file is saved as UTF-16; save it as UTF-8"]


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadPath, match="no such folder of exam plans"):
        load_plans(tmp_path / "nowhere")
