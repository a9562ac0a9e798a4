"""Start, save, break and close sittings. Values in, rows out: no commit, no request, no signed-in person.

`now` is always the arrival of the request. Closing takes the sitting's row for itself and a save shares it, so that an
answer is either seen by the closing or refused, never acknowledged and lost.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coachapp.attempts.grades import mark_outdated
from coachapp.attempts.papers import PaperSlot, paper_of, plan_of, store_timing, timing_of
from coachapp.domain import examclock
from coachapp.domain.examclock import Accommodation, Phase, Timing
from coachapp.domain.plans import ExamPlan
from coachapp.domain.sittings import OPEN, CloseReason, SittingState, next_beyond, reachable
from coachapp.domain.slotwork import SlotSave
from coachapp.models.attempts import Attempt, AttemptState, Step, StepKind
from coachapp.models.sittings import LateSave, Sitting

# A client that goes on sending after the close fills no disk.
MOST_LATE_SAVES = 500


class SittingClosed(Exception):
    """The sitting takes no more work; `reason` says why."""

    def __init__(self, reason: CloseReason) -> None:
        """Keep the reason."""
        super().__init__(f"the sitting is closed: {reason}")
        self.reason = reason


class SittingOnBreak(Exception):
    """The candidate is on a break, during which nothing is taken."""


class SlotLocked(Exception):
    """The question cannot be returned to, or its answer has been shown."""


class StaleSave(Exception):
    """A save built upon an older state; `seq` and `payload` are the slot's last accepted ones."""

    def __init__(self, seq: int, payload: dict[str, Any] | None) -> None:
        """Keep what the server holds."""
        super().__init__(f"the slot has moved on to {seq}")
        self.seq = seq
        self.payload = payload


class NotInWindow(Exception):
    """A start before the opening or from the personal close on."""


def start(
    session: Session,
    person_id: int,
    *,
    plan: ExamPlan,
    paper: Sequence[dict[str, Any]],
    seed: int,
    now: datetime,
    accommodation: Accommodation,
    scope: str,
    opens_at: datetime | None = None,
    closes_at: datetime | None = None,
) -> Sitting:
    """Begin a sitting; `paper` as `papers.slot_data` makes it, the window's times for everybody.

    The caller has looked for an open one with `find_open`; the database refuses a second. Raises NotInWindow.
    """
    timing = examclock.begin(now, minutes=plan.minutes, closes_at=closes_at, accommodation=accommodation)
    if not examclock.may_start(now, opens_at=opens_at, personal_close=timing.closes_at):
        raise NotInWindow
    sitting = Sitting(
        person_id=person_id,
        plan_id=plan.id,
        scope=scope,
        plan=plan.model_dump(mode="json"),
        paper=list(paper),
        seed=seed,
        state=SittingState.RUNNING,
        started_at=now,
        window_closes_at=closes_at,
    )
    store_timing(sitting, timing, now=now)
    session.add(sitting)
    session.flush()
    return sitting


def find_open(session: Session, person_id: int, *, scope: str) -> Sitting | None:
    """Return the person's open sitting in a scope, if there is one."""
    return session.scalar(
        select(Sitting).where(Sitting.person_id == person_id, Sitting.scope == scope, Sitting.state.in_(OPEN))
    )


def is_on_break(sitting: Sitting, now: datetime) -> bool:
    """Say whether a break is under way; one that has used up its allowance ended by itself."""
    return sitting.state is SittingState.ON_BREAK and examclock.on_break(timing_of(sitting), now)


def lock(session: Session, sitting: Sitting, *, share: bool = False) -> None:
    """Read the sitting again and hold its row until the transaction ends: for a save shared, for a change alone."""
    # Of this table only: PostgreSQL locks no row that an outer join brings in, such as the person of a loaded sitting.
    session.refresh(sitting, with_for_update={"read": share, "of": Sitting})


