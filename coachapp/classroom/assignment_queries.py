"""What the pages about assignments show: always the same few queries, however many people and assignments there are."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from coachapp.attempts.assigned import Assigned, Plans, dates_of, kind_of, work_of
from coachapp.content.render import render_document
from coachapp.domain.assignments import NO_WORK, Dates, Stage, Work, WorkKind, WorkState, is_overdue, late_by, state_of
from coachapp.domain.plans import ExamPlan, PlanKind
from coachapp.models.classroom import Assignment, Classroom, Membership
from coachapp.models.items import Item, ItemKind
from coachapp.models.people import Person
from coachapp.stored import shown


@dataclass(frozen=True, slots=True)
class GivenRow:
    """One assignment in an instructor's list, with how many of the class are how far."""

    id: int
    title: str
    kind: WorkKind
    dates: Dates
    members: int
    handed_in: int
    late: int
    begun: int

    @property
    def missing(self) -> int:
        """Return how many have not handed in."""
        return self.members - self.handed_in


def given_rows(
    session: Session, classroom: Classroom, person_ids: Collection[int], *, plans: Plans, now: datetime
) -> dict[Stage, list[GivenRow]]:
    """Return the assignments of a class by stage; open and coming ones by date, past ones latest first."""
    query = select(Assignment).where(Assignment.classroom_id == classroom.id).order_by(Assignment.id)
    given = session.scalars(query).all()
    work = work_of(session, given, person_ids, plans=plans)
    found: dict[Stage, list[GivenRow]] = {stage: [] for stage in Stage}
    for one in given:
        dates = dates_of(one)
        states = [state_of(dates, work.get((one.id, person_id), NO_WORK)) for person_id in person_ids]
        row = GivenRow(
            id=one.id,
            title=one.title,
            kind=kind_of(one, plans),
            dates=dates,
            members=len(states),
            handed_in=sum(state.handed_in for state in states),
            late=states.count(WorkState.LATE),
            begun=states.count(WorkState.BEGUN),
        )
        found[dates.stage(now)].append(row)
    found[Stage.OPEN].sort(key=lambda row: (row.dates.target is None, row.dates.target or row.dates.opens_at, row.id))
    found[Stage.COMING].sort(key=lambda row: (row.dates.opens_at, row.id))
    found[Stage.PAST].sort(key=lambda row: (row.dates.target or row.dates.opens_at, row.id), reverse=True)
    return found


@dataclass(frozen=True, slots=True)
class MemberRow:
    """How far one member is. `late`: by how much, None in time; `overdue`: due and not handed in."""

    name: str
    email: str
    state: WorkState
    overdue: bool
    late: timedelta | None
    work: Work


@dataclass(frozen=True, slots=True)
class GivenPage:
    """One assignment as its instructor sees it; `slug` names the case, `plan_title` the drill or exam."""

    id: int
    title: str
    instructions_html: str
    kind: WorkKind
    slug: str
    work_title: str
    dates: Dates
    stage: Stage
    zone: str
    members: Sequence[MemberRow]

    def count(self, state: str) -> int:
        """Return how many members are in a state."""
        return sum(row.state == state for row in self.members)


def own_assignment(instructor_id: int, classroom_id: int, assignment_id: int) -> Select[Assignment]:
    """Select an assignment of a class, if this person teaches it."""
    return (
        select(Assignment)
        .join(Assignment.classroom)
        .where(Assignment.id == assignment_id, Classroom.id == classroom_id, Classroom.instructor_id == instructor_id)
    )


def given_page(session: Session, assignment: Assignment, *, plans: Plans, now: datetime) -> GivenPage:
    """Return an assignment with every member of its class, those first who need a word."""
    people = session.execute(
        select(Person.id, Person.name, Person.email)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.classroom_id == assignment.classroom_id)
    ).all()
    work = work_of(session, [assignment], [row.id for row in people], plans=plans)
    dates, rows = dates_of(assignment), []
    for person_id, name, email in people:
        done = work.get((assignment.id, person_id), NO_WORK)
        state, overdue = state_of(dates, done), is_overdue(dates, done, now)
        rows.append(MemberRow(name, email, state, overdue, late_by(dates, done), done))
    plan = plans.get(assignment.plan_id or "")
    item = assignment.item
    return GivenPage(
        id=assignment.id,
        title=assignment.title,
        instructions_html=render_document(assignment.instructions),
        kind=kind_of(assignment, plans),
        slug=item.slug if item else "",
        work_title=item.title if item else plan.title if plan else assignment.plan_id or "",
        dates=dates,
        stage=dates.stage(now),
        zone=assignment.zone,
        members=sorted(rows, key=_need),
    )


def _need(row: MemberRow) -> tuple[bool, int, float, str, str]:
    """Sort by need: overdue first, not begun before begun, then late by how much, then in time; equals by name."""
    by = -row.late.total_seconds() if row.late is not None else 0.0
    return not row.overdue, list(WorkState).index(row.state), by, row.name.casefold(), row.email


@dataclass(frozen=True, slots=True)
class CaseChoice:
    """A case that can be given."""

    id: int
    title: str
    specialty: str
    level: str
    minutes: int | None


def case_choices(session: Session, *, cpt: bool) -> list[CaseChoice]:
    """Return the cases that students may open, by specialty and title; none that only instructors see."""
    rows = session.execute(
        select(Item.id, Item.title, Item.specialty, Item.level, Item.minutes)
        .where(*shown(ItemKind.CASE, unverified=False, cpt=cpt))
        .order_by(Item.specialty, Item.title, Item.id)
    )
    return [CaseChoice(ident, title, area or "", level or "", minutes) for ident, title, area, level, minutes in rows]


def last_zone(session: Session, classroom: Classroom) -> str | None:
    """Return the time zone of the assignment given last to a class, None before the first."""
    query = select(Assignment.zone).where(Assignment.classroom_id == classroom.id).order_by(Assignment.id.desc())
    return session.scalar(query.limit(1))


@dataclass(frozen=True, slots=True)
class AssignmentsPage:
    """A student's assignments: to do by date, handed in (the latest first), and over without having been done."""

    to_do: Sequence[Assigned]
    handed_in: Sequence[Assigned]
    past: Sequence[Assigned]

    @property
    def empty(self) -> bool:
        """Say whether there is nothing at all."""
        return not (self.to_do or self.handed_in or self.past)


def assignments_page(found: Sequence[Assigned]) -> AssignmentsPage:
    """Sort a student's assignments into what waits, what is done and what is over."""
    done = [one for one in found if one.state.handed_in]
    return AssignmentsPage(
        to_do=[one for one in found if one.to_do],
        handed_in=sorted(done, key=attrgetter("work.handed_in_at"), reverse=True),
        past=[one for one in found if not one.to_do and not one.state.handed_in],
    )


def plan_choices(plans: Plans, kind: WorkKind) -> list[ExamPlan]:
    """Return the drills, or the exams, that can be given."""
    drills = kind is WorkKind.DRILL
    return [plan for plan in plans.values() if (plan.kind is PlanKind.DRILL) == drills]
