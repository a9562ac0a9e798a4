"""Where I stand: the progress page, concepts, and the error profile with the lines behind it."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from coachapp import clock
from coachapp.attempts.withholding import withheld_from
from coachapp.domain.mastery import THIN_UNDER
from coachapp.domain.permissions import Action
from coachapp.models import db
from coachapp.progress import standing_errors as errors_of
from coachapp.progress import standing_queries as queries
from coachapp.progress.routes import bp, brought_up_to_date
from coachapp.progress.standing_errors import Asked
from coachapp.progress.standing_reads import known_concepts
from coachapp.progress.upkeep import exam_plan
from coachapp.web import access
from coachapp.web.context import me, settings
from coachapp.web.paging import page_number
from coachapp.web.sections import SECTION_NAMES


@bp.get("/progress")
@access.signed_in
def standing() -> ResponseReturnValue:
    """Show mastery, readiness, trend, pace, accuracy and confidence."""
    now = clock.now()
    brought_up_to_date(now)
    page = queries.progress_page(db.session(), me().id, plan=exam_plan(), now=now)
    return render_template("progress/standing.html", page=page, few=THIN_UNDER)


@bp.get("/progress/concepts")
@access.signed_in
def concepts() -> ResponseReturnValue:
    """List the concepts one was asked about, weakest first."""
    now = clock.now()
    brought_up_to_date(now)
    withheld = bool(withheld_from(db.session(), me().id, now=now))
    known = known_concepts(
        db.session(), me().id, unverified=me().may(Action.SEE_UNVERIFIED), cpt=settings().include_cpt
    )
    asked = request.args
    page = queries.concepts_page(known, section=asked.get("section", ""), number=page_number(asked.get("page")))
    return render_template("progress/concepts.html", list=page, names=SECTION_NAMES, withheld=withheld)


@bp.get("/progress/errors")
@access.signed_in
def errors() -> ResponseReturnValue:
    """Show the error profile of some months."""
    now, months = clock.now(), errors_of.period(request.args.get("months"))
    cases, found = errors_of.read_slips(db.session(), me().id, months=months, now=now)
    page = errors_of.errors_page(cases, found, months=months, now=now, address=_lines_address)
    return render_template("progress/errors.html", page=page, periods=errors_of.PERIODS)


def _lines_address(asked: Asked) -> str:
    return url_for("progress.error_lines", **asked.arguments())


@bp.get("/progress/errors/lines")
@access.signed_in
def error_lines() -> ResponseReturnValue:
    """List one's own lines behind a bar of the error profile."""
    now, args = clock.now(), request.args
    asked = Asked(
        label=args.get("label", "")[:100],
        family=args.get("family", "")[:100],
        specialty=args.get("specialty", "")[:100],
        months=errors_of.period(args.get("months")),
    )
    _, found = errors_of.read_slips(db.session(), me().id, months=asked.months, now=now)
    page = errors_of.lines_page(found, asked=asked, number=page_number(args.get("page")))
    return render_template("progress/error_lines.html", list=page)
