"""What goes on without a browser: judging work again after a key was corrected, some attempts in a transaction."""

from flask import current_app

from coachapp import clock
from coachapp.attempts import regrading
from coachapp.codesets import CodeSets, open_codesets
from coachapp.jobs import Jobs, jobs_of
from coachapp.models import db
from coachapp.models.writing import begin_write
from coachapp.web.context import settings

SWEEP_SECONDS = 60
REGRADE = "regrade"
SWEEP = "sweep-regrades"


def register(jobs: Jobs) -> None:
    """Make the jobs known to the runner; the sweep goes on with what a crash left."""
    jobs.add(REGRADE, regrade_all)
    jobs.add(SWEEP, sweep, every_seconds=SWEEP_SECONDS)


def codesets() -> CodeSets:
    """Return the code sets of this installation."""
    return open_codesets(settings().data)


def enqueue(regrade_id: int) -> None:
    """Ask for the rest of a regrade; if that fails, the sweep does it."""
    jobs_of(current_app).enqueue(REGRADE, regrade_id)


def regrade_all(regrade_id: int) -> None:
    """Judge all that an accepted regrade is about, or what is left of it."""
    session, left = db.session(), True
    while left:
        begin_write(session)
        left = regrading.carry_out(session, regrade_id, codesets=codesets(), now=clock.now())
        session.commit()


def sweep() -> None:
    """Go on with every regrade that is not finished."""
    waiting = regrading.unfinished(db.session())
    db.session.rollback()
    for regrade_id in waiting:
        regrade_all(regrade_id)
