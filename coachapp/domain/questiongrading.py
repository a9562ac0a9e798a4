"""Grade one answer to a multiple-choice question: the exact set of right options earns 1, anything else 0."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from coachapp.domain.questions import OptionId, Question

POLICY = "exact-set"


class UnknownOption(ValueError):
    """An answer names options that the question does not have; `unknown` lists them."""

    def __init__(self, unknown: Iterable[str]) -> None:
        """Keep the ids, sorted."""
        self.unknown = tuple(sorted(unknown))
        super().__init__(f"this question has no option {', '.join(self.unknown)}")


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """A graded answer. `chosen` and `right` are option ids in the order of the file; `earned` is 0 or 1."""

    chosen: tuple[OptionId, ...]
    right: tuple[OptionId, ...]
    earned: int

    @property
    def answered(self) -> bool:
        """Say whether any option was chosen."""
        return bool(self.chosen)


def grade_question(question: Question, chosen: Iterable[str]) -> QuestionResult:
    """Grade an answer; no option chosen counts as wrong. Raises UnknownOption."""
    picked = frozenset(chosen)
    ids = tuple(option.id for option in question.options)
    if unknown := picked - frozenset(ids):
        raise UnknownOption(unknown)
    return QuestionResult(
        chosen=tuple(i for i in ids if i in picked),
        right=tuple(i for i in ids if i in question.right),
        earned=int(picked == question.right),
    )


def question_result_data(result: QuestionResult) -> dict[str, Any]:
    """Return a graded answer as plain data, as a grade row stores it."""
    return {
        "policy": POLICY,
        "chosen": list(result.chosen),
        "right": list(result.right),
        "earned": result.earned,
        "possible": 1,
    }
