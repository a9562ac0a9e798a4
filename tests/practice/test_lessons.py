"""The rules behind wrong lines on the review: the right lesson, its drill where there are questions, few queries."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from sqlalchemy.orm import Session

from coachapp import clock
from coachapp.content.sync import sync
from coachapp.domain.questions import Concept, Section
from coachapp.models.items import Item
from tests.domain.exam_builders import question
from tests.practice.samples import right_rows, rows, wrist
from tests.practice.test_review import hand_in, text_of

CONCEPTS = {
    "icd-seventh-character": "The seventh character",
    "modifier-rt-lt": "Sides by modifier",
    "place-of-service": "Where the patient was",
    "fracture-treatment": "Fracture care",
}


@pytest.fixture
def wrist_item(db_session: Session) -> Item:
    """Store a case, the concepts it can touch, and questions on two of them, one for exams only."""
    concepts = [
        Concept(id=i, section=Section.GUIDELINES, title=title, lesson=f"Lesson of {title}.", source=f"Source of {i}")
        for i, title in CONCEPTS.items()
    ]
    questions = [
        question("icd10cm/one", concepts=["icd-seventh-character"]),
        question("icd10cm/two", concepts=["icd-seventh-character"]),
        question("icd10cm/for-exams", concepts=["modifier-rt-lt"], use="exam"),
        question("icd10cm/unseen", concepts=["icd-seventh-character"], verified=None),
    ]
    sync(db_session, [wrist()], questions=questions, concepts=concepts, now=clock.now())
    db_session.commit()
    return db_session.query(Item).filter_by(slug="orthopedics/broken-wrist").one()


WRONG = {"services": ("25605|RT|1|A",), "pos": "11"}


def test_a_wrong_line_shows_the_rule_with_its_source_and_a_drill(sign_in: Callable[..., Any], wrist_item: Item) -> None:
    html = hand_in(sign_in(), wrist_item, rows("S52.532D", **WRONG))
    text = text_of(html)
    assert "Lesson of The seventh character." in text
    assert "Source of icd-seventh-character" in text
    assert "Practice this : The seventh character 2 questions" in text
    assert 'name="concept" value="icd-seventh-character"' in html


def test_questions_that_only_exams_ask_make_no_drill(sign_in: Callable[..., Any], wrist_item: Item) -> None:
    html = hand_in(sign_in(), wrist_item, rows("S52.532D", **WRONG))
    assert "Lesson of Sides by modifier." in html
    assert 'value="modifier-rt-lt"' not in html


def test_an_element_of_the_whole_claim_has_its_rule(sign_in: Callable[..., Any], wrist_item: Item) -> None:
    assert "Lesson of Where the patient was." in hand_in(sign_in(), wrist_item, rows("S52.532A", **WRONG))


def test_a_right_claim_is_lectured_on_nothing(sign_in: Callable[..., Any], wrist_item: Item) -> None:
    assert "Lesson of" not in hand_in(sign_in(), wrist_item, right_rows())


def test_a_visitor_reads_the_rule_and_is_offered_no_drill(client: Any, wrist_item: Item) -> None:
    answer = client.post("/sample", data=rows("S52.532D", **WRONG) | {"act": "hand_in"})
    assert "Lesson of The seventh character." in answer.text
    assert 'name="concept"' not in answer.text


def test_more_wrong_lines_ask_for_no_more_queries(
    sign_in: Callable[..., Any],
    wrist_item: Item,
    count_queries: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    student = sign_in()
    numbers = []
    for number, claim in enumerate((rows("S52.532D"), rows("S52.532D", "I10", "E11", "Z00.00", **WRONG)), start=1):
        hand_in(student, wrist_item, claim)
        with count_queries() as seen:
            student.get(f"/attempts/{number}")
        numbers.append(len(seen))
    assert numbers[0] == numbers[1]
