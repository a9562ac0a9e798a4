"""My data: take it along, or delete it with the account."""

from flask import flash, make_response, redirect, render_template, send_file, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import logout_user

from coachapp import clock
from coachapp.accounts import exporting, leaving
from coachapp.accounts.forms import NOT_CURRENT, DeleteAccount
from coachapp.accounts.routes import bp, knows_password
from coachapp.attempts.erasing import NobodyToTakeOver
from coachapp.models import db
from coachapp.web import access
from coachapp.web.context import me
from coachapp.web.forms import posted
from coachapp.web.people import LastAdmin


@bp.get("/profile/data")
@access.signed_in
def data() -> ResponseReturnValue:
    """Say what can be taken along, and what deleting the account does."""
    page = leaving.what_leaving_does(db.session(), me())
    return render_template("accounts/data.html", page=page, form=DeleteAccount())


@bp.post("/profile/data/export")
@access.signed_in
def export_data() -> ResponseReturnValue:
    """Send all data of this person as one archive."""
    now = clock.now()
    archive = exporting.export(db.session(), me(), now=now)
    return send_file(
        archive,
        mimetype="application/zip",
        as_attachment=True,
        download_name=f"coachapp-data-{now:%Y-%m-%d}.zip",
        max_age=0,
    )


@bp.post("/profile/data/delete")
@access.signed_in
def delete_data() -> ResponseReturnValue:
    """Delete this account and all that is this person's, once she gave her password and said yes."""
    person, form, now = me(), posted(DeleteAccount), clock.now()
    wanted = form.validate()
    if wanted and not knows_password(form.current_password.data, now):
        form.current_password.errors = [NOT_CURRENT]
        wanted = False
    if wanted:
        try:
            leaving.delete_account(db.session(), person, now=now)
        except (LastAdmin, NobodyToTakeOver):
            # The page says why; nothing was changed yet.
            wanted = False
    # Also after a refusal: a wrong password has been counted.
    db.session.commit()
    if not wanted:
        page = leaving.what_leaving_does(db.session(), me())
        return make_response(render_template("accounts/data.html", page=page, form=form), 422)
    logout_user()
    session.clear()
    flash("Your account and your data are deleted.", "success")
    return redirect(url_for("accounts.sign_in"), 303)
