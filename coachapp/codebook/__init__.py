"""The code book: browse and search the code sets, keep notes and bookmarks."""

from coachapp.codebook.routes import bp

__all__ = ["bp"]
