"""Turning the pages of an exam without a script: a clock, plans, a learner, and what a browser would post."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from coachapp import clock
from coachapp.content.plans import LoadedPlans
from coachapp.domain.questions import Section
from tests.conftest import SignIn
from tests.domain.exam_builders import drill, plan
from tests.exams.conftest import T0

SECOND = timedelta(seconds=1)


class Clock:
    """The time as the app sees it."""

    def __init__(self) -> None:
        self.now = T0

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return a clock that stands at T0 until told otherwise."""
    made = Clock()
    monkeypatch.setattr(clock, "now", made)
    return made


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return the plans of the site: a mock of twelve questions, a short one, and drills."""
    found = {
        "mock": plan({Section.EM: 6, Section.ICD10CM: 6}),
        "short": plan({Section.EM: 3}, id="short", title="Short", kind="short", pass_mark=None),
        "drill-em": drill({Section.EM: 4}, id="drill-em", title="Drill: EM"),
        "drill-hcpcs": drill({Section.HCPCS: 4}, id="drill-hcpcs", title="Drill: HCPCS"),
    }
    loaded = LoadedPlans(plans=found)
    for module in (
        "coachapp.exams.routes",
        "coachapp.exams.operations",
        "coachapp.exams.desk",
        "coachapp.exams.given_routes",
        "coachapp.exams.report_routes",
    ):
        monkeypatch.setattr(f"{module}.bundled_plans", lambda: loaded)
    return found


@pytest.fixture
def learner(stock: Callable[..., Any], plans: dict[str, Any], at: Clock, sign_in: SignIn) -> FlaskClient:
    """Return the client of a student on a site with questions and plans."""
    stock()
    return sign_in()


def begin_exam(client: FlaskClient, plan_id: str = "mock") -> int:
    """Start an exam through its page and return the sitting's id."""
    answer = client.post(f"/exams/{plan_id}", data={"consent": "yes"})
    assert answer.status_code == 303, answer.text
    return int(re.fullmatch(r"/sittings/(\d+)", answer.location).group(1))  # type: ignore[union-attr]


def begin_given(client: FlaskClient, assignment_id: int) -> int:
    """Start an exam that was given to a class, through its page, and return the sitting's id."""
    answer = client.post(f"/assignments/{assignment_id}/exam", data={"consent": "yes"})
    assert answer.status_code == 303, answer.text
    return int(answer.location.removeprefix("/sittings/"))


def hidden(page: str) -> dict[str, str]:
    """Return the hidden fields of a question page."""
    return dict(re.findall(r'<input type="hidden" name="(base_seq|save_id|served_ms)" value="([^"]*)"', page))


def post_page(client: FlaskClient, sitting: int, n: int, **fields: Any) -> Any:
    """Load question `n`, then post its form with these fields."""
    page = client.get(f"/sittings/{sitting}/questions/{n}")
    assert page.status_code == 200
    return client.post(f"/sittings/{sitting}/questions/{n}", data={**hidden(page.text), **fields})


def put(client: FlaskClient, sitting: int, n: int = 1, **fields: Any) -> Any:
    """Send a save as the page does."""
    return client.put(
        f"/sittings/{sitting}/slots/{n}", json={"base_seq": 0, "save_id": "s1", "answer": ["a"], **fields}
    )
