"""Which version's key judges a piece of work: that of the version asked, unless a regrade was accepted since."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from coachapp.domain.regrading import obstacle, reaches
from coachapp.models.items import ItemVersion
from coachapp.models.regrades import Regrade
from coachapp.stored import item_of


def judging_version(session: Session, version: ItemVersion) -> ItemVersion:
    """Return the version whose key judges work on `version`."""
    return judging_versions(session, [version])[version.id]


def judging_versions(session: Session, versions: Collection[ItemVersion]) -> dict[int, ItemVersion]:
    """Return by id of each version the one whose key judges work on it, in one query where nothing was regraded."""
    found = decided(session, versions)
    return {one.id: found[one.id].to_version if one.id in found else one for one in versions}


def decided(session: Session, versions: Collection[ItemVersion]) -> dict[int, Regrade]:
    """Return by id of a version the decision that another key judges work on it; most versions have none.

    A version that was asked in another shape is judged by its own key, whatever was decided about its item.
    """
    rows = session.scalars(
        select(Regrade)
        .where(Regrade.item_id.in_({version.item_id for version in versions}))
        .options(joinedload(Regrade.item), joinedload(Regrade.to_version))
        .order_by(Regrade.id)
    )
    last = {row.item_id: row for row in rows}
    found = {}
    for version in versions:
        row = last.get(version.item_id)
        if row is None or row.to_version_id == version.id:
            continue
        current = row.item.current_version_id == version.id
        fits = obstacle(item_of(version), item_of(row.to_version)) is None
        if fits and reaches(row.created_at, made=version.created_at, current=current):
            found[version.id] = row
    return found
