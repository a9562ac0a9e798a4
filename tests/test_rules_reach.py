"""Every address that names something of a person's, tried with real ids by everybody who might want it.

The table says who gets through. A new address with such an id fails until it has a row.
"""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp import clock
from coachapp.attempts.engine import open_attempt, submit
from coachapp.attempts.papers import paper_of
from coachapp.attempts.regrading import accept
from coachapp.attempts.scopes import scope_of
from coachapp.classroom.operations import create_classroom
from coachapp.codesets import CodeSets
from coachapp.config import Settings
from coachapp.domain.grading import key_claim
from coachapp.domain.permissions import Role
from coachapp.models.classroom import Assignment, Membership, RemovedMember
from coachapp.models.items import Item, ItemKind
from coachapp.models.record import PracticeRecordLink
from coachapp.models.signins import DeviceSignIn
from coachapp.models.sittings import ProblemReport, Sitting
from coachapp.models.twostep import TwoStep
from coachapp.progress.record_links import make_link
from coachapp.progress.record_queries import RecordPart
from coachapp.stored import case_of
from tests.conftest import MakePerson, SignIn
from tests.exams.conftest import begin, stock
from tests.practice.samples import add_cases, wrist

__all__ = ["begin", "stock"]  # fixtures

DAY = timedelta(days=1)

# `colleague` teaches the learner too, in another class; `stranger` teaches somebody else.
ACTORS = {
    "learner": Role.STUDENT,
    "classmate": Role.STUDENT,
    "teacher": Role.INSTRUCTOR,
    "colleague": Role.INSTRUCTOR,
    "stranger": Role.INSTRUCTOR,
    "admin": Role.ADMIN,
}
OWNER = {"learner"}
MEMBERS = {"learner", "classmate"}
CLASS_WORK = {"teacher", "admin"}
TEACHER = {"teacher"}
LEARNERS = {"teacher", "colleague", "admin"}
INSTRUCTORS = {"teacher", "colleague", "stranger", "admin"}
ADMIN = {"admin"}

TABLE = {
    "practice.review": OWNER,
    "exams.sitting": OWNER,
    "exams.question": OWNER,
    "exams.turn": OWNER,
    "exams.save": OWNER,
    "exams.time": OWNER,
    "exams.review": OWNER,
    "exams.hand_in": OWNER,
    "exams.on_break": OWNER,
    "exams.end_break": OWNER,
    "exams.report": OWNER,
    "exams.answers": OWNER,
    "progress.revoke_record_link": OWNER,
    "accounts.sign_out_device": OWNER,
    "exams.given": MEMBERS,
    "exams.start_given": MEMBERS,
    "classroom.leave": MEMBERS,
    "exams.late_answers": CLASS_WORK,
    "exams.void": CLASS_WORK,
    "exams.void_post": CLASS_WORK,
    "exams.learner": LEARNERS,
    "exams.grant": LEARNERS,
    "exams.end_grant": LEARNERS,
    "classroom.classroom": TEACHER,
    "classroom.classroom_joining": TEACHER,
    "classroom.member_remove": TEACHER,
    "classroom.classroom_code": TEACHER,
    "classroom.removed_member": TEACHER,
    "classroom.assignment_new": TEACHER,
    "classroom.assignment_new_post": TEACHER,
    "classroom.assignment": TEACHER,
    "classroom.assignment_edit": TEACHER,
    "classroom.assignment_edit_post": TEACHER,
    "classroom.assignment_take_back": TEACHER,
    "exams.problem": INSTRUCTORS,
    "exams.ruling": INSTRUCTORS,
    "exams.rule": INSTRUCTORS,
    "authoring.regrade": INSTRUCTORS,
    "admin.person": ADMIN,
    "admin.person_role": ADMIN,
    "admin.person_enabled": ADMIN,
    "admin.person_link": ADMIN,
    "admin.person_two_step_off": ADMIN,
}
# Ids of plans and of failed jobs are nobody's.
NOBODYS = {"plan_id", "failure_id"}


