"""Answers that arrived after the close: kept, never graded, shown to whoever looks after the learner."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from coachapp.attempts import sittings
from coachapp.attempts.papers import paper_of, timing_of
from coachapp.attempts.versions import AnswerVersion, asked_questions, version_of
from coachapp.domain.examclock import deadline
from coachapp.domain.oversight import Subject
from coachapp.domain.sittings import CloseReason
from coachapp.exams.desk import sittings_within_reach
from coachapp.models.people import Person
from coachapp.models.sittings import LateSave, Sitting
from coachapp.web.paging import Page, paginate


@dataclass(frozen=True, slots=True)
class LateSitting:
    """One sitting with late answers: how many, and by how much the first and the last were late."""

    sitting_id: int
    person_id: int
    person: str
    exam: str
    reason: CloseReason
    closed_at: datetime
    count: int
    first: timedelta
    last: timedelta


def late_sittings(session: Session, actor: Person, *, number: int) -> tuple[Page[Sitting], list[LateSitting]]:
    """Return page `number` of the sittings with late answers, the one with the latest first."""
    times = (
        select(
            LateSave.sitting_id.label("sitting_id"),
            func.count().label("answers"),
            func.min(LateSave.at).label("first"),
            func.max(LateSave.at).label("last"),
        )
        .group_by(LateSave.sitting_id)
        .subquery()
    )
    query: Select[Sitting] = (
        select(Sitting)
        .join(Sitting.person)
        .join(times, times.c.sitting_id == Sitting.id)
        .where(sittings_within_reach(actor, Subject.LATE_ANSWERS))
        .options(joinedload(Sitting.person))
        .order_by(times.c.last.desc(), Sitting.id.desc())
    )
    page = paginate(session, query, number=number)
    wanted = select(times).where(times.c.sitting_id.in_([row.id for row in page.rows]))
    found = {row.sitting_id: row for row in session.execute(wanted)}
    return page, [
        LateSitting(
            sitting_id=row.id,
            person_id=row.person_id,
            person=row.person.name,
            exam=row.plan["title"],
            reason=_reason(row),
            closed_at=_end(row),
            count=found[row.id].answers,
            first=found[row.id].first - _end(row),
            last=found[row.id].last - _end(row),
        )
        for row in page.rows
    ]


def _reason(sitting: Sitting) -> CloseReason:
    return sitting.close_reason or CloseReason.EXPIRED


def _end(sitting: Sitting) -> datetime:
    """Return when work was no longer taken: the deadline where time ran out, else the moment it was closed."""
    closed_at = sitting.closed_at or sitting.started_at
    if _reason(sitting) is CloseReason.EXPIRED:
        return deadline(timing_of(sitting), closed_at) or closed_at
    return closed_at


@dataclass(frozen=True, slots=True)
class LateAnswer:
    """One late answer beside the one that counts, each as the letters and texts the learner saw."""

    n: int
    at: datetime
    late: timedelta
    sent: AnswerVersion
    counts: AnswerVersion


@dataclass(frozen=True, slots=True)
class LatePage:
    """The late answers of one sitting, in the order they arrived. `full`: no more were kept."""

    sitting: Sitting
    reason: CloseReason
    closed_at: datetime
    answers: Sequence[LateAnswer]
    full: bool


def late_page(session: Session, sitting: Sitting) -> LatePage:
    """Return the late answers of a sitting."""
    saves = session.scalars(
        select(LateSave).where(LateSave.sitting_id == sitting.id).order_by(LateSave.at, LateSave.id)
    ).all()
    paper, end = paper_of(sitting), _end(sitting)
    slots = {save.slot: paper[save.slot - 1] for save in saves}
    questions = asked_questions(session, slots.values())
    held = {n: sittings.last_step(session, sittings.attempt_at(session, sitting, n)) for n in slots}
    answers = []
    for save in saves:
        question, step = questions[save.slot], held[save.slot]
        answers.append(
            LateAnswer(
                n=save.slot,
                at=save.at,
                late=save.at - end,
                sent=version_of(question, save.payload),
                counts=version_of(question, step.payload if step else None),
            )
        )
    return LatePage(sitting, _reason(sitting), end, answers, full=len(answers) >= sittings.MOST_LATE_SAVES)
