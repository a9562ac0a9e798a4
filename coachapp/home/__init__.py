"""The first page: what this is and, for those signed in, the next step."""

from coachapp.home.routes import bp

__all__ = ["bp"]
