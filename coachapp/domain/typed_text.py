"""Typed and pasted text in plain characters: format goes, and what may carry meaning stays.

Text that comes from a spreadsheet, a PDF, a word processor or another keyboard holds characters that look like plain
ones or like nothing. They are told apart by Unicode general category (Unicode Standard, section 4.5) and by
decomposition (Unicode Standard Annex 15), never by a list of pastes somebody has seen:

- invisible (Cf, Cc other than white space, and what Unicode calls default ignorable): no reader sees them, so they
  say nothing. Zero width characters, directional marks, byte-order mark, soft hyphen, variation selectors.
- spaces (Zs, Zl, Zp, white space among Cc): one plain space, whatever their width.
- dashes (Pd, and the minus signs among Sm and others): one plain dash, whatever their length.
- digits (Nd): each has exactly one decimal value in every script.
- width and font variants (decompositions <wide>, <narrow>, <small>, <vertical>, <font>, <noBreak>, or none): the plain
  character they are a variant of. Superscripts, circled and squared characters are left: they may be a footnote.
- dots, commas, colons, slashes and quotation marks of other scripts: the plain sign that stands for the same.
- letters of Cyrillic and Greek whose capital has the shape of a Latin capital: that capital, in code boxes only. No
  code has a letter of another script, so nothing else can be meant. Greek small letters whose shape is that of
  another Latin letter than their capital's (nu, eta, mu, upsilon) are left: they cannot be read for sure.

O and 0, I and 1 are different characters and stay so.
"""

import unicodedata

_LONGEST_CODE = 8
SOFT_HYPHEN = "\u00ad"

# Default_Ignorable_Code_Point (Unicode Standard Annex 44) beyond Cf: letters, marks and reserved places without shape.
_IGNORABLE = (
    frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2065\u3164\uffa0")
    | frozenset(map(chr, range(0x180B, 0x1810)))
    | frozenset(map(chr, range(0xFE00, 0xFE10)))
    | frozenset(map(chr, range(0xFFF0, 0xFFF9)))
    | frozenset(map(chr, range(0xE0000, 0xE1000)))
)
_VARIANTS = frozenset({"<wide>", "<narrow>", "<small>", "<vertical>", "<font>", "<noBreak>"})
# Signs of which Unicode records no decomposition to the plain one. The two prolonged sound marks are what a Japanese
# keyboard types for a dash; the Braille blank is a blank.
_SIGNS = (
    dict.fromkeys("\u2212\u02d7\u2043\u2796\u207b\u208b\u30fc\uff70", "-")
    | dict.fromkeys("\u3002\uff61\u00b7\u2022\u2024\u2027\u2219\u22c5\u30fb\uff65\u06d4\u066b", ".")
    | dict.fromkeys("\u060c\u3001\uff64\u201a\u066c", ",")
    | dict.fromkeys("\u2236\ua789\u05c3", ":")
    | dict.fromkeys("\u2044\u2215\u29f8", "/")
    | dict.fromkeys("\u061b\u204f", ";")
    | dict.fromkeys("\u2018\u2019\u201b\u2032\u02bc", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"')
    | {"\u2800": " ", "\ufffc": " "}
)
_LOOK_ALIKES = (
    dict(zip("АВЕКМНОРСТУХЅІЈԚԜҮѴӀ", "ABEKMHOPCTYXSIJQWYVI", strict=True))
    | dict(zip("авекмнорстухѕіјԛԝүѵӏ", "ABEKMHOPCTYXSIJQWYVI", strict=True))
    | dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX", strict=True))
    | dict(zip("αβεζικορτχ", "ABEZIKOPTX", strict=True))
    | {"\u0130": "I", "\u0131": "I"}  # the dotted and the dotless I of Turkish keyboards
)


def plain(text: str) -> str:
    """Return a text in plain characters; words, accents and letters of other scripts stay as they are."""
    if _is_plain(text):
        return text
    return "".join(map(_plain, unicodedata.normalize("NFC", text)))


def code_text(text: str) -> str:
    """Return what a code box holds, in capitals and plain characters; signs of other scripts become spaces.

    What is left of non-ASCII characters are letters, digits and marks that no code has and that cannot be read as one
    that a code has.
    """
    if _is_plain(text):
        return text.upper()
    return "".join(map(_in_code, unicodedata.normalize("NFC", text)))


def is_blank(text: str) -> bool:
    """Say whether a text shows nothing: it is empty, or holds only spaces and invisible characters."""
    return not plain(text).strip()


def foreign_character(text: str) -> str | None:
    """Return the first character of a code box that no code has, or None; only letters, digits and marks count."""
    return next((character for character in code_text(text) if not character.isascii()), None)


def character_name(character: str) -> str:
    """Return what a character is called, in small letters, for a message about it."""
    return unicodedata.name(character, f"U+{ord(character):04X}").lower()


def query_text(text: str) -> str:
    """Return what was typed into a search box: one line in plain characters, for search by code or by words.

    A word with a digit in it is read as code boxes are, so that look-alike letters do not hide a code; other words keep
    their letters, for Greek ones have names of their own.
    """
    words = plain(text).split()
    whole = "".join(words)
    if len(words) > 1 and not whole.isascii() and len(whole) <= _LONGEST_CODE and (code := _code_word(whole)):
        return code
    return " ".join(code if not word.isascii() and (code := _code_word(word)) else word for word in words)


def _code_word(word: str) -> str | None:
    code = " ".join(code_text(word).split())
    return code if code.isascii() and any(character.isdigit() for character in code) else None


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _plain(character: str) -> str:
    if character.isascii() and character.isprintable():
        return character
    if character in _IGNORABLE:
        return ""
    if character in _SIGNS:
        return _SIGNS[character]
    category = unicodedata.category(character)
    if category == "Cf":
        return ""
    if category == "Cc":
        return " " if character.isspace() else ""
    if category[0] == "Z":
        return " "
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "Pd":
        return "-"
    if category == "Cs":
        # Half of a character: it can be neither shown nor stored.
        return "\ufffd"
    tag = unicodedata.decomposition(character).partition(" ")[0]
    if not tag.startswith("<") or tag in _VARIANTS:
        variant = unicodedata.normalize("NFKC", character)
        if len(variant) == 1 and variant != character:
            return _plain(variant)
    return character


def _in_code(character: str) -> str:
    found = _plain(character)
    found = _LOOK_ALIKES.get(found, found)
    if found.isascii():
        return found.upper()
    # A lost character (U+FFFD) may have been a letter, so it is not passed over.
    return " " if unicodedata.category(found)[0] in "PS" and found != "\ufffd" else found
