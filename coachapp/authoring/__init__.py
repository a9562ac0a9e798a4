"""Looking after cases and questions: keys that changed after work was judged by them."""

from coachapp.authoring.jobs import register as register_jobs
from coachapp.authoring.routes import bp

__all__ = ["bp", "register_jobs"]
