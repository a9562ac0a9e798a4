"""What one person keeps in the code book, and the CPT numbers that the items of this site name."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from coachapp.domain.codes import CodeSystem, normalise_service, service_system
from coachapp.models.items import Item, ItemVersion
from coachapp.models.notes import CodeBookmark, CodeNote, CodeRecent

RECENTS = 20
_CACHED_VERSIONS = 4096

_numbers: OrderedDict[str, frozenset[str]] = OrderedDict()
_lock = Lock()

Named = tuple[CodeSystem, str]


@dataclass(frozen=True, slots=True)
class Kept:
    """What a person keeps at one entry; `revision` 0 means no note."""

    text: str = ""
    revision: int = 0
    saved_at: datetime | None = None
    bookmarked: bool = False
    last_seen: bool = False


def kept_at(session: Session, person_id: int, *, system: CodeSystem, code: str) -> Kept:
    """Return a person's note and bookmark at an entry, and whether it is the one they looked at last."""
    note = session.get(CodeNote, (person_id, system, code))
    bookmark = session.get(CodeBookmark, (person_id, system, code))
    latest = session.execute(
        select(CodeRecent.system, CodeRecent.code)
        .where(CodeRecent.person_id == person_id)
        .order_by(CodeRecent.id.desc())
        .limit(1)
    ).first()
    return Kept(
        text=note.text if note else "",
        revision=note.revision if note else 0,
        saved_at=note.updated_at if note else None,
        bookmarked=bookmark is not None,
        last_seen=latest is not None and tuple(latest) == (system, code),
    )


def recents(session: Session, person_id: int) -> list[Named]:
    """Return the entries a person looked at last, newest first, each once, at most twenty."""
    found = session.execute(
        select(CodeRecent.system, CodeRecent.code)
        .where(CodeRecent.person_id == person_id)
        .order_by(CodeRecent.id.desc())
        .limit(RECENTS)
    )
    return list(dict.fromkeys((system, code) for system, code in found))


def notes(person_id: int) -> Select[CodeNote]:
    """Select a person's notes, newest first."""
    return (
        select(CodeNote)
        .where(CodeNote.person_id == person_id)
        .order_by(CodeNote.updated_at.desc(), CodeNote.system, CodeNote.code)
    )


def bookmarks(person_id: int) -> Select[CodeBookmark]:
    """Select a person's bookmarks in the order of the book."""
    return (
        select(CodeBookmark).where(CodeBookmark.person_id == person_id).order_by(CodeBookmark.system, CodeBookmark.code)
    )


def cpt_numbers(session: Session, *, unverified: bool) -> list[str]:
    """Return the CPT numbers that the items people can practise on name, right and wrong ones alike, in order.

    Items for exams only are left out. Versions never change, so what one names is read from its content once.
    """
    shown = select(ItemVersion.digest, ItemVersion.id).join(Item, Item.current_version_id == ItemVersion.id)
    shown = shown.where(Item.carries_cpt.is_(True), Item.retired_at.is_(None))
    shown = shown.where(Item.use.is_(None) | (Item.use != "exam"))
    if not unverified:
        shown = shown.where(Item.verified.is_not(None))
    versions = {row.digest: row.id for row in session.execute(shown)}
    with _lock:
        found = {digest: _numbers[digest] for digest in versions if digest in _numbers}
    missing = [number for digest, number in versions.items() if digest not in found]
    if missing:
        contents = session.execute(select(ItemVersion.digest, ItemVersion.content).where(ItemVersion.id.in_(missing)))
        read = {row.digest: frozenset(_named_in(row.content)) for row in contents}
        with _lock:
            _numbers.update(read)
            while len(_numbers) > _CACHED_VERSIONS:
                _numbers.popitem(last=False)
        found |= read
    return sorted(set().union(*found.values()))


def _named_in(content: dict[str, Any]) -> Iterable[str]:
    """Yield the CPT numbers in the key and traps of a case, or in the options of a question."""
    key = content.get("key", {})
    lines = [line for branch in key.get("branches", ()) for line in branch.get("services", ())]
    accepted = [other for line in lines for other in line.get("accept", ())]
    codes = [one.get("code", "") for one in (*lines, *accepted, *key.get("traps", ()))]
    codes += [code for option in content.get("options", ()) for code in option.get("codes", ())]
    for code in codes:
        number = normalise_service(code)[0]
        if service_system(number) is CodeSystem.CPT:
            yield number
