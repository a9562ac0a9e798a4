"""How well a learner knows a section or a concept: evidence from graded answers, weighed by age, as a Beta posterior.

Callers give the answers by their latest grades; `now` is an argument. One learner's answers to the items of one section
or one concept make one mastery.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import NormalDist
from typing import Any

from coachapp.domain.labelconcepts import concepts_for_labels, concepts_for_line
from coachapp.domain.labels import Label, Verdict
from coachapp.domain.rates import percent_text, whole_percent

# An item answered again so soon after tells less: the answer may be remembered.
REPEAT_WITHIN = timedelta(days=30)
REPEAT_WEIGHT = 0.3
# After so long an answer tells half of what it told.
HALF_LIFE = timedelta(days=60)
# Evidence worth fewer fresh answers is thin, for a section of a mock has six questions; from this many it is ample.
THIN_UNDER = 6
AMPLE_FROM = 20
# What a learner of whom nothing is known counts as: so many answers, at the mean of all learners.
PRIOR_WEIGHT = 4.0
USUAL_MEAN = 0.6
ENOUGH_LEARNERS = 30
# The interval shown leaves 10 percent beyond either end.
_LOWER, _UPPER = 0.1, 0.9
# A mean of all learners of 0 or 1 would leave one side of the prior without any weight.
_LEAST_MEAN = 0.02


@dataclass(frozen=True, slots=True)
class Answer:
    """A graded answer to an item: `score` from 0 to 1; `helped`: given with a hint or with the reason open."""

    item: str
    at: datetime
    score: float
    helped: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """What answers come to: `right` = Σ w·x, `wrong` = Σ w·(1 − x), from `answers` that count."""

    right: float
    wrong: float
    answers: int

    @property
    def weight(self) -> float:
        """Return Σ w: how many fresh answers the evidence is worth."""
        return self.right + self.wrong


class Amount(StrEnum):
    """How much evidence there is. Under `some` a page prints words, no digits."""

    NONE = "none"
    THIN = "thin"
    SOME = "some"
    AMPLE = "ample"


class Level(StrEnum):
    """A mastery in words; from `firm` on the learner is where the exam wants her."""

    WEAK = "needs work"
    SHAKY = "getting there"
    FIRM = "firm"
    STRONG = "strong"


@dataclass(frozen=True, slots=True)
class Mastery:
    """The posterior of a learner's rate: mean, ends of the 80 percent interval, and the evidence it rests on."""

    mean: float
    low: float
    high: float
    evidence: Evidence

    @property
    def amount(self) -> Amount:
        """Return how much evidence there is, by how many fresh answers it is worth."""
        weight = self.evidence.weight
        if not self.evidence.answers:
            return Amount.NONE
        return Amount.THIN if weight < THIN_UNDER else Amount.SOME if weight < AMPLE_FROM else Amount.AMPLE

    @property
    def level(self) -> Level:
        """Return the mean in words: weak under 50 percent, shaky under the pass mark of 70, strong from 85 on.

        By whole percent, as pages print it: what reads 50% is everywhere called the same.
        """
        shown = whole_percent(self.mean)
        if shown < 50:
            return Level.WEAK
        return Level.SHAKY if shown < 70 else Level.FIRM if shown < 85 else Level.STRONG

    @property
    def words(self) -> str:
        """Return what a page prints: digits only where the evidence bears them."""
        if self.amount is Amount.NONE:
            return "No answers yet"
        if self.amount is Amount.THIN:
            return f"Little evidence so far: {self.level}"
        return f"{percent_text(self.mean)} ({percent_text(self.low)} to {percent_text(self.high)})"


def evidence(answers: Iterable[Answer], now: datetime) -> Evidence:
    """Weigh one learner's answers, in any order, as of `now` (aware UTC).

    The first to an item counts 1, one within 30 days of the previous to the same item 0.3, a later one 1, each times
    0.5^(age / 60 days). A helped answer does not count, but it is a previous one to the next. An answer from after
    `now` counts as fresh.
    """
    weighed = [
        (weight * 0.5 ** (max(now - answer.at, timedelta(0)) / HALF_LIFE), answer.score)
        for answer, weight in fresh_weights(answers)
    ]
    right = math.fsum(weight * score for weight, score in weighed)
    wrong = math.fsum(weight * (1 - score) for weight, score in weighed)
    return Evidence(right, wrong, len(weighed))


