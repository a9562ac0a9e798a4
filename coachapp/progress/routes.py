"""Today, and what is due for review. Each route commits at most once."""

from datetime import datetime

from flask import Blueprint

from coachapp.models import db
from coachapp.progress import upkeep
from coachapp.web.context import me

bp = Blueprint("progress", __name__)


def brought_up_to_date(now: datetime) -> None:
    """Reckon the standing of the person at hand if grades or time have outdated it; before a page reads it."""
    if upkeep.bring_up_to_date(db.session(), me().id, now=now):
        db.session.commit()
