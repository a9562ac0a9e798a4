"""The first page: what this is."""

from coachapp.home.routes import bp

__all__ = ["bp"]