def fresh_weights(answers: Iterable[Answer]) -> list[tuple[Answer, float]]:
    """Return the answers that count, oldest first, with what each weighs before it ages (see `evidence`)."""
    found: list[tuple[Answer, float]] = []
    previous: dict[str, datetime] = {}
    for answer in sorted(answers, key=lambda answer: (answer.at, answer.score, answer.helped)):
        before = previous.get(answer.item)
        previous[answer.item] = answer.at
        if answer.helped:
            continue
        soon = before is not None and answer.at - before <= REPEAT_WITHIN
        found.append((answer, REPEAT_WEIGHT if soon else 1.0))
    return found


def concept_scores(result: Mapping[str, Any], *, inpatient: bool = False) -> dict[str, float]:
    """Return what one graded case says of each concept, from 0 to 1: the mean over its lines, as one answer.

    `result` is a stored Result (grading.md section 10). A line speaks of the concepts its key line names: a right one
    says 1, a partly right one its share of points, a wrong or missed one 0. Each concept that a label leads to beyond
    those (coachapp.domain.labelconcepts) is said 0 of, for it is exactly what went wrong, also where the key has no
    such line. Optional lines say nothing. However many lines name a concept, the case is one answer.
    """
    said: dict[str, list[float]] = {}
    for line in result["lines"]:
        verdict, expected = Verdict(line["verdict"]), line["expected"]
        if verdict in (Verdict.OPTIONAL_PRESENT, Verdict.OPTIONAL_ABSENT):
            continue
        named = tuple(expected.get("concepts", ())) if expected else ()
        if verdict is Verdict.PARTIAL:
            score = line["points"] / line["possible"] if line["possible"] else 0.5
        else:
            score = float(verdict is Verdict.RIGHT)
        for concept in concepts_for_line(line, line_concepts=named, inpatient=inpatient):
            said.setdefault(concept, []).append(score if concept in named else 0.0)
    for element in result["claim"]:
        for concept in concepts_for_labels([Label(each["label"]) for each in element["labels"]]):
            said.setdefault(concept, []).append(0.0)
    return {concept: math.fsum(scores) / len(scores) for concept, scores in said.items()}


def prior_mean(rates: Sequence[float]) -> float:
    """Return the mean of all learners' rates in a section, each from 0 to 1; 0.6 where there are fewer than 30."""
    if len(rates) < ENOUGH_LEARNERS:
        return USUAL_MEAN
    return min(1 - _LEAST_MEAN, max(_LEAST_MEAN, math.fsum(rates) / len(rates)))


def mastery(found: Evidence, *, prior: float = USUAL_MEAN) -> Mastery:
    """Return the posterior Beta(4·prior + right, 4·(1 − prior) + wrong); `prior` is what `prior_mean` gives."""
    a = PRIOR_WEIGHT * prior + found.right
    b = PRIOR_WEIGHT * (1 - prior) + found.wrong
    return Mastery(a / (a + b), beta_quantile(_LOWER, a, b), beta_quantile(_UPPER, a, b), found)


def beta_cdf(x: float, a: float, b: float) -> float:
    """Return the regularized incomplete beta function I_x(a, b) for a, b > 0 (NIST DLMF 8.17.22)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):  # the fraction converges fast on the other side only
        return 1 - beta_cdf(1 - x, b, a)
    front = a * math.log(x) + b * math.log1p(-x) - math.log(a)
    front += math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    return math.exp(front) * _fraction(x, a, b)


def _fraction(x: float, a: float, b: float) -> float:
    """Return the continued fraction of I_x(a, b) by Lentz's method; a few dozen terms reach the last digit."""
    value, c, d = 1.0, 1.0, 0.0
    for term in range(1, 2000):
        m = term // 2
        if term % 2:
            step = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            step = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 / (1 + step * d)
        c = 1 + step / c
        value *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return 1 / value


def beta_quantile(p: float, a: float, b: float) -> float:
    """Return the x at which I_x(a, b) = p, for 0 < p < 1, by bisection that Newton's steps speed up."""
    # The logit of a Beta is nearly normal: from there a few steps reach the last digit.
    guess = math.log(a / b) + NormalDist().inv_cdf(p) * math.sqrt(1 / a + 1 / b)
    low, high, x = 0.0, 1.0, min(1 - 1e-9, max(1e-9, 1 / (1 + math.exp(-guess))))
    scale = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    for _ in range(200):
        off = beta_cdf(x, a, b) - p
        if off > 0:
            high = x
        else:
            low = x
        slope = math.exp(scale + (a - 1) * math.log(x) + (b - 1) * math.log1p(-x))
        nearer = x - off / slope if slope else low
        if not low < nearer < high:
            nearer = (low + high) / 2
        # Beside 0 and 1 the function may bend within a step that is small by itself.
        if nearer in (low, high, x) or abs(nearer - x) < 1e-12 * min(x, 1 - x):
            return nearer
        x = nearer
    return x
