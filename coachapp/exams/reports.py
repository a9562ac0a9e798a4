"""Reads what a closed sitting came to."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coachapp.attempts import finishing
from coachapp.attempts.judging import decided
from coachapp.attempts.papers import PaperSlot, paper_of, plan_of, timing_of
from coachapp.attempts.withholding import withheld_from
from coachapp.content.render import render_document
from coachapp.domain import disclosure
from coachapp.domain.disclosure import Answer, Withheld
from coachapp.domain.examclock import deadline
from coachapp.domain.pace import budget_seconds
from coachapp.domain.plans import REVIEW_PLAN_ID, ExamPlan, PlanKind, ShowAnswers
from coachapp.domain.questions import Section
from coachapp.domain.sittings import Change, ExamScore, Ruling, SittingState, change_of, likely_range
from coachapp.exams.returns import Return, returns_of
from coachapp.models.attempts import Attempt, Grade, Step
from coachapp.models.items import ItemVersion
from coachapp.models.regrades import Regrade
from coachapp.models.sittings import Sitting
from coachapp.stored import question_of
from coachapp.web.sections import SECTION_NAMES

# A share of so few questions is shown as a count: its percents would claim a precision it has not.
FEWEST_FOR_PERCENT = 10
EARLIER = 10
TO_PRACTISE = 3


@dataclass(frozen=True, slots=True)
class SectionLine:
    """One section of a report; seconds are active time, `budget` what its questions may take."""

    section: Section
    name: str
    right: int
    scored: int
    seconds: int
    budget: int


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier sitting of the same plan."""

    id: int
    at: datetime
    right: int
    scored: int
    passed: bool | None


@dataclass(frozen=True, slots=True)
class Corrections:
    """After the close, the keys of so many `questions` were corrected and the exam was scored again, last `at`."""

    questions: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ReportPage:
    """A closed sitting. `score` is None while it is not graded, where it is voided, or where it is withheld."""

    sitting_id: int
    plan: ExamPlan
    state: SittingState
    reason: str
    started_at: datetime
    closed_at: datetime
    used: timedelta
    score: ExamScore | None
    scaled: int | None
    likely: tuple[int, int] | None
    sections: Sequence[SectionLine]
    changes: dict[str, int]
    earlier: Sequence[Earlier]
    practise: Sequence[SectionLine]
    answers_from: datetime | None
    shows_answers: bool
    withheld: Withheld | None
    returns: Sequence[Return]
    corrections: Corrections | None

    @property
    def review(self) -> bool:
        """Say whether this was a round of review."""
        return self.plan.id == REVIEW_PLAN_ID

    @property
    def drill(self) -> bool:
        """Say whether this was a drill."""
        return self.plan.kind is PlanKind.DRILL

    @property
    def in_percent(self) -> bool:
        """Say whether there are enough questions to speak of percents."""
        return self.score is not None and self.score.scored >= FEWEST_FOR_PERCENT


def report_page(session: Session, sitting: Sitting, *, now: datetime) -> ReportPage:
    """Return the report of a closed sitting."""
    plan = plan_of(sitting)
    withheld = _withheld(session, sitting, plan, now=now)
    graded = sitting.state is SittingState.GRADED and withheld is None
    score = finishing.score_of(session, sitting) if graded else None
    sections = section_lines(session, sitting, score) if score else []
    closed_at = sitting.closed_at or now
    shows = graded and disclosure.shows_answers(plan, sitting.state, now)
    return ReportPage(
        sitting_id=sitting.id,
        plan=plan,
        state=sitting.state,
        reason=sitting.close_reason.value if sitting.close_reason else "",
        started_at=sitting.started_at,
        closed_at=closed_at,
        used=time_used(sitting, closed_at),
        score=score,
        scaled=plan.scaled(score.right, score.scored) if score else None,
        likely=likely_range(score.right, score.scored) if score and score.scored else None,
        sections=sections,
        # Telling right from wrong is telling answers: only where the plan shows them.
        changes=_changes(session, sitting) if shows else {},
        earlier=_earlier(session, sitting) if score else [],
        practise=_to_practise(sections),
        answers_from=disclosure.shown_from(plan),
        shows_answers=shows,
        withheld=withheld,
        returns=returns_of(session, sitting, now=now) if score and plan.kind is PlanKind.DRILL else [],
        corrections=_corrections(session, sitting) if score else None,
    )


