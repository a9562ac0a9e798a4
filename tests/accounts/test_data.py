"""My data: everything in the archive but keys that are withheld, and nothing left after deletion."""

import csv
import io
import json
import re
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from coachapp import clock
from coachapp.attempts import erasing, standings
from coachapp.attempts.accommodations import grant
from coachapp.classroom.operations import create_classroom, join
from coachapp.domain.codes import CodeSystem
from coachapp.domain.permissions import Role
from coachapp.domain.sittings import Ruling
from coachapp.models import db
from coachapp.models.audit import AuditEntry
from coachapp.models.classroom import Assignment, Classroom, Membership, RemovedMember
from coachapp.models.items import ItemVersion
from coachapp.models.memory import MemoryReview
from coachapp.models.notes import CodeBookmark, CodeNote, CodeRecent
from coachapp.models.ownership import owned_rows
from coachapp.models.people import Person, ResetRequest
from coachapp.models.record import PracticeRecordLink
from coachapp.models.sittings import AccommodationGrant, ItemRuling, LateSave, ProblemReport, Sitting
from coachapp.models.twostep import TwoStep
from coachapp.models.writing import begin_write
from coachapp.progress.upkeep import exam_in_view
from tests.conftest import PASSWORD, MakePerson, SignIn
from tests.progress.months import Worked, sit_all, worked
from tests.simulation.conftest import stock

__all__ = ["stock", "worked"]

DELETE = {"current_password": PASSWORD, "sure": "y"}


@pytest.fixture
def full(db_session: Session, worked: Worked, person: MakePerson) -> Person:
    """Return a person with rows in every table that may hold any."""
    who, admin, now = worked(30), person(Role.ADMIN), clock.now()
    begin_write(db_session)
    standings.refresh(db_session, who.id, now=now, exam=exam_in_view())
    version = db_session.scalars(select(ItemVersion).limit(1)).one()
    sitting = db_session.scalars(select(Sitting).where(Sitting.person_id == who.id).limit(1)).one()
    db_session.add_all(
        [
            CodeNote(person_id=who.id, system=CodeSystem.ICD10CM, code="I10", text="=1+1", updated_at=now),
            CodeBookmark(person_id=who.id, system=CodeSystem.ICD10CM, code="I10", added_at=now),
            CodeRecent(person_id=who.id, system=CodeSystem.ICD10CM, code="I10", seen_at=now),
            ResetRequest(person_id=who.id, requested_at=now),
            PracticeRecordLink(person_id=who.id, token_hash="f" * 64, parts=["cases"], created_at=now),
            ProblemReport(person_id=who.id, item_version_id=version.id, text="Odd.", at=now),
            TwoStep(person_id=who.id, secret="A" * 32, recovery=[], created_at=now),
            LateSave(sitting_id=sitting.id, slot=1, payload={"answer": ["a"]}, at=now),
            ItemRuling(
                item_version_id=version.id, ruling=Ruling.COUNT, reason="r", created_by_id=who.id, created_at=now
            ),
        ]
    )
    grant(db_session, who.id, reason="Needs more time", by_id=who.id, now=now, extra=5)
    classroom = create_classroom(db_session, admin, name="Fall", now=now)
    join(db_session, who, code=classroom.join_code, now=now)
    other = create_classroom(db_session, admin, name="Spring", now=now)
    db_session.add(RemovedMember(classroom_id=other.id, person_id=who.id, removed_at=now))
    db_session.commit()
    return who


def archive(client: FlaskClient) -> zipfile.ZipFile:
    answer = client.post("/profile/data/export")
    assert answer.status_code == 200
    assert answer.mimetype == "application/zip"
    return zipfile.ZipFile(io.BytesIO(answer.data))


def counts(session: Session, person_id: int) -> dict[str, int]:
    """Return how many rows of a person there are, by table."""
    return {
        table.name: session.scalar(select(func.count()).select_from(table).where(condition)) or 0
        for table, condition in owned_rows(person_id)
    }


def test_every_row_of_every_table_is_in_the_archive(db_session: Session, sign_in: SignIn, full: Person) -> None:
    with archive(sign_in(full)) as file:
        data = json.loads(file.read("data.json"))
        there = counts(db_session, full.id)
        assert all(there.values()), f"the fixture leaves {[t for t, n in there.items() if not n]} empty: fill it"
        for table, count in there.items():
            assert len(data[table]) == count, table
            raw = file.read(f"csv/{table}.csv")
            assert raw.startswith(b"\xef\xbb\xbf"), table
            rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
            assert len(rows) == count, table
            sheet = load_workbook(io.BytesIO(file.read("coachapp-data.xlsx")), read_only=True)[table]
            assert len(list(sheet.iter_rows())) == count + 1, table
        assert [row["email"] for row in data["person"]] == [full.email]
        assert {row["id"] for row in data["items"]} == {row["item_id"] for row in data["attempt"]}
        text = "".join(file.read(name).decode() for name in file.namelist() if not name.endswith(".xlsx"))
    assert full.password_hash not in text
    assert "f" * 64 not in text
    assert "withheld" not in json.dumps(data)


