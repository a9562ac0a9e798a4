"""A bank of questions in the database, plans made for tests, and sittings on them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from coachapp.attempts import sittings
from coachapp.attempts.papers import slot_data
from coachapp.content.sync import sync
from coachapp.domain.assembly import Slot
from coachapp.domain.examclock import Accommodation
from coachapp.domain.plans import ExamPlan
from coachapp.domain.questions import Concept, Question, Section
from coachapp.models.items import Item
from coachapp.models.people import Person
from coachapp.models.sittings import Sitting
from tests.domain.exam_builders import plan as make_plan
from tests.domain.exam_builders import question

T0 = datetime(2026, 5, 15, 14, tzinfo=UTC)
RIGHT = "abcd"


def bank(per_section: int = 6, sections: tuple[Section, ...] = (Section.EM, Section.ICD10CM)) -> list[Question]:
    """Return questions; the right option goes through a to d in turn. Every third has two right ones."""
    return [
        question(
            f"{section}/q-{n:02}",
            right=RIGHT[n % 4] if n % 3 else RIGHT[n % 4] + RIGHT[(n + 1) % 4],
            difficulty=n % 5 + 1,
            concepts=["some-concept"] if n % 2 else ["some-concept", "other-concept"],
        )
        for section in sections
        for n in range(per_section)
    ]


@pytest.fixture
def stock(db_session: Session) -> Callable[..., dict[str, Item]]:
    """Return a function that stores questions and gives their items by slug."""

    def store(questions: list[Question] | None = None) -> dict[str, Item]:
        concepts = [
            Concept(id=i, section=Section.EM, title=title, lesson="A lesson.", source="A source.")
            for i, title in (("some-concept", "Some concept"), ("other-concept", "Other concept"))
        ]
        sync(db_session, [], questions=questions or bank(), concepts=concepts, now=T0)
        db_session.commit()
        return {item.slug: item for item in db_session.query(Item)}

    return store


@pytest.fixture
def begin(
    db_session: Session, person: Callable[..., Person], stock: Callable[..., dict[str, Item]]
) -> Callable[..., Any]:
    """Return a function that starts a sitting of all questions stored, in the order of their ids."""

    def start(
        plan: ExamPlan | None = None,
        who: Person | None = None,
        questions: list[Question] | None = None,
        **options: Any,
    ) -> Sitting:
        items = stock(questions)
        chosen = plan or make_plan({Section.EM: 6, Section.ICD10CM: 6})
        paper = []
        for _, item in sorted(items.items()):
            if item.section is None:
                continue  # a case
            assert item.current_version_id is not None
            slot = Slot(item.slug, Section(item.section), ("d", "c", "b", "a"))
            paper.append(slot_data(slot, item_id=item.id, version_id=item.current_version_id))
        values: dict[str, Any] = {
            "plan": chosen,
            "paper": paper[: chosen.total],
            "seed": 1,
            "now": T0,
            "accommodation": Accommodation(),
            "scope": chosen.id,
            **options,
        }
        found = sittings.start(db_session, (who or person()).id, **values)
        db_session.commit()
        return found

    return start
