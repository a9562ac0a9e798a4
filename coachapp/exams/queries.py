"""Reads what the pages of a sitting under way show; every question passes through coachapp.domain.disclosure."""

import secrets
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from coachapp.attempts import finishing, sittings
from coachapp.attempts.papers import PaperSlot, paper_of, plan_of, timing_of
from coachapp.attempts.withholding import withheld_from
from coachapp.content.render import render_document
from coachapp.domain import disclosure, examclock
from coachapp.domain.disclosure import Answer, ShownQuestion, Withheld
from coachapp.domain.plans import ExamPlan, Navigation, PlanKind, Tool
from coachapp.domain.questions import Question
from coachapp.domain.sittings import OPEN, SittingState, next_beyond, reachable
from coachapp.exams.operations import MOST_HINTS
from coachapp.models.attempts import Attempt, AttemptState, Step
from coachapp.models.items import Concept, ItemVersion
from coachapp.models.sittings import Sitting
from coachapp.stored import question_of
from coachapp.web.sections import SECTION_NAMES

BLANK: dict[str, Any] = {
    "answer": [],
    "flagged": False,
    "struck": [],
    "highlights": [],
    "notes": "",
    "elapsed_ms": 0,
    "sure": None,
}


@dataclass(frozen=True, slots=True)
class Mark:
    """One question in the palette. `reachable`: it may be opened now."""

    n: int
    answered: bool
    flagged: bool
    seen: bool
    reachable: bool
    right: bool | None = None

    @property
    def words(self) -> str:
        """Return the state in words, for those who do not see the palette."""
        if self.right is not None:
            return "right" if self.right else "wrong"
        state = "answered" if self.answered else "not answered" if self.seen else "not seen"
        return state + (", flagged" if self.flagged else "")


@dataclass(frozen=True, slots=True)
class Judged:
    """The judged answer to a question of a drill; `answer` is None while it is withheld."""

    right: bool | None
    answer: Answer | None
    withheld: Withheld | None


@dataclass(frozen=True, slots=True)
class HintedConcept:
    """A concept that a hint names; `lesson` is None until the second hint."""

    title: str
    lesson: str | None


@dataclass(frozen=True, slots=True)
class Hints:
    """The hints of a drill's question: those given so far, and whether there is one more."""

    concepts: Sequence[HintedConcept]
    more: bool

    @property
    def words(self) -> str:
        """Return what asking for the next hint brings."""
        return "Show the rule" if self.concepts else "Hint: which rule?"


@dataclass(frozen=True, slots=True)
class RunPage:
    """One question of a sitting under way. `work` is the slot's last step or a blank one, `seq` its number."""

    sitting_id: int
    plan: ExamPlan
    n: int
    total: int
    section: str
    question: ShownQuestion
    exhibit_html: str | None
    work: Mapping[str, Any]
    seq: int
    save_id: str
    marks: Sequence[Mark]
    remaining_ms: int | None
    break_left: bool
    beyond: int | None
    judged: Judged | None
    hints: Hints | None
    served_ms: int

    @property
    def drill(self) -> bool:
        """Say whether the reason is shown after each question."""
        return self.plan.kind is PlanKind.DRILL

    @property
    def previous(self) -> int | None:
        """Return the question before, if it may be opened."""
        return self.n - 1 if self.n > 1 and self.marks[self.n - 2].reachable else None

    @property
    def following(self) -> int | None:
        """Return the question after, if it may be opened."""
        return self.n + 1 if self.n < self.total and self.marks[self.n].reachable else None

    def may_use(self, tool: str) -> bool:
        """Say whether the plan allows a tool."""
        return Tool(tool) in self.plan.tools


def own_sitting(sitting_id: int, person_id: int) -> Select[Sitting]:
    """Select a sitting, if it is this person's."""
    return select(Sitting).where(Sitting.id == sitting_id, Sitting.person_id == person_id)


def new_save_id() -> str:
    """Return an id for a save that no other save has."""
    return secrets.token_urlsafe(12)


