"""Administration: people, requests for a new password, the audit log, jobs."""

from coachapp.admin import job_routes
from coachapp.admin.routes import bp

__all__ = ["bp", "job_routes"]
