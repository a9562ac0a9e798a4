"""What goes on without a browser: standings that grades have outdated, and the daily look at all learners."""

import logging

from sqlalchemy.exc import SQLAlchemyError

from coachapp import clock
from coachapp.attempts import standings
from coachapp.jobs import Jobs
from coachapp.models import db
from coachapp.progress import upkeep

log = logging.getLogger(__name__)

SWEEP_SECONDS = 5
# One runner does all jobs: those whose exam is over must not wait long behind this.
MOST_AT_ONCE = 25
SWEEP = "sweep-standings"


def register(jobs: Jobs) -> None:
    """Make the job known to the runner; it runs every five seconds from its start."""
    jobs.add(SWEEP, sweep, every_seconds=SWEEP_SECONDS)


def refresh_one(person_id: int) -> bool:
    """Reckon one person's standing if it is outdated, in a transaction of its own; say whether it was."""
    session = db.session()
    done = upkeep.bring_up_to_date(session, person_id, now=clock.now())
    session.commit()
    return done


def sweep() -> list[int]:
    """Reckon those whose standing has been outdated longest and return their ids; one that fails keeps no other."""
    session, done = db.session(), []
    upkeep.take_snapshot_if_due(session, now=clock.now())
    session.commit()
    waiting = standings.outdated_people(session, now=clock.now(), limit=MOST_AT_ONCE)
    session.rollback()
    for person_id in waiting:
        try:
            if refresh_one(person_id):
                done.append(person_id)
        except SQLAlchemyError:
            log.exception("the standing of person %s could not be reckoned", person_id)
            session.rollback()
    return done
