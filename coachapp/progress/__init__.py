"""What a learner knows, how ready she is, and what to do next."""

from coachapp.progress import standing_routes
from coachapp.progress.jobs import register as register_jobs
from coachapp.progress.routes import bp

__all__ = ["bp", "register_jobs", "standing_routes"]
