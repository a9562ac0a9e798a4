"""Everyday phrases and the codes they mean, where the official wording does not lead from one to the other."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import yaml

from coachapp.codesets import words
from coachapp.paths import DATA

PHRASES = tuple(sorted(DATA.glob("phrases_*.yaml")))
_MOST_WORDS = 6
_POSSESSIVE = re.compile(r"['’`]s\b", re.IGNORECASE)
_SHORTHAND = (
    (re.compile(r"\bw/o\b", re.IGNORECASE), " without "),
    (re.compile(r"\bw/(?=\s|\w|$)", re.IGNORECASE), " with "),
    (re.compile(r"\b[hc]/o\b(?=\s*$)", re.IGNORECASE), " "),
    (re.compile(r"\b(?:fhx?|fam hx|family hx|f/h)(?:\s+of)?\s", re.IGNORECASE), " family history "),
    (
        re.compile(r"\b(?:h/o|pmhx?|phx|past (?:medical )?history of|personal history of|hx)\s", re.IGNORECASE),
        " history ",
    ),
    (re.compile(r"\b(?:status[ -]post|post)\s(?=cabg|ppm|tha|tka|pci|stent)", re.IGNORECASE), " s/p "),
    (re.compile(r"\b(?:can'?t|can not|unable to)\s", re.IGNORECASE), " cant "),
    (re.compile(r"\bwon[' ’]?t\s", re.IGNORECASE), " wont "),
    (re.compile(r"\bpost[ -]?op(?:erative)?\b", re.IGNORECASE), " post op "),
    (re.compile(r"\bpre[ -]?op(?:erative)?\b", re.IGNORECASE), " pre op "),
    (re.compile(r"\b(?:c/o|r/o|p/w|y/o)(?=\s|$)", re.IGNORECASE), " "),
    (re.compile(r"\b(?:2/2|d/t|secondary to|due to|2° to|2°)(?=\s|$)", re.IGNORECASE), " due "),
    (re.compile(r"\bb/l\b", re.IGNORECASE), " bilateral "),
    (re.compile(r"\bf/u\b", re.IGNORECASE), " follow up "),
    (re.compile(r"\b(?:complains of|rule out|presents with|patient with|pt with)\s", re.IGNORECASE), " "),
    (re.compile(r"\b\d{1,3}\s*(?:yo|year old|year-old)\b", re.IGNORECASE), " "),
)
_SIDES = {"l": "left", "r": "right", "lt": "left", "rt": "right", "both": "bilateral", "bilat": "bilateral"}
_GLUE = frozenset(
    {"a", "an", "and", "as", "at", "by", "due", "for", "from", "in", "is", "my", "of", "on", "or", "our", "the", "to"}
    | {"with", "w", "acute", "nos", "unspecified", "some", "very", "severe", "pt", "patient"}
    | {"nec"}
)
_SMALL = _GLUE - {"acute", "severe", "nos", "unspecified", "some", "pt", "patient", "nec"}
_ONE_SIDE = frozenset({"left", "right", "bilateral", "lt", "rt", "both", "bilat"})
_UPPER, _LOWER = ("upper", "limb"), ("lower", "limb")
_LIMBS = {
    **dict.fromkeys(("arm", "forearm", "elbow", "wrist", "hand", "shoulder"), _UPPER),
    **dict.fromkeys(("leg", "shin", "calf", "thigh", "knee", "ankle", "foot", "hip"), _LOWER),
}
_SAME = {
    **{"ca": "cancer", "fx": "fracture", "broken": "fracture", "fractured": "fracture", "exac": "exacerbation"},
    **{"hx": "history", "abd": "abdominal", "abdomen": "abdominal", "stomach": "belly", "tummy": "belly"},
    **{"infxn": "infection", "infected": "infection", "lac": "laceration", "rxn": "reaction", "vax": "vaccine"},
    **{"hurt": "pain", "hurting": "pain", "aching": "pain", "ache": "pain", "painful": "pain", "cannot": "cant"},
    **{"difficulty": "trouble", "problem": "trouble", "bleeding": "bleed", "bp": "pressure", "htn": "hypertension"},
    **{"ii": "2", "iii": "3", "iiia": "3a", "iiib": "3b", "iv": "4", "colour": "color", "pregnancy": "pregnant"},
    **{"test": "exam", "screen": "screening", "removed": "removal", "twisted": "sprained", "rolled": "sprained"},
    **{"resp": "respiratory", "def": "deficiency", "vit": "vitamin", "disorder": "disease", "legs": "leg"},
    **{"meds": "medication", "etoh": "alcohol", "alcoholic": "alcohol", "med": "medication", "hurts": "pain"},
}


@dataclass(frozen=True, slots=True)
class Match:
    """A phrase met in a text. `targets`: codes and headers, dotted, the likeliest first; `rest`: the other words."""

    phrase: str
    targets: tuple[str, ...]
    rest: tuple[str, ...]


def written_out(text: str) -> str:
    """Write out what clinicians shorten with a slash (w/o, h/o, 2/2), and a lone L or R beside other words."""
    line = _POSSESSIVE.sub("s", text)
    for pattern, full in _SHORTHAND:
        line = pattern.sub(full, line)
    pieces = line.split()
    if len(pieces) > 1:
        pieces = [
            piece if piece.lower().strip(".,") not in ("l", "r") else _SIDES[piece.lower().strip(".,")]
            for piece in pieces
        ]
    return " ".join(pieces)


def key(text: str) -> tuple[str, ...]:
    """Return the words a phrase is known by: folded, singular, without small words and signs."""
    found = [_known_as(word) for word in words.split(_POSSESSIVE.sub("s", text))]
    return tuple(word for word in found if word not in _SMALL) or tuple(found)


def phrase_words() -> frozenset[str]:
    """Return every word of the phrases, as written, and the words that are taken for them."""
    return _table()[2] | _SAME.keys()


def whole(tokens: tuple[str, ...]) -> Match | None:
    """Return the phrase that the words are, in any order, whatever side is named beside it; None if they are none."""
    table, sorted_table, _ = _table()
    sides = tuple(word for word in tokens if word in _ONE_SIDE)
    plain = tuple(word for word in tokens if word not in _ONE_SIDE)
    core = tuple(word for word in plain if word not in _GLUE)
    for words_, rest in ((tokens, ()), (plain, sides), (core, sides)):
        targets = table.get(words_) or sorted_table.get(tuple(sorted(words_)))
        if targets:
            return Match(" ".join(words_), targets, tuple(_SIDES.get(side, side) for side in rest))
    return None


def within(tokens: tuple[str, ...]) -> list[Match]:
    """Return the phrases that parts of the words are, the longest first; no word belongs to two of them."""
    table = _table()[0]
    sides = tuple(_SIDES.get(word, word) for word in tokens if word in _ONE_SIDE)
    tokens = tuple(word for word in tokens if word not in _ONE_SIDE)
    taken: set[int] = set()
    spans: list[tuple[int, int]] = []
    for length in range(min(_MOST_WORDS, len(tokens)), 0, -1):
        for at in range(len(tokens) - length + 1):
            places = set(range(at, at + length))
            if length == 1 and tokens[at] in _GLUE:
                continue  # NEC behind a condition is no enterocolitis
            if not places & taken and tokens[at : at + length] in table:
                taken |= places
                spans.append((at, at + length))
    matches = []
    for first, last in sorted(spans):
        rest = tuple(word for word in (*sides, *tokens[:first], *tokens[last:]) if word not in _GLUE)
        matches.append(Match(" ".join(tokens[first:last]), table[tokens[first:last]], rest))
    return matches


def with_limbs(tokens: Sequence[str]) -> tuple[str, ...]:
    """Return words with the limb in place of a part of it: titles of infections and swellings name the limb alone."""
    return tuple(word for token in tokens for word in _LIMBS.get(token, (token,)))


def read_phrases() -> list[tuple[str, str, list[str]]]:
    """Return every entry as it stands in the files: file name, phrase, targets."""
    entries = []
    for path in PHRASES:
        table = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506  (BaseLoader makes text only)
        entries += [(path.name, phrase, str(targets).split()) for phrase, targets in table.items()]
    return entries


@cache
def _table() -> tuple[dict[tuple[str, ...], tuple[str, ...]], dict[tuple[str, ...], tuple[str, ...]], frozenset[str]]:
    entries = read_phrases()
    table = {key(written_out(phrase)): tuple(targets) for _, phrase, targets in entries}
    in_any_order = {tuple(sorted(tokens)): targets for tokens, targets in table.items()}
    return table, in_any_order, frozenset(word for _, phrase, _ in entries for word in words.split(phrase))


def _known_as(word: str) -> str:
    stem = _stem(word)
    return _SAME.get(word) or _SAME.get(stem) or stem


def _stem(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word
