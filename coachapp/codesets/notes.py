"""The codes that the official notes name, parsed out of their text."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator

from coachapp.domain.codes import CodeRange, NoteKind, undotted

_CODE = r"(?<![A-Z0-9.])(?:[A-Z]\d|QA)[0-9A-Z](?:\.[0-9A-Z]{1,4})?(?![0-9A-Z])"
_ITEM = rf"{_CODE}(?:\.?-?\s*(?:-+|\bto\b)\s*{_CODE}(?:\.?-+)?|\.?-+|\.(?=\s))?"
_LIST = re.compile(rf"{_ITEM}(?:(?:\s*[,;.]\s*|\s+)(?:and\s+|or\s+)?{_ITEM})*")
_FIRST_LAST = re.compile(_CODE)
_GROUP = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]")

_PLACES = {"5th": 5, "fifth": 5, "sixth": 6, "6th": 6, "7th": 7, "seventh": 7}
_ONE_PLACE = re.compile(
    r",?\s*with (?P<places>(?:fifth or six(?:th)?|fifth|sixth|5th|7th|seventh|final)[ -]characters?)"
    r"\s+\.?(?P<values>[0-9A-Z](?:-[0-9])?(?:\s*(?:or|,)\s*[0-9A-Z])*)(?![0-9A-Za-z])"
)
_ENDINGS = re.compile(
    r",?\s*with (?:final characters\s+|fifth to sixth characters\s+)?"
    r"(?P<values>[.-]?\d{1,3}(?:-\.\d{1,3}|-)?(?:\s*(?:or|[,.])\s*\.\d{1,3}-?)*)"
)
_OPEN_FRACTURE = re.compile(r",?\s*with open fracture 7th character")
_ANY_INTENT = re.compile(r",?\s*with fifth or sixth character to indicate intent")
_CONDITION = re.compile(r"\s*,?\s*with\b")

# Where the 7th characters of fractures of the forearm stand for an open fracture, of any episode.
_OPEN_SEVENTH = "BCEFHJMNQR"
# Only these kinds point to other codes in running text ("code from category O08"); in the others running text speaks
# of what the category itself holds.
_POINTING = frozenset(
    {NoteKind.EXCLUDES1, NoteKind.EXCLUDES2, NoteKind.CODE_FIRST, NoteKind.USE_ADDITIONAL, NoteKind.CODE_ALSO}
)


class NoteReader:
    """Reads notes against the codes that exist, so that "vitamin B12" and "C3 glomerulopathy" are not taken for codes.

    `unread` collects the notes with a code in parentheses that could not be understood.
    """

    def __init__(self, codes: Iterable[str]) -> None:
        self._codes = sorted({undotted(code) for code in codes})
        self.unread: list[str] = []

    def ranges(self, text: str, kind: NoteKind) -> tuple[CodeRange, ...]:
        """Return the codes a note names; empty where it names none or under a condition no code can express."""
        inside = [a or b for a, b in _GROUP.findall(text)]
        found: list[CodeRange] = []
        missed = False
        for group in inside:
            part, whole = self._read(group)
            found.extend(part)
            missed = missed or not whole
        if not found and kind in _POINTING and "for codes" not in text:
            found.extend(self._read(_GROUP.sub(" ", text))[0])
        if missed:
            self.unread.append(text)
        return tuple(dict.fromkeys(found))

    def _read(self, text: str) -> tuple[list[CodeRange], bool]:
        """Return the ranges in a text and whether every code in it was understood."""
        found: list[CodeRange] = []
        whole = True
        for match in _LIST.finditer(text):
            bases = [self._base(item) for item in re.findall(_ITEM, match[0])]
            known = [base for base in bases if base]
            if not known:
                # A code that is gone (G31.90) is unread; a number that never was one (vitamin B12) is no code.
                whole = whole and not any(self._base(item[:3]) for item in re.findall(_ITEM, match[0]))
                continue
            whole = whole and len(known) == len(bases)
            ranges = self._restricted(known, text[match.end() :])
            whole = whole and ranges is not None
            found.extend(ranges or ())
        return found, whole

    def _base(self, item: str) -> CodeRange | None:
        codes = [undotted(code) for code in _FIRST_LAST.findall(item)]
        base = CodeRange(codes[0], codes[-1])
        return base if any(True for _ in self._within(base)) else None

    def _within(self, base: CodeRange) -> Iterator[str]:
        """Yield the existing codes in a range, in order."""
        for at in range(bisect_left(self._codes, base.first), len(self._codes)):
            code = self._codes[at]
            if code[: len(base.last)] > base.last:
                return
            yield code

    def _restricted(self, bases: list[CodeRange], rest: str) -> list[CodeRange] | None:
        """Apply the words behind a list of codes to all of them; None where these words cannot be understood."""
        if match := _ONE_PLACE.match(rest):
            return [self._one_place(base, match) for base in bases]
        if match := _ENDINGS.match(rest):
            return self._endings(bases, match["values"])
        if _OPEN_FRACTURE.match(rest):
            return [CodeRange(base.first, base.last, _OPEN_SEVENTH, 7) for base in bases]
        if _ANY_INTENT.match(rest) or not _CONDITION.match(rest):
            return bases
        return None

    @staticmethod
    def _one_place(base: CodeRange, match: re.Match[str]) -> CodeRange:
        values = re.sub(r"\s|or|,", "", match["values"])
        characters = re.sub(r"(\d)-(\d)", lambda m: "".join(str(n) for n in range(int(m[1]), int(m[2]) + 1)), values)
        words = re.split(r"[ -]", match["places"])
        named = [_PLACES[word] for word in words if word in _PLACES]
        intent = base.first[:3] >= "T36" and base.last[:3] <= "T65"
        if intent and named != [7]:
            return CodeRange(base.first, base.last, characters)
        return CodeRange(base.first, base.last, characters, named[0] if named else 0)

    def _endings(self, bases: list[CodeRange], values: str) -> list[CodeRange]:
        """Return the existing codes of the ranges that go on as written: E08-E13 with .51 is E08.51, E09.51 …

        A dot says that the digits follow the category; without one they are the 5th and 6th characters.
        """
        span = re.fullmatch(r"\.(\d)(\d)-\.\1(\d)", values)
        if span:
            endings = [f"{span[1]}{n}" for n in range(int(span[2]), int(span[3]) + 1)]
        else:
            endings = re.findall(r"\d+", values)
        at = 3 if "." in values else 4
        found: list[CodeRange] = []
        for base in bases:
            for ending in endings:
                stop = at + len(ending)
                prefixes = dict.fromkeys(code[:stop] for code in self._within(base) if code[at:stop] == ending)
                found.extend(CodeRange(prefix, prefix) for prefix in prefixes)
        return found
