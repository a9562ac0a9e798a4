"""Warnings that an author may answer in the item, and answers that no longer match any."""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from coachapp.content.yamlread import Located, Source
from coachapp.domain.checks import Answer, Check, bare_codes


class Remark(NamedTuple):
    """A warning of a named check about some codes, at its place."""

    place: Located
    check: Check
    codes: tuple[str, ...]


class Answered(NamedTuple):
    """What is left of some remarks: warnings without an answer or with a stale one, and those that were answered."""

    warnings: list[Located]
    answered: list[Located]


def answered_by(
    remarks: Iterable[Remark], answers: Sequence[Answer], *, source: Source, checks: Collection[Check]
) -> Answered:
    """Part the remarks of one item by its answers; warn of each answer to one of `checks` that answers nothing.

    `checks` are those that were run: an answer to another one may well be needed elsewhere.
    """
    used: set[int] = set()
    result = Answered([], [])
    for remark in remarks:
        codes = bare_codes(remark.codes)
        fitting = [i for i, a in enumerate(answers) if a.check is remark.check and a.bare_codes == codes]
        used.update(fitting)
        hint = f" (check {remark.check}: {', '.join(remark.codes)})"
        place = remark.place
        told = Located(place.file, place.line, place.column, place.message + hint)
        (result.answered if fitting else result.warnings).append(told)
    for i, answer in enumerate(answers):
        if answer.check in checks and i not in used:
            message = f"answers no warning any more: {answer.check} for {', '.join(answer.codes)}; remove it"
            result.warnings.append(source.at(("answered", i), message))
    return result
