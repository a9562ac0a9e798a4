"""Accommodations of a person: who granted what, why, and what is in force."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from coachapp.attempts import sittings
from coachapp.attempts.scopes import classes_of_scopes
from coachapp.domain.examclock import FACTOR_DIGITS, MOST_EXTENSION, Accommodation
from coachapp.domain.sittings import OPEN
from coachapp.models.sittings import AccommodationGrant, Sitting

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Grants:
    """All that a person was ever granted: the latest row of each scope.

    `classes`: the class scope of each assignment's scope, for the classes that something was granted for.
    """

    latest: Mapping[str | None, AccommodationGrant]
    classes: Mapping[str, str] = field(default_factory=dict)

    def in_force(self, scope: str, *, plan_id: str | None = None) -> Accommodation:
        """Return what counts in a scope: the grant for everywhere, replaced field by field by the scope's own.

        Where the scope is an assignment, the grants for its class and for the exam it was given as (`plan_id`) come
        between the two, in this order.
        """
        own = (scope, self.classes.get(scope), plan_id)
        order = dict.fromkeys((*(one for one in own if one is not None), None))
        rows = [row for row in map(self.latest.get, order) if row is not None]

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
    """Return all that a person was granted, in one query, or two where something was granted for a class."""
    rows = session.scalars(
        select(AccommodationGrant).where(AccommodationGrant.person_id == person_id).order_by(AccommodationGrant.id)
    )
    latest = {row.scope: row for row in rows}
    return Grants(latest, classes_of_scopes(session, latest))


def in_force(session: Session, person_id: int, *, scope: str, plan_id: str | None = None) -> Accommodation:
    """Return what a person is granted in a scope, as `Grants.in_force` tells."""
    return grants_of(session, person_id).in_force(scope, plan_id=plan_id)


def current(
    session: Session, person_ids: Collection[int], *conditions: ColumnElement[bool]
) -> dict[int, list[AccommodationGrant]]:
    """Return the grants in force by person, the one for every exam first; people without any are left out.

    `conditions` on AccommodationGrant, if any, pick the scopes that are looked at.
    """
    rows = session.scalars(
        select(AccommodationGrant)
        .where(AccommodationGrant.person_id.in_(person_ids), *conditions)
        .order_by(AccommodationGrant.id)
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
    if scope is not None:
        # What is granted for an exam holds where it was given as an assignment, too.
        given = classes_of_scopes(session, [scope])
        query = query.where(or_(Sitting.scope == scope, Sitting.plan_id == scope, Sitting.scope.in_(given)))
    reached = session.scalars(query).all()
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
