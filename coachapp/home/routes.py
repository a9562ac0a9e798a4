"""The first page."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from coachapp.config import Registration
from coachapp.domain.permissions import Action
from coachapp.home import queries
from coachapp.models import db
from coachapp.web import access
from coachapp.web.context import me, settings

bp = Blueprint("home", __name__)


@bp.get("/")
@access.public
def index() -> ResponseReturnValue:
    """Say what this is; to those signed in, what to do next."""
    cpt = settings().include_cpt
    if not current_user.is_authenticated:
        return render_template(
            "home/welcome.html",
            cases=queries.count_cases(db.session(), unverified=False, cpt=cpt),
            open_registration=settings().registration is Registration.OPEN,
        )
    unverified = me().may(Action.SEE_UNVERIFIED)
    page = queries.today(db.session(), me().id, unverified=unverified, cpt=cpt)
    return render_template("home/index.html", page=page, unverified=unverified)
