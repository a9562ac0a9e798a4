"""People, their failed sign-ins and their requests for a new password."""

import secrets
from datetime import datetime
from enum import StrEnum

from flask_login import UserMixin
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coachapp.domain.permissions import Action, Role, may
from coachapp.models.base import EnumText, Model

MOST_EPOCH = 2**30


def first_epoch() -> int:
    """Return a number for the sign-ins of an account to begin with, one that no cookie of another account can hold.

    The id of an account that was deleted, or lost with a restored backup, may be given to a new one.
    """
    return secrets.randbelow(MOST_EPOCH)


class Person(Model, UserMixin):
    """One account. `email` is stored casefolded and is unique.

    `sign_in_epoch` stands in every cookie: raising it ends all sign-ins of this person at once. `demo` marks accounts
    that work on the server's own machine only.
    """

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[Role] = mapped_column(EnumText(Role), default=Role.STUDENT)
    password_hash: Mapped[str] = mapped_column(String(200))
    time_zone: Mapped[str] = mapped_column(String(64))
    sign_in_epoch: Mapped[int] = mapped_column(default=first_epoch)
    demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    last_sign_in_at: Mapped[datetime | None] = mapped_column(default=None)
    disabled_at: Mapped[datetime | None] = mapped_column(default=None)

    @property
    def is_active(self) -> bool:
        """Say whether the account may be used."""
        return self.disabled_at is None

    def get_id(self) -> str:
        """Return the id and the epoch: what cookies begin with, before the number of the device's sign-in."""
        return f"{self.id}.{self.sign_in_epoch}"

    def may(self, action: Action) -> bool:
        """Say whether this person's role allows `action`."""
        return may(self.role, action)


class ThrottleKind(StrEnum):
    """What tries are counted by: failed sign-ins by account, address, both together, or known device; and others."""

    ACCOUNT = "account"
    ADDRESS = "address"
    PAIR = "pair"
    DEVICE = "device"
    REGISTER = "register"
    RESET = "reset"
    JOIN = "join"


class SignInThrottle(Model):
    """Tries counted under one key. `key` is a digest, for people type passwords into the wrong box."""

    __tablename__ = "sign_in_throttle"

    kind: Mapped[ThrottleKind] = mapped_column(EnumText(ThrottleKind), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    failed_at: Mapped[datetime]
    locked_until: Mapped[datetime | None] = mapped_column(default=None)


class ResetRequest(Model):
    """Somebody asked for a new password. `mailed`: the link went to the mail server; `closed_at`: dealt with."""

    __tablename__ = "reset_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    requested_at: Mapped[datetime]
    mailed: Mapped[bool] = mapped_column(default=False)
    closed_at: Mapped[datetime | None] = mapped_column(default=None)

    person: Mapped[Person] = relationship()
