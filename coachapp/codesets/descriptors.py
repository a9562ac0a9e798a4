"""HCPCS descriptors in full words: what the shortened words of the published descriptors stand for."""

from functools import cache, lru_cache

import yaml

from coachapp.codesets import words
from coachapp.codesets.sources import DESCRIPTOR_WORDS

_LONGEST_NAME = 3  # words
# What the sections of the list say of every code in them and descriptors therefore leave out.
_SECTIONS = (("J0", "injection"), ("J1", "injection"), ("J2", "injection"), ("J3", "injection"), ("J9", "injection"),
             ("A0", "ambulance"))  # fmt: skip


def descriptor_names(code: str, title: str) -> tuple[str, ...]:
    """Return the words under which a HCPCS code may be looked for beside those of its descriptor."""
    return spelled_out(title) + tuple(word for start, word in _SECTIONS if code.startswith(start))


@lru_cache(maxsize=20_000)
def spelled_out(title: str) -> tuple[str, ...]:
    """Return the full words that the shortened ones in a descriptor stand for, each once."""
    table = _table()
    typed = words.split(title)
    found: dict[str, None] = {}
    for length in range(1, _LONGEST_NAME + 1):
        for at in range(len(typed) - length + 1):
            full = table.get(" ".join(typed[at : at + length]), "")
            found.update(dict.fromkeys(word for word in full.split() if word not in typed))
    return tuple(found)


@cache
def _table() -> dict[str, str]:
    table: dict[str, str] = yaml.load(DESCRIPTOR_WORDS.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506  (BaseLoader makes text only)
    return table
