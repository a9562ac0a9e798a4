"""A sitting's states, its score in whole numbers, and what its answers come to."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from coachapp.domain.plans import Navigation
from coachapp.domain.questions import Section
from coachapp.domain.rates import wilson


class SittingState(StrEnum):
    """`submitted`: closed, and waiting to be graded. Before the start there is no sitting yet."""

    RUNNING = "running"
    ON_BREAK = "on_break"
    SUBMITTED = "submitted"
    GRADED = "graded"
    VOIDED = "voided"

    @property
    def closed(self) -> bool:
        """Say whether no more work is taken; what is closed is never opened again."""
        return self not in OPEN


OPEN = frozenset({SittingState.RUNNING, SittingState.ON_BREAK})


class CloseReason(StrEnum):
    """Why a sitting takes no more work; the values are those that a late save is answered with."""

    HANDED_IN = "handed-in"
    EXPIRED = "expired"
    VOID = "void"


class Ruling(StrEnum):
    """What becomes of a question whose key proved wrong. `void`: it leaves the score; `credit_all`: all earn 1."""

    COUNT = "count"
    VOID = "void"
    CREDIT_ALL = "credit_all"


@dataclass(frozen=True, slots=True)
class SlotOutcome:
    """How one place of a paper came out; an unanswered question earned 0."""

    section: Section
    earned: int
    answered: bool
    scored: bool = True
    ruling: Ruling = Ruling.COUNT


@dataclass(frozen=True, slots=True)
class SectionScore:
    """Right of scored questions in one section."""

    section: Section
    right: int
    scored: int


@dataclass(frozen=True, slots=True)
class ExamScore:
    """Right of scored questions, in all and by section. `passed` is None for plans that give no verdict."""

    right: int
    scored: int
    unanswered: int
    passed: bool | None
    sections: tuple[SectionScore, ...]


def passes(right: int, scored: int, *, mark: int) -> bool:
    """Say whether `right` of `scored` reaches `mark` percent, without rounding: 69.99 percent does not reach 70."""
    return scored > 0 and 100 * right >= mark * scored


def score_paper(outcomes: Iterable[SlotOutcome], *, pass_mark: int | None) -> ExamScore:
    """Add up a paper. Unscored and voided questions count nowhere; "credit all" makes a question right for everyone."""
    right: dict[Section, int] = {}
    scored: dict[Section, int] = {}
    unanswered = 0
    for outcome in outcomes:
        unanswered += not outcome.answered
        if not outcome.scored or outcome.ruling is Ruling.VOID:
            continue
        earned = 1 if outcome.ruling is Ruling.CREDIT_ALL else outcome.earned
        right[outcome.section] = right.get(outcome.section, 0) + earned
        scored[outcome.section] = scored.get(outcome.section, 0) + 1
    sections = tuple(SectionScore(s, right[s], scored[s]) for s in Section if s in scored)
    total_right, total = sum(right.values()), sum(scored.values())
    return ExamScore(
        right=total_right,
        scored=total,
        unanswered=unanswered,
        passed=None if pass_mark is None else passes(total_right, total, mark=pass_mark),
        sections=sections,
    )


def likely_range(right: int, scored: int) -> tuple[int, int]:
    """Return the whole percents between which the share right would lie on questions of the same kind without end.

    The Wilson score interval (E. B. Wilson, 1927) at 80 percent confidence, rounded outward. Raises ValueError where
    nothing is scored.
    """
    if scored < 1:
        raise ValueError("nothing is scored, so there is no range")
    low, high = wilson(right, scored)
    return math.floor(100 * low), math.ceil(100 * high)


def reachable(sections: Sequence[Section], position: int, *, navigation: Navigation) -> range:
    """Return the numbers of the questions that may be opened without moving on from `position` (both from 1)."""
    if navigation is Navigation.FREE:
        return range(1, len(sections) + 1)
    if navigation is Navigation.FORWARD:
        return range(position, position + 1)
    first = last = position
    while first > 1 and sections[first - 2] is sections[position - 1]:
        first -= 1
    while last < len(sections) and sections[last] is sections[position - 1]:
        last += 1
    return range(first, last + 1)


def next_beyond(sections: Sequence[Section], position: int, *, navigation: Navigation) -> int | None:
    """Return the question that moving on leads to, for good: the one after the reachable ones; None at the end."""
    after = reachable(sections, position, navigation=navigation).stop
    return after if after <= len(sections) else None


class Change(StrEnum):
    """What changing an answer did, judged by the first and last choice."""

    TO_RIGHT = "to_right"
    TO_WRONG = "to_wrong"
    OTHER = "other"


def answer_of(payload: Mapping[str, Any] | None) -> frozenset[str]:
    """Return the options chosen in a stored step, none where there is no step."""
    return frozenset(payload.get("answer", ())) if payload else frozenset()


def change_of(payloads: Iterable[Mapping[str, Any]], right: frozenset[str]) -> Change | None:
    """Return what the changes between the first and the last answer did, None if it was never changed.

    `payloads` are the accepted saves in order; those without an answer do not count as one.
    """
    answers = [answer for payload in payloads if (answer := answer_of(payload))]
    if not answers or answers[0] == answers[-1]:
        return None
    if answers[-1] == right:
        return Change.TO_RIGHT
    return Change.TO_WRONG if answers[0] == right else Change.OTHER