def test_nothing_of_others_is_in_it(sign_in: SignIn, full: Person, person: MakePerson) -> None:
    other = person(name="Somebody Else")
    with archive(sign_in(other)) as file:
        data = json.loads(file.read("data.json"))
    assert {table for table, rows in data.items() if rows} == {"person", "device_sign_in"}
    assert [row["person_id"] for row in data["device_sign_in"]] == [other.id]


def test_a_formula_stays_text_in_a_spreadsheet(sign_in: SignIn, full: Person) -> None:
    with archive(sign_in(full)) as file:
        assert "'=1+1" in file.read("csv/code_note.csv").decode()
        assert json.loads(file.read("data.json"))["code_note"][0]["text"] == "=1+1"


def test_answers_of_exams_stand_by_letter_and_text(db_session: Session, sign_in: SignIn, full: Person) -> None:
    with archive(sign_in(full)) as file:
        answers = json.loads(file.read("data.json"))["exam_answer"]
    assert sum(answer["late"] for answer in answers) == 1
    assert all(re.match(r"[A-D] “.+”|no answer", answer["answer"]) for answer in answers)
    assert {answer["sitting_id"] for answer in answers} <= set(db_session.scalars(select(Sitting.id)))


def test_a_name_and_codes_open_as_they_are(db_session: Session, sign_in: SignIn, full: Person) -> None:
    full.name = "José Ruíz"
    db_session.add(
        CodeNote(person_id=full.id, system=CodeSystem.CPT, code="00100", text="1E10", updated_at=clock.now())
    )
    db_session.commit()
    with archive(sign_in(full)) as file:
        person = file.read("csv/person.csv")
        assert person.startswith(b"\xef\xbb\xbf")
        assert "José Ruíz" in person.decode("utf-8-sig")
        assert ",'00100,'1E10," in file.read("csv/code_note.csv").decode("utf-8-sig")
        book = load_workbook(io.BytesIO(file.read("coachapp-data.xlsx")))
        assert "00100" in [cell.value for row in book["code_note"] for cell in row]


def test_keys_of_an_exam_under_way_stay_withheld(db_session: Session, sign_in: SignIn, full: Person) -> None:
    sitting = sit_all(db_session, full.id, now=clock.now(), most=30)
    held = {slot["item_id"] for slot in sitting.paper}
    with archive(sign_in(full)) as file:
        data = json.loads(file.read("data.json"))
        readme = file.read("README.txt").decode()
    attempts = {row["id"]: row["item_id"] for row in data["attempt"]}
    told = [row for row in data["grade"] if attempts[row["attempt_id"]] in held]
    assert told
    assert all(row["result"] == row["score"] == "withheld" for row in told)
    reviews = [row for row in data["memory_review"] if attempts[row["attempt_id"]] in held]
    assert all(row["score"] == row["rating"] == "withheld" for row in reviews)
    drills = [row for row in data["sitting"] if row["plan"]["kind"] == "drill"]
    open_ones = [row["right_count"] for row in drills if not held & {slot["item_id"] for slot in row["paper"]}]
    assert open_ones
    assert "withheld" not in open_ones
    assert sum(row["right_count"] == "withheld" for row in drills) == len(drills) - len(open_ones) > 0
    assert "withheld" in readme
    others = [row for row in data["grade"] if attempts[row["attempt_id"]] not in held]
    assert others
    assert all(row["score"] != "withheld" for row in others)


def test_after_deletion_nothing_of_a_person_is_left(
    db_session: Session, sign_in: SignIn, full: Person, worked: Worked
) -> None:
    other = worked(20)
    kept = counts(db_session, other.id)
    ident, email = full.id, full.email
    client = sign_in(full)
    page = client.get("/profile/data").text
    assert "Fall" in page
    answer = client.post("/profile/data/delete", data=DELETE, follow_redirects=True)
    assert "are deleted" in answer.text
    db_session.rollback()
    db_session.expire_all()
    assert not any(counts(db_session, ident).values())
    assert db_session.scalar(select(func.count()).select_from(Person).where(Person.id == ident)) == 0
    assert counts(db_session, other.id) == kept
    assert db_session.scalars(select(ItemRuling)).one().created_by_id is None
    for table in db.metadata.sorted_tables:
        for row in db_session.execute(select(table)):
            assert email not in str(row), table.name
    assert client.get("/profile").status_code in (302, 303)  # signed out
    db_session.execute(text("PRAGMA foreign_key_check"))
    assert db_session.scalars(select(AuditEntry.subject).order_by(AuditEntry.id.desc())).first() == erasing.GONE


