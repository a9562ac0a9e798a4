"""What may be shown of a question, and when: the only way from a key to a page.

A paper's answers stay on the server until its plan shows them, also in every other place where the same person could
see the same question: drills, reviews, exports, "try again".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time

from coachapp.domain.plans import ExamPlan, ShowAnswers
from coachapp.domain.questions import Question
from coachapp.domain.sittings import SittingState


@dataclass(frozen=True, slots=True)
class Withheld:
    """Why an answer is not shown: the plan it stands in, and from when it will be (None: not by a date)."""

    plan: str
    until: datetime | None
    ever: bool

    @property
    def words(self) -> str:
        """Return the reason for a page, without the date."""
        return f"in your exam “{self.plan}”"


@dataclass(frozen=True, slots=True)
class ShownOption:
    """An option as asked: what it says, nothing of whether it is right."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class ShownQuestion:
    """A question as asked. `several`: more than one option may be chosen."""

    stem: str
    exhibit: str | None
    date_of_service: str | None
    options: tuple[ShownOption, ...]
    several: bool


@dataclass(frozen=True, slots=True)
class JudgedOption:
    """An option with its answer, shown when the plan allows."""

    id: str
    text: str
    right: bool
    chosen: bool
    why: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A question's answer: options judged, and the public sources to read."""

    options: tuple[JudgedOption, ...]
    references: tuple[str, ...]


def shows_answers(plan: ExamPlan, state: SittingState, now: datetime) -> bool:
    """Say whether a sitting of `plan` in `state` shows its answers now; a drill does question by question."""
    if plan.show_answers is ShowAnswers.EACH:
        return True
    if state is not SittingState.GRADED or plan.show_answers is ShowAnswers.NEVER:
        return False
    day = shown_from(plan)
    return day is None or now >= day


def shown_from(plan: ExamPlan) -> datetime | None:
    """Return from when a plan shows its answers, None where that is not set by a day."""
    if plan.show_answers_from is None:
        return None
    return datetime.combine(plan.show_answers_from, time.min, tzinfo=UTC)


def withheld_items(
    sittings: Iterable[tuple[ExamPlan, SittingState, Sequence[int]]], now: datetime
) -> dict[int, Withheld]:
    """Return which items a person may not see the answer of, by item id.

    `sittings` are all of one person: plan, state, and ids of the items in its paper. A voided sitting withholds
    nothing, for whoever is granted the exam anew gets another paper.
    """
    found: dict[int, Withheld] = {}
    for plan, state, items in sittings:
        if state is SittingState.VOIDED or shows_answers(plan, state, now):
            continue
        reason = Withheld(plan=plan.title, until=shown_from(plan), ever=plan.show_answers is not ShowAnswers.NEVER)
        found.update(dict.fromkeys(items, reason))
    return found


def asked(question: Question, options: Sequence[str]) -> ShownQuestion:
    """Return a question as asked, its options in the given order of ids, without anything of its key.

    Whether several options may be chosen is part of what is asked; how many are right is not.
    """
    texts: Mapping[str, str] = {option.id: option.text for option in question.options}
    on = question.date_of_service
    return ShownQuestion(
        stem=question.stem,
        exhibit=question.exhibit,
        date_of_service=on.isoformat() if on else None,
        options=tuple(ShownOption(i, texts[i]) for i in options),
        several=len(question.right) > 1,
    )


def answered(
    question: Question, options: Sequence[str], *, chosen: Iterable[str], key: Question | None = None
) -> Answer:
    """Return a question's answer in the order of `options`; call it only where answers may be shown.

    `key`: the version that judges, where it is not the one asked; it has the same options by id. The options read as
    they were asked, what is right and why comes from the key.
    """
    texts = {option.id: option.text for option in question.options}
    key = key or question
    by_id = {option.id: option for option in key.options}
    picked = frozenset(chosen)
    return Answer(
        options=tuple(
            JudgedOption(i, texts[i], right=by_id[i].right, chosen=i in picked, why=by_id[i].why) for i in options
        ),
        references=key.references,
    )
