"""Abbreviations and everyday words, and what the official titles say instead."""

from functools import cache

import yaml

from coachapp.paths import DATA

SEARCH_WORDS = DATA / "search_words.yaml"


@cache
def other_words() -> dict[str, list[str]]:
    """Return, for each word or name of several words, what to look for instead of it or beside it."""
    table: dict[str, list[str]] = yaml.load(SEARCH_WORDS.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506  (BaseLoader makes text only)
    return table
