"""Every grade says what it means for concepts, the learner is marked, and older grades fall out of force."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from coachapp.attempts import engine, finishing, sittings
from coachapp.attempts.evidence import evidence_of
from coachapp.attempts.grades import Judged, enter, enter_missing, mark_outdated
from coachapp.attempts.papers import paper_of
from coachapp.content.sync import sync
from coachapp.domain.questions import Section
from coachapp.domain.scheduling import Rating
from coachapp.domain.sittings import Ruling
from coachapp.domain.slotwork import make_save
from coachapp.models.attempts import Attempt, Grade
from coachapp.models.items import Item
from coachapp.models.memory import MemoryReview
from coachapp.models.sittings import Sitting
from coachapp.models.standing import ProgressState
from tests.domain.builders import case_of, claim_of
from tests.domain.exam_builders import drill, plan
from tests.exams.conftest import T0, begin, stock

__all__ = ["begin", "stock"]

DRILL = drill({Section.EM: 6}, id="drill-em")
LATER = T0 + timedelta(hours=1)


def check(session: Session, sitting: Sitting, n: int, answer: str, now: datetime = T0, **fields: Any) -> Grade:
    work = make_save(base_seq=0, save_id=f"s{n}", answer=list(answer), **fields)
    return finishing.check(session, sitting, slot=paper_of(sitting)[n - 1], work=work, now=now)


def reviews(session: Session) -> list[tuple[str, Rating, float, bool | None]]:
    rows = session.scalars(select(MemoryReview).order_by(MemoryReview.id))
    return [(row.concept_slug, row.rating, row.score, row.sure) for row in rows]


@pytest.mark.parametrize(
    ("fields", "rating"),
    [
        ({"sure": True}, Rating.GOOD),
        ({"sure": False}, Rating.HARD),
        ({}, Rating.GOOD),
        ({"elapsed_ms": 226_000}, Rating.HARD),  # over 1.5 times the 150 seconds of the section
        ({"elapsed_ms": 225_000}, Rating.GOOD),
    ],
)
def test_a_right_answer_is_good_or_hard(
    db_session: Session, begin: Callable[..., Sitting], fields: dict[str, Any], rating: Rating
) -> None:
    sitting = begin(plan=DRILL)
    check(db_session, sitting, 2, "b", **fields)  # em/q-01
    assert reviews(db_session) == [("some-concept", rating, 1.0, fields.get("sure"))]


def test_a_question_says_the_same_of_each_of_its_concepts(db_session: Session, begin: Callable[..., Sitting]) -> None:
    sitting = begin(plan=DRILL)
    check(db_session, sitting, 3, "a", sure=True)
    assert reviews(db_session) == [
        ("some-concept", Rating.AGAIN, 0.0, True),
        ("other-concept", Rating.AGAIN, 0.0, True),
    ]
    row = db_session.scalars(select(MemoryReview).limit(1)).one()
    assert (row.person_id, row.reviewed_at) == (sitting.person_id, T0)
    state = db_session.get_one(ProgressState, sitting.person_id)
    assert (state.computed_at, state.refresh_at) == (None, T0)


def test_a_question_left_without_an_answer_says_nothing(db_session: Session, begin: Callable[..., Sitting]) -> None:
    sitting = begin()
    for n, answer in ((2, ["b"]), (3, [])):
        work = make_save(base_seq=0, save_id=f"s{n}", answer=answer)
        sittings.save(db_session, sitting, slot=paper_of(sitting)[n - 1], work=work, now=T0)
    sittings.hand_in(db_session, sitting, now=LATER)
    finishing.finish(db_session, sitting.id, now=LATER)
    assert reviews(db_session) == [("some-concept", Rating.GOOD, 1.0, None)]
    assert db_session.scalars(select(MemoryReview.reviewed_at)).one() == T0


def test_an_exam_without_any_answer_marks_its_learner_too(db_session: Session, begin: Callable[..., Sitting]) -> None:
    sitting = begin()
    sittings.hand_in(db_session, sitting, now=LATER)
    finishing.finish(db_session, sitting.id, now=LATER)
    assert db_session.get_one(ProgressState, sitting.person_id).refresh_at == LATER


def test_a_case_says_what_its_lines_and_labels_do(db_session: Session, person: Any, codesets: Any) -> None:
    learner = person()
    case = case_of(
        {
            "diagnoses": [
                {"id": "d1", "code": "I10", "concepts": ["hypertension"]},
                {"id": "d2", "code": "E11.9", "concepts": ["diabetes", "sequencing"]},
            ]
        },
        verified="2026-05-30",
    )
    sync(db_session, (case,), questions=(), concepts=(), now=T0)
    item = db_session.scalars(select(Item)).one()
    attempt = engine.open_attempt(db_session, learner.id, item=item, now=T0)
    engine.submit(db_session, attempt, claim=claim_of("I10"), payload={}, base_seq=0, now=LATER, codesets=codesets)
    found = {concept: (rating, score) for concept, rating, score, _ in reviews(db_session)}
    assert found["hypertension"] == (Rating.GOOD, 1.0)
    assert found["diabetes"] == found["sequencing"] == (Rating.AGAIN, 0.0)


def regrade(session: Session, grade: Grade, earned: int, at: Any = LATER) -> Grade:
    """Judge an attempt again, as an accepted repair of its key does."""
    attempt = session.get_one(Attempt, grade.attempt_id)
    step = next(step for step in attempt.steps if step.id == grade.step_id)
    result = {**grade.result, "earned": earned}
    judged = Judged(attempt, step, grade.item_version, grade.policy, float(earned), result)
    return enter(session, [judged], at=at)[0]


def test_after_a_regrade_only_the_latest_grade_is_in_force(db_session: Session, begin: Callable[..., Sitting]) -> None:
    sitting = begin(plan=DRILL)
    wrong = check(db_session, sitting, 3, "a")
    regrade(db_session, wrong, 1)
    assert [rating for _, rating, _, _ in reviews(db_session)] == [Rating.AGAIN] * 2 + [Rating.GOOD] * 2
    found = evidence_of(db_session, sitting.person_id, held=())
    assert [(said.score, said.at, said.section) for said in found] == [(1.0, T0, Section.EM)] * 2
    assert db_session.get_one(ProgressState, sitting.person_id).refresh_at == LATER


def test_what_was_voided_or_ruled_upon_is_no_evidence(db_session: Session, begin: Callable[..., Sitting]) -> None:
    sitting = begin(plan=DRILL)
    check(db_session, sitting, 2, "b")
    grade = check(db_session, sitting, 3, "a")

    def concepts() -> list[str]:
        return [said.concept for said in evidence_of(db_session, sitting.person_id, held=())]

    assert concepts() == ["some-concept", "some-concept", "other-concept"]
    for ruling, wanted in ((Ruling.VOID, 1), (Ruling.COUNT, 3), (Ruling.CREDIT_ALL, 1), (Ruling.COUNT, 3)):
        mark_outdated(db_session, {sitting.person_id}, at=T0)
        finishing.rule(db_session, grade.item_version, ruling=ruling, reason="test", by_id=None, now=LATER)
        assert len(concepts()) == wanted, ruling
        db_session.expire_all()
        assert db_session.get_one(ProgressState, sitting.person_id).refresh_at == LATER
    mark_outdated(db_session, {sitting.person_id}, at=T0)
    sittings.void(db_session, sitting, now=LATER)
    assert concepts() == []
    db_session.expire_all()
    assert db_session.get_one(ProgressState, sitting.person_id).refresh_at == LATER


def test_held_items_and_the_kind_of_sitting(db_session: Session, begin: Callable[..., Sitting], person: Any) -> None:
    who = person()
    practice = begin(plan=DRILL, who=who)
    check(db_session, practice, 2, "b")
    exam = begin(plan=plan({Section.EM: 6}), who=who)
    work = make_save(base_seq=0, save_id="s", answer=["b"])
    sittings.save(db_session, exam, slot=paper_of(exam)[1], work=work, now=T0)
    sittings.hand_in(db_session, exam, now=LATER)
    finishing.finish(db_session, exam.id, now=LATER)
    found = evidence_of(db_session, who.id, held=())
    assert [said.mock for said in found] == [False, True]
    assert evidence_of(db_session, who.id, held={found[0].item_id}) == []


def test_lacking_reviews_are_added_once_and_for_the_latest_grade(
    db_session: Session, begin: Callable[..., Sitting]
) -> None:
    sitting = begin(plan=DRILL)
    regrade(db_session, check(db_session, sitting, 3, "a"), 1)
    before = reviews(db_session)[2:]
    db_session.execute(delete(MemoryReview))
    assert enter_missing(db_session, sitting.person_id) == 2
    assert reviews(db_session) == before
    assert enter_missing(db_session, sitting.person_id) == 0
    assert enter_missing(db_session, sitting.person_id + 1) == 0
