"""Which key judges work on another version, and where none can."""

from datetime import UTC, datetime, timedelta

import pytest

from coachapp.domain.regrading import Obstacle, Part, differences, obstacle, reaches
from tests.domain.builders import case_of
from tests.domain.exam_builders import question

T0 = datetime(2026, 5, 1, tzinfo=UTC)
BRANCH = {"diagnoses": [{"id": "d1", "code": "I10", "first": True, "rationale": "Stated."}]}


def day(n: int) -> datetime:
    return T0 + timedelta(days=n)


def test_another_right_option_is_no_obstacle() -> None:
    assert obstacle(question(right="a"), question(right="c")) is None


def test_other_options_or_another_number_to_choose_are_obstacles() -> None:
    asked = question(right="a")
    fewer = [option.model_dump() for option in asked.options[:3]]
    assert obstacle(asked, question(options=fewer)) is Obstacle.OPTIONS
    assert obstacle(asked, question(right="ab")) is Obstacle.SEVERAL
    assert obstacle(question(right="ab"), question(right="bcd")) is None


def test_a_claim_on_another_form_and_another_kind_of_item_are_obstacles() -> None:
    office, ward = case_of(BRANCH), case_of(BRANCH, form="inpatient")
    assert obstacle(office, office) is None
    assert obstacle(office, ward) is Obstacle.CLAIM_FORM
    assert obstacle(office, question()) is Obstacle.KIND


@pytest.mark.parametrize(
    ("fields", "part"),
    [
        ({"right": "b"}, Part.KEY),
        ({"stem": "Another?"}, Part.STEM),
        ({"exhibit": "A chart."}, Part.CHART),
        ({"references": ["Elsewhere"]}, Part.REASONS),
        ({"difficulty": 5}, Part.ABOUT),
        ({"payer": "medicare"}, Part.TASK),
        ({"date_of_service": "2026-05-12"}, Part.DATE),
    ],
)
def test_differences_of_questions_name_the_part(fields: dict[str, object], part: Part) -> None:
    assert differences(question(), question(**fields)) == (part,)  # type: ignore[arg-type]


def test_a_reworded_option_is_shown_apart_from_the_key() -> None:
    texts = [{**option.model_dump(), "text": f"{option.text}!"} for option in question().options]
    assert differences(question(), question(options=texts)) == (Part.OPTIONS,)


def test_differences_of_cases_tell_the_key_from_its_reasons() -> None:
    case = case_of(BRANCH)
    line = BRANCH["diagnoses"][0]
    assert differences(case, case) == ()
    assert differences(case, case_of({"diagnoses": [{**line, "rationale": "Said twice."}]})) == (Part.REASONS,)
    assert differences(case, case_of({"diagnoses": [{**line, "code": "I11.9"}]})) == (Part.KEY,)
    assert differences(case, case_of({"diagnoses": [line]}, policy={"name": "strict", "first": 2})) == (Part.KEY,)
    document = [{"id": "note", "title": "Note", "file": "note.md", "text": "More."}]
    assert differences(case, case_of(BRANCH, documents=document)) == (Part.CHART,)
    assert differences(case, case_of(BRANCH, task="Code it twice.")) == (Part.TASK,)
    assert differences(case, case_of(BRANCH, level="expert")) == (Part.ABOUT,)


@pytest.mark.parametrize(
    ("made", "current", "reached"), [(0, False, True), (2, False, True), (3, False, False), (0, True, False)]
)
def test_a_decision_reaches_the_versions_there_were_but_not_the_current_one(
    made: int, current: bool, reached: bool
) -> None:
    assert reaches(day(2), made=day(made), current=current) is reached
