"""Classes: joining them, leading them, and work given to them with dates."""

from coachapp.classroom import assignment_routes
from coachapp.classroom.routes import bp

__all__ = ["assignment_routes", "bp"]
