"""Acts on one's own work: save a draft, hand in. Nothing here commits; the routes do."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp.attempts import engine
from coachapp.codesets import CodeSets
from coachapp.domain.claimrows import Payload
from coachapp.domain.responses import ClaimResponse
from coachapp.models.attempts import Attempt, AttemptState
from coachapp.models.items import Item
from coachapp.practice.forms import blank_payload

# A page may stand open over night; what it says of its beginning is believed for half a day.
LONGEST_OPEN = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Saved:
    """The draft was accepted under `seq`."""

    attempt: Attempt
    seq: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Graded:
    """The claim was handed in and judged."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Clash:
    """Another tab saved first. Both versions are kept; `payload` and `seq` are those of the saved one."""

    attempt: Attempt
    payload: Payload
    seq: int
    at: datetime | None


@dataclass(frozen=True, slots=True)
class HandedIn:
    """The attempt was handed in meanwhile, from another tab."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Outdated:
    """The case changed between opening the page and the first save."""


@dataclass(frozen=True, slots=True)
class Base:
    """What a page knew when it was sent: its attempt (None before the first save), seq, version and opening."""

    attempt_id: int | None
    seq: int
    version_id: int
    opened_at: datetime | None


def _attempt_for(
    session: Session, person_id: int, *, item: Item, base: Base, now: datetime
) -> tuple[Attempt, int] | HandedIn | Outdated:
    """Return the attempt a page's rows belong to and the seq they build upon; the first save of a page opens one."""
    seq = base.seq
    if base.attempt_id is not None:
        query = select(Attempt).where(
            Attempt.id == base.attempt_id, Attempt.person_id == person_id, Attempt.item_id == item.id
        )
        known = session.scalars(query).one_or_none()
        if known is not None and known.state is AttemptState.GRADED:
            return HandedIn(known)
        if known is None or known.state is AttemptState.ABANDONED:
            seq = 0
    current = engine.find_open(session, person_id, item_id=item.id)
    if current is not None:
        return current, seq
    if base.version_id != item.current_version_id:
        return Outdated()
    began = min(max(base.opened_at or now, now - LONGEST_OPEN), now)
    return engine.open_attempt(session, person_id, item=item, now=began), seq


def save_draft(
    session: Session, person_id: int, *, item: Item, payload: Payload, base: Base, now: datetime
) -> Saved | Clash | HandedIn | Outdated:
    """Keep a draft. A stale one is kept too, beside the accepted one, and gives a Clash."""
    found = _attempt_for(session, person_id, item=item, base=base, now=now)
    if not isinstance(found, tuple):
        return found
    attempt, seq = found
    try:
        step = engine.save(session, attempt, payload=payload, base_seq=seq, now=now)
    except engine.Conflict as conflict:
        return _clash(conflict)
    return Saved(attempt, step.seq, step.at)


def hand_in(
    session: Session,
    person_id: int,
    *,
    item: Item,
    claim: ClaimResponse,
    payload: Payload,
    base: Base,
    now: datetime,
    codesets: CodeSets,
) -> Graded | Clash | HandedIn | Outdated:
    """Hand a claim in and have it judged."""
    found = _attempt_for(session, person_id, item=item, base=base, now=now)
    if not isinstance(found, tuple):
        return found
    attempt, seq = found
    try:
        engine.submit(session, attempt, claim=claim, payload=payload, base_seq=seq, now=now, codesets=codesets)
    except engine.Conflict as conflict:
        return _clash(conflict)
    return Graded(attempt)


def _clash(conflict: engine.Conflict) -> Clash:
    saved = conflict.server
    if saved is None:
        return Clash(conflict.attempt, blank_payload(), 0, None)
    return Clash(conflict.attempt, saved.payload, saved.seq, saved.at)
