"""Identity: when two texts name the same person or secret, and when two values are the same object in a cache.

People type one text in many ways: an accent as a character of its own, full-width letters, signs that nobody sees.
What is compared goes through `normal_text`, and only through it.
"""

import unicodedata
from enum import Enum, auto
from typing import Generic, TypeVar

T = TypeVar("T")

# Joiners shape words of several scripts, so a name keeps them; an address needs none.
_JOINERS = "\u200c\u200d"
# Signs without a picture that Unicode does not class as formats: combining grapheme joiner, Hangul and Khmer fillers.
_BLANK_SIGNS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
_STEPS = 8


class TextUse(Enum):
    """What a text is compared as."""

    PASSWORD = auto()
    NAME = auto()
    ADDRESS = auto()


def normal_text(text: str, use: TextUse) -> str:
    """Return the normal form in which texts of one use are compared.

    A password is NFKC and nothing else (NIST SP 800-63B-4 3.1.1.2). A name is NFC, without signs nobody sees and with
    single spaces; its letters stay as the person writes them. An address is NFKC and case-folded, without invisible
    signs; its domain is in letters, not in the ASCII form of IDNA (RFC 5890 2.3.2.1).
    """
    if use is TextUse.PASSWORD:
        return unicodedata.normalize("NFKC", text)
    step = _normal_name if use is TextUse.NAME else _normal_address
    for _ in range(_STEPS):
        normal = step(text)
        if normal == text:
            break
        text = normal  # what is taken away lets its neighbors compose, and folding can undo composing
    return text


def _normal_name(text: str) -> str:
    visible = _visible(unicodedata.normalize("NFC", text), keep=_JOINERS)
    return unicodedata.normalize("NFC", " ".join(visible.split()).strip(_JOINERS))


def _visible(text: str, *, keep: str = "") -> str:
    """Return the text without control, format and filler signs; line breaks and tabs become spaces."""
    spaced = "".join(" " if sign in "\t\n\r\v\f\x85\u2028\u2029" else sign for sign in text)
    return "".join(
        sign
        for sign in spaced
        if sign in keep
        or not (unicodedata.category(sign) in ("Cc", "Cf", "Cs") or sign in _BLANK_SIGNS or _is_selector(sign))
    )


def _is_selector(sign: str) -> bool:
    """Say whether a sign only chooses between pictures of the one before it."""
    return "\ufe00" <= sign <= "\ufe0f" or "\U000e0100" <= sign <= "\U000e01ef"


def _normal_address(text: str) -> str:
    found = _folded(_visible(text)).replace("\u3002", ".").strip()
    local, at, domain = found.rpartition("@")
    return f"{local}@{_folded('.'.join(_letters(label) for label in domain.split('.')))}" if at else found


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _letters(label: str) -> str:
    """Return a label of a domain in letters; one that is no proper ASCII form stays as it is."""
    if not label.startswith("xn--") or label == "xn--":
        return label
    try:
        letters = label[4:].encode("ascii").decode("punycode")
        letters.encode()  # half a surrogate pair is no letter
    except (UnicodeError, OverflowError):
        return label
    return letters


class ByIdentity(Generic[T]):
    """Wraps an immutable value so that a cache holds it, and finds it again, by identity."""

    __slots__ = ("value",)

    def __init__(self, value: T) -> None:
        """Hold the value; while a cache does, no other object can take its identity."""
        self.value = value

    def __hash__(self) -> int:
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ByIdentity) and other.value is self.value
