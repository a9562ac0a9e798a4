"""Accommodations of a person: who granted what, why, and what is in force."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from coachapp.attempts import sittings
from coachapp.domain.examclock import FACTOR_DIGITS, MOST_EXTENSION, Accommodation
from coachapp.domain.sittings import OPEN
from coachapp.models.sittings import AccommodationGrant, Sitting

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Grants:
    """All that a person was ever granted: the latest row of each scope."""

    latest: Mapping[str | None, AccommodationGrant]

    def in_force(self, scope: str, *, plan_id: str | None = None) -> Accommodation:
        """Return what counts in a scope: the grant for everywhere, replaced field by field by the scope's own.

        Where the scope is an assignment, that of the exam it was given as (`plan_id`) comes between the two.
        """
        found = (self.latest.get(one) for one in dict.fromkeys((scope, plan_id, None)))
        rows = [row for row in found if row is not None]

        def pick(name: str) -> str | int | None:
            for row in rows:
                value: str | int | None = getattr(row, name)
                if value is not None:
                    return value
            return None

        return Accommodation(
            factor=Decimal(pick("factor") or 1),
            extra=int(pick("extra") or 0),
            breaks=int(pick("breaks") or 0),
            extension=timedelta(minutes=int(pick("extension") or 0)),
        )


def grants_of(session: Session, person_id: int) -> Grants:
    """Return all that a person was granted, in one query."""
    rows = session.scalars(
        select(AccommodationGrant).where(AccommodationGrant.person_id == person_id).order_by(AccommodationGrant.id)
    )
    return Grants({row.scope: row for row in rows})


def in_force(session: Session, person_id: int, *, scope: str, plan_id: str | None = None) -> Accommodation:
    """Return what a person is granted in a scope, as `Grants.in_force` tells."""
    return grants_of(session, person_id).in_force(scope, plan_id=plan_id)


def current(session: Session, person_ids: Collection[int]) -> dict[int, list[AccommodationGrant]]:
    """Return the grants in force by person, the one for every exam first; people without any are left out."""
    rows = session.scalars(
        select(AccommodationGrant).where(AccommodationGrant.person_id.in_(person_ids)).order_by(AccommodationGrant.id)
    )
    latest = {(row.person_id, row.scope): row for row in rows}
    found: dict[int, list[AccommodationGrant]] = {}
    for (person_id, _), row in sorted(latest.items(), key=lambda entry: entry[0][1] or ""):
        if not row.ends:
            found.setdefault(person_id, []).append(row)
    return found


def grant(
    session: Session,
    person_id: int,
    *,
    reason: str,
    by_id: int | None,
    now: datetime,
    scope: str | None = None,
    factor: Decimal | None = None,
    extra: int | None = None,
    breaks: int | None = None,
    extension: int | None = None,
) -> int:
    """Grant accommodations (minutes; None leaves a field as it is elsewhere) and apply them to open sittings at once.

    All four None ends what was granted in the scope; sittings under way keep what they have. Returns how many open
    sittings it reached. Raises ValueError where a value is out of its limits.
    """
    if extension is not None and extension > MOST_EXTENSION // MINUTE:
        raise ValueError(f"the extension must not be longer than {MOST_EXTENSION.days} days")
    Accommodation(
        factor=Decimal(1) if factor is None else factor,
        extra=extra or 0,
        breaks=breaks or 0,
        extension=timedelta(minutes=extension or 0),
    )
    session.add(
        AccommodationGrant(
            person_id=person_id,
            scope=scope,
            factor=None if factor is None else f"{factor:.{FACTOR_DIGITS}f}".rstrip("0").rstrip("."),
            extra=extra,
            breaks=breaks,
            extension=extension,
            reason=reason,
            created_by_id=by_id,
            created_at=now,
        )
    )
    session.flush()
    query = select(Sitting).where(Sitting.person_id == person_id, Sitting.state.in_(OPEN))
    # What is granted for an exam holds where it was given as an assignment, too.
    there = or_(Sitting.scope == scope, Sitting.plan_id == scope)
    reached = session.scalars(query if scope is None else query.where(there)).all()
    grants = grants_of(session, person_id)
    for sitting in reached:
        accommodation = grants.in_force(sitting.scope, plan_id=sitting.plan_id)
        sittings.grant_more(session, sitting, accommodation, now=now)
    return len(reached)


def move_close(session: Session, *, scope: str, closes_at: datetime | None, now: datetime) -> int:
    """Let the open sittings of a scope run to a later close for everybody; return how many there are.

    An earlier close shortens none of them.
    """
    reached = session.scalars(select(Sitting).where(Sitting.scope == scope, Sitting.state.in_(OPEN))).all()
    for sitting in reached:
        before = sitting.window_closes_at
        sitting.window_closes_at = None if closes_at is None or before is None else max(before, closes_at)
        session.flush()
        granted = in_force(session, sitting.person_id, scope=scope, plan_id=sitting.plan_id)
        sittings.grant_more(session, sitting, granted, now=now)
    return len(reached)
