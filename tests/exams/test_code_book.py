"""The code book beside an exam: there where the plan allows it, and shut where it does not."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from coachapp.config import Settings
from coachapp.domain.questions import Section
from tests.conftest import SignIn
from tests.domain.exam_builders import plan
from tests.exams.turning import Clock, at, begin_exam, learner, plans

__all__ = ["at", "learner", "plans"]

LOOK_UP = "/lookup?box=diagnosis&form=professional&on=2026-05-15&q=s52"


@pytest.fixture
def shut(settings: Settings, codesets_dir: Path, plans: dict[str, Any], learner: FlaskClient) -> FlaskClient:
    """Return a learner on a site with code sets and one more exam, without the code book."""
    (settings.data / "codesets").symlink_to(codesets_dir / "codesets")
    plans["closed"] = plan({Section.EM: 3}, id="closed", title="Closed", code_book=False)
    return learner


def test_an_exam_with_the_code_book_links_to_it_on_the_date_of_its_editions(learner: FlaskClient) -> None:
    page = learner.get(f"/sittings/{begin_exam(learner)}/questions/1").text
    assert 'href="/codebook?on=2026-05-15"' in page
    assert "data-codebook-drawer" in page


def test_an_exam_without_the_code_book_keeps_it_shut_everywhere_until_its_end(
    shut: FlaskClient, sign_in: SignIn, at: Clock, stock: Callable[..., Any]
) -> None:
    book = ("/codebook", "/codebook/icd10cm/S52.501A", "/codebook/search?q=colles", "/codebook/mine", "/codebook/hcpcs")
    assert [shut.get(path).status_code for path in book] == [200] * len(book)
    sitting = begin_exam(shut, "closed")
    page = shut.get(f"/sittings/{sitting}/questions/1").text
    assert "data-codebook-drawer" not in page
    assert "codebook-drawer.js" not in page
    for path in book:
        answer = shut.get(path)
        assert answer.status_code == 409
        assert "“Closed”, which you are taking, is without the code book." in answer.text
    for act in ("note", "bookmark"):
        assert shut.post(f"/codebook/icd10cm/S52.501A/{act}", data={"keep": "yes"}).status_code == 409
    assert shut.get("/codebook", headers={"Accept": "application/json"}).json["status"] == 409  # type: ignore[index]
    assert shut.get(LOOK_UP).status_code == 409
    other = sign_in()
    assert other.get("/codebook").status_code == 200
    assert other.get(LOOK_UP).status_code == 200
    shut.post(f"/sittings/{sitting}/hand-in")
    assert shut.get("/codebook").status_code == 200
    assert shut.get(LOOK_UP).status_code == 200


def test_the_book_opens_when_the_time_is_up_though_nobody_closed_the_exam_yet(shut: FlaskClient, at: Clock) -> None:
    begin_exam(shut, "closed")
    at.now += timedelta(minutes=3)
    assert shut.get("/codebook").status_code == 200
