"""Read a JSON file that a command is given, strictly: what it says twice or cannot mean is refused, with its place."""

import json
import math
import sys
from pathlib import Path
from typing import Any, NoReturn

from coachapp.cli import Refused

MOST_BYTES = 1_000_000


class _Bad(ValueError):
    """JSON that says something twice, or a number that is none."""


def read_json(name: str, *, most: int = MOST_BYTES) -> object:
    """Read one JSON value: UTF-8, at most so many bytes, no repeated field, no NaN; `-` is standard input."""
    shown = "standard input" if name == "-" else name
    try:
        if name == "-":
            raw = sys.stdin.buffer.read(most + 1)
        else:
            with Path(name).open("rb") as file:
                raw = file.read(most + 1)
    except OSError as error:
        raise Refused(f"{shown}: {error.strerror or error}") from error
    if len(raw) > most:
        raise Refused(f"{shown}: larger than {most // 1_000_000} MB.")
    try:
        return json.loads(
            raw.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_no_constant, parse_float=_finite
        )
    except UnicodeDecodeError as error:
        raise Refused(f"{shown}: byte {error.start + 1} is not UTF-8.") from error
    except json.JSONDecodeError as error:
        raise Refused(f"{shown}:{error.lineno}:{error.colno}: {error.msg}.") from error
    except RecursionError as error:
        raise Refused(f"{shown}: nested too deeply.") from error
    except ValueError as error:  # includes _Bad, and whole numbers too long to convert
        raise Refused(f"{shown}: {error}") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field, value in pairs:
        if field in found:
            raise _Bad(f"the field {field!r} stands twice in one object.")
        found[field] = value
    return found


def _no_constant(text: str) -> NoReturn:
    raise _Bad(f"{text} is not a number.")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise _Bad(f"{text} is too large.")
    return value
