"""Codes named in running text, found so that they can be links."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from coachapp.codesets.browse import Browse
from coachapp.domain.codes import CodeSystem

_CODE = r"(?<![A-Z0-9.])(?:[A-Z]\d|QA)[0-9A-Z](?:\.[0-9A-Z]{1,4})?(?![0-9A-Z])"
_NAMED = re.compile(rf"({_CODE})(?:(-)({_CODE}))?")


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of text; `code`: the entry of ICD-10-CM it names, if any."""

    text: str
    code: str | None = None


def linked(texts: Iterable[str], browse: Browse) -> dict[str, tuple[Segment, ...]]:
    """Return each text cut into segments; only entries that exist become links ("vitamin B12" names none).

    A range that is a block of the book ("S50-S59") is one link, another range links both its ends.
    """
    unique = list(dict.fromkeys(texts))
    wanted = {name for text in unique for match in _NAMED.finditer(text) for name in (match[0], match[1], match[3])}
    known = {code for _, code in browse.entries((CodeSystem.ICD10CM, name) for name in sorted(filter(None, wanted)))}
    return {text: tuple(_segments(text, known)) for text in unique}


def _segments(text: str, known: set[str]) -> Iterable[Segment]:
    done = 0
    for match in _NAMED.finditer(text):
        if match[0] in known:
            spans = [match.span(0)]
        else:
            spans = [match.span(part) for part in (1, 3) if match[part] in known]
        for start, end in spans:
            if start > done:
                yield Segment(text[done:start])
            yield Segment(text[start:end], text[start:end])
            done = end
    if done < len(text):
        yield Segment(text[done:])
