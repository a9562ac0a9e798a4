"""Grade sittings, rule on questions, and score again. All grades of a sitting are written in one transaction."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp.attempts import sittings
from coachapp.attempts.grades import Judged, enter, mark_outdated
from coachapp.attempts.judging import judging_version, judging_versions
from coachapp.attempts.papers import PaperSlot, paper_of, plan_of
from coachapp.domain.plans import PlanKind
from coachapp.domain.questiongrading import POLICY, grade_question, question_result_data
from coachapp.domain.sittings import ExamScore, Ruling, SittingState, SlotOutcome, answer_of, score_paper
from coachapp.domain.slotwork import SlotSave
from coachapp.models.attempts import Attempt, AttemptState, Grade, Step, StepKind
from coachapp.models.items import ItemVersion
from coachapp.models.sittings import ItemRuling, Sitting
from coachapp.stored import question_of

PAPERS_AT_ONCE = 500
NOTHING_ASSUMED: Mapping[int, Ruling] = MappingProxyType({})
AS_GRADED: Mapping[int, int] = MappingProxyType({})


def finish(session: Session, sitting_id: int, *, now: datetime) -> bool:
    """Close one sitting if its time is up and grade it if it is closed; say whether anything was done.

    Safe to call again and from several places at once: the row is held, and what is done is not done twice.
    """
    sitting = session.get(Sitting, sitting_id)
    if sitting is None:
        return False
    sittings.lock(session, sitting)
    settled = sittings.settle(session, sitting, now=now)
    if sitting.state is not SittingState.SUBMITTED:
        return settled
    _grade_all(session, sitting, now=now)
    return True


def _grade_all(session: Session, sitting: Sitting, *, now: datetime) -> None:
    attempts = session.scalars(
        select(Attempt).where(Attempt.sitting_id == sitting.id, Attempt.state == AttemptState.OPEN)
    ).all()
    steps = last_steps(session, [attempt.id for attempt in attempts])
    versions = judging_versions(session, _versions(session, {attempt.item_version_id for attempt in attempts}))
    # A sitting's attempt is made with its first step, so there is one.
    judged = [_judge(attempt, steps[attempt.id], version=versions[attempt.item_version_id]) for attempt in attempts]
    for attempt in attempts:
        attempt.finished_at = sitting.closed_at or now
    enter(session, judged, at=now)
    # Also where nothing was answered: what the exam withheld until now may count from now on.
    mark_outdated(session, {sitting.person_id}, at=now)
    sitting.state = SittingState.GRADED
    sitting.graded_at = now
    session.flush()
    rescore(session, sitting)


def _judge(attempt: Attempt, step: Step, *, version: ItemVersion) -> Judged:
    result = grade_question(question_of(version), answer_of(step.payload))
    attempt.state = AttemptState.GRADED
    attempt.draft_seq = attempt.last_seq = step.seq
    attempt.active_ms = int(step.payload.get("elapsed_ms", 0))
    return Judged(
        attempt=attempt,
        step=step,
        version=version,
        policy=POLICY,
        score=float(result.earned),
        result=question_result_data(result),
    )


def last_steps(session: Session, attempt_ids: Collection[int]) -> dict[int, Step]:
    """Return the last step of each attempt, by attempt id."""
    rows = session.scalars(select(Step).where(Step.attempt_id.in_(attempt_ids)).order_by(Step.attempt_id, Step.seq))
    return {step.attempt_id: step for step in rows}


def latest_grades(session: Session, attempt_ids: Collection[int]) -> dict[int, Grade]:
    """Return the grade that counts of each attempt, by attempt id."""
    rows = session.scalars(select(Grade).where(Grade.attempt_id.in_(attempt_ids)).order_by(Grade.id))
    return {grade.attempt_id: grade for grade in rows}


def _versions(session: Session, ids: Collection[int]) -> Sequence[ItemVersion]:
    return session.scalars(select(ItemVersion).where(ItemVersion.id.in_(ids))).all()


def check(session: Session, sitting: Sitting, *, slot: PaperSlot, work: SlotSave, now: datetime) -> Grade:
    """Take and grade the answer to one question of a drill, whose reason is shown next; it cannot be changed after.

    The same answer sent again returns the grade it was given. Raises what `sittings.save` raises, and ValueError for a
    sitting that is no drill.
    """
    if plan_of(sitting).kind is not PlanKind.DRILL:
        raise ValueError("only a drill shows an answer before its end")
    step = sittings.save(session, sitting, slot=slot, work=work, now=now, kind=StepKind.SUBMIT)
    attempt = session.get_one(Attempt, step.attempt_id)
    if attempt.state is AttemptState.OPEN:
        version = judging_version(session, session.get_one(ItemVersion, slot.version_id))
        attempt.finished_at = now
        return enter(session, [_judge(attempt, step, version=version)], at=now)[0]
    return latest_grades(session, [attempt.id])[attempt.id]


def outcomes(
    session: Session,
    sitting: Sitting,
    *,
    assumed: Mapping[int, Ruling] = NOTHING_ASSUMED,
    earned: Mapping[int, int] = AS_GRADED,
) -> list[SlotOutcome]:
    """Return how every question of a graded sitting came out, in the order of the paper.

    `assumed` maps ids of versions to rulings that are taken to be in force, `earned` ids of attempts to what another
    key would give them.
    """
    paper = paper_of(sitting)
    rulings = {**rulings_on(session, [slot.version_id for slot in paper]), **assumed}
    attempts = {
        attempt.slot: attempt for attempt in session.scalars(select(Attempt).where(Attempt.sitting_id == sitting.id))
    }
    grades = latest_grades(session, [attempt.id for attempt in attempts.values()])
    found = []
    for slot in paper:
        attempt = attempts.get(slot.n)
        grade = grades.get(attempt.id) if attempt else None
        graded = int(grade.result["earned"]) if grade else 0
        found.append(
            SlotOutcome(
                section=slot.section,
                earned=earned.get(attempt.id, graded) if attempt else graded,
                answered=bool(grade and grade.result["chosen"]),
                scored=slot.scored,
                ruling=rulings.get(slot.version_id, Ruling.COUNT),
            )
        )
    return found


def score_of(
    session: Session,
    sitting: Sitting,
    *,
    assumed: Mapping[int, Ruling] = NOTHING_ASSUMED,
    earned: Mapping[int, int] = AS_GRADED,
) -> ExamScore:
    """Return the score of a graded sitting from its grades and the rulings in force.

    `assumed` and `earned` as for `outcomes`. Of a drill only the answered questions count, for it may be ended at any
    time.
    """
    plan = plan_of(sitting)
    found = outcomes(session, sitting, assumed=assumed, earned=earned)
    if plan.kind is PlanKind.DRILL:
        found = [outcome for outcome in found if outcome.answered]
    return score_paper(found, pass_mark=plan.pass_mark)


def rescore(session: Session, sitting: Sitting) -> None:
    """Write the score to the sitting's row, for lists."""
    score = score_of(session, sitting)
    sitting.right_count, sitting.scored_count, sitting.passed = score.right, score.scored, score.passed
    session.flush()


