"""Which version's key judges a piece of work: that of the version asked, unless a regrade was accepted since."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from coachapp.domain.regrading import Decision, judged_by, obstacle
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
    found: dict[int, Regrade] = {}
    about = {version.item_id for version in versions}
    rows = session.scalars(
        select(Regrade)
        .where(Regrade.item_id.in_(about))
        .options(joinedload(Regrade.item), joinedload(Regrade.to_version))
        .order_by(Regrade.id)
    ).all()
    decisions: dict[int, list[Regrade]] = {}
    for row in rows:
        decisions.setdefault(row.item_id, []).append(row)
    for version in versions:
        if version.item_id not in decisions:
            continue
        taken = decisions[version.item_id]
        judging = judged_by(
            version.id,
            made=version.created_at,
            current=taken[0].item.current_version_id,
            decisions=[Decision(row.to_version_id, row.created_at) for row in taken],
        )
        last = taken[-1]
        if judging != version.id and obstacle(item_of(version), item_of(last.to_version)) is None:
            found[version.id] = last
    return found
