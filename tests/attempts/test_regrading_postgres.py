"""Regrades on PostgreSQL: found, told beforehand, and carried out by two at once without judging anything twice."""

from threading import Thread

import pytest
from sqlalchemy import Engine, create_engine, func, select
from sqlalchemy.orm import Session

from coachapp.attempts import finishing, regrading, sittings
from coachapp.attempts.papers import paper_of, slot_data
from coachapp.codesets import CodeSets
from coachapp.content.sync import sync
from coachapp.domain.assembly import Slot
from coachapp.domain.examclock import Accommodation
from coachapp.domain.questions import Concept, Section
from coachapp.domain.slotwork import make_save
from coachapp.models.attempts import Grade
from coachapp.models.items import Item
from coachapp.models.people import Person
from coachapp.models.regrades import Regrade
from coachapp.models.schema import upgrade
from coachapp.models.sittings import Sitting
from tests.attempts.test_regrading import CHANGED, LATER, mended
from tests.domain.exam_builders import plan
from tests.exams.conftest import T0, bank

LEARNERS = 6
EXAM = plan({Section.EM: 4}, pass_mark=25)


def test_two_at_once_judge_everything_once(request: pytest.FixtureRequest, codesets: CodeSets) -> None:
    engine = create_engine(request.getfixturevalue("postgres_url"))
    upgrade(engine)
    with Session(engine) as session:
        _sit(session)
        sync(session, [], questions=mended(), concepts=(), now=LATER)
        item = session.scalars(select(Item).where(Item.slug == CHANGED)).one()
        assert [(one.attempts, one.asked[0].people) for one in regrading.behind(session)] == [(LEARNERS, LEARNERS)]
        told = regrading.preview(session, item, codesets=codesets)
        assert [(move.before, move.after, move.attempts) for move in told.moves] == [(1.0, 0.0, LEARNERS)]
        assert len(told.exams) == LEARNERS
        decided = regrading.accept(session, item, reason="Another was meant.", by_id=None, now=LATER).id
        session.commit()
    workers = [Thread(target=_work, args=(engine, decided, codesets)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    with Session(engine) as session:
        row = session.get_one(Regrade, decided)
        assert (row.judged, row.changed, row.finished_at) == (LEARNERS, LEARNERS, LATER)
        per_attempt = session.execute(select(func.count()).select_from(Grade).group_by(Grade.attempt_id)).scalars()
        assert per_attempt.all() == [2] * LEARNERS
        assert set(session.scalars(select(Sitting.right_count))) == {0}
        assert regrading.behind(session) == []
    engine.dispose()


def _sit(session: Session) -> None:
    names = ("some-concept", "other-concept")
    concepts = [Concept(id=name, section=Section.EM, title=name, lesson="L.", source="S.") for name in names]
    sync(session, [], questions=bank(), concepts=concepts, now=T0)
    items = sorted(session.query(Item).where(Item.section == Section.EM.value), key=lambda one: one.slug)[:4]
    paper = [
        slot_data(Slot(one.slug, Section.EM, tuple("abcd")), item_id=one.id, version_id=one.current_version_id or 0)
        for one in items
    ]
    for n in range(LEARNERS):
        who = Person(email=f"p{n}@example.org", name=f"P {n}", password_hash="", time_zone="UTC", created_at=T0)
        session.add(who)
        session.flush()
        values = {"plan": EXAM, "paper": paper, "seed": 1, "accommodation": Accommodation(), "scope": EXAM.id}
        sitting = sittings.start(session, who.id, now=T0, **values)  # type: ignore[arg-type]
        work = make_save(base_seq=0, save_id="s", answer=["b"])
        sittings.save(session, sitting, slot=paper_of(sitting)[1], work=work, now=T0)
        sittings.hand_in(session, sitting, now=T0)
        finishing.finish(session, sitting.id, now=T0)
    session.commit()


def _work(engine: Engine, regrade_id: int, codesets: CodeSets) -> None:
    with Session(engine) as session:
        while regrading.carry_out(session, regrade_id, codesets=codesets, now=LATER, limit=1):
            session.commit()
        session.commit()
