"""Read regrades and the items they are about."""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from coachapp.models.items import Item
from coachapp.models.regrades import Regrade
from coachapp.web.paging import Page, paginate

ROWS_A_PAGE = 25


def item_by_slug(slug: str) -> Select[Item]:
    """Select a case or question that has a version, by its id in the files."""
    return select(Item).where(Item.slug == slug, Item.current_version_id.is_not(None))


def regrade_by_id(regrade_id: int) -> Select[Regrade]:
    """Select one regrade with what its page shows."""
    return (
        select(Regrade)
        .where(Regrade.id == regrade_id)
        .options(joinedload(Regrade.item), joinedload(Regrade.to_version), joinedload(Regrade.created_by))
    )


def past_regrades(session: Session, *, number: int) -> Page[Regrade]:
    """Return page `number` of all regrades, newest first."""
    query: Select[Regrade] = (
        select(Regrade)
        .options(joinedload(Regrade.item), joinedload(Regrade.to_version), joinedload(Regrade.created_by))
        .order_by(Regrade.id.desc())
    )
    return paginate(session, query, number=number, per_page=ROWS_A_PAGE)
