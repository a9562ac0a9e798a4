"""The devices that are signed in: a sign-in is a row here, and ends with it."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from coachapp.models.base import Model


class DeviceSignIn(Model):
    """One sign-in on one device. Its cookies count as long as the row is there, and until `ends_at` at the latest.

    `device`: browser and system, as the person would name them. `remembered`: “Keep me signed in” was ticked.
    `seen_at` is exact to half an hour.
    """

    __tablename__ = "device_sign_in"
    # A cookie names its row: the number of one that ended must not come back for another.
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    device: Mapped[str] = mapped_column(String(80))
    remembered: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ends_at: Mapped[datetime]
