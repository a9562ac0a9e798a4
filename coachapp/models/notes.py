"""What a person keeps in the code book: notes, bookmarks, and the entries last looked at.

An entry is named by its code system and code; chapters and blocks have codes of their own ("Chapter 19", "S50-S59").
The tables of the person alone: nobody else is ever shown them.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from coachapp.domain.codes import CodeSystem
from coachapp.models.base import EnumText, Model

LONGEST_CODE = 32


class CodeNote(Model):
    """A person's own note on one entry, plain text. `revision` counts saves, so that a second tab cannot undo one."""

    __tablename__ = "code_note"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    system: Mapped[CodeSystem] = mapped_column(EnumText(CodeSystem), primary_key=True)
    code: Mapped[str] = mapped_column(String(LONGEST_CODE), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    revision: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime]


class CodeBookmark(Model):
    """An entry a person wants to find again."""

    __tablename__ = "code_bookmark"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    system: Mapped[CodeSystem] = mapped_column(EnumText(CodeSystem), primary_key=True)
    code: Mapped[str] = mapped_column(String(LONGEST_CODE), primary_key=True)
    added_at: Mapped[datetime]


class CodeRecent(Model):
    """A look at an entry. Not unique: two tabs opened at once leave two rows, and readers take the newer one."""

    __tablename__ = "code_recent"
    __table_args__ = (Index("ix_code_recent_person_id_id", "person_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    system: Mapped[CodeSystem] = mapped_column(EnumText(CodeSystem))
    code: Mapped[str] = mapped_column(String(LONGEST_CODE))
    seen_at: Mapped[datetime]
