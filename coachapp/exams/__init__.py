"""Mock exams and drills: plans, sittings, reports."""

from coachapp.exams import report_routes, run_routes
from coachapp.exams.jobs import register as register_jobs
from coachapp.exams.routes import bp

__all__ = ["bp", "register_jobs", "report_routes", "run_routes"]
