"""The second step of signing in: a code from an app, for those who turned it on."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coachapp.models.base import Model
from coachapp.models.people import Person


class TwoStep(Model):
    """Two-step sign-in of one person. `secret` is shared with their app (RFC 6238, base32).

    `last_step`: the period of thirty seconds whose code was used last; a code is good once. `recovery`: digests of the
    recovery codes that are left.
    """

    __tablename__ = "two_step"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    secret: Mapped[str] = mapped_column(String(64))
    last_step: Mapped[int] = mapped_column(default=0)
    recovery: Mapped[list[Any]]
    created_at: Mapped[datetime]

    person: Mapped[Person] = relationship()
