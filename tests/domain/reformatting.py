"""The same text in another format: what a paste, another keyboard or another habit makes of a code."""

from random import Random

from hypothesis import strategies as st

INVISIBLE = (
    "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    "\ufe0e\ufe0f\u034f\u061c\u180e\U000e0020\U000e0100"
)
SPACES = "\u00a0\u2007\u2009\u202f\u205f\u3000"
DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
_CYRILLIC = dict(zip("ABEKMHOPCTYXSIJ", "АВЕКМНОРСТУХЅІЈ", strict=True))
_GREEK = dict(zip("ABEZHIKMNOPTYX", "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", strict=True))
_DOTS = ".．\u00b7\u2024\u2219\u3002"
_TRAILING = ["", ",", ".", ";", "，", "．", "\u3000", " .", "\u200b"]


def letter_variants(letter: str) -> list[str]:
    """Return a capital as other keyboards and fonts have it: small, full-width, bold, Cyrillic, Greek."""
    wide, bold = chr(ord(letter) + 0xFEE0), chr(ord(letter) - ord("A") + 0x1D400)
    others = [table[letter] for table in (_CYRILLIC, _GREEK) if letter in table]
    return [letter, letter.lower(), wide, wide.lower(), bold, *others]


def digit_variants(digit: str) -> list[str]:
    """Return a digit in full width, in bold, in Arabic-Indic and in Devanagari."""
    return [digit, *(chr(start + int(digit)) for start in (0xFF10, 0x1D7CE, 0x660, 0x966))]


def _variants(character: str) -> list[str]:
    if "A" <= character <= "Z":
        return letter_variants(character)
    if "0" <= character <= "9":
        return digit_variants(character)
    return {".": list(_DOTS), ",": [",", "，", "\u060c"]}.get(character, [character])


def reformat(text: str, seed: int) -> str:
    """Return a text that means the same: look-alikes, invisible characters anywhere, space around, signs behind."""
    random = Random(seed)
    parts = [random.choice(["", "", random.choice(INVISIBLE)]) + random.choice(_variants(sign)) for sign in text]
    before, behind = ("".join(random.choices(" \t" + SPACES + INVISIBLE, k=random.randint(0, 2))) for _ in range(2))
    return before + "".join(parts) + random.choice(_TRAILING) + behind


def reformatted(text: str) -> st.SearchStrategy[str]:
    """Return a strategy of texts that mean the same."""
    return st.integers(0, 2**32).map(lambda seed: reformat(text, seed))
