"""The first page."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from coachapp.config import Registration
from coachapp.home import queries
from coachapp.models import db
from coachapp.web import access
from coachapp.web.context import settings

bp = Blueprint("home", __name__)


@bp.get("/")
@access.public
def index() -> ResponseReturnValue:
    """Say what this is; those signed in are led to what they do today."""
    if current_user.is_authenticated:
        return redirect(url_for("progress.today"), 303)
    return render_template(
        "home/welcome.html",
        cases=queries.count_cases(db.session(), unverified=False, cpt=settings().include_cpt),
        open_registration=settings().registration is Registration.OPEN,
    )
