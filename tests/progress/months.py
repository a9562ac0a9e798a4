"""Learners with months of work behind them, for tests of pages."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp import clock
from coachapp.attempts import sittings
from coachapp.attempts.bulk import write_cases, write_sittings
from coachapp.attempts.papers import slot_data
from coachapp.domain.assembly import Slot
from coachapp.domain.examclock import Accommodation
from coachapp.domain.questions import Section
from coachapp.models.items import Item, ItemKind
from coachapp.models.people import Person
from coachapp.models.sittings import Sitting
from coachapp.simulation.learners import learner
from coachapp.simulation.months import Months
from coachapp.simulation.population import diligent
from coachapp.simulation.stock import Stock
from tests.domain.exam_builders import plan

Worked = Callable[..., Person]


@pytest.fixture
def worked(db_session: Session, stock: Callable[[], Stock], person: Callable[..., Person]) -> Worked:
    """Return a function that makes a person with `days` of diligent work up to yesterday."""
    held: list[Stock] = []

    def make(days: int = 60, who: Person | None = None) -> Person:
        if not held:
            held.append(stock())
        found = who or person()
        start = datetime.combine(clock.now().date(), time.min, tzinfo=UTC) - timedelta(days=days)
        done = Months(diligent(learner(4, 1, days), days), held[0], person_id=found.id, start=start, seed=4).run()
        write_sittings(db_session, done.sittings)
        write_cases(db_session, done.cases)
        db_session.commit()
        return found

    return make


def sit_all(session: Session, person_id: int, *, now: datetime, most: int | None = None) -> Sitting:
    """Start an exam of every question there is, or of the first so many, and commit."""
    session.rollback()
    items = session.scalars(select(Item).where(Item.kind == ItemKind.QUESTION).order_by(Item.slug).limit(most))
    paper = [
        slot_data(
            Slot(item.slug, Section(item.section or ""), ("a", "b", "c", "d")),
            item_id=item.id,
            version_id=item.current_version_id or 0,
        )
        for item in items
    ]
    found = sittings.start(
        session,
        person_id,
        plan=plan({Section.EM: len(paper)}, minutes=100),
        paper=paper,
        seed=1,
        now=now,
        accommodation=Accommodation(),
        scope="mock",
    )
    session.commit()
    return found
