"""What goes on without a browser: judging work again after a key was corrected, some attempts in a transaction."""

import logging

from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from coachapp import clock
from coachapp.attempts import regrading
from coachapp.codesets import CodeSets, open_codesets
from coachapp.codesets.release import ReleaseMissing
from coachapp.domain.responses import ResponseError
from coachapp.jobs import Jobs, jobs_of
from coachapp.models import db
from coachapp.models.writing import begin_write
from coachapp.web.context import settings

log = logging.getLogger(__name__)

SWEEP_SECONDS = 60
# One runner does all jobs: those whose exam is over must not wait long behind this.
TURNS = 10
REGRADE = "regrade"
SWEEP = "sweep-regrades"


def register(jobs: Jobs) -> None:
    """Make the jobs known to the runner; the sweep goes on with what a crash left."""
    jobs.add(REGRADE, regrade_some)
    jobs.add(SWEEP, sweep, every_seconds=SWEEP_SECONDS)


def codesets() -> CodeSets:
    """Return the code sets of this installation."""
    return open_codesets(settings().data)


def enqueue(regrade_id: int) -> None:
    """Ask for the rest of a regrade; if that fails, the sweep does it."""
    jobs_of(current_app).enqueue(REGRADE, regrade_id)


def regrade_some(regrade_id: int) -> None:
    """Judge some of what an accepted regrade is about, and queue again for the rest."""
    session = db.session()
    for _ in range(TURNS):
        begin_write(session)
        left = regrading.carry_out(session, regrade_id, codesets=codesets(), now=clock.now())
        session.commit()
        if not left:
            return
    enqueue(regrade_id)


class RegradesLeft(Exception):
    """Some regrades could not go on; the message names them and the first reason."""


def sweep() -> None:
    """Go on with every regrade that is not finished. Raises RegradesLeft once all have had their turn."""
    waiting = regrading.unfinished(db.session())
    db.session.rollback()
    failed = {}
    for regrade_id in waiting:
        try:
            regrade_some(regrade_id)
        except (SQLAlchemyError, ReleaseMissing, ResponseError) as error:
            log.exception("regrade %s could not go on", regrade_id)
            failed[regrade_id] = str(error)
            db.session.rollback()
    if failed:
        numbers = ", ".join(str(regrade_id) for regrade_id in failed)
        raise RegradesLeft(f"regrades {numbers} could not go on: {next(iter(failed.values()))}")
