"""What students did about assignments, read from PostgreSQL as from SQLite."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from coachapp.attempts import finishing, sittings
from coachapp.attempts.assigned import assigned_to
from coachapp.attempts.papers import slot_data
from coachapp.content.sync import sync
from coachapp.domain.assembly import Slot
from coachapp.domain.assignments import WorkState
from coachapp.domain.examclock import Accommodation
from coachapp.domain.questions import Concept, Section
from coachapp.models.classroom import Assignment, Classroom, Membership
from coachapp.models.items import Item, ItemKind
from coachapp.models.people import Person
from coachapp.models.schema import upgrade
from tests.attempts.test_grades import check
from tests.classroom.conftest import DAY, HOUR, PLANS
from tests.exams.conftest import T0, bank
from tests.practice.samples import wrist


def test_every_kind_of_work_is_read(request: pytest.FixtureRequest) -> None:
    engine = create_engine(request.getfixturevalue("postgres_url"))
    upgrade(engine)
    with Session(engine) as session:
        _try(session)
    engine.dispose()


def _try(session: Session) -> None:
    concepts = [
        Concept(id=name, section=Section.EM, title=name, lesson="L.", source="S.")
        for name in ("some-concept", "other-concept", "fracture-treatment")
    ]
    sync(session, [wrist()], questions=bank(), concepts=concepts, now=T0)
    who = Person(email="a@example.org", name="A", password_hash="", time_zone="UTC", created_at=T0)
    session.add(who)
    session.flush()
    classroom = Classroom(name="Fall", instructor_id=who.id, join_code="ABCDEFGH", created_at=T0)
    session.add(classroom)
    session.flush()
    items = sorted(session.query(Item), key=lambda item: item.slug)
    case = next(item for item in items if item.kind is ItemKind.CASE)
    works: list[dict[str, Any]] = [
        {"title": "case", "item_id": case.id},
        {"title": "drill", "plan_id": "drill-em"},
        {"title": "exam", "plan_id": "mock", "closes_at": T0 + DAY},
    ]
    session.add(Membership(classroom_id=classroom.id, person_id=who.id, joined_at=T0))
    for work in works:
        values = {"opens_at": T0, "due_at": T0 + HOUR, "zone": "UTC", "created_at": T0, **work}
        session.add(Assignment(classroom_id=classroom.id, **values))
    paper = [
        slot_data(
            Slot(item.slug, Section(item.section), ("a", "b", "c", "d")),
            item_id=item.id,
            version_id=item.current_version_id or 0,
        )
        for item in items
        if item.section
    ]
    for plan in PLANS.plans.values():
        options: dict[str, Any] = {"seed": 1, "now": T0, "accommodation": Accommodation(), "scope": plan.id}
        sitting = sittings.start(session, who.id, plan=plan, paper=paper[: plan.total], **options)
        if plan.id == "mock":
            sittings.hand_in(session, sitting, now=T0 + timedelta(minutes=1))
            finishing.finish(session, sitting.id, now=T0 + timedelta(minutes=1))
        else:
            for n in range(1, 5):
                check(session, sitting, n, "b", now=T0 + HOUR)
    session.commit()
    found = assigned_to(session, who.id, now=T0 + 2 * HOUR, plans=PLANS.plans, unverified=False, cpt=True)
    assert {one.title: one.state for one in found} == {
        "case": WorkState.NOT_BEGUN,
        "drill": WorkState.LATE,
        "exam": WorkState.ON_TIME,
    }