def _corrections(session: Session, sitting: Sitting) -> Corrections | None:
    questions, at = session.execute(
        select(func.count(Grade.attempt_id.distinct()), func.max(Grade.at))
        .join(Attempt, Grade.attempt_id == Attempt.id)
        .where(Attempt.sitting_id == sitting.id, Grade.regrade_id.is_not(None))
    ).one()
    return Corrections(questions, at) if questions else None


def time_used(sitting: Sitting, closed_at: datetime) -> timedelta:
    """Return how long a sitting lasted: up to its close, but not beyond its deadline."""
    end = deadline(timing_of(sitting), closed_at)
    return (min(closed_at, end) if end else closed_at) - sitting.started_at


def _withheld(session: Session, sitting: Sitting, plan: ExamPlan, *, now: datetime) -> Withheld | None:
    """Return why a drill's score is not shown: one of its questions stands in an exam."""
    if plan.kind is not PlanKind.DRILL:
        return None
    held = withheld_from(session, sitting.person_id, now=now)
    return next((held[slot.item_id] for slot in paper_of(sitting) if slot.item_id in held), None)


def _attempts(session: Session, sitting: Sitting) -> dict[int, Attempt]:
    rows = session.scalars(select(Attempt).where(Attempt.sitting_id == sitting.id))
    return {attempt.slot or 0: attempt for attempt in rows}


def section_lines(session: Session, sitting: Sitting, score: ExamScore) -> list[SectionLine]:
    """Return what a graded sitting came to in each section, in the order of the plan."""
    paper, attempts = paper_of(sitting), _attempts(session, sitting)
    seconds: Counter[Section] = Counter()
    counts: Counter[Section] = Counter(slot.section for slot in paper)
    for slot in paper:
        if slot.n in attempts:
            seconds[slot.section] += attempts[slot.n].active_ms // 1000
    return [
        SectionLine(
            section=part.section,
            name=SECTION_NAMES[part.section],
            right=part.right,
            scored=part.scored,
            seconds=seconds[part.section],
            budget=budget_seconds(part.section) * counts[part.section],
        )
        for part in score.sections
    ]


def _to_practise(sections: Sequence[SectionLine]) -> list[SectionLine]:
    """Return the sections with the most wrong answers, and of equals the one with the lower share right."""
    weak = [line for line in sections if line.right < line.scored]
    return sorted(weak, key=lambda line: (line.right - line.scored, line.right / line.scored))[:TO_PRACTISE]


def _changes(session: Session, sitting: Sitting) -> dict[str, int]:
    """Return how many answers were changed, by what that did."""
    found: Counter[str] = Counter({change.value: 0 for change in Change})
    attempts = {attempt.id: attempt for attempt in _attempts(session, sitting).values()}
    payloads: dict[int, list[dict[str, object]]] = {}
    rows = session.scalars(select(Step).where(Step.attempt_id.in_(attempts)).order_by(Step.attempt_id, Step.seq))
    for step in rows:
        payloads.setdefault(step.attempt_id, []).append(step.payload)
    grades = finishing.latest_grades(session, list(attempts))
    for attempt_id, steps in payloads.items():
        change = change_of(steps, frozenset(grades[attempt_id].result["right"]))
        if change is not None:
            found[change.value] += 1
    return dict(found)


def _earlier(session: Session, sitting: Sitting) -> list[Earlier]:
    rows = session.scalars(
        select(Sitting)
        .where(
            Sitting.person_id == sitting.person_id,
            Sitting.plan_id == sitting.plan_id,
            Sitting.state == SittingState.GRADED,
            Sitting.id < sitting.id,
        )
        .order_by(Sitting.id.desc())
        .limit(EARLIER)
    )
    return [Earlier(r.id, r.started_at, r.right_count or 0, r.scored_count or 0, r.passed) for r in rows]


