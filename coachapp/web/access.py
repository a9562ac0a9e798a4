"""Who may use a view: written on the view itself, and checked before every request."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, abort, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import Select

from coachapp.domain.permissions import Action
from coachapp.models import db
from coachapp.web.assets import STATIC_ENDPOINTS
from coachapp.web.context import me, wants_json
from coachapp.web.login import lacks_second_step

View = TypeVar("View", bound=Callable[..., Any])
Row = TypeVar("Row")

PUBLIC = "public"
SIGNED_IN = "signed_in"


def _declare(view: View, need: str) -> View:
    view.access = need  # type: ignore[attr-defined]
    return view


def public(view: View) -> View:
    """Declare that anyone may use a view."""
    return _declare(view, PUBLIC)


def signed_in(view: View) -> View:
    """Declare that everyone who is signed in may use a view."""
    return _declare(view, SIGNED_IN)


def may(action: Action) -> Callable[[View], View]:
    """Declare that a view is for those whose role allows `action`."""
    return lambda view: _declare(view, action)


def without_second_step(view: View) -> View:
    """Declare that a view is open to people who still have to turn on the second step that the site requires."""
    view.without_second_step = True  # type: ignore[attr-defined]
    return view


def declared(view: Callable[..., Any]) -> str | None:
    """Return what a view declares: `public`, `signed_in`, an action, or None."""
    return getattr(view, "access", None)


def init_app(app: Flask) -> None:
    """Check every request before anything else looks at it."""
    app.before_request(_check)


def _check() -> ResponseReturnValue | None:
    endpoint = request.endpoint
    if endpoint is None or endpoint in STATIC_ENDPOINTS:
        return None
    view = current_app.view_functions[endpoint]
    need = declared(view)
    if need is None:
        if current_app.testing:
            raise RuntimeError(f"{endpoint} does not declare who may use it")
        abort(403)
    if need == PUBLIC:
        return None
    if not current_user.is_authenticated:
        answer: ResponseReturnValue = current_app.login_manager.unauthorized()  # type: ignore[attr-defined]
        return answer
    if need != SIGNED_IN and not me().may(Action(need)):
        abort(403)
    if lacks_second_step(me()) and not getattr(view, "without_second_step", False):
        if wants_json():
            abort(403, "This site requires two-step sign-in. Turn it on under Profile.")
        return redirect(url_for("accounts.two_step"), 303)
    return None


def load_or_404(query: Select[Row]) -> Row:
    """Return the one row of `query`, which names its owner; what is not yours is answered like what is not there."""
    row = db.session.scalars(query).one_or_none()
    if row is None:
        abort(404)
    return row