def test_a_sitting_under_way_is_named_and_goes_too(db_session: Session, sign_in: SignIn, full: Person) -> None:
    sit_all(db_session, full.id, now=clock.now(), most=30)
    client = sign_in(full)
    assert "“Mock”, which is under way" in client.get("/profile/data").text
    assert client.post("/profile/data/delete", data=DELETE).status_code == 303
    db_session.rollback()
    db_session.expire_all()
    assert db_session.scalar(select(func.count()).select_from(Sitting)) == 0


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"sure": "y", "current_password": "wrong password"}, "not your current password"),
        ({"sure": "y"}, "Type a password"),
        ({"current_password": PASSWORD}, "Tick this box"),
        ({}, "Tick this box"),
    ],
)
def test_without_password_and_yes_nothing_happens(
    db_session: Session, sign_in: SignIn, form: dict[str, str], words: str
) -> None:
    client = sign_in()
    answer = client.post("/profile/data/delete", data=form)
    assert answer.status_code == 422
    assert words in answer.text
    assert db_session.scalar(select(func.count()).select_from(Person)) == 1


def test_the_last_administrator_stays(db_session: Session, sign_in: SignIn, person: MakePerson) -> None:
    client = sign_in(Role.ADMIN)
    assert "only administrator" in client.get("/profile/data").text
    assert client.post("/profile/data/delete", data=DELETE).status_code == 422
    db_session.rollback()
    assert db_session.scalar(select(func.count()).select_from(Person)) == 1
    person(Role.ADMIN)
    assert client.post("/profile/data/delete", data=DELETE).status_code == 303


def test_classes_taught_pass_to_an_administrator(db_session: Session, sign_in: SignIn, person: MakePerson) -> None:
    teacher, student = person(Role.INSTRUCTOR), person()
    classroom = create_classroom(db_session, teacher, name="Fall", now=clock.now())
    join(db_session, student, code=classroom.join_code, now=clock.now())
    given = {"title": "Week 1", "plan_id": "drill-em", "zone": "UTC"}
    db_session.add(Assignment(classroom_id=classroom.id, opens_at=clock.now(), created_at=clock.now(), **given))
    db_session.commit()
    client = sign_in(teacher)
    assert [row["title"] for row in json.loads(archive(client).read("data.json"))["assignment"]] == ["Week 1"]
    assert json.loads(archive(sign_in(student)).read("data.json"))["assignment"] == []
    assert "no administrator who could take them over" in client.get("/profile/data").text
    assert client.post("/profile/data/delete", data=DELETE).status_code == 422
    admin = person(Role.ADMIN, name="Avery")
    assert "pass to Avery" in client.get("/profile/data").text
    assert client.post("/profile/data/delete", data=DELETE).status_code == 303
    db_session.rollback()
    db_session.expire_all()
    assert db_session.scalars(select(Classroom)).one().instructor_id == admin.id
    assert db_session.scalars(select(Membership)).one().person_id == student.id
    assert db_session.scalars(select(Assignment)).one().classroom_id == classroom.id


def test_what_was_given_by_somebody_who_left_stays_in_force(
    db_session: Session, sign_in: SignIn, person: MakePerson
) -> None:
    admin, student = person(Role.ADMIN), person()
    person(Role.ADMIN)
    grant(db_session, student.id, reason="r", by_id=admin.id, now=clock.now() - timedelta(days=1), extra=5)
    db_session.commit()
    assert sign_in(admin).post("/profile/data/delete", data=DELETE).status_code == 303
    db_session.rollback()
    db_session.expire_all()
    row = db_session.scalars(select(AccommodationGrant)).one()
    assert (row.person_id, row.created_by_id, row.extra) == (student.id, None, 5)


def test_erasing_alone_refuses_where_nobody_takes_over(db_session: Session, person: MakePerson) -> None:
    teacher: Any = person(Role.INSTRUCTOR)
    create_classroom(db_session, teacher, name="Fall", now=clock.now())
    db_session.commit()
    with pytest.raises(erasing.NobodyToTakeOver):
        erasing.erase(db_session, teacher, heir_id=None)
    assert db_session.scalars(select(MemoryReview)).all() == []