@dataclass(frozen=True, slots=True)
class SlotWork:
    """What stands at one slot: its attempt, and seq and payload of the last step."""

    attempt_id: int
    graded: bool
    seq: int
    payload: dict[str, Any]


def slot_work(session: Session, sitting: Sitting) -> dict[int, SlotWork]:
    """Return the work on every slot that has any, in one query of bare columns: each page shows them all."""
    latest = (
        select(func.max(Step.id))
        .join(Attempt, Step.attempt_id == Attempt.id)
        .where(Attempt.sitting_id == sitting.id)
        .group_by(Step.attempt_id)
    )
    rows = session.execute(
        select(Attempt.slot, Attempt.id, Attempt.state, Step.seq, Step.payload)
        .join(Step, Step.attempt_id == Attempt.id)
        .where(Step.id.in_(latest))
    )
    return {
        slot or 0: SlotWork(attempt_id, state is AttemptState.GRADED, seq, payload)
        for slot, attempt_id, state, seq, payload in rows
    }


def marks(
    session: Session,
    sitting: Sitting,
    work: Mapping[int, SlotWork],
    *,
    held: Collection[int] = (),
) -> list[Mark]:
    """Return the palette; verdicts of a drill on items that are `held` back stay out of it."""
    paper, plan = paper_of(sitting), plan_of(sitting)
    open_now = reachable([slot.section for slot in paper], sitting.position, navigation=plan.navigation)
    checked: dict[int, bool] = {}
    if plan.kind is PlanKind.DRILL:
        done = {one.attempt_id: n for n, one in work.items() if one.graded}
        grades = finishing.latest_grades(session, list(done))
        checked = {done[attempt_id]: grade.score == 1 for attempt_id, grade in grades.items()}
    found = []
    for slot in paper:
        step = work[slot.n].payload if slot.n in work else None
        found.append(
            Mark(
                n=slot.n,
                answered=bool(step and step["answer"]),
                flagged=bool(step and step["flagged"]),
                seen=step is not None,
                reachable=slot.n in open_now,
                right=None if slot.item_id in held else checked.get(slot.n),
            )
        )
    return found


def run_page(session: Session, sitting: Sitting, *, n: int, now: datetime) -> RunPage:
    """Return the page of question `n` of a sitting under way; the caller has checked that it may be opened."""
    plan, paper = plan_of(sitting), paper_of(sitting)
    slot = paper[n - 1]
    work = slot_work(session, sitting)
    step = work.get(n)
    question = question_of(session.get_one(ItemVersion, slot.version_id))
    timing = timing_of(sitting)
    held = withheld_from(session, sitting.person_id, now=now) if plan.kind is PlanKind.DRILL else {}
    judged = None
    if step is not None and step.graded:
        judged = _judged(session, slot, step, held=held.get(slot.item_id))
    return RunPage(
        sitting_id=sitting.id,
        plan=plan,
        n=n,
        total=len(paper),
        section=SECTION_NAMES[slot.section],
        question=disclosure.asked(question, slot.options),
        exhibit_html=render_document(question.exhibit) if question.exhibit else None,
        work=step.payload if step else BLANK,
        seq=step.seq if step else 0,
        save_id=new_save_id(),
        marks=marks(session, sitting, work, held=held),
        remaining_ms=examclock.remaining_ms(timing, now),
        break_left=examclock.break_taken(timing, now) < timing.break_allowance,
        beyond=next_beyond([s.section for s in paper], sitting.position, navigation=plan.navigation)
        if plan.navigation is not Navigation.FREE
        else None,
        judged=judged,
        hints=_hints(session, question, step)
        if plan.kind is PlanKind.DRILL and judged is None and slot.item_id not in held
        else None,
        served_ms=int(now.timestamp() * 1000),
    )


