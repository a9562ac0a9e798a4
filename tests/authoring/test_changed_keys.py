"""Pages about changed keys: what waits, what would change, the decision, and what the learner reads."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp.attempts import regrading
from coachapp.authoring import jobs
from coachapp.codesets import open_codesets
from coachapp.codesets.release import ReleaseMissing
from coachapp.domain.items import Case
from coachapp.jobs import Jobs
from coachapp.models.attempts import Grade
from coachapp.models.audit import AuditAction, AuditEntry
from coachapp.models.items import Item
from coachapp.models.regrades import Regrade
from coachapp.models.sittings import Sitting
from tests.authoring.conftest import CHANGED, sit
from tests.conftest import SignIn
from tests.exams.conftest import T0
from tests.exams.turning import begin_exam
from tests.practice.samples import add_cases, right_rows, wrist
from tests.practice.test_review import text_of

PAGE = f"/keys/{CHANGED}"
CASE = "orthopedics/broken-wrist"


def decide(client: FlaskClient, reason: str = "Option c was meant.", *, page: str = PAGE) -> Any:
    """Send the form of the preview as a browser would."""
    hidden = re.findall(r'<input type="hidden" name="(version|last)" value="([^"]*)"', client.get(page).text)
    return client.post(page, data={**dict(hidden), "reason": reason})


def test_before_a_key_changes_nothing_waits(sat: int, desk: FlaskClient) -> None:
    page = desk.get("/keys").text
    assert "All work is judged by current keys" in page
    assert "Nothing yet." in page
    assert "All work is judged by current keys." in desk.get("/exam-desk").text
    assert "Nothing to judge again" in desk.get(PAGE).text


def test_a_changed_key_waits_with_the_work_that_it_is_about(
    sat: int, repair: Callable[..., Item], desk: FlaskClient
) -> None:
    repair()
    page = desk.get("/keys").text
    assert CHANGED in page
    assert "1 attempt ·" in page
    assert "<strong>1</strong> case or question has work" in desk.get("/exam-desk").text


def test_the_preview_says_what_would_change_and_changes_nothing(
    sat: int, repair: Callable[..., Item], desk: FlaskClient, db_session: Session
) -> None:
    repair()
    page = desk.get(PAGE).text
    assert "<strong>1 attempt</strong> goes down." in page
    assert "The score of one graded exam or drill changes; no pass or fail does." in page
    told = text_of(page)
    assert (
        "Only in the key of version 1 B: Option b of em/q-01 Only in the key of version 2 C: Option c of em/q-01"
        in told
    )
    assert "not the key alone" not in page
    db_session.rollback()
    assert db_session.get_one(Sitting, sat).right_count == 1
    assert not db_session.scalars(select(Regrade)).all()


def test_a_reader_whose_own_exam_holds_the_question_sees_no_key(
    sat: int, repair: Callable[..., Item], desk: FlaskClient
) -> None:
    repair()
    begin_exam(desk)
    page = desk.get(PAGE).text
    assert "its keys are not shown here either" in page
    assert "Option c of" not in page


def test_a_version_whose_stem_changed_too_is_warned_of(
    sat: int, repair: Callable[..., Item], desk: FlaskClient
) -> None:
    repair(stem="Something else?")
    assert "not the key alone" in desk.get(PAGE).text


def test_work_that_the_key_cannot_judge_is_said_so(sat: int, repair: Callable[..., Item], desk: FlaskClient) -> None:
    repair(right="bc")
    page = desk.get(PAGE).text
    assert "It asked for one option where now several are right" in page
    assert "stays as it was judged" in page
    assert "One item whose work a new key cannot judge" in desk.get("/keys").text


def test_deciding_changes_scores_and_tells_the_learner_why(
    sat: int, learner: FlaskClient, repair: Callable[..., Item], desk: FlaskClient, db_session: Session
) -> None:
    repair()
    answer = decide(desk)
    assert answer.status_code == 303
    page = desk.get(answer.location).text
    assert "Option c was meant." in page
    assert "1 attempt" in page
    assert "Done" in page
    db_session.rollback()
    assert db_session.get_one(Sitting, sat).right_count == 0
    report = learner.get(f"/sittings/{sat}/report").text
    assert "Scored again" in report
    answers = learner.get(f"/sittings/{sat}/answers").text
    assert "Option c was meant." in answers
    told = text_of(answers.partition("Option c was meant.")[2].partition("</article>")[0])
    assert re.search(r"Option c of em/q-01.{0,40}Right", told)
    assert not re.search(r"Option b of em/q-01.{0,40}Right", told)
    entry = db_session.scalars(select(AuditEntry).where(AuditEntry.action == AuditAction.ITEM_REGRADED)).one()
    assert (entry.subject, entry.detail["reason"]) == (CHANGED, "Option c was meant.")
    assert entry.actor_id is not None
    listed = desk.get("/keys").text
    assert "Option c was meant." in listed
    assert "All work is judged by current keys" in listed


def test_before_a_decision_the_learner_reads_the_old_key(
    sat: int, learner: FlaskClient, repair: Callable[..., Item]
) -> None:
    repair()
    assert "The key of this question was corrected" not in learner.get(f"/sittings/{sat}/answers").text
    assert "Scored again" not in learner.get(f"/sittings/{sat}/report").text


def test_without_a_reason_nothing_is_decided(
    sat: int, repair: Callable[..., Item], desk: FlaskClient, db_session: Session
) -> None:
    repair()
    answer = decide(desk, reason="  ")
    assert answer.status_code == 422
    assert "Write why" in answer.text
    db_session.rollback()
    assert not db_session.scalars(select(Regrade)).all()


def test_a_key_that_moved_on_is_looked_at_again(
    sat: int, repair: Callable[..., Item], desk: FlaskClient, db_session: Session
) -> None:
    first = repair()
    old = str(first.current_version_id)
    repair(right="d")
    answer = desk.post(PAGE, data={"version": old, "last": "0", "reason": "Seen before."})
    assert answer.status_code == 409
    assert "nothing you sent was carried out" in answer.text
    assert "Seen before." in answer.text
    db_session.rollback()
    assert not db_session.scalars(select(Regrade)).all()


def test_what_is_too_much_for_one_turn_goes_on_as_a_job(
    sat: int,
    learner: FlaskClient,
    sign_in: SignIn,
    repair: Callable[..., Item],
    desk: FlaskClient,
    db_session: Session,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    later = [(client, sit(client, db_session, answer)) for client, answer in ((sign_in(), "b"), (sign_in(), "c"))]
    repair()
    asked: list[tuple[Any, ...]] = []
    monkeypatch.setattr(Jobs, "enqueue", lambda self, *words: asked.append(words) or True)
    in_turns = regrading.carry_out
    monkeypatch.setattr(regrading, "carry_out", lambda *a, **k: in_turns(*a, **{**k, "limit": 1}))
    answer = decide(desk)
    db_session.rollback()
    row = db_session.scalars(select(Regrade)).one()
    assert asked == [(jobs.REGRADE, row.id)]
    assert row.judged == 1
    # Until her answer is judged again, what she reads is the key that judged it.
    pages = [client.get(f"/sittings/{number}/answers").text for client, number in later]
    assert not any("was corrected" in page for page in pages)
    page = desk.get(answer.location).text
    assert "2 to go" in page
    assert "Under way" in page
    listed = desk.get("/keys").text
    assert "Under way" in listed
    assert "All work is judged by current keys" in listed  # nothing is left to decide
    db_session.rollback()
    monkeypatch.setattr(jobs, "TURNS", 1)
    with desk.application.app_context():
        jobs.regrade_some(row.id)
        assert asked == [(jobs.REGRADE, row.id)] * 2  # a turn at a time, and the queue's other jobs in between
        jobs.sweep()
        jobs.sweep()
        jobs.sweep()  # what is judged is not judged twice
    db_session.rollback()
    row = db_session.scalars(select(Regrade)).one()
    assert (row.judged, row.changed) == (3, 3)
    assert row.finished_at is not None
    assert len(db_session.scalars(select(Grade).where(Grade.regrade_id == row.id)).all()) == 3


@pytest.fixture
def claimed(code_sets: None, learner: FlaskClient, db_session: Session) -> str:
    """Return the address of the review of a perfect claim whose key says the other side now."""
    item = add_cases(db_session, wrist())[CASE]
    rows = right_rows() | {"act": "hand_in", "version": str(item.current_version_id)}
    answer = learner.post(f"/cases/{CASE}", data=rows)
    assert answer.status_code == 303
    assert "was corrected" not in learner.get(answer.location).text
    data = wrist().model_dump(mode="json")
    data["key"]["branches"][0]["services"][0]["modifiers"] = ["RT"]
    add_cases(db_session, Case.model_validate(data))
    return str(answer.location)


def test_a_claim_judged_again_says_so_on_its_review(claimed: str, learner: FlaskClient, desk: FlaskClient) -> None:
    told = text_of(desk.get(f"/keys/{CASE}").text)
    assert "100%" in told
    assert "Only in the key of version 1 25605, modifiers LT, 1 unit, points to S52.532A" in told
    assert "Only in the key of version 2 25605, modifiers RT, 1 unit, points to S52.532A" in told
    assert decide(desk, "It was the right wrist.", page=f"/keys/{CASE}").status_code == 303
    review = text_of(learner.get(claimed).text)
    assert "The key of this case was corrected" in review
    assert "It was the right wrist. Before, it stood at 100%." in review
    assert "Modifier wrong" in review


def test_without_code_sets_the_page_says_what_to_do(
    claimed: str, desk: FlaskClient, db_session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = dict(re.findall(r'name="(version|last)" value="([^"]*)"', desk.get(f"/keys/{CASE}").text))
    monkeypatch.setattr(jobs, "codesets", lambda: open_codesets(tmp_path / "nowhere"))
    for answer in (desk.get(f"/keys/{CASE}"), desk.post(f"/keys/{CASE}", data={**seen, "reason": "The other side."})):
        assert answer.status_code == 503
        assert "coachapp init" in answer.text
    db_session.rollback()
    assert not db_session.scalars(select(Regrade)).all()


def test_a_regrade_that_fails_is_told_and_keeps_no_other_from_its_turn(
    sat: int, repair: Callable[..., Item], desk: FlaskClient, db_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = repair()
    for _ in range(2):
        regrading.accept(db_session, db_session.merge(item), reason="Both.", by_id=None, now=T0)
    db_session.commit()
    first, second = regrading.unfinished(db_session)
    db_session.rollback()
    carry_out = regrading.carry_out

    def failing(session: Session, regrade_id: int, **options: Any) -> bool:
        if regrade_id == first:
            raise ReleaseMissing("no code sets")
        return carry_out(session, regrade_id, **options)

    monkeypatch.setattr(regrading, "carry_out", failing)
    with desk.application.app_context(), pytest.raises(jobs.RegradesLeft, match=f"regrades {first} could not go on"):
        jobs.sweep()
    assert regrading.unfinished(db_session) == [first]
    assert db_session.get_one(Regrade, second).judged == 1


def test_only_those_who_look_after_exams_see_these_pages(
    sat: int, learner: FlaskClient, client: FlaskClient, repair: Callable[..., Item]
) -> None:
    repair()
    for path in ("/keys", PAGE):
        assert learner.get(path).status_code == 403
    assert learner.post(PAGE, data={"reason": "I want points."}).status_code == 403
    assert client.get("/keys").status_code in (302, 303)


def test_what_is_not_there_is_not_found(desk: FlaskClient) -> None:
    assert desk.get("/keys/em/nothing").status_code == 404
    assert desk.get("/regrades/77").status_code == 404