def attempt_at(session: Session, sitting: Sitting, slot: int) -> Attempt | None:
    """Return the attempt at one question of a sitting, None before its first save."""
    return session.scalar(select(Attempt).where(Attempt.sitting_id == sitting.id, Attempt.slot == slot))


def last_step(session: Session, attempt: Attempt | None) -> Step | None:
    """Return the last accepted step of an attempt, None before the first."""
    if attempt is None:
        return None
    return session.scalar(select(Step).where(Step.attempt_id == attempt.id).order_by(Step.seq.desc()).limit(1))


def hints_given(payload: Mapping[str, Any] | None) -> int:
    """Return how many hints the work up to a step was given: 1 names the concepts, 2 shows their lessons.

    `payload` is the step's, None where there is none.
    """
    return int(payload.get("hints", 0)) if payload is not None else 0


def save(
    session: Session,
    sitting: Sitting,
    *,
    slot: PaperSlot,
    work: SlotSave,
    now: datetime,
    kind: StepKind = StepKind.SAVE,
    hints: int = 0,
) -> Step:
    """Append one step to a slot, or return the step that the same save made before.

    `hints`: how many hints have been given with this save; it never falls, whatever a page sends. Touches no other row
    but the attempt that the first save of a slot makes. Raises SittingClosed (the save is then kept aside; commit to
    keep it), SittingOnBreak, SlotLocked and StaleSave.
    """
    if not sitting.state.closed and examclock.phase(timing_of(sitting), now) is Phase.OVER:
        # A shared hold cannot be turned into one's own without the danger of waiting for each other.
        lock(session, sitting)
        settle(session, sitting, now=now)
    lock(session, sitting, share=True)
    attempt = attempt_at(session, sitting, slot.n)
    last = last_step(session, attempt)
    if last is not None and last.payload["save_id"] == work.save_id:
        return last
    _refuse_if_closed(session, sitting, slot=slot, work=work, now=now)
    if is_on_break(sitting, now):
        raise SittingOnBreak
    if not may_visit(sitting, slot.n) or (attempt is not None and attempt.state is not AttemptState.OPEN):
        raise SlotLocked
    seq = last.seq if last else 0
    if work.base_seq != seq:
        raise StaleSave(seq, last.payload if last else None)
    # Two saves at once break a constraint of the tables: the second is told to look again.
    if attempt is None:
        attempt = Attempt(
            person_id=sitting.person_id,
            item_id=slot.item_id,
            item_version_id=slot.version_id,
            state=AttemptState.OPEN,
            started_at=now,
            sitting_id=sitting.id,
            slot=slot.n,
        )
        session.add(attempt)
        session.flush()
    payload = work.payload()
    if given := max(hints, hints_given(last.payload if last else None)):
        payload["hints"] = given
    step = Step(attempt_id=attempt.id, seq=seq + 1, kind=kind, payload=payload, at=now)
    session.add(step)
    session.flush()
    return step


def _refuse_if_closed(session: Session, sitting: Sitting, *, slot: PaperSlot, work: SlotSave, now: datetime) -> None:
    if sitting.state.closed:
        kept = session.scalar(select(func.count()).select_from(LateSave).where(LateSave.sitting_id == sitting.id))
        if (kept or 0) < MOST_LATE_SAVES:
            session.add(LateSave(sitting_id=sitting.id, slot=slot.n, payload=work.payload(), at=now))
            session.flush()
        raise SittingClosed(sitting.close_reason or CloseReason.EXPIRED)


def may_visit(sitting: Sitting, n: int) -> bool:
    """Say whether question `n` may be opened without moving on."""
    sections = [slot.section for slot in paper_of(sitting)]
    return n in reachable(sections, sitting.position, navigation=plan_of(sitting).navigation)


def move_on(session: Session, sitting: Sitting, *, now: datetime) -> int:
    """Leave the questions reachable now for good and return the number of the first one beyond them.

    At the end of the paper the position stays. Raises SittingClosed.
    """
    lock(session, sitting)
    settle(session, sitting, now=now)
    if sitting.state.closed:
        raise SittingClosed(sitting.close_reason or CloseReason.EXPIRED)
    sections = [slot.section for slot in paper_of(sitting)]
    beyond = next_beyond(sections, sitting.position, navigation=plan_of(sitting).navigation)
    if beyond is not None:
        sitting.position = beyond
        session.flush()
    return sitting.position


