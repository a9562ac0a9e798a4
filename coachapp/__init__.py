"""Coachapp: learn medical coding on realistic charts, graded line by line."""

__version__ = "0.1.0"
