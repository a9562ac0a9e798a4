"""Practice: find a case, code it, hand it in, read the review."""

from coachapp.practice.routes import bp

__all__ = ["bp"]
