"""Codes as people write them: with dashes, modifiers, punctuation or words beside them, and with slips."""

import re
from dataclasses import dataclass

from coachapp.domain.codes import Slip
from coachapp.domain.spelling import PLACEHOLDERS, near_spellings, shortened
from coachapp.domain.typed_text import query_text

_BETWEEN = re.compile(r"[\s,;:()\[\]{}<>\"'`´‘’‚“”„«»|/\\=#*!?]+")
_CODE = re.compile(r"(?=.*\d)[A-Z0-9]{3,9}")
_CATEGORY = re.compile(r"[A-Z]\d[\dA-Z]")
_DECIMALS = re.compile(r"[0-9][0-9A-Z]{0,3}|X{1,3}[0-9A-Z]{1,2}")
_INJURY = re.compile(r"[MO-TV-Y][0-9OIL][0-9A-Z]{1,4}")  # chapters that have a seventh character
_SEVENTH = re.compile(r"X{0,3}[A-Z0-9]")
_MODIFIER = re.compile(r"[A-Z0-9]{2}")
_RANGE = re.compile(r"([A-Z]\d[\dA-Z])\s*-\s*([A-Z]\d[\dA-Z])")
_LIKE_DIGITS = {"O": "0", "I": "1", "L": "1", "Q": "0"}
_BESIDE = frozenset(
    {"icd", "icd9", "icd10", "icd-9", "icd-10", "icd-10-cm", "icd-10-pcs", "cm", "pcs", "cpt", "hcpcs", "dx", "px"}
    | {"dg", "diag", "diagnosis", "code", "codes", "proc", "procedure", "modifier", "mod"}
)
_MOST_SPELLINGS = 256
_SLIPS = PLACEHOLDERS | {Slip.LOOKALIKE}


@dataclass(frozen=True, slots=True)
class Typed:
    """What a text may hold of codes.

    `codes`: undotted codes, each with the places of its pieces among `pieces`. `span`: first and last category of a
    range, where the text is one. `pieces`: what stands between spaces and punctuation, in upper case.
    """

    pieces: tuple[str, ...]
    codes: tuple[tuple[str, tuple[int, ...]], ...]
    span: tuple[str, str] | None = None

    def rest(self, places: set[int]) -> str:
        """Return the words beside the codes at some places: without modifiers behind them and names of code sets."""
        kept = []
        for at, piece in enumerate(self.pieces):
            behind = at - 1 in places and _MODIFIER.fullmatch(piece)
            if at not in places and not behind and piece.lower() not in _BESIDE:
                kept.append(piece)
            elif behind:
                places = places | {at}
        return " ".join(kept)


def read_typed(text: str) -> Typed:
    """Read what may be codes in a text, in the order typed; none of them need exist."""
    pieces = tuple(piece for raw in _BETWEEN.split(query_text(text).upper()) if (piece := raw.strip(".-+_~&")))
    span = _RANGE.search(" ".join(pieces))
    codes: list[tuple[str, tuple[int, ...]]] = []
    for at, piece in enumerate(pieces):
        following = pieces[at + 1].split("-")[0] if at + 1 < len(pieces) else ""
        if _CATEGORY.fullmatch(_digits(piece)) and _DECIMALS.fullmatch(following):
            # A space or comma for the dot: E11 9; E11,9.
            codes.append((piece + following, (at, at + 1)))
        if _SEVENTH.fullmatch(following) and _INJURY.fullmatch(piece.replace(".", "")):
            # The seventh character apart from its code: S39.012 A; W19 XXXA.
            codes.append((piece.replace(".", "").ljust(6, "X")[:6] + following[-1], (at, at + 1)))
        stem = piece.replace(".", "")
        if "-" in stem:
            # A modifier after a hyphen, or a hyphen for the dot: 99213-25; E11-9.
            head, tail = stem.split("-", 1)
            tail = tail.replace("-", "")
            if _CATEGORY.fullmatch(head) and _DECIMALS.fullmatch(tail):
                codes.append((head + tail, (at,)))
            stem = head
        # A word without any digit is a word: RLL is a lobe, not R11.
        if _CODE.fullmatch(stem):
            codes.append((stem, (at,)))
    return Typed(pieces, tuple(codes), (span[1], span[2]) if span else None)


def mended(code: str) -> list[str]:
    """Return other spellings of an undotted code that does not exist, likeliest first.

    Letters for digits (I1O), placeholders left out, too many or misplaced (T07XXXXD), then what is too long (E11.99).
    Which of them exist is asked by the caller.
    """
    pairs = [pair for group in near_spellings(code, diagnosis=True) for pair in group.pairs if pair.slip in _SLIPS]
    spelled = dict.fromkeys(pair.code for pair in pairs)
    return [*list(spelled)[:_MOST_SPELLINGS], *(pair.code for pair in shortened(code).pairs)]


def _digits(piece: str) -> str:
    return piece[:1] + "".join(_LIKE_DIGITS.get(c, c) for c in piece[1:])
