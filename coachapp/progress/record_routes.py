"""The practice record: to print, as PDF, and behind links that its owner makes and revokes."""

from pathlib import Path

from flask import (
    Response,
    abort,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from coachapp import clock
from coachapp.models import db
from coachapp.models.record import PracticeRecordLink
from coachapp.models.writing import begin_write
from coachapp.progress import record_links, record_pdf
from coachapp.progress.record_queries import PART_NAMES, RecordPart, links_of, parts_of, record_of
from coachapp.progress.routes import bp
from coachapp.web import access
from coachapp.web.context import me, outside_link

# Where a new link waits for the one page that shows it.
_NEW_LINK = "record_link"
NO_PDF = "This site cannot make PDF files. Print this page, and choose “Save as PDF” there."


@bp.get("/progress/record")
@access.signed_in
def record() -> ResponseReturnValue:
    """Show the whole practice record and its links."""
    page = record_of(db.session(), me(), parts=list(RecordPart), now=clock.now())
    return render_template(
        "progress/record.html",
        record=page,
        links=links_of(db.session(), me().id),
        new_link=session.pop(_NEW_LINK, None),
        part_names=PART_NAMES,
        pdf=record_pdf.can_make_pdf(),
        no_pdf=NO_PDF,
    )


@bp.get("/progress/record.pdf")
@access.signed_in
def record_file() -> ResponseReturnValue:
    """Send the whole practice record as PDF; where none can be made, lead to the page that prints."""
    page = record_of(db.session(), me(), parts=list(RecordPart), now=clock.now())
    style = (Path(current_app.static_folder or "") / "css" / "record-print.css").read_text(encoding="utf-8")
    try:
        made = record_pdf.make_pdf(render_template("progress/record_print.html", record=page), css=style)
    except (ImportError, OSError):
        flash(NO_PDF, "warning")
        return redirect(url_for("progress.record"), 303)
    answer = Response(made, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = "attachment; filename=practice-record.pdf"
    return answer


@bp.post("/progress/record/links")
@access.signed_in
def make_record_link() -> ResponseReturnValue:
    """Make a link that shows the parts that are ticked; its address is shown once."""
    parts = [part for part in RecordPart if part.value in request.form.getlist("parts")]
    if not parts:
        flash("Tick at least one part for the link to show.", "error")
        return redirect(url_for("progress.record", _anchor="links"), 303)
    try:
        token = record_links.make_link(db.session(), me().id, parts=parts, now=clock.now())
    except record_links.TooManyLinks:
        abort(409, f"You have {record_links.MOST_LINKS} links already. Revoke one that is no longer needed.")
    db.session.commit()
    session[_NEW_LINK] = outside_link(url_for("progress.shared_record", record_token=token))
    return redirect(url_for("progress.record", _anchor="links"), 303)


@bp.post("/progress/record/links/<int:link_id>/revoke")
@access.signed_in
def revoke_record_link(link_id: int) -> ResponseReturnValue:
    """End a link: whoever opens it then finds nothing."""
    mine = select(PracticeRecordLink).where(PracticeRecordLink.id == link_id, PracticeRecordLink.person_id == me().id)
    record_links.revoke(access.load_or_404(mine), now=clock.now())
    db.session.commit()
    flash("The link is revoked: it shows nothing any more.", "success")
    return redirect(url_for("progress.record", _anchor="links"), 303)


@bp.get("/record/<record_token>")
@access.public
def shared_record(record_token: str) -> ResponseReturnValue:
    """Show what the owner of a link chose to show, to whoever has it; search engines and caches keep nothing."""
    now = clock.now()
    found = record_links.find_link(db.session(), record_token)
    if found is not None and record_links.worth_noting(found[0], now=now):
        begin_write(db.session())
        found = record_links.find_link(db.session(), record_token)
        if found is not None:
            found[0].last_opened_at = now
        db.session.commit()
    if found is None:
        abort(404)
    link, owner = found
    page = record_of(db.session(), owner, parts=parts_of(link), now=now)
    answer = make_response(render_template("progress/shared_record.html", record=page))
    answer.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
