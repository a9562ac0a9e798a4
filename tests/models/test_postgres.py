"""Accounts and attempts on PostgreSQL, from an empty database to a graded claim."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select

from coachapp import clock
from coachapp.attempts.engine import open_attempt, save, submit
from coachapp.codesets import CodeSets
from coachapp.domain.grading import key_claim
from coachapp.domain.permissions import Role
from coachapp.models import db
from coachapp.models.attempts import Attempt, AttemptState
from coachapp.models.items import Item
from coachapp.models.people import Person, SignInThrottle
from coachapp.models.schema import upgrade
from coachapp.stored import case_of
from tests.practice.samples import add_cases, wrist

PASSWORD = "tulip gravel orbit"


def test_a_learners_way_on_postgresql(
    make_app: Callable[..., Flask], postgres_url: str, codesets: CodeSets, codesets_dir: Path
) -> None:
    app = make_app(database_url=postgres_url)
    (app.config["COACH"].data / "codesets").symlink_to(codesets_dir / "codesets")
    with app.app_context():
        upgrade(db.engine)
    client = app.test_client()
    account = {"name": "Ana", "email": "ana@example.org", "password": PASSWORD, "password_again": PASSWORD}
    assert client.post("/register", data=account).status_code == 303
    assert client.post("/register", data=account).status_code == 422
    client.post("/sign-out")
    assert client.post("/sign-in", data={"email": "ana@example.org", "password": "wrong"}).status_code == 422
    assert client.post("/sign-in", data={"email": "ana@example.org", "password": PASSWORD}).status_code == 303
    with app.app_context():
        add_cases(db.session(), wrist())
        person = db.session.scalars(select(Person)).one()
        item = db.session.scalars(select(Item)).one()
        version: Any = item.current_version
        case, now = case_of(version), clock.now()
        attempt = open_attempt(db.session(), person.id, item=item, now=now)
        save(db.session(), attempt, payload={"diagnoses": []}, base_seq=0, now=now)
        submit(
            db.session(),
            attempt,
            claim=key_claim(case),
            payload={},
            base_seq=attempt.draft_seq,
            now=now,
            case=case,
            codesets=codesets,
        )
        person.role = Role.ADMIN
        db.session.commit()
    with app.app_context():
        graded = db.session.scalars(select(Attempt)).one()
        assert graded.state is AttemptState.GRADED
        assert graded.grades[0].score == 1
        assert graded.started_at == now
        assert [row.failures for row in db.session.scalars(select(SignInThrottle))] == [1]
    for url in ("/", "/cases", "/attempts", "/attempts/1", "/admin/", "/admin/people?q=AN", "/admin/audit", "/classes"):
        assert client.get(url).status_code == 200, url
