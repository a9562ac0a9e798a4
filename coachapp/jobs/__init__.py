"""Jobs that run beside the site: the queue, its runner, and what is known of both."""

from coachapp.jobs.queue import EXTENSION, LOCK_FILE, QUEUE_FILE, Jobs, empty_queue, init_app, jobs_of, queue_errors
from coachapp.jobs.record import ClockJump, Failure, Periodic, Record, Running

__all__ = [
    "EXTENSION",
    "LOCK_FILE",
    "QUEUE_FILE",
    "ClockJump",
    "Failure",
    "Jobs",
    "Periodic",
    "Record",
    "Running",
    "empty_queue",
    "init_app",
    "jobs_of",
    "queue_errors",
]
