"""Read numbers, moments and JSON out of requests, in one place: what is out of range is refused before it is used."""

from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, abort, request
from werkzeug.datastructures import MultiDict
from werkzeug.routing import IntegerConverter

from coachapp.domain.strictjson import BadJson, read_json
from coachapp.web.errors import error_response

# What a column of whole numbers holds in PostgreSQL.
MOST_NUMBER = 2**31 - 1
_FIRST_YEAR, _LAST_YEAR = 1900, 2200


class Number(IntegerConverter):
    """A number in an address, as rows and questions have: in ASCII digits, and no larger than a column holds."""

    regex = r"[0-9]{1,10}"

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Take what Flask's own converter takes."""
        options.setdefault("max", MOST_NUMBER)
        super().__init__(*arguments, **options)


def install_converter(app: Flask) -> None:
    """Let `<int:…>` in every address mean such a number; call it before blueprints are registered."""
    app.url_map.converters["int"] = Number


def init_app(app: Flask) -> None:
    """Refuse addresses and forms with a sign that PostgreSQL stores in no text."""
    app.before_request(_refuse_null_signs)


def _refuse_null_signs() -> Response | None:
    if "\x00" in request.path or _null_sign_in(request.args):
        abort(400, "The address holds a null sign, which belongs in no text.")
    if _null_sign_in(request.form):
        what = "What you sent holds an invisible null sign (U+0000), which belongs in no text."
        return error_response(422, what, offer_resend=True)
    return None


def _null_sign_in(fields: MultiDict[str, str]) -> bool:
    return any("\x00" in text for pair in fields.items(multi=True) for text in pair)


def whole_number(text: str | None, *, most: int = MOST_NUMBER) -> int | None:
    """Return a whole number from 0 to `most` that is written in ASCII digits, None for anything else."""
    if not text or not text.isascii() or not text.isdigit() or len(text) > len(str(most)):
        return None
    number = int(text)
    return number if number <= most else None


def moment(text: object) -> datetime | None:
    """Return an ISO 8601 moment with its offset as UTC, None for anything else and for years nobody lives in."""
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    if found is None or found.tzinfo is None or not _FIRST_YEAR <= found.year < _LAST_YEAR:
        return None
    return found.astimezone(UTC)


def json_body() -> Any:
    """Return the JSON value that a request carries. Raises BadJson, with words for its sender."""
    if not request.is_json:
        raise BadJson("JSON was expected.")
    return read_json(request.get_data())
