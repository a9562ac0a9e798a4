"""Today, and what is due for review. Each route commits at most once."""

from datetime import datetime

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from coachapp import clock
from coachapp.domain.mastery import THIN_UNDER
from coachapp.domain.permissions import Action
from coachapp.models import db
from coachapp.progress import queries, schedule, upkeep
from coachapp.web import access
from coachapp.web.context import me, settings
from coachapp.web.filters import zone
from coachapp.web.sections import SECTION_NAMES

bp = Blueprint("progress", __name__)


def brought_up_to_date(now: datetime) -> None:
    """Reckon the standing of the person at hand if grades or time have outdated it; before a page reads it."""
    if upkeep.bring_up_to_date(db.session(), me().id, now=now):
        db.session.commit()


@bp.get("/today")
@access.signed_in
def today() -> ResponseReturnValue:
    """Show the one next step, then progress at a glance."""
    now = clock.now()
    brought_up_to_date(now)
    unverified = me().may(Action.SEE_UNVERIFIED)
    page = queries.today_page(db.session(), me().id, now=now, unverified=unverified, cpt=settings().include_cpt)
    return render_template("progress/today.html", page=page, names=SECTION_NAMES, unverified=unverified, few=THIN_UNDER)


@bp.get("/review")
@access.signed_in
def review() -> ResponseReturnValue:
    """Show what is due for review by concept, and the days ahead."""
    now = clock.now()
    brought_up_to_date(now)
    page = schedule.review_page(
        db.session(),
        me().id,
        now=now,
        zone=zone(),
        unverified=me().may(Action.SEE_UNVERIFIED),
        cpt=settings().include_cpt,
    )
    return render_template("progress/review.html", page=page, names=SECTION_NAMES)
