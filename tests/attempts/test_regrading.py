"""A corrected key judges stored work again: what that would change, and that everything follows."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coachapp.attempts import engine, finishing, regrading, sittings, standings
from coachapp.attempts.evidence import evidence_of
from coachapp.attempts.papers import paper_of
from coachapp.attempts.rulings import Turn
from coachapp.attempts.standings import ExamInView
from coachapp.codesets import CodeSets
from coachapp.content.sync import sync
from coachapp.domain.claimrows import read_payload
from coachapp.domain.items import Case, ClaimForm
from coachapp.domain.questions import Question, Section
from coachapp.domain.regrading import Obstacle, Part
from coachapp.domain.sittings import Ruling
from coachapp.domain.slotwork import make_save
from coachapp.models.attempts import Attempt, Grade
from coachapp.models.items import Item
from coachapp.models.memory import MemoryState
from coachapp.models.people import Person
from coachapp.models.regrades import Regrade
from coachapp.models.sittings import Sitting
from coachapp.models.standing import ProgressState, Standing, StandingKind
from tests.domain.exam_builders import drill, plan, question
from tests.exams.conftest import T0, bank, begin, stock
from tests.practice.samples import wrist

__all__ = ["begin", "stock"]

DRILL = drill({Section.EM: 6}, id="drill-em")
LATER = T0 + timedelta(hours=1)
NEXT_DAY = T0 + timedelta(days=1)
CHANGED = "em/q-01"  # the second question of the paper; b is right at first
ROWS = {
    "diagnoses": [{"code": "S52.532A", "letter": "A", "poa": ""}],
    "services": [{"code": "25605", "modifiers": ["LT", "", "", ""], "units": "1", "pointers": "A"}],
    "pos": "22",
    "no_service": False,
}


def mended(right: str = "c", **fields: Any) -> list[Question]:
    """Return the bank with another key for one question."""
    same = {"difficulty": 2, "concepts": ["some-concept"]}
    return [question(CHANGED, right=right, **{**same, **fields}) if one.id == CHANGED else one for one in bank()]


@pytest.fixture
def repair(db_session: Session, stock: Callable[..., dict[str, Item]]) -> Callable[..., Item]:
    """Return a function that stores the bank with a mended question and gives its item."""

    def make(right: str = "c", **fields: Any) -> Item:
        sync(db_session, [], questions=mended(right, **fields), concepts=(), now=LATER)
        db_session.commit()
        return db_session.scalars(select(Item).where(Item.slug == CHANGED)).one()

    return make


def sit(session: Session, begin: Callable[..., Sitting], answers: dict[int, str], who: Person | None = None) -> Sitting:
    """Return a graded sitting in which these answers were given."""
    sitting = begin(plan=plan({Section.EM: 4}, pass_mark=50), who=who)
    for n, answer in answers.items():
        work = make_save(base_seq=0, save_id=f"s{n}", answer=list(answer))
        sittings.save(session, sitting, slot=paper_of(sitting)[n - 1], work=work, now=T0)
    sittings.hand_in(session, sitting, now=T0)
    finishing.finish(session, sitting.id, now=T0)
    session.commit()
    return sitting


def carry_out(session: Session, item: Item, codesets: CodeSets, **options: Any) -> Regrade:
    row = regrading.accept(session, item, reason="The key was wrong.", by_id=None, now=LATER)
    while regrading.carry_out(session, row.id, codesets=codesets, now=LATER, **options):
        session.commit()
    session.commit()
    return row


def test_nothing_is_behind_before_a_key_changes(
    db_session: Session, begin: Callable[..., Sitting], repair: Callable[..., Item]
) -> None:
    sit(db_session, begin, {2: "b"})
    assert regrading.behind(db_session) == []
    repair(right="b", difficulty=4)  # another version, another difficulty
    found = regrading.behind(db_session)[0]
    assert (found.item.slug, found.current.number, found.attempts) == (CHANGED, 2, 1)
    assert [(one.version.number, one.people, one.parts, one.obstacle) for one in found.asked] == [
        (1, 1, (Part.ABOUT,), None)
    ]


def test_the_preview_tells_what_would_change_and_writes_nothing(
    db_session: Session, begin: Callable[..., Sitting], repair: Callable[..., Item], codesets: CodeSets
) -> None:
    # The key of q-00 is "ab", of q-01 "b", of q-02 "c", of q-03 "da": two of four are the mark.
    sit(db_session, begin, {2: "b", 3: "c"})
    fails = sit(db_session, begin, {2: "c", 3: "c"})
    sit(db_session, begin, {2: "d"})
    item = repair()
    found = regrading.preview(db_session, item, codesets=codesets)
    assert [tuple(move) for move in found.moves] == [(0.0, 1.0, 1), (1.0, 0.0, 1), (0.0, 0.0, 1)]
    assert (found.count(up=True), found.count(up=False), found.same) == (1, 1, 1)
    assert [(one.before, one.after, one.turn) for one in found.exams] == [
        ((2, 4), (1, 4), Turn.TO_NOT_PASSED),
        ((1, 4), (2, 4), Turn.TO_PASSED),
    ]
    assert found.exams[1].sitting_id == fails.id
    assert (found.last_id, found.behind.current.number) == (0, 2)
    db_session.commit()
    assert db_session.scalar(select(func.count()).select_from(Grade)) == 5
    assert (fails.right_count, fails.passed) == (1, False)


def test_an_accepted_regrade_adds_grades_and_scores_again(
    db_session: Session, begin: Callable[..., Sitting], repair: Callable[..., Item], codesets: CodeSets
) -> None:
    first, second = sit(db_session, begin, {2: "b", 3: "c"}), sit(db_session, begin, {2: "c", 3: "c"})
    row = carry_out(db_session, repair(), codesets, limit=1)
    assert (row.judged, row.changed, row.finished_at) == (2, 2, LATER)
    db_session.refresh(first)
    assert [(one.right_count, one.passed) for one in (first, second)] == [(1, False), (2, True)]
    attempt = db_session.scalars(select(Attempt).where(Attempt.sitting_id == first.id, Attempt.slot == 2)).one()
    assert [(grade.score, grade.regrade_id, grade.item_version.number) for grade in attempt.grades] == [
        (1.0, None, 1),
        (0.0, row.id, 2),
    ]
    assert attempt.grades[0].step_id == attempt.grades[1].step_id
    assert attempt.item_version.number == 1  # what was asked stays
    assert regrading.behind(db_session) == []
    assert regrading.unfinished(db_session) == []
    # Once more changes nothing.
    again = carry_out(db_session, attempt.item, codesets)
    assert (again.judged, again.changed) == (0, 0)


def test_mastery_memory_and_readiness_follow_without_a_rebuild(
    db_session: Session, begin: Callable[..., Sitting], repair: Callable[..., Item], codesets: CodeSets
) -> None:
    sitting = sit(db_session, begin, {2: "b"})
    exam = ExamInView("cpc", {Section.EM: 4}, 50)
    standings.refresh(db_session, sitting.person_id, now=T0, exam=exam)
    db_session.commit()

    def stands() -> tuple[float | None, int, int]:
        mastery = db_session.scalars(select(Standing).where(Standing.kind == StandingKind.SECTION)).one()
        readiness = db_session.scalars(select(Standing).where(Standing.kind == StandingKind.READINESS)).one()
        memory = db_session.scalars(select(MemoryState)).one()
        return mastery.mean, readiness.detail["seen"][1], memory.lapses

    before = stands()
    stability = db_session.scalars(select(MemoryState.stability)).one()
    carry_out(db_session, repair(), codesets)
    state = db_session.get_one(ProgressState, sitting.person_id)
    assert state.refresh_at == LATER
    assert standings.outdated_people(db_session, now=LATER, limit=5) == [sitting.person_id]
    standings.refresh(db_session, sitting.person_id, now=LATER, exam=exam)
    after = stands()
    assert after[0] < before[0]  # type: ignore[operator]
    assert after[1] != before[1]
    assert db_session.scalars(select(MemoryState.stability)).one() < stability
    # The same as for somebody who was wrong from the beginning.
    said = evidence_of(db_session, sitting.person_id, held=())
    assert [(one.score, one.at) for one in said] == [(0.0, T0)]


def test_a_sitting_handed_in_afterwards_is_judged_by_the_corrected_key(
    db_session: Session, begin: Callable[..., Sitting], repair: Callable[..., Item], codesets: CodeSets
) -> None:
    sit(db_session, begin, {2: "b"})
    running = begin(plan=plan({Section.EM: 4}, minutes=180))
    work = make_save(base_seq=0, save_id="s", answer=["c"])
    sittings.save(db_session, running, slot=paper_of(running)[1], work=work, now=T0)
    row = carry_out(db_session, repair(), codesets)
    assert row.judged == 1  # what runs is not touched
    sittings.hand_in(db_session, running, now=LATER)
    finishing.finish(db_session, running.id, now=LATER)
    grade = db_session.scalars(select(Grade).order_by(Grade.id.desc()).limit(1)).one()
    assert (grade.score, grade.item_version.number, grade.regrade_id) == (1.0, 2, None)
    assert running.right_count == 1


def test_a_drill_goes_on_with_the_corrected_key(
    db_session: Session, begin: Callable[..., Sitting], repair: Callable[..., Item], codesets: CodeSets
) -> None:
    first = begin(plan=DRILL)
    work = make_save(base_seq=0, save_id="s", answer=["b"])
    finishing.check(db_session, first, slot=paper_of(first)[1], work=work, now=T0)
    other = begin(plan=DRILL)
    row = carry_out(db_session, repair(), codesets)
    assert (row.judged, row.changed) == (1, 1)  # its answer was graded at once, so it is judged again at once
    work = make_save(base_seq=0, save_id="t", answer=["c"])
    assert finishing.check(db_session, other, slot=paper_of(other)[1], work=work, now=LATER).score == 1.0


def test_without_a_decision_old_work_keeps_its_key(
    db_session: Session, begin: Callable[..., Sitting], repair: Callable[..., Item]
) -> None:
    running = begin(plan=plan({Section.EM: 4}, minutes=180))
    work = make_save(base_seq=0, save_id="s", answer=["b"])
    sittings.save(db_session, running, slot=paper_of(running)[1], work=work, now=T0)
    repair()
    sittings.hand_in(db_session, running, now=LATER)
    finishing.finish(db_session, running.id, now=LATER)
    assert running.right_count == 1


def test_work_asked_in_another_shape_is_left_alone(
    db_session: Session, begin: Callable[..., Sitting], repair: Callable[..., Item], codesets: CodeSets
) -> None:
    sit(db_session, begin, {2: "b"})
    item = repair(right="bc")
    found = regrading.behind(db_session)[0]
    assert (found.attempts, found.asked[0].obstacle) == (0, Obstacle.SEVERAL)
    assert regrading.preview(db_session, item, codesets=codesets).moves == []
    row = carry_out(db_session, item, codesets)
    assert (row.judged, row.finished_at) == (0, LATER)


def test_a_voided_sitting_is_left_alone(
    db_session: Session, begin: Callable[..., Sitting], repair: Callable[..., Item], codesets: CodeSets
) -> None:
    sitting = sit(db_session, begin, {2: "b"})
    sittings.void(db_session, sitting, now=T0)
    item = repair()
    assert regrading.behind(db_session) == []
    assert carry_out(db_session, item, codesets).judged == 0


def test_a_ruling_on_what_was_asked_stays_in_force(
    db_session: Session, begin: Callable[..., Sitting], repair: Callable[..., Item], codesets: CodeSets
) -> None:
    sitting = sit(db_session, begin, {2: "b", 3: "c"})
    asked = paper_of(sitting)[1].version_id
    version = next(one for one in repair().versions if one.id == asked)
    finishing.rule(db_session, version, ruling=Ruling.VOID, reason="Wrong key.", by_id=None, now=LATER)
    assert (sitting.right_count, sitting.scored_count) == (1, 3)
    carry_out(db_session, version.item, codesets)
    db_session.refresh(sitting)
    assert (sitting.right_count, sitting.scored_count) == (1, 3)
    said = evidence_of(db_session, sitting.person_id, held=())
    assert {one.item_id for one in said} == {paper_of(sitting)[2].item_id}


def test_a_decision_that_was_overtaken_ends_as_it_is(
    db_session: Session, begin: Callable[..., Sitting], repair: Callable[..., Item], codesets: CodeSets
) -> None:
    sit(db_session, begin, {2: "b"})
    item = repair()
    old = regrading.accept(db_session, item, reason="First.", by_id=None, now=LATER)
    repair(right="d")
    assert regrading.unfinished(db_session) == [old.id]
    assert not regrading.carry_out(db_session, old.id, codesets=codesets, now=NEXT_DAY)
    assert (old.judged, old.finished_at) == (0, NEXT_DAY)
    assert regrading.behind(db_session)[0].current.number == 3


def test_going_back_to_the_first_key_is_a_regrade_too(
    db_session: Session, begin: Callable[..., Sitting], repair: Callable[..., Item], codesets: CodeSets
) -> None:
    sitting = sit(db_session, begin, {2: "b"})
    carry_out(db_session, repair(), codesets)
    db_session.refresh(sitting)
    assert sitting.right_count == 0
    original = next(one for one in bank() if one.id == CHANGED)
    item = repair(right="b", **{name: getattr(original, name) for name in ("difficulty", "concepts")})
    assert item.current_version is not None
    assert item.current_version.number == 1
    assert regrading.behind(db_session)[0].attempts == 1
    carry_out(db_session, item, codesets)
    db_session.refresh(sitting)
    assert sitting.right_count == 1


def test_claims_are_read_and_judged_again(
    db_session: Session, person: Callable[..., Person], codesets: CodeSets
) -> None:
    learner, other = person(), person()
    sync(db_session, [wrist()], questions=(), concepts=(), now=T0)
    item = db_session.scalars(select(Item)).one()
    claim = read_payload(ROWS, ClaimForm.PROFESSIONAL)

    def hand_in(who: Person) -> Grade:
        attempt = engine.open_attempt(db_session, who.id, item=item, now=T0)
        return engine.submit(
            db_session, attempt, claim=claim, payload=ROWS, base_seq=attempt.draft_seq, now=LATER, codesets=codesets
        )

    graded = hand_in(learner)
    engine.open_attempt(db_session, other.id, item=item, now=T0)  # begun while the old key was in force
    assert graded.score == 1
    sync(db_session, [on_the_right()], questions=(), concepts=(), now=LATER)
    preview = regrading.preview(db_session, item, codesets=codesets)
    assert [(move.before, move.changed, move.attempts) for move in preview.moves] == [(1.0, True, 1)]
    assert preview.behind.asked[0].parts == (Part.KEY,)
    assert preview.exams == []
    row = carry_out(db_session, item, codesets)
    newest = graded.attempt.grades[-1]
    assert (row.judged, newest.score) == (1, preview.moves[0].after)
    labels = [label["label"] for line in newest.result["lines"] for label in line["labels"]]
    assert labels == ["modifier_wrong"]
    late = hand_in(other)
    assert (late.score, late.item_version.number, late.attempt.item_version.number) == (newest.score, 2, 1)


def on_the_right() -> Case:
    """Return the wrist case with another side in its key."""
    data = wrist().model_dump(mode="json")
    data["key"]["branches"][0]["services"][0]["modifiers"] = ["RT"]
    return Case.model_validate(data)
