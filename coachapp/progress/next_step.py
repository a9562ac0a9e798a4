"""Choose the one next step of a learner: pure, from what is known of her work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from coachapp.attempts.assigned import Assigned
from coachapp.domain.mastery import USUAL_MEAN, Amount, Level, Mastery
from coachapp.domain.pace import budget_seconds
from coachapp.domain.plans import ExamPlan, PlanKind
from coachapp.domain.questions import Section
from coachapp.progress.casework import BegunCase, FreshCase


@dataclass(frozen=True, slots=True)
class OpenSitting:
    """An exam or drill under way; `deadline` is the latest moment it can run to, None for a drill."""

    kind: ClassVar[str] = "sitting"

    id: int
    title: str
    drill: bool
    started_at: datetime
    deadline: datetime | None


@dataclass(frozen=True, slots=True)
class DueAssignment:
    """Work given to a class of hers that presses, or the first there is where nothing else is to be done."""

    kind: ClassVar[str] = "assignment"

    assigned: Assigned


@dataclass(frozen=True, slots=True)
class DueReview:
    """So many concepts are due and can be asked."""

    kind: ClassVar[str] = "review"

    concepts: int


@dataclass(frozen=True, slots=True)
class SectionDrill:
    """A drill on the section that needs it most; `words` say how well it is known, empty where nothing is known."""

    kind: ClassVar[str] = "drill"

    plan_id: str
    section: Section
    questions: int
    words: str


@dataclass(frozen=True, slots=True)
class NextMock:
    """A mock exam that the bank holds a paper for."""

    kind: ClassVar[str] = "mock"

    plan_id: str
    title: str
    questions: int
    minutes: int | None


NextStep = OpenSitting | BegunCase | DueAssignment | DueReview | SectionDrill | NextMock | FreshCase


def next_step(
    *,
    sittings: Sequence[OpenSitting],
    begun: BegunCase | None,
    assigned: Sequence[Assigned],
    due: int,
    drill: SectionDrill | None,
    mock: NextMock | None,
    fresh: FreshCase | None,
    now: datetime,
) -> NextStep | None:
    """Return what comes first.

    That is what is under way, the assignment overdue or due soon, what is due for review, the weakest section, the next
    mock, a case not tried, and an assignment that has time. `assigned`: what is due first at the top. Of sittings an
    exam goes before a drill, for its time runs; of equals the one begun last.
    """
    if sittings:
        return max(sittings, key=lambda one: (not one.drill, one.started_at, one.id))
    if begun is not None:
        return begun
    waiting = [DueAssignment(one) for one in assigned if one.to_do]
    if waiting and waiting[0].assigned.pressing(now):
        return waiting[0]
    if due:
        return DueReview(due)
    return drill or mock or fresh or next(iter(waiting), None)


def weakest_drill(
    plans: Sequence[ExamPlan], mastery: Mapping[Section, Mastery], ready: Mapping[Section, int]
) -> SectionDrill | None:
    """Return the drill on the section known least, None where all are where the exam wants them or none is ready.

    Ready is a drill that the bank can fill: `ready` counts the questions by section. A section without evidence counts
    as the usual mean; of equals the one whose questions are quickest comes first, so that a beginner starts there.
    """
    order = list(Section)
    found = []
    for plan in plans:
        section = plan.sections[0].section
        if plan.kind is not PlanKind.DRILL or len(plan.sections) != 1 or ready.get(section, 0) < plan.total:
            continue
        known = mastery.get(section)
        if known is not None and known.amount in (Amount.SOME, Amount.AMPLE) and known.level in _WHERE_IT_SHOULD_BE:
            continue
        mean = known.mean if known is not None else USUAL_MEAN
        words = known.words if known is not None and known.amount is not Amount.NONE else ""
        drill = SectionDrill(plan.id, section, plan.total, words)
        found.append((mean, budget_seconds(section), order.index(section), drill))
    return min(found, key=lambda one: one[:3])[3] if found else None


_WHERE_IT_SHOULD_BE = (Level.FIRM, Level.STRONG)


def possible_mock(plans: Sequence[ExamPlan], ready: Mapping[Section, int]) -> NextMock | None:
    """Return the longest mock whose sections the bank can fill, exams with a pass mark first."""
    possible = [
        plan
        for plan in plans
        if plan.kind is not PlanKind.DRILL
        and all(ready.get(section, 0) >= count for section, count in plan.needs().items())
    ]
    best = max(possible, key=lambda plan: (plan.kind is PlanKind.EXAM, plan.total), default=None)
    return NextMock(best.id, best.title, best.total, best.minutes) if best else None
