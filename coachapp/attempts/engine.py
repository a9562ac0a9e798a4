"""The only writer of attempts, steps and (through coachapp.attempts.grades) grades: values in, rows out.

No commit, no request, no signed-in person. Steps and grades are append-only. Every accepted save or submit names the
step it builds upon (`base_seq`); one that names an older step lost a race with another tab, is kept as a stale step,
and raises Conflict.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp.attempts.grades import Judged, enter
from coachapp.attempts.judging import judging_version
from coachapp.codesets import CodeSets
from coachapp.domain.grading import grade
from coachapp.domain.items import Case
from coachapp.domain.responses import ClaimResponse
from coachapp.domain.results import Result, result_data
from coachapp.models.attempts import Attempt, AttemptState, Grade, Step, StepKind
from coachapp.models.items import Item
from coachapp.stored import case_of

# A tab left open overnight is not work: no single gap between two steps counts for more than this.
LONGEST_GAP_MS = 120_000


class Conflict(Exception):
    """A save or submit built upon an older state. Both versions are kept; `server` is the accepted one."""

    def __init__(self, attempt: Attempt, server: Step | None) -> None:
        """Name the attempt and its last accepted step (None if it has none)."""
        super().__init__(f"attempt {attempt.id} has moved on to step {attempt.draft_seq}")
        self.attempt = attempt
        self.server = server


class Closed(Exception):
    """The attempt is handed in or given up and takes no more work."""

    def __init__(self, attempt: Attempt) -> None:
        """Name the attempt."""
        super().__init__(f"attempt {attempt.id} is {attempt.state.value}")
        self.attempt = attempt


def open_attempt(session: Session, person_id: int, *, item: Item, now: datetime) -> Attempt:
    """Return the person's open attempt at an item, or begin one on the item's current version.

    Raises ValueError if the item has no version yet.
    """
    found = find_open(session, person_id, item_id=item.id)
    if found is not None:
        return found
    if item.current_version_id is None:
        raise ValueError(f"{item.slug} has no version to attempt")
    attempt = Attempt(
        person_id=person_id, item=item, item_version_id=item.current_version_id, state=AttemptState.OPEN, started_at=now
    )
    session.add(attempt)
    session.flush()
    return attempt


def find_open(session: Session, person_id: int, *, item_id: int) -> Attempt | None:
    """Return the person's open attempt at an item outside of sittings, if there is one."""
    return session.scalar(
        select(Attempt).where(
            Attempt.person_id == person_id,
            Attempt.item_id == item_id,
            Attempt.state == AttemptState.OPEN,
            Attempt.sitting_id.is_(None),
        )
    )


def last_accepted(session: Session, attempt: Attempt) -> Step | None:
    """Return the step whose payload is the attempt's present draft, or None before the first."""
    return session.scalar(select(Step).where(Step.attempt_id == attempt.id, Step.seq == attempt.draft_seq))


def save(session: Session, attempt: Attempt, *, payload: dict[str, Any], base_seq: int, now: datetime) -> Step:
    """Append a draft: the form's rows just as typed.

    The draft that is already the last accepted one is not stored again. Raises Closed, or Conflict if `base_seq` is not
    the seq of the last accepted step; the losing draft is then appended as a stale step (commit to keep it).
    """
    server = _claim_turn(session, attempt, payload=payload, base_seq=base_seq, now=now)
    if server is not None and server.payload == payload:
        return server
    return _append(session, attempt, kind=StepKind.SAVE, payload=payload, now=now)


def submit(
    session: Session,
    attempt: Attempt,
    *,
    claim: ClaimResponse,
    payload: dict[str, Any],
    base_seq: int,
    now: datetime,
    codesets: CodeSets,
) -> Grade:
    """Hand in a claim and grade it by the key of the version that the attempt was begun on, or the one that mends it.

    Raises Closed and Conflict as `save` does.
    """
    _claim_turn(session, attempt, payload=payload, base_seq=base_seq, now=now)
    step = _append(session, attempt, kind=StepKind.SUBMIT, payload=payload, now=now)
    attempt.state = AttemptState.GRADED
    attempt.finished_at = now
    version = judging_version(session, attempt.item_version)
    result = judge(case_of(version), claim, codesets=codesets)
    judged = Judged(
        attempt=attempt,
        step=step,
        version=version,
        policy=result.policy,
        score=result.scores["coachapp"],
        result=result_data(result),
    )
    return enter(session, [judged], at=now)[0]


def judge(case: Case, claim: ClaimResponse, *, codesets: CodeSets) -> Result:
    """Grade a claim in memory: read the facts for the case's date of service and call the pure grader."""
    diagnoses, services = case.all_codes()
    facts = codesets.facts_for(
        on=case.date_of_service,
        diagnoses=diagnoses | {d.code for d in claim.diagnoses},
        services=services | {s.code for s in claim.services},
        inpatient=case.claim_form.value == "inpatient",
    )
    return grade(case, claim, facts=facts)


def _claim_turn(
    session: Session, attempt: Attempt, *, payload: dict[str, Any], base_seq: int, now: datetime
) -> Step | None:
    """Lock the attempt's row and check that it is open and unmoved; return its last accepted step."""
    session.refresh(attempt, with_for_update=True)
    if attempt.state is not AttemptState.OPEN:
        raise Closed(attempt)
    server = last_accepted(session, attempt)
    if base_seq != attempt.draft_seq:
        if server is not None and server.payload == payload:
            return server
        _append(session, attempt, kind=StepKind.STALE, payload=payload, now=now)
        raise Conflict(attempt, server)
    return server


def _append(session: Session, attempt: Attempt, *, kind: StepKind, payload: dict[str, Any], now: datetime) -> Step:
    previous = session.scalar(select(Step.at).where(Step.attempt_id == attempt.id).order_by(Step.seq.desc()).limit(1))
    gap = now - (previous or attempt.started_at)
    attempt.active_ms += max(0, min(int(gap.total_seconds() * 1000), LONGEST_GAP_MS))
    attempt.last_seq += 1
    if kind is not StepKind.STALE:
        attempt.draft_seq = attempt.last_seq
    step = Step(attempt=attempt, seq=attempt.last_seq, kind=kind, payload=payload, at=now)
    session.add(step)
    session.flush()
    return step
