"""Standing is brought up to date by pages, the job and the command."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from coachapp.attempts import standings
from coachapp.content.plans import LoadedPlans
from coachapp.domain.questions import Section
from coachapp.models.sittings import Sitting
from coachapp.models.standing import PriorSnapshot, ProgressState, Standing, StandingKind
from coachapp.progress import jobs, upkeep
from tests.attempts.test_grades import DRILL, check
from tests.domain.exam_builders import plan
from tests.exams.conftest import T0, begin, stock
from tests.exams.turning import Clock, at

__all__ = ["at", "begin", "stock"]

Begin = Callable[..., Sitting]
DAY = timedelta(days=1)


def test_readiness_is_for_the_full_mock_else_for_the_first_exam(monkeypatch: pytest.MonkeyPatch) -> None:
    view = upkeep.exam_in_view()
    assert view is not None
    assert (view.plan_id, view.pass_mark, sum(view.paper.values())) == ("cpc", 70, 100)
    own = plan({Section.EM: 2}, id="own")
    short = plan({Section.EM: 2}, id="short", kind="short", pass_mark=None)
    monkeypatch.setattr(upkeep, "bundled_plans", lambda: LoadedPlans(plans={"short": short, "own": own}))
    view = upkeep.exam_in_view()
    assert view is not None
    assert (view.plan_id, view.paper) == ("own", {Section.EM: 2})
    monkeypatch.setattr(upkeep, "bundled_plans", lambda: LoadedPlans(plans={"short": short}))
    assert upkeep.exam_in_view() is None


def test_a_standing_is_reckoned_only_when_it_is_outdated(db_session: Session, begin: Begin) -> None:
    who = begin(plan=DRILL).person_id
    assert upkeep.bring_up_to_date(db_session, who, now=T0)
    db_session.commit()
    assert not upkeep.bring_up_to_date(db_session, who, now=T0)


def test_the_job_reckons_everybody_whom_a_grade_has_outdated(
    app: Flask, db_session: Session, begin: Begin, at: Clock
) -> None:
    first, second = begin(plan=DRILL), begin(plan=DRILL)
    check(db_session, first, 2, "b")
    check(db_session, second, 2, "a")
    db_session.commit()
    with app.app_context():
        assert jobs.sweep() == [first.person_id, second.person_id]
        assert jobs.sweep() == []
    rows = db_session.scalars(select(Standing).where(Standing.kind == StandingKind.SECTION)).all()
    assert {row.person_id: row.right_weight for row in rows} == {first.person_id: 1, second.person_id: 0}


def test_the_job_leaves_the_runner_to_others_after_some_people(
    app: Flask, db_session: Session, begin: Begin, at: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        check(db_session, begin(plan=DRILL), 2, "b")
    db_session.commit()
    monkeypatch.setattr(jobs, "MOST_AT_ONCE", 2)
    with app.app_context():
        assert [len(jobs.sweep()) for _ in range(3)] == [2, 1, 0]


def test_the_job_looks_at_all_learners_once_a_day(app: Flask, db_session: Session, at: Clock) -> None:
    for moment, count in ((T0, 1), (T0 + DAY / 2, 1), (T0 + DAY, 2)):
        at.now = moment
        with app.app_context():
            jobs.sweep()
        db_session.rollback()
        assert len(db_session.scalars(select(PriorSnapshot)).all()) == count


def test_one_person_who_fails_does_not_keep_the_others(
    app: Flask,
    db_session: Session,
    begin: Begin,
    at: Clock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken, sound = begin(plan=DRILL), begin(plan=DRILL)
    for one in (broken, sound):
        check(db_session, one, 2, "b")
    db_session.commit()
    refresh = standings.refresh

    def fail(session: Session, person_id: int, **named: Any) -> None:
        if person_id == broken.person_id:
            raise OperationalError("select", {}, Exception("database is locked"))
        refresh(session, person_id, **named)

    monkeypatch.setattr(standings, "refresh", fail)
    with app.app_context(), caplog.at_level(logging.ERROR):
        assert jobs.sweep() == [sound.person_id]
    assert f"person {broken.person_id} could not" in caplog.text
    assert db_session.get_one(ProgressState, broken.person_id).computed_at is None
