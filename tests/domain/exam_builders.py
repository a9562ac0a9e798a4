"""Plans, questions and pools for tests of exams."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from coachapp.domain.assembly import PoolItem
from coachapp.domain.plans import ExamPlan
from coachapp.domain.questions import Question, Section, Use

EDITIONS = {"cpt": "2026", "hcpcs": "2026", "icd10cm": "FY2026", "on": "2026-05-15"}


def plan(counts: Mapping[Section, int] | None = None, **fields: Any) -> ExamPlan:
    """Return a plan with these counts; an exam of 3 minutes unless told otherwise."""
    counts = counts or {Section.EM: 2, Section.ICD10CM: 3}
    values: dict[str, Any] = {
        "id": "mock",
        "title": "Mock",
        "about": "For tests.",
        "kind": "exam",
        "minutes": 3,
        "pass_mark": 70,
        "code_sets": EDITIONS,
        "sections": [{"section": section, "count": count} for section, count in counts.items()],
    }
    return ExamPlan.model_validate({**values, **fields})


def drill(counts: Mapping[Section, int] | None = None, **fields: Any) -> ExamPlan:
    """Return a drill."""
    return plan(counts, **{"kind": "drill", "minutes": None, "pass_mark": None, "show_answers": "each", **fields})


def item(name: str, section: Section = Section.EM, **fields: Any) -> PoolItem:
    """Return a pool item with four options, `a` right."""
    values: dict[str, Any] = {
        "difficulty": 3,
        "use": Use.BOTH,
        "options": ("a", "b", "c", "d"),
        "right": frozenset("a"),
    }
    return PoolItem(id=name, section=section, **{**values, **fields})


def question(name: str = "em/visit-01", *, right: str = "a", **fields: Any) -> Question:
    """Return a question with options a to d; `right` lists the right ones."""
    options = [
        {"id": i, "text": f"Option {i} of {name}", "right": i in right, "why": f"Reason {i} of {name}."} for i in "abcd"
    ]
    values: dict[str, Any] = {
        "id": name,
        "section": name.partition("/")[0],
        "concepts": ["some-concept"],
        "difficulty": 3,
        "stem": f"What is right in {name}?",
        "options": options,
        "references": [f"Source of {name}"],
        "verified": date(2026, 5, 30),
    }
    if values["section"] == "cases":
        values["exhibit"] = f"Chart of {name}."
    return Question.model_validate({**values, **fields})