def _hints(session: Session, question: Question, step: SlotWork | None) -> Hints:
    given = sittings.hints_given(step.payload if step else None)
    rows = session.execute(
        select(Concept.title, Concept.lesson).where(Concept.slug.in_(question.concepts)).order_by(Concept.title)
    ).all()
    return Hints(
        concepts=[HintedConcept(title, lesson if given > 1 else None) for title, lesson in rows] if given else [],
        more=bool(rows) and given < MOST_HINTS,
    )


def with_work(page: RunPage, work: Mapping[str, Any]) -> RunPage:
    """Return the page with other work filled in."""
    return replace(page, work=work)


def _judged(session: Session, slot: PaperSlot, work: SlotWork, *, held: Withheld | None) -> Judged:
    if held is not None:
        return Judged(right=None, answer=None, withheld=held)
    asked = question_of(session.get_one(ItemVersion, slot.version_id))
    grade = finishing.latest_grades(session, [work.attempt_id])[work.attempt_id]
    key, chosen = question_of(grade.item_version), work.payload["answer"]
    return Judged(
        right=grade.score == 1,
        answer=disclosure.answered(asked, slot.options, chosen=chosen, key=key),
        withheld=None,
    )


@dataclass(frozen=True, slots=True)
class SittingRow:
    """One sitting in a list."""

    id: int
    plan_id: str
    title: str
    drill: bool
    state: SittingState
    started_at: datetime
    closed_at: datetime | None
    right: int | None
    scored: int | None
    passed: bool | None

    @property
    def is_open(self) -> bool:
        """Say whether it can be gone on with."""
        return self.state in OPEN


def sitting_rows(session: Session, person_id: int, *, drills: bool, now: datetime, limit: int = 50) -> list[SittingRow]:
    """Return a person's sittings of exams, or of drills, newest first.

    A drill shows no score while one of its questions stands in an exam of hers: it would tell the answer.
    """
    held = withheld_from(session, person_id, now=now) if drills else {}
    kind = Sitting.plan["kind"].as_string()
    rows = session.execute(
        select(
            Sitting.id,
            Sitting.plan_id,
            Sitting.plan["title"].as_string(),
            Sitting.state,
            Sitting.started_at,
            Sitting.closed_at,
            Sitting.right_count,
            Sitting.scored_count,
            Sitting.passed,
            Sitting.paper,
        )
        .where(Sitting.person_id == person_id, (kind == PlanKind.DRILL) if drills else (kind != PlanKind.DRILL))
        .order_by(Sitting.started_at.desc(), Sitting.id.desc())
        .limit(limit)
    )
    return [
        SittingRow(
            id=row[0],
            plan_id=row[1],
            title=row[2],
            drill=drills,
            state=row[3],
            started_at=row[4],
            closed_at=row[5],
            right=None if any(slot["item_id"] in held for slot in row[9]) else row[6],
            scored=row[7],
            passed=row[8],
        )
        for row in rows
    ]


def comparable(rows: Sequence[SittingRow]) -> dict[str, str]:
    """Return the titles of the exams that were graded more than once, by plan."""
    graded = [row for row in rows if row.state is SittingState.GRADED]
    times = Counter(row.plan_id for row in graded)
    return {row.plan_id: row.title for row in graded if times[row.plan_id] > 1}


def time_state(sitting: Sitting, now: datetime) -> dict[str, Any]:
    """Return what the page's clock needs: the milliseconds left, and whether the sitting runs, rests or is closed."""
    timing = timing_of(sitting)
    if sitting.state.closed:
        reason = sitting.close_reason.value if sitting.close_reason else None
        return {"state": "closed", "reason": reason, "remaining_ms": 0}
    if sittings.is_on_break(sitting, now):
        return {"state": "break", "remaining_ms": examclock.remaining_ms(timing, now)}
    running = examclock.phase(timing, now) is examclock.Phase.RUNNING
    return {"state": "running" if running else "time-up", "remaining_ms": examclock.remaining_ms(timing, now)}


def break_left(sitting: Sitting, now: datetime) -> timedelta:
    """Return how much break time is left."""
    timing = timing_of(sitting)
    return timing.break_allowance - examclock.break_taken(timing, now)
