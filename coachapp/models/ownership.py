"""Which rows are a person's: what her export holds and what goes when she deletes her account.

Every column that refers to a person is listed once. A table that refers to an owned row (the steps of an attempt) is
owned with it and needs no entry.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, Table, select

from coachapp.models.base import db


class Bond(StrEnum):
    """`own`: the row is hers and goes with her; `clear`: the row stays and forgets her; `hand_over`: somebody else's.

    What is cleared or handed over is work for others, who keep it.
    """

    OWN = "own"
    CLEAR = "clear"
    HAND_OVER = "hand_over"


@dataclass(frozen=True, slots=True)
class Tie:
    """What binds a row to a person. `left_out`: why her export does not hold it; empty where it does."""

    bond: Bond
    left_out: str = ""


_OWN = Tie(Bond.OWN)
_FOR_OTHERS = "done for or about other people, whose data it is"

TIES: dict[str, Tie] = {
    "accommodation_grant.person_id": _OWN,
    "accommodation_grant.created_by_id": Tie(Bond.CLEAR, _FOR_OTHERS),
    "attempt.person_id": _OWN,
    "audit_entry.actor_id": Tie(Bond.CLEAR, _FOR_OTHERS),
    "classroom.instructor_id": Tie(Bond.HAND_OVER),
    "code_bookmark.person_id": _OWN,
    "code_note.person_id": _OWN,
    "code_recent.person_id": _OWN,
    "device_sign_in.person_id": _OWN,
    "item_ruling.created_by_id": Tie(Bond.CLEAR, _FOR_OTHERS),
    "membership.person_id": _OWN,
    "memory_review.person_id": _OWN,
    "memory_state.person_id": _OWN,
    "practice_record_link.person_id": _OWN,
    "problem_report.person_id": _OWN,
    "progress_state.person_id": _OWN,
    "regrade.created_by_id": Tie(Bond.CLEAR, _FOR_OTHERS),
    "removed_member.person_id": _OWN,
    "reset_request.person_id": _OWN,
    "sitting.person_id": _OWN,
    "standing.person_id": _OWN,
    "two_step.person_id": _OWN,
}

# Columns that no export holds, and why.
SECRET: dict[str, str] = {
    "person.password_hash": "who reads it could try passwords against it",
    "person.sign_in_epoch": "it stands in cookies and tells nothing about her",
    "two_step.secret": "who reads it could make codes",
    "two_step.recovery": "who reads it could try codes against it",
    "practice_record_link.token_hash": "who reads it could recognize her links",
}


def ties_to_people() -> Iterator[tuple[Table, str]]:
    """Yield every table and column of the database that refers to a person."""
    for table in db.metadata.sorted_tables:
        for column in table.columns:
            if any(key.column.table.name == "person" for key in column.foreign_keys):
                yield table, column.name


def tied(bond: Bond) -> Iterator[tuple[Table, str]]:
    """Yield the tables and columns that a bond holds for."""
    for table, column in ties_to_people():
        if TIES[f"{table.name}.{column}"].bond is bond:
            yield table, column


def owned_rows(person_id: int) -> list[tuple[Table, ColumnElement[bool]]]:
    """Return every table that may hold rows of a person, with the condition for them.

    What refers to others comes first: deleting in this order breaks no reference. The person's own row
    is not among them.
    """
    found: dict[str, tuple[Table, ColumnElement[bool]]] = {
        table.name: (table, table.c[column] == person_id) for table, column in tied(Bond.OWN)
    }
    for table in db.metadata.sorted_tables:
        if table.name in found:
            continue
        for column in table.columns:
            parents = [key.column for key in column.foreign_keys if key.column.table.name in found]
            if parents:
                parent, condition = found[parents[0].table.name]
                found[table.name] = (table, column.in_(select(parents[0]).select_from(parent).where(condition)))
                break
    order = [table.name for table in reversed(db.metadata.sorted_tables)]
    return [found[name] for name in order if name in found]
