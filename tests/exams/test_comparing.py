"""Graded sittings of one exam side by side."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from coachapp.exams.jobs import finish_one
from tests.conftest import SignIn
from tests.exams.turning import Clock, at, begin_exam, learner, plans, put

__all__ = ["at", "learner", "plans"]

DAY = timedelta(days=1)


def sit(client: FlaskClient, app: Flask, at: Clock, *, answers: int = 0) -> int:
    """Sit the mock, answer some questions, hand in a minute later, and let a day pass."""
    sitting = begin_exam(client)
    for n in range(1, answers + 1):
        put(client, sitting, n=n, answer=["a"], elapsed_ms=20_000)
    at.now += timedelta(minutes=1)
    client.post(f"/sittings/{sitting}/hand-in")
    with app.app_context():
        finish_one(sitting)
    at.now += DAY
    return sitting


def test_without_and_with_one_the_page_says_what_to_do(learner: FlaskClient, app: Flask, at: Clock) -> None:
    assert "Nothing to compare yet" in learner.get("/exams/mock/compare").text
    assert "compare" not in learner.get("/exams").text
    sitting = sit(learner, app, at)
    page = learner.get("/exams/mock/compare").text
    assert "You have taken this exam once." in page
    assert f"/sittings/{sitting}/report" in page
    assert "Compare side by side" not in learner.get(f"/sittings/{sitting}/report").text


def test_two_stand_side_by_side_with_sections_time_and_result(learner: FlaskClient, app: Flask, at: Clock) -> None:
    first, second = sit(learner, app, at), sit(learner, app, at, answers=3)
    assert "/exams/mock/compare" in learner.get("/exams").text
    assert "/exams/mock/compare" in learner.get(f"/sittings/{second}/report").text
    page = learner.get("/exams/mock/compare").text
    assert page.index(f"/sittings/{first}/report") < page.index(f"/sittings/{second}/report")
    assert page.count("Not passed") == 2
    assert page.count("1 minute</td>") >= 2
    assert "Evaluation and management" in page
    assert "Choose which to compare" not in page
    assert '<td class="number">9</td>' in page
    assert "1 minute</span>" in page


def test_of_many_those_chosen_are_shown(learner: FlaskClient, app: Flask, at: Clock) -> None:
    ids = [sit(learner, app, at) for _ in range(7)]

    def shown(query: str) -> list[int]:
        page = learner.get(f"/exams/mock/compare{query}").text
        return [one for one in ids if f"/sittings/{one}/report" in page]

    assert shown("") == ids[-4:]
    assert shown(f"?sitting={ids[5]}&sitting={ids[0]}&sitting={ids[0]}") == [ids[0], ids[5]]
    assert shown("?" + "&".join(f"sitting={one}" for one in ids[:6])) == ids[:6]
    for query in (f"?sitting={ids[0]}", "?" + "&".join(f"sitting={one}" for one in ids)):
        answer = learner.get(f"/exams/mock/compare{query}")
        assert answer.status_code == 422
        assert "Choose 2 to 6 exams, not" in answer.text
    assert learner.get(f"/exams/mock/compare?sitting={ids[0]}").text.count(" checked") == 1


@pytest.mark.parametrize(
    "path", ["/exams/nothing/compare", "/exams/drill-em/compare", "/exams/mock/compare?sitting=99"]
)
def test_what_is_no_exam_of_hers_is_not_there(learner: FlaskClient, app: Flask, at: Clock, path: str) -> None:
    sit(learner, app, at)
    assert learner.get(f"/exams/{path}").status_code == 404


def test_nobody_sees_anothers(learner: FlaskClient, app: Flask, at: Clock, sign_in: SignIn) -> None:
    ids = [sit(learner, app, at) for _ in range(2)]
    other: Any = sign_in()
    assert "Nothing to compare yet" in other.get("/exams/mock/compare").text
    assert other.get(f"/exams/mock/compare?sitting={ids[0]}&sitting={ids[1]}").status_code == 404
