"""Classrooms, who is in them, and the work given to them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coachapp.models.base import Model
from coachapp.models.items import Item
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


class RemovedMember(Model):
    """A student whom the instructor took out of a class: the code alone does not let them in again.

    `asked_at`: when they asked to come back, None while they have not, or were declined.
    """

    __tablename__ = "removed_member"
    __table_args__ = (UniqueConstraint("classroom_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    classroom_id: Mapped[int] = mapped_column(ForeignKey("classroom.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    removed_at: Mapped[datetime]
    asked_at: Mapped[datetime | None] = mapped_column(default=None)

    person: Mapped[Person] = relationship()


class Assignment(Model):
    """Work given to a class: a case (`item_id`), or an exam or a drill (`plan_id`).

    `instructions` is Markdown, empty for none. Students see it from `opens_at` on. `due_at` and `closes_at` are the
    ends of the minutes that the instructor wrote, the first moments that are too late; from `closes_at` on, which only
    exams have, none is started. `zone` is the wall clock the times were written by. What each student has done is
    nowhere stored: it is read from her work (coachapp.attempts.assigned).
    """

    __tablename__ = "assignment"
    __table_args__ = (
        CheckConstraint("(item_id IS NULL) <> (plan_id IS NULL)", name="one_work"),
        CheckConstraint("closes_at IS NULL OR plan_id IS NOT NULL", name="cases_stay_open"),
        # Sittings and accommodations name an assignment by its id: none may come back for another one.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    classroom_id: Mapped[int] = mapped_column(ForeignKey("classroom.id", ondelete="CASCADE"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    instructions: Mapped[str] = mapped_column(String(4000), default="")
    item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"), index=True, default=None)
    plan_id: Mapped[str | None] = mapped_column(String(96), default=None)
    opens_at: Mapped[datetime]
    due_at: Mapped[datetime | None] = mapped_column(default=None)
    closes_at: Mapped[datetime | None] = mapped_column(default=None)
    zone: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]

    classroom: Mapped[Classroom] = relationship()
    item: Mapped[Item | None] = relationship()
