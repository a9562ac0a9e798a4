"""What goes on without a browser: closing and grading sittings. Each sitting is a transaction of its own."""

import logging

from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from coachapp import clock
from coachapp.attempts import finishing, sittings
from coachapp.jobs import Jobs, jobs_of
from coachapp.models import db
from coachapp.models.writing import begin_write

log = logging.getLogger(__name__)

SWEEP_SECONDS = 10
FINISH = "finish-sitting"
SWEEP = "sweep-sittings"


def register(jobs: Jobs) -> None:
    """Make the jobs known to the runner; the sweep runs every ten seconds from its start."""
    jobs.add(FINISH, finish_one)
    jobs.add(SWEEP, sweep_all, every_seconds=SWEEP_SECONDS)


def enqueue_finish(sitting_id: int) -> None:
    """Ask for a closed sitting to be graded; if that fails, the sweep or the next read does it."""
    jobs_of(current_app).enqueue(FINISH, sitting_id)


def finish_one(sitting_id: int) -> bool:
    """Close a sitting whose time is up and grade it if it is closed; say whether anything was done."""
    session = db.session()
    begin_write(session)
    done = finishing.finish(session, sitting_id, now=clock.now())
    session.commit()
    return done


class SittingsLeft(Exception):
    """Some sittings that are due could not be finished; the message names them and the first reason."""


def sweep_all() -> None:
    """Finish every sitting that is due. Raises SittingsLeft once all have had their turn, so that it is seen."""
    failed = _sweep()[1]
    if failed:
        numbers = ", ".join(str(sitting_id) for sitting_id in failed)
        raise SittingsLeft(f"sittings {numbers} could not be finished: {next(iter(failed.values()))}")


def sweep() -> list[int]:
    """Finish every sitting that is due and return their ids; one that fails does not keep the others."""
    return _sweep()[0]


def _sweep() -> tuple[list[int], dict[int, str]]:
    done, failed = [], {}
    for sitting_id in sittings.due(db.session(), now=clock.now()):
        try:
            if finish_one(sitting_id):
                done.append(sitting_id)
        except SQLAlchemyError as error:
            log.exception("sitting %s could not be finished", sitting_id)
            failed[sitting_id] = str(error)
            db.session.rollback()
    db.session.rollback()
    return done, failed