@dataclass(frozen=True, slots=True)
class Correction:
    """The key that judges is not the one of the time: decided `at`, for a reason."""

    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """One question with its answer; `answer` is None where an exam withholds it."""

    n: int
    section: str
    stem: str
    exhibit_html: str | None
    answered: bool
    earned: bool
    scored: bool
    ruling: Ruling
    answer: Answer | None
    withheld: Withheld | None
    seconds: int
    budget: int
    notes: str
    corrected: Correction | None


@dataclass(frozen=True, slots=True)
class AnswersPage:
    """Every question of a sitting with its answer; none where the plan does not show them."""

    sitting_id: int
    shown: bool
    never: bool
    answers_from: datetime | None
    lines: Sequence[AnswerLine]


def answers_page(session: Session, sitting: Sitting, *, now: datetime) -> AnswersPage:
    """Return the questions of a graded sitting with their answers, as far as they may be shown."""
    plan = plan_of(sitting)
    shown = sitting.state is SittingState.GRADED and disclosure.shows_answers(plan, sitting.state, now)
    return AnswersPage(
        sitting_id=sitting.id,
        shown=shown,
        never=plan.show_answers is ShowAnswers.NEVER,
        answers_from=disclosure.shown_from(plan),
        lines=_lines(session, sitting, now=now) if shown else [],
    )


def _lines(session: Session, sitting: Sitting, *, now: datetime) -> list[AnswerLine]:
    paper, attempts = paper_of(sitting), _attempts(session, sitting)
    held = withheld_from(session, sitting.person_id, now=now)
    drill = plan_of(sitting).kind is PlanKind.DRILL
    steps = finishing.last_steps(session, [attempt.id for attempt in attempts.values()])
    versions = {
        version.id: version
        for version in session.scalars(
            select(ItemVersion).where(ItemVersion.id.in_([slot.version_id for slot in paper]))
        )
    }
    outcomes = finishing.outcomes(session, sitting)
    grades = finishing.latest_grades(session, [attempt.id for attempt in attempts.values()])
    decisions = decided(session, list(versions.values()))
    found = []
    for slot, outcome in zip(paper, outcomes, strict=True):
        attempt = attempts.get(slot.n)
        if drill and attempt is None:
            continue  # never looked at, so it may be asked again
        payload = steps[attempt.id].payload if attempt else {}
        decision, grade = decisions.get(slot.version_id), grades.get(attempt.id) if attempt else None
        asked = versions[slot.version_id]
        # What judged her answer is shown; without one, what would.
        key = grade.item_version if grade else decision.to_version if decision else asked
        found.append(
            _line(
                slot,
                asked,
                key=key,
                regrade=(grade.regrade if grade else None) or (decision if key.id != asked.id else None),
                chosen=payload.get("answer", ()),
                notes=payload.get("notes", ""),
                earned=bool(outcome.earned),
                ruling=outcome.ruling,
                withheld=held.get(slot.item_id),
                seconds=attempt.active_ms // 1000 if attempt else 0,
            )
        )
    return found


def _line(
    slot: PaperSlot,
    version: ItemVersion,
    *,
    key: ItemVersion,
    regrade: Regrade | None,
    chosen: Sequence[str],
    notes: str,
    earned: bool,
    ruling: Ruling,
    withheld: Withheld | None,
    seconds: int,
) -> AnswerLine:
    question = question_of(version)
    return AnswerLine(
        n=slot.n,
        section=SECTION_NAMES[slot.section],
        stem=question.stem,
        exhibit_html=render_document(question.exhibit) if question.exhibit else None,
        answered=bool(chosen),
        earned=earned and withheld is None,
        scored=slot.scored,
        ruling=ruling,
        answer=None if withheld else disclosure.answered(question, slot.options, chosen=chosen, key=question_of(key)),
        withheld=withheld,
        seconds=seconds,
        budget=budget_seconds(slot.section),
        notes=notes,
        corrected=Correction(regrade.created_at, regrade.reason) if regrade and not withheld else None,
    )
