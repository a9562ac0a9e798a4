"""Administration: people, requests for a new password, the audit log."""

from coachapp.admin.routes import bp

__all__ = ["bp"]
