"""Make, find and revoke links to a practice record. Nothing here commits or knows a request."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coachapp.models.people import Person
from coachapp.models.record import PracticeRecordLink
from coachapp.progress.record_queries import RecordPart

# Links in force at once: more than anybody shows her record to, and an end to a script that makes them.
MOST_LINKS = 20
# A look is noted once in so long, so that reading writes little.
NOTE_EVERY = timedelta(hours=1)


class TooManyLinks(Exception):
    """The person has as many links in force as there may be."""


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def make_link(session: Session, person_id: int, *, parts: Collection[RecordPart], now: datetime) -> str:
    """Make a link that shows `parts` and return its token, which is kept nowhere; raise TooManyLinks."""
    in_force = session.scalar(
        select(func.count())
        .select_from(PracticeRecordLink)
        .where(PracticeRecordLink.person_id == person_id, PracticeRecordLink.revoked_at.is_(None))
    )
    if (in_force or 0) >= MOST_LINKS:
        raise TooManyLinks
    token = secrets.token_urlsafe(24)
    chosen = [part.value for part in RecordPart if part in parts]
    session.add(PracticeRecordLink(person_id=person_id, token_hash=_hash(token), parts=chosen, created_at=now))
    session.flush()
    return token


def revoke(link: PracticeRecordLink, *, now: datetime) -> None:
    """End a link; one that has ended stays as it is."""
    link.revoked_at = link.revoked_at or now


def find_link(session: Session, token: str) -> tuple[PracticeRecordLink, Person] | None:
    """Return a link in force and its owner, None for any other token or where the owner's account is switched off."""
    found = session.execute(
        select(PracticeRecordLink, Person)
        .join(Person, PracticeRecordLink.person_id == Person.id)
        .where(
            PracticeRecordLink.token_hash == _hash(token),
            PracticeRecordLink.revoked_at.is_(None),
            Person.disabled_at.is_(None),
        )
    ).first()
    return (found[0], found[1]) if found else None


def worth_noting(link: PracticeRecordLink, *, now: datetime) -> bool:
    """Say whether this look should be noted: the first in an hour."""
    return link.last_opened_at is None or now - link.last_opened_at >= NOTE_EVERY
