"""Changed keys: what they are about, what judging again would change, and deciding it. One commit at most a route."""

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coachapp import clock
from coachapp.attempts import regrading
from coachapp.attempts.withholding import withheld_from
from coachapp.authoring import jobs, operations, queries
from coachapp.codesets.release import ReleaseMissing
from coachapp.domain.permissions import Action
from coachapp.models import db
from coachapp.models.items import Item
from coachapp.web import access
from coachapp.web.context import me
from coachapp.web.errors import error_response
from coachapp.web.forms import ReasonForm, posted
from coachapp.web.paging import page_number

bp = Blueprint("authoring", __name__)


@bp.errorhandler(ReleaseMissing)
def no_code_sets(error: ReleaseMissing) -> ResponseReturnValue:
    """Say that no claim can be judged without code sets; nothing was decided."""
    db.session.rollback()
    words = "The code sets are not installed on this site, so no claim can be judged; run “coachapp init”."
    return error_response(503, words, offer_resend=True)


@bp.get("/keys")
@access.may(Action.REGRADE)
def changed_keys() -> ResponseReturnValue:
    """List cases and questions whose work another key judged, and the regrades there were."""
    session = db.session()
    return render_template(
        "authoring/changed_keys.html",
        waiting=regrading.undecided(session),
        past=queries.past_regrades(session, number=page_number(request.args.get("page"))),
    )


@bp.get("/keys/<specialty>/<slug>")
@access.may(Action.REGRADE)
def changed_key(specialty: str, slug: str) -> ResponseReturnValue:
    """Say what judging all work on an item by its current key would change, and ask for the reason."""
    return _preview_page(_item(specialty, slug), ReasonForm())


def _item(specialty: str, slug: str) -> Item:
    return access.load_or_404(queries.item_by_slug(f"{specialty}/{slug}"))


def _preview_page(item: Item, form: ReasonForm, *, moved_on: bool = False) -> str:
    preview = regrading.preview(db.session(), item, codesets=jobs.codesets())
    held = item.id in withheld_from(db.session(), me().id, now=clock.now())
    return render_template("authoring/changed_key.html", page=preview, held=held, form=form, moved_on=moved_on)


@bp.post("/keys/<specialty>/<slug>")
@access.may(Action.REGRADE)
def regrade_post(specialty: str, slug: str) -> ResponseReturnValue:
    """Decide that the current key judges: what there is of it in one turn now, the rest as a job."""
    item, form, session = _item(specialty, slug), posted(ReasonForm), db.session()
    if not form.validate():
        return make_response(_preview_page(item, form), 422)
    seen = (str(item.current_version_id), str(regrading.last_regrade_id(session, item.id)))
    if (request.form.get("version"), request.form.get("last")) != seen:
        return make_response(_preview_page(item, form, moved_on=True), 409)
    now = clock.now()
    row = operations.regrade(session, item, actor=me(), reason=form.reason.data, now=now)
    left = regrading.carry_out(session, row.id, codesets=jobs.codesets(), now=now)
    db.session.commit()
    if left:
        jobs.enqueue(row.id)
    flash("Decided. Everybody’s scores follow." if row.changed or left else "Decided. No score changed.", "success")
    return redirect(url_for("authoring.regrade", regrade_id=row.id), 303)


@bp.get("/regrades/<int:regrade_id>")
@access.may(Action.REGRADE)
def regrade(regrade_id: int) -> ResponseReturnValue:
    """Show one regrade: why, by whom, and how far it has come."""
    row = access.load_or_404(queries.regrade_by_id(regrade_id))
    left = None if row.finished_at else regrading.left_over(db.session(), row)
    return render_template("authoring/regrade.html", row=row, left=left)
