"""Balance of the question bank: letters of the right options, lengths that give away, and how long stems are."""

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import comb

from coachapp.domain.questions import Question, Section

LETTERS = "ABCDEFGH"
# A count this unlikely by chance alone, or more so, is told as a warning: one in a hundred in each direction.
LEVEL = 0.01


@dataclass(frozen=True, slots=True)
class Longest:
    """How often the right option is the longest, of `questions` in which one option is longer than all others.

    `expected` is what chance gives. `too_often` and `too_rarely` are the chances of a count as high, or as low.
    """

    questions: int
    right: int
    expected: float
    too_often: float
    too_rarely: float


@dataclass(frozen=True, slots=True)
class Stems:
    """Words of stem and exhibit together: least, quartiles and most."""

    least: int
    lower: int
    median: int
    upper: int
    most: int


@dataclass(frozen=True, slots=True)
class Balance:
    """Balance of some questions. `written`: letters as in the file; `shown`: of questions that are not shuffled."""

    questions: int
    written: dict[str, int]
    shown: dict[str, int]
    longest: Longest
    stems: Stems | None


def balance_of(questions: Sequence[Question]) -> Balance:
    """Measure the balance of some questions."""
    fixed = [question for question in questions if not question.shuffle]
    return Balance(len(questions), _letters(questions), _letters(fixed), _longest(questions), _stems(questions))


def _letters(questions: Iterable[Question]) -> dict[str, int]:
    counts = Counter(
        LETTERS[place] for question in questions for place, option in enumerate(question.options) if option.right
    )
    return {letter: counts[letter] for letter in LETTERS[:4]} | {
        letter: counts[letter] for letter in LETTERS[4:] if counts[letter]
    }


def _longest(questions: Iterable[Question]) -> Longest:
    chances: list[float] = []
    right = 0
    for question in questions:
        lengths = [len(option.text) for option in question.options]
        rights = sum(option.right for option in question.options)
        if lengths.count(max(lengths)) == 1:
            chances.append(rights / len(lengths))
            right += question.options[lengths.index(max(lengths))].right
    spread = _distribution(chances)
    return Longest(
        len(chances), right, round(sum(chances), 1), round(sum(spread[right:]), 6), round(sum(spread[: right + 1]), 6)
    )


def _distribution(chances: Sequence[float]) -> list[float]:
    """Return the probability of each number of successes in trials with these chances (Poisson binomial)."""
    found = [1.0]
    for chance in chances:
        found = [
            (found[k] * (1 - chance) if k < len(found) else 0.0) + (found[k - 1] * chance if k else 0.0)
            for k in range(len(found) + 1)
        ]
    return found


def _stems(questions: Sequence[Question]) -> Stems | None:
    words = [len(f"{question.exhibit or ''} {question.stem}".split()) for question in questions]
    if not words:
        return None
    lower, median, upper = statistics.quantiles(words, n=4) if len(words) > 1 else [words[0]] * 3
    return Stems(min(words), round(lower), round(median), round(upper), max(words))


def balance_warnings(questions: Sequence[Question]) -> list[str]:
    """Say for each section, and for all, where letters or lengths are further from chance than one in a hundred."""
    groups: list[tuple[str, list[Question]]] = [
        (section.value, [question for question in questions if question.section is section]) for section in Section
    ]
    found: list[str] = []
    for name, group in [*groups, ("all sections", list(questions))]:
        measured = balance_of(group)
        longest = measured.longest
        if longest.too_often <= LEVEL:
            found.append(
                f"{name}: the right option is the longest in {longest.right} of {longest.questions}; "
                f"chance gives {longest.expected}"
            )
        elif longest.too_rarely <= LEVEL:
            found.append(
                f"{name}: the right option is the longest in only {longest.right} of {longest.questions}, so that the "
                f"longest can be ruled out; chance gives {longest.expected}"
            )
        four = [question for question in group if len(question.options) == 4]
        for counts, words in ((_letters(four), "written"), (_letters(q for q in four if not q.shuffle), "shown")):
            total = sum(counts.values())
            for letter, count in counts.items():
                if total and _at_least(count, total) <= LEVEL:
                    found.append(
                        f"{name}: {letter} is right in {count} of {total} as {words}; chance gives {total / 4:g}"
                    )
    return found


def _at_least(count: int, total: int) -> float:
    """Return the chance that one letter of four is right at least so often."""
    return float(sum(comb(total, k) * 3 ** (total - k) for k in range(count, total + 1)) / 4**total)
