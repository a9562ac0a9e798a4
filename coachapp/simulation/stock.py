"""What simulated learners may work on: the questions and cases that a student is shown, read once."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp.attempts.engine import judge
from coachapp.codesets import CodeSets
from coachapp.content.plans import bundled_plans
from coachapp.domain.assembly import PoolItem, Short, assemble, pool_item
from coachapp.domain.items import Case
from coachapp.domain.plans import ExamPlan, PlanKind, with_counts
from coachapp.domain.questions import Question
from coachapp.domain.responses import ClaimResponse
from coachapp.domain.results import Result
from coachapp.models.items import Item, ItemKind, ItemVersion
from coachapp.stored import case_of, question_of


@dataclass(frozen=True, slots=True)
class StockQuestion:
    """A question, where it is stored, and how hard it is in logits."""

    item_id: int
    version_id: int
    question: Question
    pool: PoolItem


@dataclass(frozen=True, slots=True)
class StockCase:
    """A case and where it is stored."""

    item_id: int
    version_id: int
    case: Case


@dataclass(slots=True)
class Stock:
    """Everything learners work on. Equal claims of one case are judged once."""

    questions: Mapping[str, StockQuestion]
    cases: tuple[StockCase, ...]
    drills: tuple[ExamPlan, ...]
    mocks: tuple[ExamPlan, ...]
    codesets: CodeSets
    judged: dict[tuple[int, ClaimResponse], Result] = field(default_factory=dict)

    def judge(self, one: StockCase, claim: ClaimResponse) -> Result:
        """Return what the grader says of a claim."""
        key = (one.version_id, claim)
        if key not in self.judged:
            self.judged[key] = judge(one.case, claim, codesets=self.codesets)
        return self.judged[key]


def read_stock(session: Session, *, cpt: bool, codesets: CodeSets) -> Stock:
    """Read the verified questions and cases, without those that name CPT numbers unless `cpt`, and the plans.

    Plans for which the bank holds no paper are left out; what is left may be nothing. Mocks go from short to long.
    """
    query = (
        select(ItemVersion, Item.kind)
        .join(Item, Item.current_version_id == ItemVersion.id)
        .where(Item.retired_at.is_(None), Item.verified.is_not(None))
        .order_by(Item.slug)
    )
    questions: dict[str, StockQuestion] = {}
    cases = []
    for version, kind in session.execute(query if cpt else query.where(Item.carries_cpt.is_(False))):
        if kind is ItemKind.CASE:
            cases.append(StockCase(version.item_id, version.id, case_of(version)))
        else:
            question = question_of(version)
            questions[question.id] = StockQuestion(version.item_id, version.id, question, pool_item(question))
    pool = [one.pool for one in questions.values()]
    plans = [found for plan in bundled_plans().plans.values() if (found := _possible(plan, pool)) is not None]
    return Stock(
        questions=questions,
        cases=tuple(cases),
        drills=tuple(plan for plan in plans if plan.kind is PlanKind.DRILL),
        mocks=tuple(plan for plan in reversed(plans) if plan.kind is not PlanKind.DRILL),
        codesets=codesets,
    )


def _possible(plan: ExamPlan, pool: list[PoolItem]) -> ExamPlan | None:
    """Return a plan as the bank can fill it: a drill shortened where it must be, None where there is no paper."""
    while True:
        try:
            assemble(plan, pool, history={}, seed=0)
        except Short as short:
            counts = {section: need - short.lacking.get(section, 0) for section, need in plan.needs().items()}
            if plan.kind is not PlanKind.DRILL or not any(counts.values()):
                return None
            plan = with_counts(plan, counts)
        else:
            return plan
