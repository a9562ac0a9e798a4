"""Write many finished sittings and handed-in claims at once, graded by the graders that everybody's work goes through.

For simulated learners: what is written has the shape that `sittings`, `finishing` and `engine` write one by one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from coachapp.domain.plans import ExamPlan, PlanKind
from coachapp.domain.questiongrading import POLICY, grade_question, question_result_data
from coachapp.domain.questions import Question, Section
from coachapp.domain.results import Result, result_data
from coachapp.domain.sittings import CloseReason, SittingState, SlotOutcome, answer_of, score_paper
from coachapp.models.attempts import Attempt, AttemptState, Grade, Step, StepKind
from coachapp.models.sittings import Sitting

# Rows that go to the database in one statement's turn.
_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class DoneStep:
    """One step of finished work."""

    kind: StepKind
    payload: dict[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class DoneQuestion:
    """The work on one question of a sitting; the last step's answer is the one that is graded."""

    slot: int
    item_id: int
    version_id: int
    question: Question
    steps: tuple[DoneStep, ...]

    @property
    def started_at(self) -> datetime:
        """Return when the first step came, which is when an attempt in a sitting begins."""
        return self.steps[0].at


@dataclass(frozen=True, slots=True)
class DoneSitting:
    """A sitting that was handed in. `paper` as `papers.slot_data` makes it."""

    person_id: int
    plan: ExamPlan
    paper: tuple[dict[str, Any], ...]
    seed: int
    started_at: datetime
    deadline: datetime | None
    closed_at: datetime
    answers: tuple[DoneQuestion, ...]


@dataclass(frozen=True, slots=True)
class DoneCase:
    """A claim that was handed in and judged: its result is what `engine.judge` gave."""

    person_id: int
    item_id: int
    version_id: int
    started_at: datetime
    active_ms: int
    steps: tuple[DoneStep, ...]
    result: Result


def write_sittings(session: Session, done: Sequence[DoneSitting]) -> int:
    """Write sittings with their attempts, steps and grades; return how many answers were graded."""
    ids = _insert(session, Sitting, [_sitting_row(one) for one in done])
    work = [(one, sitting_id, answer) for one, sitting_id in zip(done, ids, strict=True) for answer in one.answers]
    attempts = [_question_row(one, sitting_id, answer) for one, sitting_id, answer in work]
    grades = [_question_grade(one, answer) for one, _, answer in work]
    return _write(session, attempts, steps=[answer.steps for _, _, answer in work], grades=grades)


def write_cases(session: Session, done: Sequence[DoneCase]) -> int:
    """Write handed-in claims with their steps and grades; return how many."""
    attempts = [_attempt_row(one, one.person_id, finished_at=one.steps[-1].at, active_ms=one.active_ms) for one in done]
    grades = [
        {
            "item_version_id": one.version_id,
            "policy": one.result.policy,
            "score": one.result.scores["coachapp"],
            "result": result_data(one.result),
            "at": one.steps[-1].at,
        }
        for one in done
    ]
    return _write(session, attempts, steps=[one.steps for one in done], grades=grades)


def _write(
    session: Session,
    attempts: list[dict[str, Any]],
    *,
    steps: Sequence[Sequence[DoneStep]],
    grades: list[dict[str, Any]],
) -> int:
    attempt_ids = _insert(session, Attempt, attempts)
    rows = [
        {"attempt_id": attempt_id, "seq": seq, "kind": step.kind, "payload": step.payload, "at": step.at}
        for attempt_id, mine in zip(attempt_ids, steps, strict=True)
        for seq, step in enumerate(mine, start=1)
    ]
    step_ids = iter(_insert(session, Step, rows))
    last = [list(islice(step_ids, len(mine)))[-1] for mine in steps]
    for grade, attempt_id, step_id in zip(grades, attempt_ids, last, strict=True):
        grade["attempt_id"], grade["step_id"] = attempt_id, step_id
    _insert(session, Grade, grades)
    return len(grades)


def _insert(session: Session, table: Callable[..., Any], rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Insert rows and return their ids in the same order."""
    found: list[int] = []
    model: Any = table
    for start in range(0, len(rows), _AT_ONCE):
        statement = insert(model).returning(model.id, sort_by_parameter_order=True)
        found += session.scalars(statement, rows[start : start + _AT_ONCE])
    return found


def _sitting_row(one: DoneSitting) -> dict[str, Any]:
    graded = {answer.slot: answer for answer in one.answers}
    outcomes = []
    for n, slot in enumerate(one.paper, start=1):
        answer = graded.get(n)
        result = grade_question(answer.question, _chosen(answer)) if answer else None
        if one.plan.kind is PlanKind.DRILL and (result is None or not result.answered):
            continue  # of a drill only the answered questions count
        outcomes.append(
            SlotOutcome(
                section=Section(slot["section"]),
                earned=result.earned if result else 0,
                answered=result is not None and result.answered,
                scored=slot["scored"],
            )
        )
    score = score_paper(outcomes, pass_mark=one.plan.pass_mark)
    return {
        "person_id": one.person_id,
        "plan_id": one.plan.id,
        "scope": one.plan.id,
        "plan": one.plan.model_dump(mode="json"),
        "paper": list(one.paper),
        "seed": one.seed,
        "state": SittingState.GRADED,
        "position": 1,
        "started_at": one.started_at,
        "minutes": one.plan.minutes,
        "break_allowance_ms": 0,
        "break_used_ms": 0,
        "deadline": one.deadline,
        "closed_at": one.closed_at,
        "close_reason": CloseReason.HANDED_IN,
        "graded_at": one.closed_at,
        "right_count": score.right,
        "scored_count": score.scored,
        "passed": score.passed,
    }


def _chosen(answer: DoneQuestion) -> frozenset[str]:
    return answer_of(answer.steps[-1].payload)


def _question_row(one: DoneSitting, sitting_id: int, answer: DoneQuestion) -> dict[str, Any]:
    active_ms = int(answer.steps[-1].payload["elapsed_ms"])
    row = _attempt_row(answer, one.person_id, finished_at=_graded_at(one, answer), active_ms=active_ms)
    return row | {"sitting_id": sitting_id, "slot": answer.slot}


def _attempt_row(
    work: DoneQuestion | DoneCase, person_id: int, *, finished_at: datetime, active_ms: int
) -> dict[str, Any]:
    return {
        "person_id": person_id,
        "item_id": work.item_id,
        "item_version_id": work.version_id,
        "state": AttemptState.GRADED,
        "draft_seq": len(work.steps),
        "last_seq": len(work.steps),
        "active_ms": active_ms,
        "started_at": work.started_at,
        "finished_at": finished_at,
        "sitting_id": None,
        "slot": None,
    }


def _question_grade(one: DoneSitting, answer: DoneQuestion) -> dict[str, Any]:
    result = grade_question(answer.question, _chosen(answer))
    return {
        "item_version_id": answer.version_id,
        "policy": POLICY,
        "score": float(result.earned),
        "result": question_result_data(result),
        "at": _graded_at(one, answer),
    }


def _graded_at(one: DoneSitting, answer: DoneQuestion) -> datetime:
    """Return when an answer was graded: in a drill at once, in an exam when all was handed in."""
    return answer.steps[-1].at if one.plan.kind is PlanKind.DRILL else one.closed_at
