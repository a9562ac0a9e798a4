"""Read a JSON file that a command is given, strictly: what it says twice or cannot mean is refused, with its place."""

import codecs
import sys
from pathlib import Path

from coachapp.cli import Refused
from coachapp.domain import strictjson

MOST_BYTES = 1_000_000


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
        # Editors on Windows put a byte-order mark first.
        return strictjson.read_json(raw.removeprefix(codecs.BOM_UTF8))
    except strictjson.BadJson as error:
        place = "" if error.line is None else f":{error.line}:{error.column}"
        raise Refused(f"{shown}{place}: {error}") from error