@pytest.fixture
def ids(
    settings: Settings,
    db_session: Session,
    person: MakePerson,
    codesets_dir: Path,
    codesets: CodeSets,
    begin: Callable[..., Sitting],
) -> dict[str, Any]:
    """Store a class with an exam under way, a submitted claim, a report and a regrade; return ids and the people."""
    (settings.data / "codesets").symlink_to(codesets_dir / "codesets")
    people = {name: person(role, name=name) for name, role in ACTORS.items()}
    learner, now = people["learner"], clock.now()
    rooms = [create_classroom(db_session, people[name], name=name, now=now) for name in ("teacher", "colleague")]
    members = [
        Membership(classroom=room, person_id=people[name].id, joined_at=now)
        for room, name in ((rooms[0], "learner"), (rooms[0], "classmate"), (rooms[1], "learner"))
    ]
    given = Assignment(classroom=rooms[0], title="Mock", plan_id="cpc", opens_at=now, zone="UTC", created_at=now)
    db_session.add_all([*members, given])
    db_session.flush()
    sitting = begin(who=learner, now=now, scope=scope_of(given.id))
    add_cases(db_session, wrist())
    item = db_session.scalars(select(Item).where(Item.kind == ItemKind.CASE)).one()
    attempt = open_attempt(db_session, learner.id, item=item, now=now)
    claim = key_claim(case_of(item.current_version))  # type: ignore[arg-type]
    submit(db_session, attempt, claim=claim, payload={}, base_seq=0, now=now, codesets=codesets)
    version_id = paper_of(sitting)[0].version_id
    report = ProblemReport(person_id=learner.id, item_version_id=version_id, text="Odd.", at=now)
    regrade = accept(db_session, item, reason="The side was wrong.", by_id=None, now=now)
    make_link(db_session, learner.id, parts=list(RecordPart), now=now)
    removed = RemovedMember(classroom_id=rooms[0].id, person_id=people["admin"].id, removed_at=now, asked_at=now)
    device = DeviceSignIn(person_id=learner.id, device="A phone", created_at=now, seen_at=now, ends_at=now + DAY)
    two_step = TwoStep(person_id=learner.id, secret="A" * 32, recovery=[], created_at=now)
    db_session.add_all([report, device, removed, two_step])
    db_session.flush()
    link = db_session.scalars(select(PracticeRecordLink)).one()
    numbers = {
        "attempt_id": attempt.id,
        "sitting_id": sitting.id,
        "assignment_id": given.id,
        "classroom_id": rooms[0].id,
        "membership_id": members[0].id,
        "person_id": learner.id,
        "report_id": report.id,
        "regrade_id": regrade.id,
        "link_id": link.id,
        "sign_in_id": device.id,
        "removed_id": removed.id,
        "decision": "admit",
        "n": 1,
        "ruling": "void",
    }
    db_session.commit()
    return numbers | {"people": people}


def personal(app: Flask) -> dict[str, tuple[str, frozenset[str]]]:
    """Return method and arguments of every address that names something by its id, by endpoint."""
    methods = {"GET", "POST", "PUT", "PATCH", "DELETE"}
    return {
        rule.endpoint: (next(iter(methods & (rule.methods or set()))), frozenset(rule.arguments))
        for rule in app.url_map.iter_rules()
        if any(name.endswith("_id") and name not in NOBODYS for name in rule.arguments)
    }


def status(app: Flask, client: FlaskClient, endpoint: str, ids: dict[str, Any]) -> int:
    """Ask for an address, with an empty form where it is posted to, and return the answer's status."""
    method, arguments = personal(app)[endpoint]
    with app.test_request_context():
        url = app.url_for(endpoint, **{name: ids[name] for name in arguments})
    extra = {"json": {"base_seq": 0, "save_id": "s", "answer": []}} if method == "PUT" else {}
    answer: int = client.open(url, method=method, **extra).status_code
    return answer


def test_every_address_with_an_id_has_its_row(app: Flask) -> None:
    assert set(personal(app)) == set(TABLE)


@pytest.mark.parametrize("endpoint", TABLE)
def test_everybody_else_is_refused(app: Flask, sign_in: SignIn, ids: dict[str, Any], endpoint: str) -> None:
    for name in sorted(ACTORS.keys() - TABLE[endpoint]):
        assert status(app, sign_in(ids["people"][name]), endpoint, ids) in (403, 404), name


@pytest.mark.parametrize(
    ("endpoint", "name"), [(endpoint, name) for endpoint in TABLE for name in sorted(TABLE[endpoint])]
)
def test_those_in_the_table_get_through(
    app: Flask, sign_in: SignIn, ids: dict[str, Any], endpoint: str, name: str
) -> None:
    assert status(app, sign_in(ids["people"][name]), endpoint, ids) not in (403, 404)
