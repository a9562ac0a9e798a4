"""Keys in words."""

from coachapp.domain.keytext import key_words
from tests.domain.builders import case_of
from tests.domain.exam_builders import question


def test_a_question_asserts_its_right_options() -> None:
    assert key_words(question(right="bd")) == ["B: Option b of em/visit-01", "D: Option d of em/visit-01"]


def test_a_case_asserts_every_line_of_its_branches_once() -> None:
    diagnosis = {"id": "d1", "code": "I10", "first": True, "accept": [{"code": "I11.9", "credit": 0.5}]}
    one = {"name": "one", "diagnoses": [diagnosis], "services": [{"id": "s1", "code": "99213", "units": 2}]}
    two = {"name": "two", "diagnoses": [diagnosis], "no_service": True}
    trap = {"code": "R03.0", "kind": "diagnosis", "label": "integral_symptom", "why": "It is the same."}
    strict = {"name": "strict", "first": 2}
    assert key_words(case_of(one, two, pos="11", policy=strict, traps=[trap])) == [
        "one: I10, first",
        "one: 99213, no modifier, 2 units",
        "one: I11.9 for I10, 50% of its points",
        "two: I10, first",
        "two: No service to report",
        "two: I11.9 for I10, 50% of its points",
        "R03.0 is wrong: integral symptom",
        "Place of service 11",
        "Weights strict",
    ]
    assert key_words(case_of(one)) == ["I10, first", "99213, no modifier, 2 units", "I11.9 for I10, 50% of its points"]
