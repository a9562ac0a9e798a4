"""Classes: joining them, leading them, and work given to them with dates."""

from coachapp.classroom.routes import bp

__all__ = ["bp"]
