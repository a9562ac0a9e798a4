"""The ICD-10-PCS Index as other names of procedures: an appendectomy is a resection of the appendix."""

import csv
import gzip
import re
from collections import defaultdict
from functools import cache

from coachapp.codesets.sources import ICD10PCS_INDEX

# A line "see Resection, Appendix **0DTJ**" leads from a main term to a table, "Vertical (sleeve) see …" from a subterm;
# a code alone is the main term's own.
_SEE = re.compile(r"^(.*?)\bsee\b.*?\*\*([0-9A-HJ-NP-Z]{3,7})\*\*", re.MULTILINE)
_ITSELF = re.compile(r"\*\*([0-9A-HJ-NP-Z]{4,7})\*\*")
_SHORTEST = 3


def procedure_names(code: str) -> tuple[str, ...]:
    """Return the index terms that lead to a code, or to the table or row it belongs to."""
    names = _names()
    return tuple(
        dict.fromkeys(name for length in range(_SHORTEST, len(code) + 1) for name in names.get(code[:length], ()))
    )


@cache
def _names() -> dict[str, tuple[str, ...]]:
    """Read the terms by the beginnings of codes they lead to."""
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    with gzip.open(ICD10PCS_INDEX, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            content = row["content"].strip()
            term = row["term"].strip()
            for subterm, start in _SEE.findall(content):
                found[start][f"{term} {subterm.strip()}".strip()] = None
            if whole := _ITSELF.fullmatch(content):
                found[whole[1]][term] = None
    return {start: tuple(terms) for start, terms in found.items()}
