"""Acts on what a person keeps in the code book. Nothing here commits; the routes do."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from coachapp.codebook.queries import RECENTS
from coachapp.domain.codes import CodeSystem
from coachapp.models.notes import CodeBookmark, CodeNote, CodeRecent

LONGEST_NOTE = 10_000


class TooLong(ValueError):
    """The note is longer than a note may be; the text says so to its writer."""


@dataclass(frozen=True, slots=True)
class Clash:
    """The note was changed elsewhere since it was opened; here is what stands there now."""

    text: str
    revision: int


def tidy(text: str) -> str:
    """Return a note as it is stored: plain line ends, no white space at its end."""
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip()


def save_note(
    session: Session, person_id: int, *, system: CodeSystem, code: str, text: str, revision: int, now: datetime
) -> Clash | None:
    """Store a note; an empty text deletes it. `revision` is that of the note as it was opened, 0 for none.

    Returns a Clash, and stores nothing, where the note has changed since; raises TooLong.
    """
    text = tidy(text)
    if len(text) > LONGEST_NOTE:
        raise TooLong(f"A note holds {LONGEST_NOTE:,} characters; this one has {len(text):,}. Nothing was cut.")
    note = session.get(CodeNote, (person_id, system, code))
    if text == (note.text if note else ""):
        return None
    if revision != (note.revision if note else 0):
        return Clash(note.text if note else "", note.revision if note else 0)
    if note is None:
        session.add(CodeNote(person_id=person_id, system=system, code=code, text=text, updated_at=now))
    elif text:
        note.text, note.revision, note.updated_at = text, note.revision + 1, now
    else:
        session.delete(note)
    return None


def set_bookmark(session: Session, person_id: int, *, system: CodeSystem, code: str, keep: bool, now: datetime) -> None:
    """Add or take away a bookmark; asking twice for the same changes nothing."""
    mark = session.get(CodeBookmark, (person_id, system, code))
    if keep and mark is None:
        session.add(CodeBookmark(person_id=person_id, system=system, code=code, added_at=now))
    elif mark is not None and not keep:
        session.delete(mark)


def record_look(session: Session, person_id: int, *, system: CodeSystem, code: str, now: datetime) -> None:
    """Note that a person looked at an entry, and forget what is no longer among the last twenty."""
    session.execute(
        delete(CodeRecent).where(
            CodeRecent.person_id == person_id, CodeRecent.system == system, CodeRecent.code == code
        )
    )
    session.add(CodeRecent(person_id=person_id, system=system, code=code, seen_at=now))
    session.flush()
    kept = select(CodeRecent.id).where(CodeRecent.person_id == person_id).order_by(CodeRecent.id.desc()).limit(RECENTS)
    oldest = min(session.scalars(kept))
    session.execute(delete(CodeRecent).where(CodeRecent.person_id == person_id, CodeRecent.id < oldest))
