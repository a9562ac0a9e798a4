"""A small bank of questions and cases to work on."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from coachapp.codesets import CodeSets
from coachapp.content.sync import sync
from coachapp.domain.questions import Concept, Section
from coachapp.simulation.stock import Stock, read_stock
from tests.domain.exam_builders import question
from tests.exams.conftest import T0
from tests.practice.samples import scope, stay, wrist


@pytest.fixture
def stock(db_session: Session, codesets: CodeSets) -> Callable[[], Stock]:
    """Return a function that stores questions of every section and three cases, and reads them."""

    def store() -> Stock:
        questions = [
            question(f"{section}/q-{n:02}", right="abcd"[n % 4], difficulty=n % 5 + 1)
            for section in Section
            for n in range(10)
        ]
        concept = Concept(id="some-concept", section=Section.EM, title="A rule", lesson="A lesson.", source="A source.")
        sync(db_session, [wrist(), stay(), scope()], questions=questions, concepts=[concept], now=T0)
        db_session.commit()
        return read_stock(db_session, cpt=True, codesets=codesets)

    return store
