"""Delete a person and all that is hers: with the retention purge the only exception to append-only. No commit."""

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from coachapp.models.audit import AuditEntry
from coachapp.models.ownership import Bond, owned_rows, tied
from coachapp.models.people import Person
from coachapp.models.sittings import Sitting

# What stands in the audit log instead of an address.
GONE = "a deleted account"


class NobodyToTakeOver(Exception):
    """What she made for others has to pass to somebody, and nobody is named."""


def erase(session: Session, person: Person, *, heir_id: int | None) -> dict[str, int]:
    """Delete a person with every row that is hers; return how many rows went, by table.

    What she made for others stays: it forgets her, or passes to `heir_id`. A sitting under way ends with the rest: its
    row is held first, so that an answer that is being saved is saved before or refused after. `begin_write` must have
    come before. Raises NobodyToTakeOver.
    """
    session.execute(select(Person.id).where(Person.id == person.id).with_for_update())
    session.execute(select(Sitting.id).where(Sitting.person_id == person.id).with_for_update())
    for table, column in tied(Bond.HAND_OVER):
        mine = table.c[column] == person.id
        if heir_id is None and session.execute(select(table.c[column]).where(mine).limit(1)).first():
            raise NobodyToTakeOver(table.name)
        session.execute(update(table).where(mine).values({column: heir_id}))
    for table, column in tied(Bond.CLEAR):
        session.execute(update(table).where(table.c[column] == person.id).values({column: None}))
    gone = {}
    for table, condition in owned_rows(person.id):
        done = session.execute(delete(table).where(condition))
        gone[table.name] = int(getattr(done, "rowcount", 0))
    session.execute(update(AuditEntry).where(AuditEntry.subject == person.email).values(subject=GONE, detail={}))
    ident = person.id
    session.expunge_all()
    session.execute(delete(Person).where(Person.id == ident))
    return gone
