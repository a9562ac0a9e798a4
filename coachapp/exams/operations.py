"""Start exams and drills, and turn pages. Nothing here commits; the routes do."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp.attempts import accommodations, sittings
from coachapp.attempts.papers import PaperSlot, plan_of, slot_data
from coachapp.attempts.withholding import withheld_from
from coachapp.content.plans import bundled_plans
from coachapp.domain.assembly import Short, assemble
from coachapp.domain.disclosure import Withheld
from coachapp.domain.plans import ExamPlan, PlanKind, concept_plan_id, with_counts
from coachapp.domain.questions import Section
from coachapp.domain.slotwork import SlotSave
from coachapp.exams.pool import Candidate, history, read_pool
from coachapp.models.attempts import Step
from coachapp.models.audit import AuditAction
from coachapp.models.items import Concept, ItemVersion
from coachapp.models.people import Person
from coachapp.models.sittings import ProblemReport, Sitting
from coachapp.models.writing import begin_write
from coachapp.web.audit import record

CONCEPT_QUESTIONS = 10
MOST_PROBLEM_CHARS = 2000
MOST_HINTS = 2
# A page that only took time is a step of its own from here on.
WORTH_KEEPING_MS = 5000


@dataclass(frozen=True, slots=True)
class Reach:
    """Which questions a person may be asked: those not verified yet, those with CPT numbers."""

    unverified: bool
    cpt: bool


@dataclass(frozen=True, slots=True)
class Window:
    """What an exam was given as, and when it may be started; the times are those for everybody."""

    scope: str
    opens_at: datetime | None = None
    closes_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Shortage:
    """The bank holds no paper of a plan: what lacks, by section, and the plans that can be sat instead."""

    lacking: dict[Section, int]
    instead: tuple[ExamPlan, ...]


def shortage(plan: ExamPlan, candidates: Sequence[Candidate]) -> Shortage | None:
    """Say what is lacking for a paper of `plan`, None if there is one."""
    lacking = _lacking(plan, candidates)
    return None if lacking is None else _shortage(plan, lacking, candidates)


def _shortage(plan: ExamPlan, lacking: dict[Section, int], candidates: Sequence[Candidate]) -> Shortage:
    others = [other for other in bundled_plans().plans.values() if other.kind is PlanKind.SHORT and other != plan]
    return Shortage(lacking, tuple(other for other in others if _lacking(other, candidates) is None))


def _lacking(plan: ExamPlan, candidates: Sequence[Candidate]) -> dict[Section, int] | None:
    try:
        assemble(plan, [candidate.item for candidate in candidates], history={}, seed=0)
    except Short as error:
        return error.lacking
    return None


def start_exam(
    session: Session,
    person_id: int,
    *,
    plan: ExamPlan,
    reach: Reach,
    now: datetime,
    seed: int,
    window: Window | None = None,
) -> Sitting | Shortage:
    """Resume the person's open sitting of a plan, or start one; or say what the bank lacks.

    `window`: that of the assignment the exam was given as. Raises sittings.NotInWindow.
    """
    found = sittings.find_open(session, person_id, scope=window.scope if window else plan.id)
    if found is not None:
        return found
    candidates = read_pool(session, unverified=reach.unverified, cpt=reach.cpt)
    try:
        return start_paper(session, person_id, plan=plan, candidates=candidates, now=now, seed=seed, window=window)
    except Short as error:
        return _shortage(plan, error.lacking, candidates)


def start_drill(
    session: Session, person_id: int, *, plan: ExamPlan, reach: Reach, now: datetime, seed: int
) -> Sitting | None:
    """Resume or start a drill, shorter than planned where the bank holds less; None if it holds nothing.

    Questions that stand in an exam of this person whose answers are not shown yet are left out.
    """
    found = sittings.find_open(session, person_id, scope=plan.id)
    if found is not None:
        return found
    candidates = read_pool(
        session,
        unverified=reach.unverified,
        cpt=reach.cpt,
        sections=list(plan.needs()),
        without=withheld_from(session, person_id, now=now),
    )
    possible = shortened(plan, candidates)
    if possible is None:
        return None
    return start_paper(session, person_id, plan=possible, candidates=candidates, now=now, seed=seed)


def shortened(plan: ExamPlan, candidates: Sequence[Candidate]) -> ExamPlan | None:
    """Return a drill as long as the candidates allow, None if they make none."""
    # More than once, for enemies are looked at only where the numbers suffice.
    while (lacking := _lacking(plan, candidates)) is not None:
        counts = {section: need - lacking.get(section, 0) for section, need in plan.needs().items()}
        if not any(counts.values()):
            return None
        plan = with_counts(plan, counts)
    return plan


def start_concept_drill(
    session: Session, person_id: int, *, concept: Concept, reach: Reach, now: datetime, seed: int
) -> Sitting | None:
    """Resume or start a drill on one concept: the questions on it seen longest ago; None if there are none."""
    plan_id = concept_plan_id(concept.slug)
    found = sittings.find_open(session, person_id, scope=plan_id)
    if found is not None:
        return found
    pattern = next(plan for plan in bundled_plans().plans.values() if plan.kind is PlanKind.DRILL)
    candidates = [
        candidate
        for candidate in read_pool(
            session,
            unverified=reach.unverified,
            cpt=reach.cpt,
            concept=concept.slug,
            without=withheld_from(session, person_id, now=now),
        )
        if candidate.item.use in pattern.uses
    ]
    if not candidates:
        return None
    seen = history(session, person_id)
    candidates.sort(key=lambda candidate: (seen.get(candidate.item.id, 0.0), candidate.item.id))
    counts = Counter(candidate.item.section for candidate in candidates[:CONCEPT_QUESTIONS])
    possible = shortened(_concept_plan(pattern, concept, counts), candidates)
    if possible is None:
        return None
    return start_paper(session, person_id, plan=possible, candidates=candidates, now=now, seed=seed)


def _concept_plan(pattern: ExamPlan, concept: Concept, counts: dict[Section, int]) -> ExamPlan:
    return with_counts(
        pattern,
        counts,
        id=concept_plan_id(concept.slug),
        title=f"Drill: {concept.title}",
        about="Questions on one concept, untimed, with the reason after each.",
    )


def start_paper(
    session: Session,
    person_id: int,
    *,
    plan: ExamPlan,
    candidates: Sequence[Candidate],
    now: datetime,
    seed: int,
    window: Window | None = None,
) -> Sitting:
    """Start a sitting of a paper made of the candidates, or return the open one.

    Raises Short if they make none, and sittings.NotInWindow.
    """
    window = window or Window(plan.id)
    seen = history(session, person_id)
    paper = assemble(plan, [candidate.item for candidate in candidates], history=seen, seed=seed)
    rows = {candidate.item.id: candidate for candidate in candidates}
    # The paper is chosen before the lock is taken: hundreds may start in the same second.
    begin_write(session)
    found = sittings.find_open(session, person_id, scope=window.scope)
    if found is not None:
        return found
    return sittings.start(
        session,
        person_id,
        plan=plan,
        paper=[
            slot_data(slot, item_id=rows[slot.item].item_id, version_id=rows[slot.item].version_id)
            for slot in paper.slots
        ],
        seed=seed,
        now=now,
        accommodation=accommodations.in_force(session, person_id, scope=window.scope, plan_id=plan.id),
        scope=window.scope,
        opens_at=window.opens_at,
        closes_at=window.closes_at,
    )


def turn_page(session: Session, sitting: Sitting, *, slot: PaperSlot, work: SlotSave, now: datetime) -> Step:
    """Save a posted page unless it says what the server holds already. Raises what `sittings.save` raises."""
    last = sittings.last_step(session, sittings.attempt_at(session, sitting, slot.n))
    if last is not None and not sitting.state.closed and _says_the_same(last, work):
        return last
    return sittings.save(session, sitting, slot=slot, work=work, now=now)


def _says_the_same(step: Step, work: SlotSave) -> bool:
    if abs(work.elapsed_ms - step.payload["elapsed_ms"]) >= WORTH_KEEPING_MS:
        return False
    ignored = {"save_id", "elapsed_ms", "hints"}
    mine = {name: value for name, value in work.payload().items() if name not in ignored}
    return mine == {name: value for name, value in step.payload.items() if name not in ignored}


def give_hint(session: Session, sitting: Sitting, *, slot: PaperSlot, work: SlotSave, now: datetime) -> Withheld | None:
    """Save the page with one more hint than before: first what the concepts are called, then their lessons.

    Return why there is none where the question stands in an exam of hers; then the page alone is saved. Raises what
    `sittings.save` raises, and ValueError for a sitting that is no drill.
    """
    if plan_of(sitting).kind is not PlanKind.DRILL:
        raise ValueError("only a drill gives hints")
    held = withheld_from(session, sitting.person_id, now=now).get(slot.item_id)
    if held is not None:
        turn_page(session, sitting, slot=slot, work=work, now=now)
        return held
    last = sittings.last_step(session, sittings.attempt_at(session, sitting, slot.n))
    given = sittings.hints_given(last.payload if last else None)
    sittings.save(session, sitting, slot=slot, work=work, now=now, hints=min(given + 1, MOST_HINTS))
    return None


def report_problem(session: Session, person_id: int, *, version_id: int, text: str, now: datetime) -> None:
    """Keep what a person found wrong with a question; written again, it replaces what she wrote before."""
    found = session.scalar(
        select(ProblemReport).where(ProblemReport.person_id == person_id, ProblemReport.item_version_id == version_id)
    )
    if found is None:
        session.get_one(ItemVersion, version_id)
        found = ProblemReport(person_id=person_id, item_version_id=version_id)
        session.add(found)
    found.text, found.at = text[:MOST_PROBLEM_CHARS], now
    session.flush()


def void_sitting(session: Session, sitting: Sitting, *, actor: Person | None, reason: str, now: datetime) -> None:
    """Take a sitting out of the record and write down who did it and why; no actor stands for the command line."""
    sittings.void(session, sitting, now=now)
    subject = f"{sitting.plan['title']}, sitting {sitting.id} of {sitting.person.email}"
    record(session, actor, action=AuditAction.SITTING_VOIDED, subject=subject, now=now, detail={"reason": reason})
