"""Today: one main act, progress in words where evidence is thin, the same few queries however much there is."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from coachapp.attempts.papers import paper_of
from coachapp.content.plans import LoadedPlans
from coachapp.domain.mastery import THIN_UNDER
from coachapp.models.memory import MemoryState
from coachapp.models.people import Person
from coachapp.models.standing import ProgressState, Standing, StandingKind
from tests.conftest import SignIn
from tests.exams.conftest import T0
from tests.exams.turning import Clock, begin_exam
from tests.practice.conftest import code_sets
from tests.practice.samples import add_cases, right_rows, rows, scope, stay, wrist
from tests.progress.studying import DAY, PLANS, Begin, answer, at, begin, plans, stock

__all__ = ["at", "begin", "code_sets", "plans", "stock"]

BROKEN = "/cases/orthopedics/broken-wrist"


@pytest.fixture
def learner(plans: LoadedPlans, stock: Callable[..., Any], at: Clock, sign_in: SignIn) -> FlaskClient:
    """Return the client of a student on a site with twelve questions."""
    stock()
    return sign_in()


def acts(page: str) -> list[str]:
    """Return the main acts of a page."""
    return re.findall(r'class="btn btn-primary[^>]*>([^<]+)<', page)


def test_somebody_new_is_given_a_first_drill_and_told_what_will_stand_here(learner: FlaskClient) -> None:
    page = learner.get("/today").text
    assert "Start with: Evaluation and management" not in page  # 120 seconds a question come before 150
    assert "Start with: ICD-10-CM" in page
    assert acts(page) == ["Start the drill"]
    assert '<strong class="number">60</strong> more answers' in page
    assert "once you have answered questions" in page
    assert "comes back here shortly before" in page
    started = learner.post("/drills", data={"plan": "drill-icd10cm"})
    assert started.status_code == 303


def test_an_empty_site_says_so(plans: LoadedPlans, sign_in: SignIn) -> None:
    page = sign_in().get("/today").text
    assert "Nothing here yet" in page
    assert acts(page) == []


def test_a_case_is_started_resumed_and_told_of(sign_in: SignIn, db_session: Session, code_sets: None) -> None:
    add_cases(db_session, wrist(), stay(), scope())
    student = sign_in()
    assert "Start with “Polyp”" in student.get("/today").text
    student.post(BROKEN, data=rows("I10") | {"act": "save"})
    page = student.get("/today").text
    assert "Go on with “Broken wrist”" in page
    assert f'href="{BROKEN}"' in page
    assert acts(page) == ["Resume"]
    student.post(BROKEN, data=right_rows(seq=1) | {"act": "hand_in"})
    done = student.get("/today").text
    assert "Next: “Polyp”" in done
    assert "100%" in done
    assert '<span class="number">1</span> of <span class="number">3</span>' in done


def test_an_exam_under_way_is_the_main_act(learner: FlaskClient) -> None:
    sitting = begin_exam(learner)
    page = learner.get("/today").text
    assert "Go on with “The mock”" in page
    assert f'href="/sittings/{sitting}"' in page
    assert "The time runs until" in page
    assert acts(page) == ["Resume"]


def hand_in(client: FlaskClient, sitting_id: int) -> None:
    client.post(f"/sittings/{sitting_id}/hand-in")
    assert client.get(f"/sittings/{sitting_id}/report").status_code == 200


def test_after_a_drill_the_weakest_section_then_the_review_when_it_is_due(
    learner: FlaskClient, db_session: Session, begin: Begin, at: Clock
) -> None:
    who = db_session.scalars(select(Person)).one()
    sitting = begin(plan=PLANS.plans["drill-em"], who=who)
    answer(db_session, sitting, {1: "b", 2: "a", 3: "a", 4: "a"})
    hand_in(learner, sitting.id)
    page = learner.get("/today").text
    assert "Drill: Evaluation and management" in page
    assert "Your weakest section: little evidence so far: needs work" in page
    assert "<dt>Little evidence so far</dt>" in page
    assert "<dt>No answers yet</dt>" in page
    assert "56</strong> more answers" in page
    assert f"Under {THIN_UNDER} fresh answers a section has words only." in page
    assert "Nothing is due now." in page
    at.now = T0 + 2 * DAY
    page = learner.get("/today").text
    assert "Five minutes of review" in page
    assert "2 concepts are due" in page
    assert acts(page) == ["Start the review"]


def test_with_every_section_firm_the_mock_is_next(learner: FlaskClient, db_session: Session) -> None:
    learner.get("/today")
    who = db_session.scalars(select(Person)).one()
    for key in ("em", "icd10cm"):
        values = {"mean": 0.8, "low": 0.7, "high": 0.9, "right_weight": 40.0, "wrong_weight": 10.0, "answers": 50}
        db_session.add(
            Standing(
                person_id=who.id, kind=StandingKind.SECTION, key=key, detail={"seen": []}, computed_at=T0, **values
            )
        )
    db_session.execute(
        update(Standing)
        .where(Standing.kind == StandingKind.READINESS)
        .values(
            answers=100,
            mean=0.634,
            low=0.5,
            high=0.75,
            detail={"seen": [], "moves": [{"section": "em", "more_right": 6, "gain": 0.09}]},
        )
    )
    db_session.commit()
    page = learner.get("/today").text
    assert '<h2 id="next">The mock</h2>' in page
    assert 'href="/exams/mock"' in page
    assert acts(page) == ["Look at the exam"]
    assert '<span class="number">63%</span>' in page
    assert "likely 50% to 75%" in page
    assert '6 more right in Evaluation and management: <span class="number">+9</span> points' in page
    assert "80% (70% to 90%)" in page


def test_a_grade_shows_at_once_and_a_withheld_one_not(
    learner: FlaskClient, db_session: Session, begin: Begin, at: Clock
) -> None:
    """The drill was open before the exam began: its verdict is withheld, and Today says nothing of it either."""
    who = db_session.scalars(select(Person)).one()
    sitting = begin(plan=PLANS.plans["drill-em"], who=who)
    answer(db_session, sitting, {1: "a"})
    begin_exam(learner)
    before = learner.get("/today").text
    answer(db_session, sitting, {2: "b"})
    after = learner.get("/today").text
    token = r'name="csrf_token" value="[^"]*"'
    assert re.sub(token, "", after) == re.sub(token, "", before)
    assert "so far." in after
    assert paper_of(sitting)[1].item == "em/q-01"


def test_the_number_of_queries_is_the_same_however_much_there_is(
    learner: FlaskClient, db_session: Session, begin: Begin, count_queries: Callable[[], Any]
) -> None:
    who = db_session.scalars(select(Person)).one()
    learner.get("/today")

    def measure(path: str) -> int:
        with count_queries() as seen:
            assert learner.get(path).status_code == 200
        return len(seen)

    few = [measure("/today"), measure("/review")]
    for n in range(5):
        sitting = begin(plan=PLANS.plans["drill-em"], who=who, scope=f"drill-{n}")
        answer(db_session, sitting, {1: "b", 2: "a", 3: "c", 4: "d"})
        learner.post(BROKEN, data=rows("I10") | {"act": "save"})
    learner.get("/today")
    assert [measure("/today"), measure("/review")] == few
    assert max(few) <= 15


def test_looking_at_today_reckons_what_was_never_reckoned(
    learner: FlaskClient, db_session: Session, begin: Begin
) -> None:
    who = db_session.scalars(select(Person)).one()
    answer(db_session, begin(plan=PLANS.plans["drill-em"], who=who), {2: "b"})
    db_session.execute(delete(ProgressState))
    db_session.commit()
    learner.get("/today")
    assert len(db_session.scalars(select(MemoryState)).all()) == 1
