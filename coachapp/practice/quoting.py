"""Words of the chart that a learner attached to a line: their shape, and how they agree with the author's evidence.

Evidence of a row is a list of `{"document": id, "quote": text, "nth": n}`, `nth` counted from 1 over the document.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from coachapp.content.render import Mark, Match, collapse, locate
from coachapp.domain.codes import normalise_diagnosis, normalise_service
from coachapp.domain.evidence import Agreement, Passage, compare
from coachapp.domain.items import Case
from coachapp.domain.keylines import KeyLine, LineKind
from coachapp.domain.strictjson import BadJson, read_json

MOST_QUOTES = 5
LONGEST_QUOTE = 300
_LONGEST_ID = 80
_MOST_NTH = 9999

AGREEMENTS: Mapping[Agreement, tuple[str, str, str]] = {
    # agreement: (words, tone, sign)
    Agreement.SAME: ("the same passage as the key", "good", "✓"),
    Agreement.OVERLAPS: ("overlaps the key's passage", "good", "◐"),
    Agreement.ANOTHER: ("another passage", "plain", "→"),
}
_NO_KEY = ("the key has no line to compare it with", "plain", "–")
_NO_EVIDENCE = ("the key quotes nothing for this line", "plain", "–")
_NOT_FOUND = ("not found in this version of the chart", "plain", "–")
# No key line has an id with a colon, so the learner's marks never pass for the author's.
MINE = "mine:"


class EvidenceError(ValueError):
    """Evidence that has not the shape of a row's quotes; the message says where."""


def posted_evidence(text: str) -> object:
    """Read the hidden field of a row, JSON; what is no JSON stays text, for `checked_evidence` to refuse."""
    try:
        return read_json(text) if text.strip() else []
    except BadJson:
        return text


def checked_evidence(value: object, place: str) -> list[dict[str, Any]]:
    """Return the quotes of a row; raises EvidenceError naming what is out of shape.

    A row holds at most 5 quotes of at most 300 characters. Whether the words stand in the chart is seen at review.
    """
    if not isinstance(value, list):
        raise EvidenceError(f"{place} must be a list of quotes.")
    if len(value) > MOST_QUOTES:
        raise EvidenceError(f"{place} holds {len(value)} quotes; a row holds at most {MOST_QUOTES}.")
    return [_checked_quote(quote, f"{place}[{i}]") for i, quote in enumerate(value)]


def _checked_quote(value: object, place: str) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) != {"document", "quote", "nth"}:
        raise EvidenceError(f"{place} must have document, quote and nth, and nothing else.")
    for name, longest in (("document", _LONGEST_ID), ("quote", LONGEST_QUOTE)):
        if not isinstance(value[name], str) or not value[name].strip():
            raise EvidenceError(f"{place}.{name} must be text.")
        if len(value[name]) > longest:
            raise EvidenceError(f"{place}.{name} is longer than {longest} characters.")
    nth = value["nth"]
    if not isinstance(nth, int) or isinstance(nth, bool) or not 1 <= nth <= _MOST_NTH:
        raise EvidenceError(f"{place}.nth must be a whole number from 1 to {_MOST_NTH}.")
    return {"document": value["document"], "quote": value["quote"], "nth": nth}


@dataclass(frozen=True, slots=True)
class MyQuote:
    """A quote the learner attached; `mark_id` is where it is marked, None where the chart does not hold it."""

    words: str
    document: str
    mark_id: str | None
    agreement: str
    tone: str
    sign: str


class MyEvidence:
    """The quotes of a submitted claim, by the lines of its Result."""

    def __init__(self, case: Case, payload: Mapping[str, Any] | None, result: Mapping[str, Any]) -> None:
        """Match the rows that hold a code with the submitted lines of the Result, in their order."""
        self._texts = {document.id: document.text for document in case.documents}
        self._titles = {document.id: document.title for document in case.documents}
        self.marks: dict[str, list[Mark]] = {}
        self._rows: dict[tuple[str, int], Sequence[Mapping[str, Any]]] = {}
        for kind, name in ((LineKind.DIAGNOSIS, "diagnoses"), (LineKind.SERVICE, "services")):
            rows = [row for row in (payload or {}).get(name, ()) if _holds_code(kind, row)]
            lines = [line["submitted"] for line in result["lines"] if line["kind"] == kind and line["submitted"]]
            lines.sort(key=lambda entry: entry["index"])
            for entry, row in zip(lines, rows, strict=False):
                self._rows[kind, entry["index"]] = row.get("evidence", ())

    def quotes(self, kind: str, index: int, *, line_id: str, key: KeyLine | None) -> list[MyQuote]:
        """Return the quotes of a submitted line, compared with a key line's, and note where they are to be marked."""
        theirs = self._key_passages(key) if key else []
        found = []
        for number, quote in enumerate(self._rows.get((LineKind(kind), index), ()), 1):
            passage = self._passage(quote["document"], quote["quote"], quote["nth"])
            mark_id = None
            if passage:
                mark_id = f"{line_id}-mine-{number}"
                mark = Mark(quote["quote"], mark_id, f"{MINE}{line_id}", quote["nth"])
                self.marks.setdefault(quote["document"], []).append(mark)
            words = _words(passage, key, theirs)
            title = self._titles.get(quote["document"], quote["document"])
            found.append(MyQuote(collapse(quote["quote"]), title, mark_id, *words))
        return found

    def _key_passages(self, key: KeyLine) -> list[Passage]:
        found = (self._passage(each.document, each.quote, each.nth) for each in key.evidence)
        return [passage for passage in found if passage]

    def _passage(self, document: str, quote: str, nth: int | None) -> Passage | None:
        place = locate(quote, self._texts.get(document, ""), nth=nth)
        return Passage(document, place.block, place.start, place.end) if isinstance(place, Match) else None


def _holds_code(kind: LineKind, row: Mapping[str, Any]) -> bool:
    code = row.get("code", "")
    return bool(normalise_diagnosis(code) if kind is LineKind.DIAGNOSIS else normalise_service(code)[0])


def _words(passage: Passage | None, key: KeyLine | None, theirs: Sequence[Passage]) -> tuple[str, str, str]:
    if passage is None:
        return _NOT_FOUND
    if key is None:
        return _NO_KEY
    return AGREEMENTS[compare(passage, theirs)] if theirs else _NO_EVIDENCE
