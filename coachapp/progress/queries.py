"""Read what Today shows: always the same few queries."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coachapp.attempts.assigned import Assigned, assigned_to
from coachapp.attempts.memories import due_by_concept
from coachapp.attempts.withholding import withheld_from
from coachapp.content.plans import bundled_plans
from coachapp.domain.mastery import Amount, Level, Mastery
from coachapp.domain.plans import PlanKind
from coachapp.domain.questions import Section, Use
from coachapp.domain.sittings import OPEN
from coachapp.models.items import Item, ItemConcept, ItemKind
from coachapp.models.sittings import Sitting
from coachapp.progress.casework import CaseWork, case_work
from coachapp.progress.next_step import DueAssignment, NextStep, OpenSitting, next_step, possible_mock, weakest_drill
from coachapp.progress.standing_queries import ReadinessShown, readiness_shown
from coachapp.progress.standing_reads import figures_of
from coachapp.progress.upkeep import exam_plan
from coachapp.stored import shown


@dataclass(frozen=True, slots=True)
class KnownSection:
    """One section at a glance; `words` as `Mastery.words`."""

    section: Section
    words: str


@dataclass(frozen=True, slots=True)
class TodayPage:
    """Today: one next step, then progress at a glance. `sections` are grouped by what is known of them.

    `assigned`: what her classes gave her, what is due first at the top. `due`: concepts that are due and that a
    question asks about; `due_in_charts`: the others. `withheld`: an exam keeps answers back.
    """

    now: datetime
    step: NextStep | None
    assigned: Sequence[Assigned]
    cases: CaseWork
    sections: Sequence[tuple[str, Sequence[KnownSection]]]
    readiness: ReadinessShown | None
    due: int
    due_in_charts: int
    remembered: int
    withheld: bool

    @property
    def to_do(self) -> list[Assigned]:
        """Return the assignments that wait to be done."""
        return [one for one in self.assigned if one.to_do]

    @property
    def overdue(self) -> int:
        """Return how many of them are overdue."""
        return sum(one.overdue for one in self.to_do)

    @property
    def next_assigned(self) -> Assigned | None:
        """Return the first assignment to do that is not the next step itself, None where the next step is one."""
        return None if isinstance(self.step, DueAssignment) else next(iter(self.to_do), None)

    @property
    def newcomer(self) -> bool:
        """Say whether this person has not answered anything yet."""
        return not (self.sections or self.cases.recent or self.remembered or self.withheld)


def today_page(session: Session, person_id: int, *, now: datetime, unverified: bool, cpt: bool) -> TodayPage:
    """Read Today of one person; her standing must be up to date (`routes.brought_up_to_date`)."""
    plans = list(bundled_plans().plans.values())
    held = withheld_from(session, person_id, now=now)
    practice, exam = _ready(session, held, unverified=unverified, cpt=cpt)
    figures = figures_of(session, person_id)
    concepts = due_by_concept(session, person_id, now=now)
    askable = questions_by_concept(session, held, unverified=unverified, cpt=cpt)
    due = sum(is_due and slug in askable for slug, is_due in concepts.items())
    cases = case_work(session, person_id, unverified=unverified, cpt=cpt)
    known_plans = {plan.id: plan for plan in plans}
    assigned = assigned_to(session, person_id, now=now, plans=known_plans, unverified=unverified, cpt=cpt)
    return TodayPage(
        now=now,
        step=next_step(
            sittings=_open_sittings(session, person_id),
            begun=cases.begun,
            assigned=assigned,
            due=due,
            drill=weakest_drill(plans, figures.sections, practice),
            mock=possible_mock(plans, exam),
            fresh=cases.fresh,
            now=now,
        ),
        assigned=assigned,
        cases=cases,
        sections=_grouped(figures.sections),
        readiness=readiness_shown(figures, exam_plan()),
        due=due,
        due_in_charts=sum(concepts.values()) - due,
        remembered=len(concepts),
        withheld=bool(held),
    )


def _open_sittings(session: Session, person_id: int) -> list[OpenSitting]:
    rows = session.execute(
        select(
            Sitting.id,
            Sitting.plan["title"].as_string(),
            Sitting.plan["kind"].as_string(),
            Sitting.started_at,
            Sitting.deadline,
        ).where(Sitting.person_id == person_id, Sitting.state.in_(OPEN))
    )
    return [
        OpenSitting(i, title, kind == PlanKind.DRILL, started, deadline) for i, title, kind, started, deadline in rows
    ]


def _ready(
    session: Session, held: Collection[int], *, unverified: bool, cpt: bool
) -> tuple[dict[Section, int], dict[Section, int]]:
    """Return how many questions of each section drills and how many exams may ask."""
    practice: dict[Section, int] = {}
    exam: dict[Section, int] = {}
    rows = session.execute(
        select(Item.section, Item.use, func.count())
        .where(
            Item.id.not_in(held),
            Item.section.is_not(None),
            *shown(ItemKind.QUESTION, unverified=unverified, cpt=cpt),
        )
        .group_by(Item.section, Item.use)
    )
    for name, use, count in rows:
        section = Section(str(name))
        if use != Use.EXAM:
            practice[section] = practice.get(section, 0) + count
        if use != Use.PRACTICE:
            exam[section] = exam.get(section, 0) + count
    return practice, exam


def questions_by_concept(session: Session, held: Collection[int], *, unverified: bool, cpt: bool) -> dict[str, int]:
    """Return how many questions drills may ask on each concept that has any; `held`: items to leave out."""
    rows = session.execute(
        select(ItemConcept.concept_slug, func.count())
        .join(Item, ItemConcept.item_id == Item.id)
        .where(
            Item.id.not_in(held),
            Item.use != Use.EXAM.value,
            *shown(ItemKind.QUESTION, unverified=unverified, cpt=cpt),
        )
        .group_by(ItemConcept.concept_slug)
    )
    return dict(rows.all())


def _grouped(mastery: Mapping[Section, Mastery]) -> list[tuple[str, list[KnownSection]]]:
    """Return sections by what is known of them: the weak first, then thin evidence, then none; no group is empty."""
    if not any(one.evidence.answers for one in mastery.values()):
        return []
    groups: dict[str, list[KnownSection]] = {level.value.capitalize(): [] for level in Level}
    groups |= {"Little evidence so far": [], "No answers yet": []}
    for section in Section:
        found = mastery.get(section)
        if found is None or found.amount is Amount.NONE:
            groups["No answers yet"].append(KnownSection(section, ""))
        elif found.amount is Amount.THIN:
            groups["Little evidence so far"].append(KnownSection(section, found.level.value))
        else:
            groups[found.level.value.capitalize()].append(KnownSection(section, found.words))
    return [(name, some) for name, some in groups.items() if some]
