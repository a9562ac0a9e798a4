"""Tables only. Importing this package registers every table on `db.metadata`."""

from coachapp.models import (
    attempts,
    audit,
    classroom,
    items,
    memory,
    notes,
    people,
    record,
    regrades,
    signins,
    sittings,
    standing,
    twostep,
)
from coachapp.models.base import db

__all__ = [
    "attempts",
    "audit",
    "classroom",
    "db",
    "items",
    "memory",
    "notes",
    "people",
    "record",
    "regrades",
    "signins",
    "sittings",
    "standing",
    "twostep",
]
