"""`coachapp items changed` and `coachapp items regrade` on the command line."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp.attempts import finishing, sittings
from coachapp.attempts.papers import paper_of
from coachapp.cli.items import items
from coachapp.config import Settings
from coachapp.content.sync import sync
from coachapp.domain.questions import Section
from coachapp.domain.slotwork import make_save
from coachapp.models.audit import AuditAction, AuditEntry
from coachapp.models.sittings import Sitting
from tests.authoring.conftest import CHANGED, mended
from tests.conftest import SECRET
from tests.domain.exam_builders import plan
from tests.exams.conftest import T0, begin, stock

__all__ = ["begin", "stock"]


def run(*words: str) -> Result:
    """Run a command of the group."""
    return CliRunner().invoke(items, list(words))


@pytest.fixture
def graded(
    db_session: Session,
    begin: Callable[..., Sitting],
    app: Flask,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> int:
    """Return a graded sitting in which the question that changes was right; commands work on this site."""
    monkeypatch.setenv("COACH_DATA", str(settings.data))
    monkeypatch.setenv("COACH_SECRET_KEY", SECRET)
    monkeypatch.setenv("COACH_DATABASE_URL", settings.database)
    sitting = begin(plan=plan({Section.EM: 4}, pass_mark=25))
    work = make_save(base_seq=0, save_id="s", answer=["b"])
    sittings.save(db_session, sitting, slot=paper_of(sitting)[1], work=work, now=T0)
    sittings.hand_in(db_session, sitting, now=T0)
    finishing.finish(db_session, sitting.id, now=T0)
    db_session.commit()
    return sitting.id


@pytest.fixture
def changed(graded: int, db_session: Session) -> int:
    """Return the sitting after the key of its question changed."""
    sync(db_session, [], questions=mended(), concepts=(), now=T0)
    db_session.commit()
    return graded


def test_before_a_key_changes_nothing_is_listed(graded: int) -> None:
    assert json.loads(run("changed", "--json").stdout) == []
    assert "All work is judged by current keys." in run("changed").stderr


def test_what_changed_is_listed(changed: int) -> None:
    found: list[dict[str, Any]] = json.loads(run("changed", "--json").stdout)
    assert [(one["item"], one["version"], one["attempts"]) for one in found] == [(CHANGED, 2, 1)]
    asked = found[0]["asked"]
    assert [(one["version"], one["attempts"], one["people"], one["obstacle"]) for one in asked] == [(1, 1, 1, None)]
    assert "key" in asked[0]["changed"]
    assert f"{CHANGED}: 1 attempt that version 2 can judge again" in run("changed").stdout


def test_work_asked_in_another_shape_is_listed_as_such(graded: int, db_session: Session) -> None:
    sync(db_session, [], questions=mended("bc"), concepts=(), now=T0)
    db_session.commit()
    assert json.loads(run("changed", "--json").stdout)[0]["asked"][0]["obstacle"] == "several"
    assert f"{CHANGED}: version 2 cannot judge the work on earlier ones" in run("changed").stdout


def test_a_dry_run_says_what_would_change_and_changes_nothing(changed: int, db_session: Session) -> None:
    told = json.loads(run("regrade", CHANGED, "--dry-run", "--json").stdout)
    assert told == {
        "item": CHANGED,
        "version": 2,
        "up": 0,
        "down": 1,
        "same": 0,
        "exams": 1,
        "to_passed": 0,
        "to_not_passed": 1,
    }
    assert "0 go up, 1 go down, 0 stay" in run("regrade", CHANGED, "--dry-run").stdout
    assert db_session.get_one(Sitting, changed).passed


def test_a_regrade_changes_scores_and_is_audited(changed: int, db_session: Session) -> None:
    done = run("regrade", CHANGED, "--reason", "Option c was meant.", "--json")
    assert json.loads(done.stdout) == {"item": CHANGED, "version": 2, "judged": 1, "changed": 1}
    db_session.rollback()
    sitting = db_session.get_one(Sitting, changed)
    assert (sitting.right_count, sitting.passed) == (0, False)
    entry = db_session.scalars(select(AuditEntry).where(AuditEntry.action == AuditAction.ITEM_REGRADED)).one()
    assert (entry.actor_id, entry.subject) == (None, CHANGED)
    again = run("regrade", CHANGED, "--reason", "Once more.")
    assert again.exit_code == 0
    assert "0 judged again, 0 scores changed" in again.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("em/nothing", "--dry-run"), "there is no case or question 'em/nothing'"),
        ((CHANGED,), "say why with --reason"),
        ((CHANGED, "--reason", "  "), "say why with --reason"),
        ((CHANGED, "--reason", "x" * 501), "the reason has 501 characters"),
    ],
)
def test_a_request_that_cannot_be_carried_out_is_refused(graded: int, words: tuple[str, ...], told: str) -> None:
    answer = run("regrade", *words)
    assert answer.exit_code == 2
    assert told in answer.stderr
