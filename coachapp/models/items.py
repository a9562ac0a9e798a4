"""Items and their versions: what content sync writes and attempts refer to."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coachapp.models.base import EnumText, Model


class ItemKind(StrEnum):
    """Anything answerable is one of these."""

    CASE = "case"
    QUESTION = "question"


class Item(Model):
    """One case or question. `slug` is its id in the files and never changes.

    What lists filter on is copied here from the current version, so that a list never parses content.
    """

    __tablename__ = "item"
    __table_args__ = (Index("ix_item_kind_specialty", "kind", "specialty"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(160), unique=True)
    kind: Mapped[ItemKind] = mapped_column(EnumText(ItemKind))
    title: Mapped[str] = mapped_column(String(300))
    section: Mapped[str | None] = mapped_column(String(80), default=None)
    specialty: Mapped[str | None] = mapped_column(String(80), default=None)
    setting: Mapped[str | None] = mapped_column(String(120), default=None)
    claim_form: Mapped[str | None] = mapped_column(String(32), default=None)
    level: Mapped[str | None] = mapped_column(String(32), default=None)
    difficulty: Mapped[int | None] = mapped_column(default=None)
    use: Mapped[str | None] = mapped_column(String(16), default=None)
    minutes: Mapped[int | None] = mapped_column(default=None)
    date_of_service: Mapped[date | None] = mapped_column(default=None)
    carries_cpt: Mapped[bool] = mapped_column(default=False)
    verified: Mapped[date | None] = mapped_column(default=None)
    retired_at: Mapped[datetime | None] = mapped_column(default=None)
    # use_alter: item and item_version refer to each other.
    current_version_id: Mapped[int | None] = mapped_column(
        ForeignKey("item_version.id", use_alter=True, name="fk_item_current_version_id_item_version"), default=None
    )

    current_version: Mapped["ItemVersion | None"] = relationship(foreign_keys=[current_version_id], post_update=True)
    versions: Mapped[list["ItemVersion"]] = relationship(
        foreign_keys="ItemVersion.item_id", back_populates="item", order_by="ItemVersion.number"
    )
    concepts: Mapped[list["ItemConcept"]] = relationship(back_populates="item", cascade="all, delete-orphan")


class ItemVersion(Model):
    """One immutable state of an item. `content` is the item as JSON, documents included; `digest` its SHA-256."""

    __tablename__ = "item_version"
    __table_args__ = (UniqueConstraint("item_id", "number"), UniqueConstraint("item_id", "digest"))

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    number: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[dict[str, Any]]
    source: Mapped[str] = mapped_column(String(16), default="file")
    created_at: Mapped[datetime]

    item: Mapped[Item] = relationship(foreign_keys=[item_id], back_populates="versions")


class Concept(Model):
    """A smallest teachable rule, from question_bank/concepts.yaml."""

    __tablename__ = "concept"

    slug: Mapped[str] = mapped_column(String(80), primary_key=True)
    section: Mapped[str] = mapped_column(String(80), index=True)
    title: Mapped[str] = mapped_column(String(200))
    lesson: Mapped[str]
    source: Mapped[str]


class ItemConcept(Model):
    """Which concepts the current version of an item is tagged with."""

    __tablename__ = "item_concept"

    item_id: Mapped[int] = mapped_column(ForeignKey("item.id", ondelete="CASCADE"), primary_key=True)
    concept_slug: Mapped[str] = mapped_column(ForeignKey("concept.slug"), primary_key=True, index=True)

    item: Mapped[Item] = relationship(back_populates="concepts")
