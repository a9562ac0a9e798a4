"""Classrooms and who is in them."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coachapp.models.base import Model
from coachapp.models.people import Person


class Classroom(Model):
    """A group with an instructor. `join_code` is stored without its hyphen; `closed_at`: nobody new may join."""

    __tablename__ = "classroom"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    instructor_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    join_code: Mapped[str] = mapped_column(String(16), unique=True)
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None] = mapped_column(default=None)

    instructor: Mapped[Person] = relationship()
    memberships: Mapped[list["Membership"]] = relationship(back_populates="classroom", cascade="all, delete-orphan")


class Membership(Model):
    """One student in one classroom."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("classroom_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    classroom_id: Mapped[int] = mapped_column(ForeignKey("classroom.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    joined_at: Mapped[datetime]

    classroom: Mapped[Classroom] = relationship(back_populates="memberships")
    person: Mapped[Person] = relationship()
