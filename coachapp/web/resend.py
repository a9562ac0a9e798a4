"""Work that was posted at a bad moment (signed out, stale page, our own fault) is handed back, not thrown away."""

from dataclasses import dataclass

from flask import current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from coachapp.web.access import PUBLIC, declared
from coachapp.web.context import local_path, same_origin, wants_json

FIELD = "kept_work"
MAX_CHARS = 400_000
MAX_AGE_SECONDS = 86_400


@dataclass(frozen=True)
class KeptWork:
    """A form as it was posted: where to, and its fields in order."""

    url: str
    fields: tuple[tuple[str, str], ...]


def posted_work() -> KeptWork | None:
    """Return the form of this request if it may be offered for sending again, else None.

    It may if one of our own pages posted it, it holds no password and no file, and it is not too large.
    """
    if request.method != "POST" or wants_json() or not same_origin() or request.files:
        return None
    # Without null signs, for which alone a form may have been refused.
    fields = tuple(
        (name, value.replace("\0", ""))
        for name, value in request.form.items(multi=True)
        if name not in ("csrf_token", FIELD)
    )
    if any("password" in name for name, _ in fields) or sum(len(n) + len(v) for n, v in fields) > MAX_CHARS:
        return None
    url = request.full_path if request.query_string else request.path
    return KeptWork(url=request.root_path + url, fields=fields)


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="kept-work")


def seal(work: KeptWork) -> str:
    """Return `work` as signed text for a hidden box of the sign-in page."""
    return str(_signer().dumps([work.url, work.fields]))


def unseal(text: str | None) -> KeptWork | None:
    """Return the work in `text` if we signed it within a day and it goes to a form of ours for signed-in people."""
    try:
        url, fields = _signer().loads(text or "", max_age=MAX_AGE_SECONDS)
        work = KeptWork(url=url, fields=tuple((name, value) for name, value in fields))
    except (BadData, ValueError, TypeError):
        return None
    return work if _posts_to_us(work.url) else None


def _posts_to_us(url: str) -> bool:
    if local_path(url) is None:
        return False
    path = url.partition("?")[0].removeprefix(request.root_path)
    try:
        endpoint, _ = current_app.create_url_adapter(request).match(path, method="POST")  # type: ignore[union-attr]
    except (HTTPException, RequestRedirect):
        return False
    return declared(current_app.view_functions[endpoint]) not in (None, PUBLIC)
