"""What the request at hand is about: the settings, the person, the kind of answer wanted."""

from ipaddress import ip_address
from typing import cast
from urllib.parse import urlsplit

from flask import current_app, request
from flask_login import current_user

from coachapp.config import Settings
from coachapp.models.people import Person

FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-Ip")


def settings() -> Settings:
    """Return the settings the running app was made with."""
    return cast(Settings, current_app.config["COACH"])


def me() -> Person:
    """Return the signed-in person; only for views that require one."""
    # The row itself: signing the proxy in again would make it stand for itself.
    return cast(Person, current_user._get_current_object())


def wants_json() -> bool:
    """Say whether the caller sent or asked for JSON rather than a page."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return request.is_json or best == "application/json"


def same_origin() -> bool:
    """Say whether the browser states that this request comes from one of our own pages; silence counts as no."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin") or request.headers.get("Referer") or ""
    return urlsplit(origin).netloc == request.host and bool(request.host)


def from_this_machine() -> bool:
    """Say whether the request was made on the server itself, on a site without proxy and public address."""
    if not settings().demo_allowed:
        return False
    try:
        near = ip_address(request.remote_addr or "").is_loopback
        host = urlsplit(f"//{request.host}").hostname or ""
        named = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
    return near and named and not any(header in request.headers for header in FORWARDED)


def local_path(target: str | None) -> str | None:
    """Return `target` if it is a path on this site, so that nobody is sent elsewhere; else None."""
    if not target or not target.startswith("/") or target[1:2] in ("/", "\\"):
        return None
    if any(ord(sign) < 33 or sign == "\\" or ord(sign) == 127 for sign in target) or len(target) > 2000:
        return None
    return target


def outside_link(path: str) -> str:
    """Return the whole address of a path on this site, for a link that somebody passes on.

    It is that of COACH_BASE_URL; without one, the address by which the person at hand reached the site.
    """
    root = settings().base_url or request.host_url.rstrip("/")
    return root + path


def home_path() -> str:
    """Return the path of the first page."""
    return f"{request.root_path}/"