def rulings_on(session: Session, version_ids: Collection[int]) -> dict[int, Ruling]:
    """Return the ruling in force on each version that has one."""
    rows = session.scalars(
        select(ItemRuling).where(ItemRuling.item_version_id.in_(version_ids)).order_by(ItemRuling.id)
    )
    return {row.item_version_id: row.ruling for row in rows}


def rule(
    session: Session,
    version: ItemVersion,
    *,
    ruling: Ruling,
    reason: str,
    by_id: int | None,
    now: datetime,
) -> list[int]:
    """Rule on a version of a question and score anew every graded sitting it stands in; return their ids.

    The standing of everybody who answered it is marked to be reckoned anew.
    """
    session.add(
        ItemRuling(item_version_id=version.id, ruling=ruling, reason=reason, created_by_id=by_id, created_at=now)
    )
    session.flush()
    changed = graded_with(session, version.id)
    for sitting_id in changed:
        rescore(session, session.get_one(Sitting, sitting_id))
    answered = select(Attempt.person_id).where(Attempt.item_version_id == version.id).distinct()
    mark_outdated(session, set(session.scalars(answered)), at=now)
    return changed


def graded_with(session: Session, version_id: int) -> list[int]:
    """Return the ids of the graded sittings whose paper holds a version of a question."""
    papers = session.execute(
        select(Sitting.id, Sitting.paper).where(Sitting.state == SittingState.GRADED).order_by(Sitting.id)
    )
    return [
        sitting_id
        for sitting_id, paper in papers.yield_per(PAPERS_AT_ONCE)
        if any(entry["version_id"] == version_id for entry in paper)
    ]
