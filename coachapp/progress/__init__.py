"""What a learner knows, how ready she is, and what to do next."""

from coachapp.progress import record_routes, standing_routes
from coachapp.progress.jobs import register as register_jobs
from coachapp.progress.routes import bp

__all__ = ["bp", "record_routes", "register_jobs", "standing_routes"]
