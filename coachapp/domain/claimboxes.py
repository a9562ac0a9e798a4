"""The small boxes of a claim as typed: units, diagnosis pointers, place of service, present on admission.

Each reader takes any format of what it can read for sure. What could mean two things raises BoxError, whose text says
what was typed and what may have been meant.
"""

import re
from collections.abc import Sequence

from coachapp.domain.codes import swaps
from coachapp.domain.typed_text import code_text, plain

MOST_UNITS = 999_999
_THOUSANDS = re.compile(r"\d{1,3}(?:([, ']) ?\d{3})(?:\1 ?\d{3})*")
_WHOLE_DECIMAL = re.compile(r"(\d+)\.0{0,2}")
_NO_BREAK = re.compile("[\u00a0\u2007\u202f]")
_LETTER_RANGE = re.compile(r"(?<![A-Z])([A-Z]) *- *([A-Z])(?![A-Z])")


class BoxError(ValueError):
    """A box that cannot be read for sure; the text says what was typed and, where known, what may have been meant."""


def read_units(text: str, *, stored: bool = False) -> int | None:
    """Return the units a box holds, None for an empty box; raises BoxError.

    `2`, `2.0`, `x2`, `1,000` and `1 000` are read, digits of any script and width too. Not read: `1.000` and `1,5`,
    which are written so for two different numbers. `stored`: the box was submitted when every comma was passed over.
    """
    # What may not be broken over two lines is one number: 12 with a no-break space in it.
    typed = plain(_NO_BREAK.sub("\u2060", text) if _is_spaced_number(text) else text).strip()
    digits = re.sub(r"^[xX×*#]\s*|[\sxX×;:,.]+$", "", typed)
    if stored and typed.replace(",", "").isdigit():
        digits = typed.replace(",", "")
    if not digits:
        if typed:
            raise BoxError(f"“{typed}” is not a whole number")
        return None
    whole = _WHOLE_DECIMAL.fullmatch(digits)
    if whole:
        digits = whole[1]
    elif _THOUSANDS.fullmatch(digits):
        digits = re.sub(r"\D", "", digits)
    # A number too long for a claim is none: int() would take digits of any length.
    if digits.isascii() and digits.isdigit() and len(digits) <= 9:
        return int(digits)
    raise BoxError(f"“{typed}” is not a whole number{_meant_number(digits)}")


def _is_spaced_number(text: str) -> bool:
    return _NO_BREAK.search(text) is not None and " " not in text.strip()


def _meant_number(digits: str) -> str:
    match = re.fullmatch(r"(\d{1,3})[.,](\d{3}|0{1,2})", digits)
    if match:
        whole = [match[1]] if not match[2].strip("0") else []
        return _did_you_mean([*whole, match[1] + match[2]] if len(match[2]) == 3 else whole)
    spaced = "".join(digits.split())
    return _did_you_mean([spaced]) if spaced.isascii() and spaced.isdigit() and len(spaced) <= 6 else ""


def _did_you_mean(meant: Sequence[str]) -> str:
    return f"; did you mean {' or '.join(meant)}?" if meant else ""


def split_pointers(text: str) -> list[str]:
    """Split the pointer box into letters: `AB`, `A,B`, `A/B`, `A-B` and `a b` are the same; anything else stays whole.

    Raises BoxError for a dash between letters that are not neighbors, which may mean two pointers or a range.
    """
    typed = code_text(text)
    for first, last in _LETTER_RANGE.findall(typed):
        if ord(last) - ord(first) > 1:
            between = ", ".join(map(chr, range(ord(first), ord(last) + 1)))
            raise BoxError(f"“{plain(text).strip()}” may mean two things; did you mean {first}, {last} or {between}?")
    found: list[str] = []
    for part in re.split(r"[^0-9A-Z\x80-\U0010ffff]+", typed):
        found += list(part) if part.isalpha() else [part] if part else []
    return found


def pointer_meant(pointer: str, last: str) -> str:
    """Return what to add to a message about a pointer that is no row: the letter of a row's number, if it is one."""
    if pointer.isascii() and pointer.isdigit() and 1 <= int(pointer[:3]) <= ord(last) - ord("A") + 1:
        return f"; did you mean {chr(ord('A') + int(pointer) - 1)}?"
    return ""


def read_place(text: str) -> str | None:
    """Return the place of service a box holds, two digits, or None for an empty box; raises BoxError."""
    typed = code_text(text).strip(" .,;:-/#'\"()=")
    place = "".join(typed.split())
    if not place:
        return None
    if len(place) == 2 and place.isascii() and place.isdigit():
        return place
    meant = [swap for swap in swaps(place) if len(swap) == 2 and swap.isascii() and swap.isdigit()]
    padded = ["0" + place] if len(place) == 1 and place.isascii() and place.isdigit() else []
    raise BoxError(f"{place!r} is not a place of service of two digits{_did_you_mean(meant[:1] or padded)}")


def letter_text(text: str) -> str:
    """Return what a box for one letter or word holds (the letter of a row, present on admission), in capitals."""
    return code_text(text).strip(" .,;:-/()'\"")
