"""Learners with months of work behind them, for tests of pages."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy.orm import Session

from coachapp import clock
from coachapp.attempts.bulk import write_cases, write_sittings
from coachapp.models.people import Person
from coachapp.simulation.learners import learner
from coachapp.simulation.months import Months
from coachapp.simulation.population import diligent
from coachapp.simulation.stock import Stock

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
