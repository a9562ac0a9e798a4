"""Where codes and quotations stand in a case or question file, read from the plain data.

Plain data is walked instead of the types, so that a file with one wrong field still has its codes and evidence checked.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from coachapp.content.yamlread import Loc, Source
from coachapp.domain.codes import CodeSystem, normalise_diagnosis, normalise_service
from coachapp.domain.keylines import LineKind
from coachapp.domain.labels import Label
from coachapp.domain.questions import option_code


@dataclass(frozen=True, slots=True)
class CodeSite:
    """One code of a file. `written` is as typed, `code` in normal form, `trailing` modifiers written behind it.

    `label` is a trap's or a wrong option's label, where it has one. `excused`: that the code is wrong by itself is what
    the option or trap teaches.
    """

    loc: Loc
    written: str
    code: str
    kind: LineKind
    trailing: tuple[str, ...] = ()
    label: Label | None = None
    excused: bool = False


@dataclass(frozen=True, slots=True)
class QuoteSite:
    """One quotation of a file, with the document it names; `nth` is None where none is written."""

    loc: Loc
    document: str
    quote: str
    nth: int | None


_GROUPS = (("diagnoses", LineKind.DIAGNOSIS), ("services", LineKind.SERVICE))


def _entries(data: object, field: str, loc: Loc) -> Iterator[tuple[Loc, dict[str, object]]]:
    """Yield the mappings of a list field; anything else is the types' business."""
    listed = data.get(field) if isinstance(data, dict) else None
    for index, entry in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(entry, dict):
            yield (*loc, field, index), entry


def _lines(data: object) -> Iterator[tuple[Loc, LineKind, dict[str, object]]]:
    key = data.get("key") if isinstance(data, dict) else None
    for branch_loc, branch in _entries(key, "branches", ("key",)):
        for field, kind in _GROUPS:
            for loc, line in _entries(branch, field, branch_loc):
                yield loc, kind, line


def _site(loc: Loc, value: object, kind: LineKind, *, label: Label | None = None) -> Iterator[CodeSite]:
    if not isinstance(value, str) or not value.strip():
        return
    if kind is LineKind.DIAGNOSIS:
        yield CodeSite(loc, value, normalise_diagnosis(value), kind, label=label)
    else:
        code, trailing = normalise_service(value)
        yield CodeSite(loc, value, code, kind, trailing, label)


def _label(value: object) -> Label | None:
    return Label(value) if isinstance(value, str) and value in frozenset(Label) else None


def case_codes(source: Source) -> Iterator[CodeSite]:
    """Yield every code of a case's key and traps, in the order of the file."""
    for loc, kind, line in _lines(source.data):
        yield from _site((*loc, "code"), line.get("code"), kind)
        for accept_loc, accept in _entries(line, "accept", loc):
            yield from _site((*accept_loc, "code"), accept.get("code"), kind)
    key = source.data.get("key") if isinstance(source.data, dict) else None
    for loc, trap in _entries(key, "traps", ("key",)):
        named = trap.get("kind")
        if isinstance(named, str) and named in frozenset(LineKind):
            label = _label(trap.get("label"))
            for site in _site((*loc, "code"), trap.get("code"), LineKind(named), label=label):
                yield replace(site, excused=_says_so(trap.get("why")))


def case_quotes(source: Source) -> Iterator[QuoteSite]:
    """Yield every quotation of a case's key, in the order of the file."""
    for loc, _, line in _lines(source.data):
        for evidence_loc, evidence in _entries(line, "evidence", loc):
            document, quote, nth = evidence.get("document"), evidence.get("quote"), evidence.get("nth")
            if isinstance(document, str) and isinstance(quote, str) and quote.strip():
                number = int(nth) if isinstance(nth, str) and nth.isdecimal() and int(nth) > 0 else None
                yield QuoteSite(evidence_loc, document.strip(), quote, number)


# What the explanation of an option or trap says when the code itself is the mistake.
_SAYS_SO = (
    *("not valid", "invalid", "not billable", "billable", "deleted", "expired", "ended", "no longer", "does not exist"),
    *("not a code", "no such code", "header", "character", "retired", "replaced", "incomplete", "digit"),
)


def _says_so(why: object) -> bool:
    return any(words in str(why).lower() for words in _SAYS_SO)


def option_codes(source: Source) -> Iterator[CodeSite]:
    """Yield every code of a question's options, in the order of the file; a code without known shape as a service."""
    for loc, option in _entries(source.data, "options", ()):
        codes = option.get("codes")
        wrong = str(option.get("right")).lower() in ("false", "no", "off", "0")
        label = _label(option.get("label"))
        excused = wrong and _says_so(option.get("why"))
        for index, written in enumerate(codes if isinstance(codes, list) else ()):
            if isinstance(written, str) and written.strip():
                code, system = option_code(written)
                kind = LineKind.DIAGNOSIS if system is CodeSystem.ICD10CM else LineKind.SERVICE
                trailing = normalise_service(written)[1]
                yield CodeSite((*loc, "codes", index), written, code, kind, trailing, label if wrong else None, excused)
