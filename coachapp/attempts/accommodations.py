"""Accommodations of a person: who granted what, why, and what is in force."""

from collections.abc import Collection
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp.attempts import sittings
from coachapp.domain.examclock import FACTOR_DIGITS, MOST_EXTENSION, Accommodation
from coachapp.domain.sittings import OPEN
from coachapp.models.sittings import AccommodationGrant, Sitting

MINUTE = timedelta(minutes=1)


def in_force(session: Session, person_id: int, *, scope: str) -> Accommodation:
    """Return what a person is granted in a scope: the grant for everywhere, replaced field by field by the scope's."""
    rows = session.scalars(
        select(AccommodationGrant)
        .where(AccommodationGrant.person_id == person_id)
        .where(AccommodationGrant.scope.is_(None) | (AccommodationGrant.scope == scope))
        .order_by(AccommodationGrant.id)
    )
    latest = {row.scope: row for row in rows}
    general, own = latest.get(None), latest.get(scope)

    def pick(name: str) -> str | int | None:
        for row in (own, general):
            value: str | int | None = getattr(row, name) if row is not None else None
            if value is not None:
                return value
        return None

    return Accommodation(
        factor=Decimal(pick("factor") or 1),
        extra=int(pick("extra") or 0),
        breaks=int(pick("breaks") or 0),
        extension=timedelta(minutes=int(pick("extension") or 0)),
    )


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
    reached = session.scalars(query if scope is None else query.where(Sitting.scope == scope)).all()
    for sitting in reached:
        sittings.grant_more(session, sitting, in_force(session, person_id, scope=sitting.scope), now=now)
    return len(reached)
