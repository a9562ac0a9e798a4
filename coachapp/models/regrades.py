"""Accepted regrades: which key judges work that was done on other versions of an item."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coachapp.models.base import Model
from coachapp.models.items import Item, ItemVersion
from coachapp.models.people import Person


class Regrade(Model):
    """One decision that work on an item is judged by the key of one of its versions; the latest row of an item counts.

    It is about every version that existed when it was made and was asked in the same shape (see
    `coachapp.domain.regrading.obstacle`). `judged` and `changed`: attempts judged again so far, and those among them
    whose score is another one now. `finished_at`: no attempt was left.
    """

    __tablename__ = "regrade"

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    to_version_id: Mapped[int] = mapped_column(ForeignKey("item_version.id"), index=True)
    reason: Mapped[str] = mapped_column(String(500))
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), default=None)
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None] = mapped_column(default=None)
    judged: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)

    item: Mapped[Item] = relationship()
    to_version: Mapped[ItemVersion] = relationship()
    created_by: Mapped[Person | None] = relationship()
