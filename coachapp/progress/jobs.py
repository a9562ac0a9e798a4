"""What goes on without a browser: standings that grades have outdated, and the daily look at all learners."""

import logging

from sqlalchemy.exc import SQLAlchemyError

from coachapp import clock
from coachapp.attempts import standings
from coachapp.jobs import Jobs
from coachapp.models import db
from coachapp.progress import upkeep

log = logging.getLogger(__name__)

SWEEP_SECONDS = 15
SWEEP = "sweep-standings"


def register(jobs: Jobs) -> None:
    """Make the job known to the runner; it runs every fifteen seconds from its start."""
    jobs.add(SWEEP, sweep, every_seconds=SWEEP_SECONDS)


def refresh_one(person_id: int) -> bool:
    """Reckon one person's standing if it is outdated, in a transaction of its own; say whether it was."""
    session = db.session()
    done = upkeep.bring_up_to_date(session, person_id, now=clock.now())
    session.commit()
    return done


def sweep() -> list[int]:
    """Reckon everybody whose standing is outdated and return their ids; one that fails does not keep the others."""
    session, done = db.session(), []
    upkeep.take_snapshot_if_due(session, now=clock.now())
    session.commit()
    waiting = standings.outdated_people(session, now=clock.now())
    session.rollback()
    for person_id in waiting:
        try:
            if refresh_one(person_id):
                done.append(person_id)
        except SQLAlchemyError:
            log.exception("the standing of person %s could not be reckoned", person_id)
            session.rollback()
    return done
