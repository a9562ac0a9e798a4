"""PostgreSQL: from an empty database to a graded claim, and what is reckoned of answers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select

from coachapp import clock
from coachapp.attempts import finishing, sittings
from coachapp.attempts.engine import open_attempt, save, submit
from coachapp.attempts.papers import paper_of, slot_data
from coachapp.codesets import CodeSets
from coachapp.content.sync import sync
from coachapp.domain.assembly import Slot
from coachapp.domain.examclock import Accommodation
from coachapp.domain.grading import key_claim
from coachapp.domain.permissions import Role
from coachapp.domain.questions import Concept, Section
from coachapp.domain.sittings import Ruling
from coachapp.domain.slotwork import make_save
from coachapp.models import db
from coachapp.models.attempts import Attempt, AttemptState
from coachapp.models.items import Item
from coachapp.models.people import Person, SignInThrottle, ThrottleKind
from coachapp.models.schema import upgrade
from coachapp.models.standing import Standing
from coachapp.progress import jobs, upkeep
from coachapp.stored import case_of
from tests.domain.exam_builders import drill, question
from tests.exams.conftest import T0
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
            codesets=codesets,
        )
        person.role = Role.ADMIN
        db.session.commit()
    with app.app_context():
        graded = db.session.scalars(select(Attempt)).one()
        assert graded.state is AttemptState.GRADED
        assert graded.grades[0].score == 1
        assert graded.started_at == now
        assert [(row.kind, row.failures) for row in db.session.scalars(select(SignInThrottle))] == [
            (ThrottleKind.REGISTER, 2)
        ]
    pages = ("/today", "/review", "/cases", "/attempts", "/attempts/1", "/admin/", "/admin/people?q=AN", "/admin/audit")
    for url in (*pages, "/classes"):
        assert client.get(url).status_code == 200, url


def test_standing_and_memory_on_postgresql(make_app: Callable[..., Flask], postgres_url: str) -> None:
    with make_app(database_url=postgres_url).app_context():
        upgrade(db.engine)
        session = db.session()
        who = Person(email="bo@example.org", name="Bo", password_hash="x", time_zone="UTC", created_at=T0)
        session.add(who)
        concept = Concept(id="some-concept", section=Section.EM, title="T", lesson="L", source="S")
        sync(session, [], questions=[question()], concepts=[concept], now=T0)
        item = session.scalars(select(Item)).one()
        slot = Slot(item.slug, Section.EM, ("a", "b", "c", "d"))
        sitting = sittings.start(
            session,
            who.id,
            plan=drill({Section.EM: 1}),
            paper=[slot_data(slot, item_id=item.id, version_id=item.current_version_id or 0)],
            seed=1,
            now=T0,
            accommodation=Accommodation(),
            scope="drill",
        )
        work = make_save(base_seq=0, save_id="s", answer=["a"], sure=True)
        for _ in range(2):
            finishing.check(session, sitting, slot=paper_of(sitting)[0], work=work, now=T0)
        session.commit()
        assert upkeep.bring_up_to_date(session, who.id, now=T0)
        finishing.rule(session, item.versions[0], ruling=Ruling.VOID, reason="test", by_id=None, now=T0)
        session.commit()
        assert [row.right_weight for row in session.scalars(select(Standing).where(Standing.answers > 0))] == [1] * 4
        assert jobs.sweep() == [who.id]
        assert session.scalars(select(Standing).where(Standing.answers > 0)).all() == []
