"""Sittings in the database: starting, saving, closing, grading."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from coachapp.attempts import accommodations, finishing, sittings
from coachapp.attempts.papers import paper_of, timing_of
from coachapp.attempts.sittings import NotInWindow, SittingClosed, SittingOnBreak, SlotLocked, StaleSave
from coachapp.domain.examclock import Accommodation, deadline
from coachapp.domain.questions import Section
from coachapp.domain.sittings import CloseReason, Ruling, SittingState
from coachapp.domain.slotwork import SlotSave, make_save
from coachapp.models.attempts import Attempt, AttemptState, Grade, Step, StepKind
from coachapp.models.items import ItemVersion
from coachapp.models.people import Person
from coachapp.models.sittings import AccommodationGrant, LateSave, Sitting
from tests.domain.exam_builders import drill, plan
from tests.exams.conftest import T0, bank

Begin = Callable[..., Sitting]
SECOND = timedelta(seconds=1)
END = T0 + timedelta(minutes=3)


def work(answer: str = "a", base_seq: int = 0, save_id: str = "s1", **fields: Any) -> SlotSave:
    return make_save(answer=list(answer), base_seq=base_seq, save_id=save_id, **fields)


def put(session: Session, sitting: Sitting, n: int = 1, now: Any = T0, **fields: Any) -> Step:
    step = sittings.save(session, sitting, slot=paper_of(sitting)[n - 1], work=work(**fields), now=now)
    session.commit()
    return step


def test_a_second_open_sitting_in_a_scope_is_refused_by_the_database(
    begin: Begin, db_session: Session, person: Callable[..., Person]
) -> None:
    who = person()
    first = begin(who=who)
    with pytest.raises(IntegrityError):
        begin(who=who)
    db_session.rollback()
    assert begin(who=who, scope="other").id != first.id
    sittings.hand_in(db_session, first, now=T0)
    assert begin(who=who).id != first.id


def test_starting_is_refused_outside_the_window(begin: Begin) -> None:
    with pytest.raises(NotInWindow):
        begin(opens_at=T0 + SECOND)
    with pytest.raises(NotInWindow):
        begin(closes_at=T0)
    extended = Accommodation(extension=timedelta(minutes=1))
    late = begin(closes_at=T0, accommodation=extended, opens_at=T0)
    assert late.deadline == T0 + timedelta(minutes=1)


def test_a_save_appends_one_step_and_touches_nothing_else(begin: Begin, db_session: Session) -> None:
    sitting = begin()
    put(db_session, sitting)
    attempt = db_session.scalars(select(Attempt)).one()
    before = {c.name: getattr(attempt, c.name) for c in Attempt.__table__.columns}
    step = put(db_session, sitting, answer="b", base_seq=1, save_id="s2", flagged=True, elapsed_ms=5000)
    db_session.expire_all()
    assert {c.name: getattr(attempt, c.name) for c in Attempt.__table__.columns} == before
    assert (step.seq, step.kind, step.payload["answer"], step.payload["flagged"]) == (2, StepKind.SAVE, ["b"], True)
    assert (attempt.sitting_id, attempt.slot, attempt.state) == (sitting.id, 1, AttemptState.OPEN)


def test_the_same_save_again_is_the_same_step_even_after_the_close(begin: Begin, db_session: Session) -> None:
    sitting = begin()
    first = put(db_session, sitting)
    assert put(db_session, sitting).id == first.id
    sittings.hand_in(db_session, sitting, now=T0)
    assert put(db_session, sitting, now=END).id == first.id
    assert db_session.scalar(select(func.count()).select_from(Step)) == 1


def test_a_save_on_an_older_state_is_told_what_the_server_holds(begin: Begin, db_session: Session) -> None:
    sitting = begin()
    put(db_session, sitting)
    with pytest.raises(StaleSave) as caught:
        put(db_session, sitting, answer="c", save_id="s2")
    assert caught.value.seq == 1
    assert caught.value.payload is not None
    assert caught.value.payload["answer"] == ["a"]
    with pytest.raises(StaleSave) as early:
        put(db_session, sitting, n=2, base_seq=4, save_id="s3")
    assert (early.value.seq, early.value.payload) == (0, None)


def test_saves_go_on_to_the_end_of_the_grace_and_not_beyond(begin: Begin, db_session: Session) -> None:
    sitting = begin()
    put(db_session, sitting, now=END - SECOND)
    put(db_session, sitting, now=END + 29 * SECOND, base_seq=1, save_id="s2", answer="b")
    with pytest.raises(SittingClosed) as caught:
        put(db_session, sitting, now=END + 30 * SECOND, base_seq=2, save_id="s3", answer="c")
    db_session.commit()
    assert caught.value.reason is CloseReason.EXPIRED
    assert sitting.state is SittingState.SUBMITTED
    assert db_session.scalars(select(LateSave)).one().payload["answer"] == ["c"]
    # The clock set back opens nothing again.
    with pytest.raises(SittingClosed):
        put(db_session, sitting, now=T0, base_seq=2, save_id="s4", answer="d")


def test_what_comes_after_handing_in_is_kept_apart_and_never_graded(begin: Begin, db_session: Session) -> None:
    sitting = begin()
    put(db_session, sitting, answer="a")
    sittings.hand_in(db_session, sitting, now=T0)
    with pytest.raises(SittingClosed) as caught:
        put(db_session, sitting, answer="b", base_seq=1, save_id="s2")
    db_session.commit()
    finishing.finish(db_session, sitting.id, now=T0)
    assert caught.value.reason is CloseReason.HANDED_IN
    assert db_session.scalars(select(Grade)).one().result["chosen"] == ["a"]
    assert db_session.scalar(select(func.count()).select_from(LateSave)) == 1


def test_late_saves_fill_no_disk(begin: Begin, db_session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sittings, "MOST_LATE_SAVES", 2)
    sitting = begin()
    sittings.hand_in(db_session, sitting, now=T0)
    for n in range(4):
        with pytest.raises(SittingClosed):
            put(db_session, sitting, save_id=f"s{n}")
        db_session.commit()
    assert db_session.scalar(select(func.count()).select_from(LateSave)) == 2


def test_nothing_is_closed_before_the_grace_is_over(begin: Begin, db_session: Session) -> None:
    sitting = begin()
    assert sittings.due(db_session, now=END + 29 * SECOND) == []
    assert not finishing.finish(db_session, sitting.id, now=END + 29 * SECOND)
    assert sitting.state is SittingState.RUNNING
    assert sittings.due(db_session, now=END + 30 * SECOND) == [sitting.id]
    assert finishing.finish(db_session, sitting.id, now=END + 30 * SECOND)
    assert (sitting.state, sitting.close_reason) == (SittingState.GRADED, CloseReason.EXPIRED)
    assert sittings.due(db_session, now=END + 90 * SECOND) == []


def test_a_close_without_its_grading_is_found_again(begin: Begin, db_session: Session) -> None:
    sitting = begin()
    sittings.hand_in(db_session, sitting, now=T0 + SECOND)
    db_session.commit()
    assert sittings.due(db_session, now=T0 + SECOND) == [sitting.id]
    assert finishing.finish(db_session, sitting.id, now=T0 + SECOND)
    assert not finishing.finish(db_session, sitting.id, now=T0 + 2 * SECOND)
    assert not finishing.finish(db_session, 12345, now=T0)


def test_grades_count_the_last_answer_and_nothing_is_graded_twice(begin: Begin, db_session: Session) -> None:
    sitting = begin()  # em/q-01 has b right, em/q-02 c
    put(db_session, sitting, n=2, answer="a")
    put(db_session, sitting, n=2, answer="b", base_seq=1, save_id="s2", elapsed_ms=4200)
    put(db_session, sitting, n=3, answer="a", save_id="s3")
    put(db_session, sitting, n=4, answer="", save_id="s4", flagged=True)
    sittings.hand_in(db_session, sitting, now=T0 + 9 * SECOND)
    finishing.finish(db_session, sitting.id, now=T0 + 10 * SECOND)
    db_session.commit()
    grades = db_session.scalars(select(Grade).order_by(Grade.attempt_id)).all()
    assert [(g.score, g.policy, g.result["chosen"]) for g in grades] == [
        (1.0, "exact-set", ["b"]),
        (0.0, "exact-set", ["a"]),
        (0.0, "exact-set", []),
    ]
    attempt = db_session.scalars(select(Attempt).order_by(Attempt.id)).first()
    assert attempt is not None
    assert (attempt.active_ms, attempt.finished_at, attempt.draft_seq) == (4200, T0 + 9 * SECOND, 2)
    assert (sitting.right_count, sitting.scored_count, sitting.passed) == (1, 12, False)
    score = finishing.score_of(db_session, sitting)
    assert score.unanswered == 10


def test_the_paper_keeps_its_versions_when_questions_change(
    begin: Begin, db_session: Session, stock: Callable[..., Any]
) -> None:
    sitting = begin()
    put(db_session, sitting, n=2, answer="b")
    changed = [q if q.id != "em/q-01" else bank()[2].model_copy(update={"id": "em/q-01"}) for q in bank()]
    stock(changed)  # c would be right now
    sittings.hand_in(db_session, sitting, now=T0)
    finishing.finish(db_session, sitting.id, now=T0)
    assert db_session.scalars(select(Grade)).one().score == 1.0


def test_a_break_takes_nothing_and_gives_its_time_back(begin: Begin, db_session: Session) -> None:
    sitting = begin(accommodation=Accommodation(breaks=2))
    sittings.begin_break(db_session, sitting, now=T0 + 60 * SECOND)
    with pytest.raises(SittingOnBreak):
        put(db_session, sitting, now=T0 + 90 * SECOND)
    assert sitting.deadline == END + 120 * SECOND
    sittings.end_break(db_session, sitting, now=T0 + 100 * SECOND)
    assert (sitting.state, sitting.deadline) == (SittingState.RUNNING, END + 40 * SECOND)
    sittings.begin_break(db_session, sitting, now=T0 + 100 * SECOND)
    # It ends by itself: after the allowance answers are taken, though nobody ended it.
    put(db_session, sitting, now=T0 + 181 * SECOND)
    with pytest.raises(ValueError, match="no break time is left"):
        sittings.begin_break(db_session, sitting, now=T0 + 182 * SECOND)
    with pytest.raises(ValueError, match="the time is up"):
        sittings.begin_break(db_session, sitting, now=END + 125 * SECOND)


def test_a_sitting_left_on_a_break_is_closed_when_its_time_is_up(begin: Begin, db_session: Session) -> None:
    sitting = begin(accommodation=Accommodation(breaks=2))
    sittings.begin_break(db_session, sitting, now=T0)
    assert sittings.due(db_session, now=END + 149 * SECOND) == []
    assert sittings.due(db_session, now=END + 150 * SECOND) == [sitting.id]
    finishing.finish(db_session, sitting.id, now=END + 150 * SECOND)
    assert sitting.state is SittingState.GRADED
    assert sitting.break_began_at is None


def test_closed_sittings_take_no_break_and_no_more_time(begin: Begin, db_session: Session) -> None:
    sitting = begin(accommodation=Accommodation(breaks=2))
    sittings.hand_in(db_session, sitting, now=T0)
    for act in (sittings.begin_break, sittings.end_break, sittings.move_on):
        with pytest.raises(SittingClosed):
            act(db_session, sitting, now=T0)
    sittings.grant_more(db_session, sitting, Accommodation(extra=60), now=T0)
    assert sitting.minutes == 3


def test_a_void_closes_at_once_and_keeps_what_was_done(begin: Begin, db_session: Session) -> None:
    sitting = begin()
    put(db_session, sitting)
    sittings.void(db_session, sitting, now=T0 + SECOND)
    with pytest.raises(SittingClosed) as caught:
        put(db_session, sitting, base_seq=1, save_id="s2")
    assert caught.value.reason is CloseReason.VOID
    sittings.hand_in(db_session, sitting, now=T0 + 2 * SECOND)
    sittings.void(db_session, sitting, now=T0 + 3 * SECOND)
    assert (sitting.state, sitting.closed_at) == (SittingState.VOIDED, T0 + SECOND)
    assert not finishing.finish(db_session, sitting.id, now=END + 90 * SECOND)
    assert db_session.scalar(select(func.count()).select_from(Step)) == 1


def test_accommodations_apply_at_once_and_replace_field_by_field(begin: Begin, db_session: Session) -> None:
    sitting = begin()
    who = sitting.person_id
    grant = {"reason": "documented need", "by_id": None, "now": T0 + SECOND}
    assert accommodations.grant(db_session, who, factor=Decimal("1.5"), extra=2, breaks=5, **grant) == 1
    assert (sitting.minutes, sitting.deadline) == (7, T0 + timedelta(minutes=7))
    assert sitting.break_allowance_ms == 300_000
    assert accommodations.grant(db_session, who, scope="other", extra=0, **grant) == 0
    assert accommodations.in_force(db_session, who, scope="other") == Accommodation(Decimal("1.5"), 0, 5)
    assert accommodations.in_force(db_session, who, scope="mock") == Accommodation(Decimal("1.5"), 2, 5)
    # Taking time back changes later sittings, never one that runs.
    accommodations.grant(db_session, who, factor=Decimal(1), extra=0, **grant)
    assert sitting.minutes == 7
    assert accommodations.in_force(db_session, who, scope="mock") == Accommodation()
    assert [row.reason for row in db_session.scalars(select(AccommodationGrant))] == ["documented need"] * 3


def test_accommodations_out_of_limits_are_refused(begin: Begin, db_session: Session) -> None:
    with pytest.raises(ValueError, match="factor must be 1 to 4"):
        accommodations.grant(db_session, begin().person_id, factor=Decimal(5), reason="x", by_id=None, now=T0)
    assert db_session.scalar(select(func.count()).select_from(AccommodationGrant)) == 0


def test_forward_plans_never_go_back(begin: Begin, db_session: Session) -> None:
    sitting = begin(plan({Section.EM: 2, Section.ICD10CM: 1}, navigation="forward"), questions=bank(3))
    put(db_session, sitting, n=1)
    with pytest.raises(SlotLocked):
        put(db_session, sitting, n=2, save_id="s2")
    assert sittings.move_on(db_session, sitting, now=T0) == 2
    with pytest.raises(SlotLocked):
        put(db_session, sitting, n=1, base_seq=1, save_id="s3")
    assert [sittings.move_on(db_session, sitting, now=T0) for _ in range(2)] == [3, 3]


def test_locked_sections_are_free_inside_and_closed_behind(begin: Begin, db_session: Session) -> None:
    counts = {Section.EM: 2, Section.ICD10CM: 2}
    sitting = begin(plan(counts, navigation="locked"), questions=bank(2))
    assert [sittings.may_visit(sitting, n) for n in range(1, 5)] == [True, True, False, False]
    assert sittings.move_on(db_session, sitting, now=T0) == 3
    assert [sittings.may_visit(sitting, n) for n in range(1, 5)] == [False, False, True, True]


def test_a_drill_judges_each_answer_once(begin: Begin, db_session: Session) -> None:
    sitting = begin(drill({Section.EM: 6}))
    slot = paper_of(sitting)[1]
    grade = finishing.check(db_session, sitting, slot=slot, work=work("b", sure=False), now=T0)
    assert grade.score == 1.0
    assert finishing.check(db_session, sitting, slot=slot, work=work("b", sure=False), now=T0).id == grade.id
    with pytest.raises(SlotLocked):
        finishing.check(db_session, sitting, slot=slot, work=work("a", 1, "s2"), now=T0)
    step = db_session.scalars(select(Step)).one()
    assert (step.kind, step.payload["sure"]) == (StepKind.SUBMIT, False)
    sittings.hand_in(db_session, sitting, now=T0)
    finishing.finish(db_session, sitting.id, now=T0)
    assert (sitting.right_count, sitting.scored_count, sitting.passed) == (1, 1, None)


def test_an_exam_judges_nothing_before_its_end(begin: Begin, db_session: Session) -> None:
    sitting = begin()
    with pytest.raises(ValueError, match="only a drill"):
        finishing.check(db_session, sitting, slot=paper_of(sitting)[0], work=work(), now=T0)


def test_rulings_change_the_score_of_everyone(begin: Begin, db_session: Session, person: Callable[..., Person]) -> None:
    first, second = begin(who=person()), begin(who=person())
    put(db_session, first, n=2, answer="b")
    for sitting in (first, second):
        sittings.hand_in(db_session, sitting, now=T0)
        finishing.finish(db_session, sitting.id, now=T0)
    version = db_session.get_one(ItemVersion, paper_of(first)[1].version_id)
    rule = {"reason": "wrong key", "by_id": None, "now": T0}
    assert finishing.rule(db_session, version, ruling=Ruling.VOID, **rule) == [first.id, second.id]
    assert [(s.right_count, s.scored_count) for s in (first, second)] == [(0, 11), (0, 11)]
    finishing.rule(db_session, version, ruling=Ruling.CREDIT_ALL, **rule)
    assert [(s.right_count, s.scored_count) for s in (first, second)] == [(1, 12), (1, 12)]
    finishing.rule(db_session, version, ruling=Ruling.COUNT, **rule)
    assert [(s.right_count, s.scored_count) for s in (first, second)] == [(1, 12), (0, 12)]


def test_an_untimed_sitting_is_never_due(begin: Begin, db_session: Session) -> None:
    sitting = begin(drill({Section.EM: 6}))
    assert sitting.deadline is None
    assert deadline(timing_of(sitting), T0) is None
    assert sittings.due(db_session, now=T0 + timedelta(days=999)) == []
