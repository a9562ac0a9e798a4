"""Static files: addresses that change with the content, long caching, and compression."""

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, request
from werkzeug.security import safe_join

STATIC_ENDPOINTS = frozenset({"static", "bootstrap.static"})
COMPRESSED = frozenset({".css", ".js", ".svg", ".json", ".map"})
YEAR_SECONDS = 31_536_000


def init_app(app: Flask) -> None:
    """Give every static address a `v` taken from the file's bytes, and let browsers keep such an address for a year."""
    app.url_defaults(_add_version)
    app.after_request(_cache_and_compress)


def _file_of(endpoint: str, filename: str) -> Path | None:
    owner = current_app.blueprints["bootstrap"] if endpoint == "bootstrap.static" else current_app
    joined = safe_join(owner.static_folder or "", filename)
    return Path(joined) if joined and Path(joined).is_file() else None


@lru_cache(maxsize=512)
def _digest(path: Path, modified_ns: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


@lru_cache(maxsize=128)
def _gzipped(path: Path, modified_ns: int) -> bytes:
    return gzip.compress(path.read_bytes(), compresslevel=9, mtime=0)


def _version(path: Path) -> str:
    return _digest(path, path.stat().st_mtime_ns)


def _add_version(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint in STATIC_ENDPOINTS and "v" not in values:
        path = _file_of(endpoint, values.get("filename", ""))
        if path is not None:
            values["v"] = _version(path)


def _cache_and_compress(response: Response) -> Response:
    if request.endpoint not in STATIC_ENDPOINTS or response.status_code not in (200, 304):
        return response
    path = _file_of(request.endpoint or "", (request.view_args or {}).get("filename", ""))
    if path is None:
        return response
    response.cache_control.clear()
    if request.args.get("v") == _version(path):
        response.cache_control.public = True
        response.cache_control.max_age = YEAR_SECONDS
        response.cache_control.immutable = True
    else:
        # A module imported by another has no version in its address: it is asked for again and answered 304.
        response.cache_control.no_cache = True
    if path.suffix in COMPRESSED:
        response.vary.add("Accept-Encoding")
        plain = response.status_code == 200 and "Range" not in request.headers and request.method == "GET"
        if plain and request.accept_encodings.quality("gzip") > 0:
            response.close()  # the opened file
            response.direct_passthrough = False
            response.set_data(_gzipped(path, path.stat().st_mtime_ns))
            response.headers["Content-Encoding"] = "gzip"
    return response
