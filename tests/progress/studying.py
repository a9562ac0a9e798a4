"""A site with questions, plans and a learner, and what she answers there."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from coachapp.content.plans import LoadedPlans
from coachapp.domain.questions import Concept, Question, Section
from coachapp.models.sittings import Sitting
from tests.attempts.test_grades import check
from tests.domain.exam_builders import drill, plan, question
from tests.exams.conftest import begin, stock
from tests.exams.turning import at

__all__ = ["at", "begin", "stock"]

DAY = timedelta(days=1)
PLANS = LoadedPlans(
    plans={
        "mock": plan({Section.EM: 6, Section.ICD10CM: 6}, title="The mock"),
        "drill-em": drill({Section.EM: 4}, id="drill-em", title="Drill: EM"),
        "drill-icd10cm": drill({Section.ICD10CM: 4}, id="drill-icd10cm", title="Drill: ICD"),
    }
)


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> LoadedPlans:
    """Set the plans of the site: a mock of twelve questions and two drills."""
    for module in (
        "coachapp.exams.routes",
        "coachapp.exams.operations",
        "coachapp.exams.rounds",
        "coachapp.progress.queries",
        "coachapp.progress.upkeep",
    ):
        monkeypatch.setattr(f"{module}.bundled_plans", lambda: PLANS)
    return PLANS


def many_concepts(count: int) -> tuple[list[Question], list[Concept]]:
    """Return two questions on each of so many concepts, `a` right, and the concepts."""
    concepts = [
        Concept(id=f"rule-{n:03}", section=Section.EM, title=f"Rule {n:03}", lesson="A lesson.", source="A source.")
        for n in range(count)
    ]
    questions = [question(f"em/r-{n:03}-{k}", concepts=[f"rule-{n:03}"]) for n in range(count) for k in "xy"]
    return questions, concepts


def answer(session: Session, sitting: Sitting, answers: dict[int, str], **fields: Any) -> None:
    """Check answers to questions of a drill, by their numbers, and commit."""
    for n, chosen in answers.items():
        check(session, sitting, n, chosen, **fields)
    session.commit()


Begin = Callable[..., Sitting]
