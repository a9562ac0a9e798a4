"""Read how far people are with the work given to their classes: the same few queries, however many there are."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from coachapp.attempts import accommodations
from coachapp.attempts.evidence import is_latest_grade
from coachapp.attempts.scopes import scope_of
from coachapp.domain.assignments import (
    LONG_OVERDUE,
    NO_WORK,
    NOTHING,
    SOON,
    Dates,
    Round,
    Sat,
    Try,
    Work,
    WorkKind,
    WorkState,
    case_work,
    drill_work,
    exam_work,
    is_overdue,
    state_of,
)
from coachapp.domain.examclock import personal_close
from coachapp.domain.plans import ExamPlan, PlanKind
from coachapp.domain.sittings import SittingState
from coachapp.models.attempts import Attempt, AttemptState, Grade
from coachapp.models.classroom import Assignment, Classroom, Membership
from coachapp.models.items import Item, ItemKind
from coachapp.models.sittings import Sitting
from coachapp.stored import shown

Plans = Mapping[str, ExamPlan]
# Time that ran out ended just before the deadline, also where the grace or the sweep came after it.
_INSTANT = timedelta(microseconds=1)


def dates_of(assignment: Assignment) -> Dates:
    """Return when an assignment opens, is due and closes."""
    return Dates(assignment.opens_at, assignment.due_at, assignment.closes_at)


def kind_of(assignment: Assignment, plans: Plans) -> WorkKind:
    """Return what an assignment asks for; a plan that is no longer there counts as an exam."""
    if assignment.item_id is not None:
        return WorkKind.CASE
    plan = plans.get(assignment.plan_id or "")
    return WorkKind.DRILL if plan is not None and plan.kind is PlanKind.DRILL else WorkKind.EXAM


def work_of(
    session: Session, assignments: Sequence[Assignment], person_ids: Collection[int], *, plans: Plans
) -> dict[tuple[int, int], Work]:
    """Return what each of some people did about each of some assignments, by ids of assignment and person.

    Who did nothing is left out. `plans` are those of the site by id. Four queries at most.
    """
    if not assignments or not person_ids:
        return {}
    by_kind: dict[WorkKind, list[Assignment]] = {kind: [] for kind in WorkKind}
    for one in assignments:
        by_kind[kind_of(one, plans)].append(one)
    found: dict[tuple[int, int], Work] = {}
    if cases := by_kind[WorkKind.CASE]:
        tries = _tries(session, cases, person_ids)
        for one in cases:
            for person_id in person_ids:
                mine = tries.get((person_id, one.item_id or 0), ())
                found[one.id, person_id] = case_work(mine, since=one.opens_at)
    if exams := by_kind[WorkKind.EXAM]:
        sat = _sat(session, exams, person_ids)
        for one in exams:
            scopes = (one.plan_id, scope_of(one.id))
            for person_id in person_ids:
                rows = sat.get((person_id, one.plan_id or ""), ())
                found[one.id, person_id] = exam_work((s for scope, s in rows if scope in scopes), since=one.opens_at)
    if drills := by_kind[WorkKind.DRILL]:
        rounds = _rounds(session, drills, person_ids)
        for one in drills:
            questions = plans[one.plan_id or ""].total
            for person_id in person_ids:
                mine_rounds = rounds.get((person_id, one.plan_id or ""), ())
                found[one.id, person_id] = drill_work(mine_rounds, since=one.opens_at, questions=questions)
    return {key: work for key, work in found.items() if work != NO_WORK}


def _tries(
    session: Session, cases: Iterable[Assignment], person_ids: Collection[int]
) -> dict[tuple[int, int], list[Try]]:
    rows = session.execute(
        select(Attempt.person_id, Attempt.item_id, Attempt.id, Attempt.state, Attempt.finished_at, Grade.score)
        .outerjoin(Grade, and_(Grade.attempt_id == Attempt.id, is_latest_grade()))
        .where(
            Attempt.person_id.in_(person_ids),
            Attempt.item_id.in_({one.item_id for one in cases}),
            Attempt.sitting_id.is_(None),
            Attempt.state.in_((AttemptState.OPEN, AttemptState.GRADED)),
        )
    )
    found: dict[tuple[int, int], list[Try]] = {}
    for person_id, item_id, ident, state, finished_at, score in rows:
        handed_in = finished_at if state is AttemptState.GRADED else None
        found.setdefault((person_id, item_id), []).append(Try(ident, handed_in, score))
    return found


def _sittings_since(assignments: Sequence[Assignment], person_ids: Collection[int]) -> tuple[ColumnElement[bool], ...]:
    return (
        Sitting.person_id.in_(person_ids),
        Sitting.plan_id.in_({one.plan_id for one in assignments}),
        Sitting.started_at >= min(one.opens_at for one in assignments),
        Sitting.state != SittingState.VOIDED,
    )


def _sat(
    session: Session, exams: Sequence[Assignment], person_ids: Collection[int]
) -> dict[tuple[int, str], list[tuple[str, Sat]]]:
    rows = session.execute(
        select(
            Sitting.person_id,
            Sitting.plan_id,
            Sitting.scope,
            Sitting.id,
            Sitting.started_at,
            Sitting.closed_at,
            Sitting.deadline,
            Sitting.right_count,
            Sitting.scored_count,
            Sitting.window_closes_at,
            Sitting.closes_at,
        ).where(*_sittings_since(exams, person_ids))
    )
    found: dict[tuple[int, str], list[tuple[str, Sat]]] = {}
    for person_id, plan_id, scope, ident, started, closed, deadline, right, scored, window, own in rows:
        ended = closed if closed is None or deadline is None else min(closed, deadline - _INSTANT)
        longer = own - window if own is not None and window is not None else NOTHING
        one = Sat(ident, started, ended, right, scored, longer)
        found.setdefault((person_id, plan_id), []).append((scope, one))
    return found


def _rounds(
    session: Session, drills: Sequence[Assignment], person_ids: Collection[int]
) -> dict[tuple[int, str], list[Round]]:
    since = _sittings_since(drills, person_ids)
    answers: dict[int, list[tuple[datetime, bool]]] = {}
    given = session.execute(
        select(Attempt.sitting_id, Attempt.finished_at, Grade.score)
        .join(Sitting, Attempt.sitting_id == Sitting.id)
        .join(Grade, Grade.attempt_id == Attempt.id)
        .where(
            *since,
            Attempt.state == AttemptState.GRADED,
            is_latest_grade(),
            # A reason that was looked at without choosing anything is no answer. What is worth something is one, and
            # need not be opened to see it.
            or_(Grade.score > 0, func.json_array_length(Grade.result["chosen"]) > 0),
        )
    )
    for sitting_id, at, score in given:
        if sitting_id is not None and at is not None:
            answers.setdefault(sitting_id, []).append((at, score == 1))
    rows = session.execute(
        select(
            Sitting.person_id,
            Sitting.plan_id,
            Sitting.id,
            Sitting.started_at,
            func.json_array_length(Sitting.paper),
        ).where(*since)
    )
    found: dict[tuple[int, str], list[Round]] = {}
    for person_id, plan_id, ident, started_at, questions in rows:
        one = Round(ident, started_at, questions, answers.get(ident, ()))
        found.setdefault((person_id, plan_id), []).append(one)
    return found


@dataclass(frozen=True, slots=True)
class Assigned:
    """One assignment as its student sees it.

    `dates` are hers, accommodations included. `slug` names the case, `plan_id` the exam or drill; `size`: the case's
    minutes or the plan's questions. `available`: the site still has the work and she may see it.
    """

    id: int
    title: str
    classroom: str
    instructions: str
    kind: WorkKind
    slug: str
    plan_id: str
    size: int | None
    dates: Dates
    work: Work
    state: WorkState
    overdue: bool
    closed: bool
    available: bool

    @property
    def to_do(self) -> bool:
        """Say whether it waits to be done, and can be."""
        return not self.state.handed_in and not self.closed and self.available

    def pressing(self, now: datetime) -> bool:
        """Say whether it waits to be done and is due within the next seven days, or was within the last fourteen."""
        return self.to_do and self.dates.target is not None and -LONG_OVERDUE <= self.dates.target - now <= SOON


def assigned_to(
    session: Session, person_id: int, *, now: datetime, plans: Plans, unverified: bool, cpt: bool
) -> list[Assigned]:
    """Return the assignments a person sees, what is due first at the top and what has no date at the end.

    `unverified` and `cpt`: which cases she may be shown. Six queries at most.
    """
    rows = session.execute(
        select(
            Assignment,
            Classroom.name,
            Item.slug,
            Item.minutes,
            and_(*shown(ItemKind.CASE, unverified=unverified, cpt=cpt)),
        )
        .join(Classroom, Assignment.classroom_id == Classroom.id)
        .join(Membership, Membership.classroom_id == Classroom.id)
        .outerjoin(Item, Assignment.item_id == Item.id)
        .where(Membership.person_id == person_id, Assignment.opens_at <= now)
    ).all()
    given = [row[0] for row in rows]
    work = work_of(session, given, [person_id], plans=plans)
    grants = accommodations.grants_of(session, person_id) if any(one.closes_at for one in given) else None
    found = []
    for assignment, classroom, slug, minutes, is_shown in rows:
        plan = plans.get(assignment.plan_id or "")
        done, dates = work.get((assignment.id, person_id), NO_WORK), dates_of(assignment)
        mine = dates
        if grants is not None and dates.closes_at is not None:
            granted = grants.in_force(scope_of(assignment.id), plan_id=assignment.plan_id)
            close = personal_close(dates.closes_at, plan.minutes if plan else None, granted)
            mine = dates.extended((close or dates.closes_at) - dates.closes_at)
        found.append(
            Assigned(
                id=assignment.id,
                title=assignment.title,
                classroom=classroom,
                instructions=assignment.instructions,
                kind=kind_of(assignment, plans),
                slug=slug or "",
                plan_id=assignment.plan_id or "",
                size=minutes if assignment.item_id is not None else plan.total if plan else None,
                dates=mine,
                work=done,
                state=state_of(dates, done),
                overdue=is_overdue(mine, Work(done.begun, done.handed_in_at), now),
                # What is under way goes on to its end.
                closed=mine.closes_at is not None and now >= mine.closes_at and not done.begun,
                available=bool(is_shown) if assignment.item_id is not None else plan is not None,
            )
        )
    return sorted(found, key=_by_date)


def _by_date(one: Assigned) -> tuple[bool, datetime, int]:
    target = one.dates.target
    return target is None, target or one.dates.opens_at, one.id


def given_to(person_id: int, assignment_id: int) -> Select[Assignment]:
    """Select an assignment, if this person is in its class; before it opens, too."""
    return (
        select(Assignment)
        .join(Membership, Membership.classroom_id == Assignment.classroom_id)
        .where(Assignment.id == assignment_id, Membership.person_id == person_id)
    )
