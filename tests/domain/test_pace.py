"""The budget of a question, by section."""

import pytest

from coachapp.content.plans import bundled_plans
from coachapp.domain.pace import budget_seconds
from coachapp.domain.questions import Section


@pytest.mark.parametrize(
    ("section", "seconds"),
    [
        (Section.TERMINOLOGY, 60),
        (Section.ANATOMY, 60),
        (Section.COMPLIANCE, 60),
        (Section.GUIDELINES, 90),
        (Section.HCPCS, 90),
        (Section.ICD10CM, 120),
        (Section.ANESTHESIA, 130),
        (Section.CASES, 270),
        (Section.SURGERY_10000, 150),
        (Section.SURGERY_60000, 150),
        (Section.EM, 150),
        (Section.RADIOLOGY, 150),
        (Section.PATHOLOGY_LABORATORY, 150),
        (Section.MEDICINE, 150),
    ],
)
def test_each_section_has_its_budget(section: Section, seconds: int) -> None:
    assert budget_seconds(section) == seconds


def test_the_budgets_of_a_full_paper_fill_the_four_hours() -> None:
    # 4·60 + 4·60 + 3·60 + 7·90 + 3·90 + 5·120 + 4·130 + 10·270 + 60·150 = 14,380 seconds.
    plan = bundled_plans().plans["cpc"]
    assert sum(entry.count * budget_seconds(entry.section) for entry in plan.sections) == 14_380
    assert 60 * (plan.minutes or 0) >= 14_380