def begin_break(session: Session, sitting: Sitting, *, now: datetime) -> None:
    """Begin a break. Raises SittingClosed, and ValueError where time is up or no break is left."""
    timing = _timing_for_change(session, sitting, now=now)
    if examclock.phase(timing, now) is not Phase.RUNNING:
        raise ValueError("the time is up")
    store_timing(sitting, examclock.take_break(timing, now), now=now)
    sitting.state = SittingState.ON_BREAK
    session.flush()


def end_break(session: Session, sitting: Sitting, *, now: datetime) -> None:
    """End a break; without one nothing changes. Raises SittingClosed."""
    timing = _timing_for_change(session, sitting, now=now)
    store_timing(sitting, examclock.end_break(timing, now), now=now)
    sitting.state = SittingState.RUNNING
    session.flush()


def grant_more(session: Session, sitting: Sitting, accommodation: Accommodation, *, now: datetime) -> None:
    """Apply changed accommodations to an open sitting; it never gets shorter, and nothing closed is reopened."""
    lock(session, sitting)
    settle(session, sitting, now=now)
    if sitting.state.closed:
        return
    more = examclock.granted_more(
        timing_of(sitting),
        minutes=plan_of(sitting).minutes,
        closes_at=sitting.window_closes_at,
        granted=accommodation,
    )
    store_timing(sitting, more, now=now)
    session.flush()


def hand_in(session: Session, sitting: Sitting, *, now: datetime) -> None:
    """Close a sitting because its owner says so; what is closed stays as it is."""
    lock(session, sitting)
    settle(session, sitting, now=now)
    if not sitting.state.closed:
        _close(session, sitting, reason=CloseReason.HANDED_IN, at=now)


def settle(session: Session, sitting: Sitting, *, now: datetime) -> bool:
    """Close a sitting whose time, grace included, is up, and say whether that happened; lock it first.

    The deadline is read from the locked row. A sitting on a break is left alone until its latest deadline.
    """
    if sitting.state.closed or examclock.phase(timing_of(sitting), now) is not Phase.OVER:
        return False
    _close(session, sitting, reason=CloseReason.EXPIRED, at=now)
    return True


def void(session: Session, sitting: Sitting, *, now: datetime) -> None:
    """Take a sitting out of the record, whatever its state; its steps and grades stay."""
    lock(session, sitting)
    if sitting.state is SittingState.VOIDED:
        return
    sitting.closed_at = sitting.closed_at or now
    sitting.close_reason = CloseReason.VOID
    sitting.state = SittingState.VOIDED
    session.flush()
    mark_outdated(session, {sitting.person_id}, at=now)


def _close(session: Session, sitting: Sitting, *, reason: CloseReason, at: datetime) -> None:
    timing = timing_of(sitting)
    store_timing(sitting, examclock.end_break(timing, at), now=at)
    sitting.state = SittingState.SUBMITTED
    sitting.close_reason = reason
    sitting.closed_at = at
    session.flush()


def _timing_for_change(session: Session, sitting: Sitting, *, now: datetime) -> Timing:
    lock(session, sitting)
    settle(session, sitting, now=now)
    if sitting.state.closed:
        raise SittingClosed(sitting.close_reason or CloseReason.EXPIRED)
    return timing_of(sitting)


def due(session: Session, *, now: datetime) -> list[int]:
    """Return the ids of open sittings whose latest deadline and grace are over, and of closed ones not graded yet."""
    latest = now - examclock.GRACE
    over = Sitting.state.in_(OPEN) & (Sitting.deadline <= latest)
    return list(
        session.scalars(select(Sitting.id).where(over | (Sitting.state == SittingState.SUBMITTED)).order_by(Sitting.id))
    )
