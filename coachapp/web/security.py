"""Headers that tell the browser to trust nothing but this site's own files."""

from flask import Flask, Response, g, request
from flask_login import current_user

from coachapp.web.assets import STATIC_ENDPOINTS
from coachapp.web.context import settings

CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def init_app(app: Flask) -> None:
    """Put the headers on every answer."""
    app.after_request(_protect)


def _protect(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if settings().https:
        # Other sites of the school may still be without https: their names are its business.
        subdomains = "; includeSubDomains" if settings().hsts_subdomains else ""
        response.headers.setdefault("Strict-Transport-Security", f"max-age=31536000{subdomains}")
    if request.endpoint not in STATIC_ENDPOINTS and "Cache-Control" not in response.headers:
        # Whoever was loaded for this request is in g; asking current_user anew could query a database that just failed,
        # and is_authenticated reads the row again that a commit has expired.
        known = "_login_user" in g and not current_user.is_anonymous
        response.headers["Cache-Control"] = "no-store" if known else "no-cache, private"
    return response
