"""Words as the search sees them: folded, split, and without what carries no meaning."""

import re
import unicodedata

# Plain letters and digits only: what is left of any other script after folding has no counterpart in the titles, and
# the full-text index would split it elsewhere than we do.
_WORD = re.compile(r"[a-z0-9]+")
_PARENTHESES = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_UNSPECIFIED = re.compile(
    r"\bunspecified (?:organism|site|type|cause|severity)\b"
    r"|\b(?:organism|site|type|cause|severity) (?:unspecified|not specified)\b",
    re.IGNORECASE,
)
_EMPTY = frozenset({"a", "an", "and", "at", "by", "for", "in", "of", "on", "or", "the", "to"})
_GENERIC = _EMPTY | {"unspecified", "nos"}


def split(text: str) -> list[str]:
    """Return the words of a text in lower case, without accents and signs."""
    if text.isascii():
        return _WORD.findall(text.lower())
    decomposed = unicodedata.normalize("NFKD", text)
    return _WORD.findall("".join(c for c in decomposed if not unicodedata.combining(c)).casefold())


def meaningful(text: str) -> list[str]:
    """Return the words of a text that say something; all of them where none does."""
    found = split(text)
    return [word for word in found if word not in _EMPTY] or found


def phrase(text: str) -> str:
    """Return what a title comes down to, in a fixed order of words.

    Words in parentheses are nonessential modifiers (ICD-10-CM Guidelines I.A.7), and "unspecified", "unspecified
    organism" and "NOS" mean the plain condition: "Hypertension (arterial) (benign)" is what someone who types
    "hypertension" looks for.
    """
    core = _UNSPECIFIED.sub(" ", _PARENTHESES.sub(" ", text))
    return " ".join(sorted({word for word in split(core) if word not in _GENERIC}))


def inflected(word: str) -> list[str]:
    """Return what may be other forms of an English word, whether or not they exist: singular, plural, -ing, -ed."""
    if len(word) < 4 or not word.isalpha():
        return []
    found = []
    if word.endswith("ies"):
        found.append(f"{word[:-3]}y")
    elif word.endswith("es"):
        found += [word[:-1], word[:-2]]
    elif word.endswith("s") and not word.endswith("ss"):
        found.append(word[:-1])
    elif word.endswith("ing") and len(word) > 5:
        found += [word[:-3], f"{word[:-3]}e"]
    elif word.endswith("ed") and len(word) > 4:
        found += [word[:-2], word[:-1]]
    else:
        found += [f"{word}s", f"{word}es", f"{word}ing"]
    return found
