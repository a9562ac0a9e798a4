"""Read JSON that somebody else wrote, strictly: nothing said twice, no number that is none, no depth without end."""

import json
import math
import re
from typing import Any, NoReturn

MOST_DEPTH = 32
# The largest whole number that every program reads as written (RFC 8259 6).
MOST_WHOLE = 2**53 - 1

_SIGN = re.compile(r'\\.|["\[\]{}]', re.DOTALL)
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")


class BadJson(ValueError):
    """A text that is no JSON we take; the message says what is wrong, `line` and `column` where, if known."""

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        """Keep the words and the place."""
        super().__init__(message)
        self.line = line
        self.column = column


def read_json(text: str | bytes, *, most_depth: int = MOST_DEPTH) -> Any:
    """Return the one value that `text` holds; bytes are UTF-8. Raises BadJson.

    Refused are repeated fields, NaN and infinities, whole numbers beyond 2**53, texts with a null sign or half a
    surrogate pair, and what is nested deeper than `most_depth`.
    """
    try:
        read = text.decode("utf-8") if isinstance(text, bytes) else text
    except UnicodeDecodeError as error:
        raise BadJson(f"byte {error.start + 1} is not UTF-8.") from None
    if _depth(read) > most_depth:
        raise BadJson("nested too deeply.")
    try:
        value = json.loads(
            read, object_pairs_hook=_once, parse_constant=_no_constant, parse_float=_finite, parse_int=_whole
        )
    except json.JSONDecodeError as error:
        raise BadJson(f"{error.msg}.", error.lineno, error.colno) from None
    _check_texts(value)
    return value


def _depth(text: str) -> int:
    """Return how deep brackets are nested, those inside of texts left out."""
    depth = deepest = 0
    inside = False
    for sign in _SIGN.findall(text):
        if sign == '"':
            inside = not inside
        elif not inside and len(sign) == 1:
            depth += 1 if sign in "[{" else -1
            deepest = max(deepest, depth)
    return deepest


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field, value in pairs:
        if field in found:
            raise BadJson(f"the field {field!r} stands twice in one object.")
        found[field] = value
    return found


def _check_texts(value: object) -> None:
    if isinstance(value, str):
        if _NO_TEXT.search(value):
            raise BadJson("a text holds a sign that is none.")
    elif isinstance(value, dict):
        for field, inner in value.items():
            _check_texts(field)
            _check_texts(inner)
    elif isinstance(value, list):
        for inner in value:
            _check_texts(inner)


def _no_constant(text: str) -> NoReturn:
    raise BadJson(f"{text} is not a number.")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise BadJson(f"{text[:20]} is too large.")
    return value


def _whole(text: str) -> int:
    # Long numbers are not even converted: that alone would take time or be refused.
    if len(text) > 17 or abs(int(text)) > MOST_WHOLE:
        raise BadJson(f"{text[:20]}{'…' if len(text) > 20 else ''} is too large.")
    return int(text)
