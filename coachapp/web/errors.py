"""Every failed request: what happened, whether anything was lost, and the way back."""

import logging

from flask import Flask, Response, g, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException, InternalServerError

from coachapp.models import db
from coachapp.web.context import home_path, local_path, same_origin, wants_json
from coachapp.web.resend import posted_work

log = logging.getLogger(__name__)

TEXTS: dict[int, tuple[str, str]] = {
    400: ("We could not read that request", "Part of what your browser sent is missing or garbled."),
    401: ("Please sign in", "This page is for people who are signed in."),
    403: (
        "This page is not for your account",
        "Your account is not allowed to do this. Ask your administrator if it should be.",
    ),
    404: ("Page not found", "There is no such page, or it is not yours to see."),
    405: ("That does not work here", "This address cannot be used in that way."),
    409: (
        "Something changed in the meantime",
        "What you were working on was changed elsewhere, perhaps in another tab.",
    ),
    410: ("This is no longer here", "It was taken away, or the link has expired."),
    413: ("That is too much at once", "What you sent is larger than one megabyte."),
    415: ("We could not read that request", "The data came in a format this page does not understand."),
    422: ("Something needs to be put right", "Part of what you sent cannot be used as it is."),
    429: ("Too many tries", "Please wait a little before you try again."),
    500: (
        "Something went wrong on our side",
        "The server ran into a fault. It has been recorded for whoever runs this site.",
    ),
    503: ("The site is busy", "Please try again in a moment."),
}


def init_app(app: Flask) -> None:
    """Answer every failure with a page, or with JSON where JSON was asked for."""
    app.register_error_handler(CSRFError, _stale_page)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(IntegrityError, _lost_race)
    app.register_error_handler(OperationalError, _busy)
    app.register_error_handler(InternalServerError, _server_error)


def error_response(
    code: int, what_happened: str | None = None, *, title: str | None = None, offer_resend: bool = False
) -> Response:
    """Return the page (or JSON) for `code`; `offer_resend` hands a posted form back for sending again."""
    usual_title, usual_text = TEXTS.get(code, TEXTS[400 if code < 500 else 500])
    what = what_happened or usual_text
    if wants_json():
        answer = jsonify(error=what, status=code)
        answer.status_code = code
        return answer
    work = posted_work() if offer_resend else None
    page = render_template(
        "errors/error.html",
        code=code,
        title=title or usual_title,
        what_happened=what,
        lost=_lost(kept=work is not None),
        back_url=_back_url(),
        resend=work.fields if work else None,
        resend_url=work.url if work else None,
    )
    return make_response(page, code)


def _lost(*, kept: bool) -> str:
    if request.method in ("GET", "HEAD"):
        return "Nothing you saved is affected."
    if kept:
        return "Nothing you typed is lost, but it has not been saved yet. Send it again with the button below."
    return "What you just sent was not saved. Your browser’s back button brings it back as you typed it."


def _back_url() -> str:
    referrer = request.referrer or ""
    root = request.host_url
    if referrer.startswith(root) and referrer != request.url and same_origin():
        return local_path("/" + referrer.removeprefix(root)) or home_path()
    return home_path()


def _stale_page(error: CSRFError) -> ResponseReturnValue:
    db.session.rollback()
    return error_response(
        400,
        "The page you sent was opened before you last signed in, or your browser does not keep cookies for this site.",
        title="This page went stale",
        offer_resend=True,
    )


def _http_error(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    if error.response is not None:
        return error.response  # an abort that brought its own answer
    if code < 400:
        return error.get_response()
    db.session.rollback()
    own_words = error.description if error.description != type(error).description else None
    answer = error_response(code, own_words)
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            answer.headers[name] = value
    return answer


def _lost_race(error: IntegrityError) -> ResponseReturnValue:
    # Checks come before writes, so a row that breaks a rule of the tables was written by somebody else in between.
    log.warning("a write lost its race: %s", error)
    db.session.rollback()
    return error_response(409, offer_resend=True)


def _busy(error: OperationalError) -> ResponseReturnValue:
    if "locked" not in str(error):
        raise error
    log.warning("the database stayed busy: %s", error)
    db.session.rollback()
    return error_response(503, offer_resend=True)


def _server_error(error: InternalServerError) -> ResponseReturnValue:
    try:
        db.session.rollback()
        return error_response(500, offer_resend=True)
    except Exception:
        # The fault may lie in what every page needs; then plain words must do.
        log.exception("the error page itself failed")
        g.pop("_login_user", None)
        return make_response(
            "Something went wrong on our side. Nothing you saved is affected.\n", 500, {"Content-Type": "text/plain"}
        )
