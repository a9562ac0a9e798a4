"""The jobs beside the site: what waits, runs and failed. The queue is apart from the database: nothing here commits."""

from dataclasses import dataclass
from datetime import timedelta

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from coachapp import clock
from coachapp.admin.routes import bp
from coachapp.domain.permissions import Action
from coachapp.jobs import Failure, Jobs, Periodic, Running, jobs_of, queue_errors
from coachapp.jobs.record import Arguments
from coachapp.web import access
from coachapp.web.errors import error_response

# The sweep beats every ten seconds; a job at hand may keep it a little.
ALIVE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class JobsPage:
    """What the page shows; `alive` says whether the runner did something of late."""

    alive: bool
    running: Running | None
    waiting: list[tuple[str, Arguments]]
    failures: list[Failure]
    aside: list[Failure]
    periodic: list[Periodic]


def _page(found: Jobs) -> JobsPage:
    beat, record = found.record.last_beat(), found.record
    return JobsPage(
        alive=beat is not None and abs(clock.now() - beat) < ALIVE,
        running=record.running(),
        waiting=found.waiting(),
        failures=record.failures(),
        aside=record.aside(),
        periodic=found.periodic(),
    )


@bp.get("/jobs")
@access.may(Action.MANAGE_JOBS)
def jobs() -> ResponseReturnValue:
    """Show jobs that wait, run and failed, and the last turns of periodic ones."""
    try:
        page = _page(jobs_of(current_app))
    except queue_errors(ValueError) as error:
        return error_response(
            503, f"The queue of jobs cannot be read ({error}). Exams are closed and graded by the next visit meanwhile."
        )
    return render_template("admin/jobs.html", page=page)


@bp.post("/jobs/<failure_id>/retry")
@access.may(Action.MANAGE_JOBS)
def job_retry(failure_id: str) -> ResponseReturnValue:
    """Put a job that failed into the queue again."""
    if not jobs_of(current_app).retry(failure_id):
        return error_response(409, "This job is not among the failed ones any more, or the queue cannot be written.")
    flash("The job is in the queue again.", "success")
    return redirect(url_for("admin.jobs"), 303)


@bp.post("/jobs/<failure_id>/discard")
@access.may(Action.MANAGE_JOBS)
def job_discard(failure_id: str) -> ResponseReturnValue:
    """Forget a job that failed."""
    if jobs_of(current_app).record.discard(failure_id) is None:
        return error_response(409, "This job is not among the failed ones any more.")
    flash("Discarded.", "success")
    return redirect(url_for("admin.jobs"), 303)
