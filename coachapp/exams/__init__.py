"""Mock exams and drills: plans, sittings, reports."""

from coachapp.exams import desk_routes, given_routes, problem_routes, report_routes, run_routes
from coachapp.exams.jobs import register as register_jobs
from coachapp.exams.routes import bp

__all__ = ["bp", "desk_routes", "given_routes", "problem_routes", "register_jobs", "report_routes", "run_routes"]
