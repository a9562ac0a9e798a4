"""All data of a person as one file: JSON and CSV in a ZIP archive. Read only; nothing here commits."""

import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import IO, Any

from sqlalchemy import ColumnElement, Table, select
from sqlalchemy.orm import Session

from coachapp.accounts.exported_answers import ANSWER_COLUMNS, ANSWERS, exam_answers
from coachapp.attempts.withholding import withheld_from
from coachapp.domain.disclosure import Withheld
from coachapp.domain.plans import PlanKind
from coachapp.models.attempts import Attempt
from coachapp.models.audit import AuditEntry
from coachapp.models.base import db
from coachapp.models.classroom import Assignment, Classroom
from coachapp.models.items import Item
from coachapp.models.ownership import SECRET, TIES, Bond, owned_rows, tied
from coachapp.models.people import Person
from coachapp.models.sittings import Sitting
from coachapp.web.csvout import csv_text, workbook

_BATCH = 500

README = """Your data on Coachapp, made {when} (UTC) for {email}.

coachapp-data.xlsx holds every table with rows of yours as a sheet, for reading in Excel, Numbers or LibreOffice. csv/
holds the same tables one file each, and data.json all of them for programs; lists and objects are JSON in their cells.
Times are UTC. In the CSV files a text that a spreadsheet would take for a number, date or formula (00100, 1E10, 1/2,
=1+1) has an apostrophe before it; in the workbook and in data.json nothing is added.

items: what your attempts were at, by item_id. attempt: your work on one item; step: what you saved and handed in, as
you typed it; grade: how it was judged. sitting: your exams and drills. exam_answer: what you answered in them, by the
letters and texts you saw, with what arrived after the close marked late. standing: where you stand; memory_state and
memory_review: the review schedule. assignment: what you gave to classes you teach. audit_entry: what administrators did
about your account.

Left out:
{left_out}
{withheld}"""
WITHHELD = """- the judgement of questions that stand in an exam of yours whose answers are not shown yet: {count} rows
  are marked "withheld". Export again when they are
"""


def export(session: Session, person: Person, *, now: datetime) -> IO[bytes]:
    """Return the archive as an open file at its start."""
    held = withheld_from(session, person.id, now=now)
    tables = {name: (table, rows_of) for name, table, rows_of in _tables(person)}
    hold = _Hold(session, person.id, held)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, io.StringIO() as whole:
        whole.write("{")
        found: dict[str, tuple[Sequence[str], list[dict[str, Any]]]] = {
            name: (columns_of(table), [hold.back(name, row) for row in _read(session, table, condition)])
            for name, (table, condition) in tables.items()
        }
        found[ANSWERS] = (ANSWER_COLUMNS, list(exam_answers(session, person.id)))
        for n, (name, (columns, rows)) in enumerate(found.items()):
            whole.write(f"{', ' if n else ''}{json.dumps(name)}: {json.dumps(rows, ensure_ascii=False)}\n")
            archive.writestr(f"csv/{name}.csv", csv_text(columns, rows))
        whole.write("}\n")
        archive.writestr("data.json", whole.getvalue())
        book = workbook((name, columns, rows) for name, (columns, rows) in found.items())
        archive.writestr("coachapp-data.xlsx", book.read())
        archive.writestr("README.txt", _readme(person, hold.count, now))
    file.seek(0)
    return file


def _tables(person: Person) -> Iterable[tuple[str, Table, ColumnElement[bool]]]:
    """Yield every table to export with the condition for this person's rows, in the order of their names."""
    people, entries, items = (db.metadata.tables[name] for name in ("person", "audit_entry", "item"))
    found = {table.name: (table, condition) for table, condition in owned_rows(person.id)}
    for table, column in tied(Bond.HAND_OVER):
        if not TIES[f"{table.name}.{column}"].left_out:
            found[table.name] = (table, table.c[column] == person.id)
    # What she gave to the classes she teaches is her work; what students did about it is theirs.
    assignments = db.metadata.tables[Assignment.__tablename__]
    taught = select(Classroom.id).where(Classroom.instructor_id == person.id)
    found[assignments.name] = (assignments, assignments.c.classroom_id.in_(taught))
    found["person"] = (people, people.c.id == person.id)
    found[AuditEntry.__tablename__] = (entries, entries.c.subject == person.email)
    attempted = select(Attempt.item_id).where(Attempt.person_id == person.id)
    found["items"] = (items, items.c.id.in_(attempted))
    yield from ((name, *found[name]) for name in sorted(found))


def columns_of(table: Table) -> list[str]:
    """Return the columns of a table that an export holds; of items only what names them, nothing of a key."""
    if table.name == Item.__tablename__:
        return ["id", "slug", "kind", "title", "section", "specialty"]
    if table.name == AuditEntry.__tablename__:
        return ["id", "at", "action", "subject"]
    return [column.name for column in table.columns if f"{table.name}.{column.name}" not in SECRET]


def _read(session: Session, table: Table, condition: ColumnElement[bool]) -> Iterable[dict[str, Any]]:
    wanted = [table.c[name] for name in columns_of(table)]
    order = list(table.primary_key.columns)
    for row in session.execute(select(*wanted).where(condition).order_by(*order).execution_options(yield_per=_BATCH)):
        yield {name: _plain(value) for name, value in row._mapping.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, StrEnum) else value


class _Hold:
    """Holds back what would tell the answer of a question that stands in an exam whose answers are not shown."""

    def __init__(self, session: Session, person_id: int, held: Mapping[int, Withheld]) -> None:
        self.count = 0
        self.attempts: set[int] = set()
        self.drills: set[int] = set()
        if held:
            mine = select(Attempt.id).where(Attempt.person_id == person_id, Attempt.item_id.in_(held))
            self.attempts = set(session.scalars(mine))
            kind = Sitting.plan["kind"].as_string()
            drills = select(Sitting.id, Sitting.paper).where(Sitting.person_id == person_id, kind == PlanKind.DRILL)
            rows = session.execute(drills)
            self.drills = {row.id for row in rows if any(slot["item_id"] in held for slot in row.paper)}

    def back(self, table: str, row: dict[str, Any]) -> dict[str, Any]:
        """Return the row, without what is held back."""
        if table == "grade" and row["attempt_id"] in self.attempts:
            return self._without(row, "score", "result")
        if table == "memory_review" and row["attempt_id"] in self.attempts:
            return self._without(row, "score", "rating")
        if table == "sitting" and row["id"] in self.drills:
            return self._without(row, "right_count")
        return row

    def _without(self, row: dict[str, Any], *names: str) -> dict[str, Any]:
        self.count += 1
        return {**row, **dict.fromkeys(names, "withheld")}


def _readme(person: Person, withheld: int, now: datetime) -> str:
    reasons: dict[str, list[str]] = {}
    for name, reason in [*SECRET.items(), *((name, tie.left_out) for name, tie in TIES.items() if tie.left_out)]:
        reasons.setdefault(reason, []).append(name)
    return README.format(
        when=now.astimezone(UTC).isoformat(timespec="seconds"),
        email=person.email,
        left_out="\n".join(f"- {', '.join(sorted(names))}: {reason}" for reason, names in reasons.items()),
        withheld=WITHHELD.format(count=withheld) if withheld else "",
    )
