"""Review rounds: drills of about five minutes on the concepts that are due, with questions not seen lately."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp.attempts import sittings
from coachapp.attempts.memories import Remembered, most_urgent, remembered
from coachapp.attempts.withholding import withheld_from
from coachapp.content.plans import bundled_plans
from coachapp.domain.pace import budget_seconds
from coachapp.domain.plans import REVIEW_PLAN_ID, PlanKind, with_counts
from coachapp.exams.operations import Reach, shortened, start_paper
from coachapp.exams.pool import Candidate, history, read_pool
from coachapp.models.items import ItemConcept
from coachapp.models.sittings import Sitting

ROUND_SECONDS = 300
# A question seen within this time would be recalled for its answer, not for its rule.
LATELY = timedelta(days=14)


def start_round(session: Session, person_id: int, *, reach: Reach, now: datetime, seed: int) -> Sitting | None:
    """Resume or start a round on what is due; None where nothing is due or nothing that is due can be asked.

    Questions that stand in an exam of this person whose answers are not shown yet are left out.
    """
    found = sittings.find_open(session, person_id, scope=REVIEW_PLAN_ID)
    if found is not None:
        return found
    pattern = next((plan for plan in bundled_plans().plans.values() if plan.kind is PlanKind.DRILL), None)
    due = most_urgent(remembered(session, person_id), now)
    if pattern is None or not due:
        return None
    candidates = [
        candidate
        for candidate in read_pool(
            session,
            unverified=reach.unverified,
            cpt=reach.cpt,
            without=withheld_from(session, person_id, now=now),
        )
        if candidate.item.use in pattern.uses
    ]
    tagged = _tagged(session, [one.slug for one in due])
    chosen = choose(due, candidates, tagged, seen=history(session, person_id), now=now)
    if not chosen:
        return None
    plan = with_counts(
        pattern,
        Counter(candidate.item.section for candidate in chosen),
        id=REVIEW_PLAN_ID,
        title="Five minutes of review",
        about="About five minutes on the concepts that are due, with the reason after each question.",
    )
    possible = shortened(plan, chosen)
    if possible is None:
        return None
    return start_paper(session, person_id, plan=possible, candidates=chosen, now=now, seed=seed)


def _tagged(session: Session, concepts: Collection[str]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    rows = session.execute(
        select(ItemConcept.concept_slug, ItemConcept.item_id).where(ItemConcept.concept_slug.in_(concepts))
    )
    for concept, item_id in rows:
        found.setdefault(concept, set()).add(item_id)
    return found


def choose(
    due: Sequence[Remembered],
    candidates: Sequence[Candidate],
    tagged: Mapping[str, Collection[int]],
    *,
    seen: Mapping[str, float],
    now: datetime,
) -> list[Candidate]:
    """Return the questions of one round, one a concept, as many as fit in five minutes by their budgets.

    `due` in the order of urgency, `tagged` the ids of the items on each concept, `seen` when she last saw a question by
    its id in seconds since 1970. Of a concept the question seen longest ago is asked. Concepts of which every question
    was seen within the last fourteen days come last. The first question is asked however long it may take.
    """
    lately = (now - LATELY).timestamp()
    firsts: list[Candidate] = []
    for one in due:
        mine = [candidate for candidate in candidates if candidate.item_id in tagged.get(one.slug, ())]
        fresh = [candidate for candidate in mine if candidate not in firsts]
        if fresh:
            firsts.append(min(fresh, key=lambda candidate: (seen.get(candidate.item.id, 0.0), candidate.item.id)))
    firsts.sort(key=lambda candidate: seen.get(candidate.item.id, 0.0) > lately)  # stable: else by urgency
    chosen: list[Candidate] = []
    left = float(ROUND_SECONDS)
    for candidate in firsts:
        budget = budget_seconds(candidate.item.section)
        if not chosen or budget <= left:
            chosen.append(candidate)
            left -= budget
    return chosen
