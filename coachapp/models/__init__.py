"""Tables only. Importing this package registers every table on `db.metadata`."""

from coachapp.models import attempts, audit, classroom, items, notes, people, sittings
from coachapp.models.base import db

__all__ = ["attempts", "audit", "classroom", "db", "items", "notes", "people", "sittings"]
