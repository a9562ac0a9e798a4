"""What the first page reads."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coachapp.models.items import Item, ItemKind
from coachapp.stored import shown


def count_cases(session: Session, *, unverified: bool, cpt: bool) -> int:
    """Return how many cases are shown."""
    conditions = shown(ItemKind.CASE, unverified=unverified, cpt=cpt)
    return session.scalar(select(func.count()).select_from(Item).where(*conditions)) or 0
