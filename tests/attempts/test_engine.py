"""The engine: drafts are kept, races are told, grading happens once, nothing is overwritten."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from coachapp.attempts import engine
from coachapp.content.sync import sync
from coachapp.models.attempts import AttemptState, Grade, Step, StepKind
from coachapp.models.items import Item
from tests.domain.builders import case_of, claim_of

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
CASE = case_of({"diagnoses": [{"id": "d1", "code": "I10"}]}, verified="2026-05-30")


def later(seconds: int) -> datetime:
    return NOW + timedelta(seconds=seconds)


@pytest.fixture
def attempt(db_session, person):
    learner = person()
    sync(db_session, (CASE,), questions=(), concepts=(), now=NOW)
    item = db_session.scalar(select(Item))
    return engine.open_attempt(db_session, learner.id, item=item, now=NOW)


def hand_in(session, attempt, codesets, base_seq):
    return engine.submit(
        session,
        attempt,
        claim=claim_of("I10"),
        payload={"pos": "handed in"},
        base_seq=base_seq,
        now=later(60),
        codesets=codesets,
    )


def test_opening_again_resumes(db_session, attempt):
    again = engine.open_attempt(db_session, attempt.person_id, item=attempt.item, now=later(5))
    assert again is attempt


def test_a_save_appends_and_moves_the_draft(db_session, attempt):
    first = engine.save(db_session, attempt, payload={"pos": "1"}, base_seq=0, now=later(1))
    second = engine.save(db_session, attempt, payload={"pos": "2"}, base_seq=1, now=later(2))
    assert (first.seq, second.seq, attempt.draft_seq) == (1, 2, 2)
    assert engine.last_accepted(db_session, attempt).payload == {"pos": "2"}


def test_saving_the_same_draft_again_stores_nothing(db_session, attempt):
    first = engine.save(db_session, attempt, payload={"pos": "1"}, base_seq=0, now=later(1))
    for base in (1, 0):  # a repeat, and a repeat whose acknowledgement was lost
        assert engine.save(db_session, attempt, payload={"pos": "1"}, base_seq=base, now=later(2)) is first
    assert attempt.last_seq == 1


def test_a_stale_save_is_kept_and_told(db_session, attempt):
    engine.save(db_session, attempt, payload={"pos": "mine"}, base_seq=0, now=later(1))
    with pytest.raises(engine.Conflict) as caught:
        engine.save(db_session, attempt, payload={"pos": "other tab"}, base_seq=0, now=later(2))
    assert caught.value.server.payload == {"pos": "mine"}
    stale = db_session.scalars(select(Step).where(Step.attempt_id == attempt.id, Step.kind == StepKind.STALE))
    assert [step.payload for step in stale] == [{"pos": "other tab"}]
    assert attempt.draft_seq == 1
    assert engine.save(db_session, attempt, payload={"pos": "both"}, base_seq=1, now=later(3)).seq == 3


def test_submitting_grades_and_closes(db_session, attempt, codesets):
    grade = hand_in(db_session, attempt, codesets, 0)
    assert (grade.score, grade.policy, grade.result["branch"]) == (1.0, "coachapp-1", "branch 0")
    assert attempt.state is AttemptState.GRADED
    assert attempt.finished_at == later(60)
    assert db_session.scalar(select(Step.kind)) is StepKind.SUBMIT
    for act in (
        lambda: engine.save(db_session, attempt, payload={}, base_seq=1, now=later(70)),
        lambda: hand_in(db_session, attempt, codesets, 1),
    ):
        with pytest.raises(engine.Closed):
            act()
    assert db_session.query(Grade).count() == 1


def test_a_stale_submit_grades_nothing(db_session, attempt, codesets):
    engine.save(db_session, attempt, payload={"pos": "newer"}, base_seq=0, now=later(1))
    with pytest.raises(engine.Conflict):
        hand_in(db_session, attempt, codesets, 0)
    assert attempt.state is AttemptState.OPEN
    assert db_session.query(Grade).count() == 0


def test_a_new_attempt_may_begin_after_one_is_closed(db_session, attempt, codesets):
    hand_in(db_session, attempt, codesets, 0)
    second = engine.open_attempt(db_session, attempt.person_id, item=attempt.item, now=later(100))
    assert second.id != attempt.id
    assert engine.find_open(db_session, attempt.person_id, item_id=attempt.item_id) is second


def test_active_time_leaves_out_long_gaps(db_session, attempt):
    engine.save(db_session, attempt, payload={"pos": "1"}, base_seq=0, now=later(30))
    engine.save(db_session, attempt, payload={"pos": "2"}, base_seq=1, now=later(30 + 8 * 3600))
    assert attempt.active_ms == 30_000 + engine.LONGEST_GAP_MS


def test_an_item_without_a_version_cannot_be_attempted(db_session, person):
    item = Item(slug="x/y", kind="case", title="X")
    db_session.add(item)
    db_session.flush()
    with pytest.raises(ValueError, match="no version"):
        engine.open_attempt(db_session, person().id, item=item, now=NOW)
