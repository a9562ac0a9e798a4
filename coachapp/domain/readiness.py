"""The probability that a learner reaches the pass mark on a fresh paper.

A learner has an overall ability g on the logit scale, with a normal prior over a grid. Given g, the rate in a section
is Beta(W·g', W·(1 − g')) with g' = logistic(g): sections differ, but not like independent people. What was answered
weighs the grid by its BetaBinomial likelihood and sharpens each section; the number right on a paper is then a sum of
BetaBinomials, convolved exactly. Nothing is sampled.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from operator import mul
from statistics import fmean, stdev
from typing import NamedTuple

from coachapp.domain.mastery import ENOUGH_LEARNERS, Evidence
from coachapp.domain.questions import Section

# Under so many answers there is nothing to say yet.
LEAST_ANSWERS = 60
# W: how many answers' worth the overall ability tells about one section.
SECTION_WEIGHT = 25.0
# "Six more right in Anesthesia": about what one sitting at a section brings.
MORE_RIGHT = 6
_STEP = 0.15
GRID = tuple(-2 + _STEP * place for place in range(41))
# Points of the grid that weigh less than this beside the heaviest change nothing that anybody could see.
_NEGLIGIBLE = 1e-8
_LOWER, _UPPER = 0.1, 0.9
_NO_EVIDENCE = Evidence(0, 0, 0)


class Population(NamedTuple):
    """All learners, in logits: mean and SD of their abilities, and by how much an exam is harder than practice.

    `harder` is an addition to the usual model: without it every prediction from practice is too hopeful, by 15 to 20
    points in the middle where practice is easier by 0.15 logits (3 percent of the questions).
    """

    mean: float
    sd: float
    harder: float


USUAL_POPULATION = Population(0.85, 0.7, 0.15)


class Move(NamedTuple):
    """What `more_right` further right answers in a section would add to the probability."""

    section: Section
    more_right: int
    gain: float


@dataclass(frozen=True, slots=True)
class Readiness:
    """The probability of passing, and what it is at the 10th and 90th percentile of ability.

    `ability`: the posterior mean of g, in logits. `moves`: every section of the paper, the greatest gain first.
    """

    probability: float
    low: float
    high: float
    answers: int
    ability: float
    moves: tuple[Move, ...]


def ability(right: float, wrong: float) -> float:
    """Return a learner's ability as the logit of the share right, half an answer added to either side."""
    return math.log((right + 0.5) / (wrong + 0.5))


def population(abilities: Sequence[float], differences: Sequence[float] = ()) -> Population:
    """Return what all learners are like, by their abilities; the usual values where there are fewer than 30.

    `differences`: ability in practice less ability on mock exams, of each learner who has enough answers of both
    kinds. All are kept where the grid can bear them: mean from −1 to 3, SD from 0.2 to 1.5, difference from 0 to 1.
    """
    mean, sd, harder = USUAL_POPULATION
    if len(abilities) >= ENOUGH_LEARNERS:
        mean, sd = min(3.0, max(-1.0, fmean(abilities))), min(1.5, max(0.2, stdev(abilities)))
    if len(differences) >= ENOUGH_LEARNERS:
        harder = min(1.0, max(0.0, fmean(differences)))
    return Population(mean, sd, harder)


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked: at least `need` right on a paper, with odds of a wrong answer `odds` times those in practice."""

    paper: Mapping[Section, int]
    need: int
    odds: float


def readiness(
    evidence: Mapping[Section, Evidence],
    paper: Mapping[Section, int],
    *,
    pass_mark: int,
    learners: Population = USUAL_POPULATION,
    practice: float = 1.0,
) -> Readiness | None:
    """Return the readiness for a paper of so many scored questions a section; None under 60 answers.

    `pass_mark`: percent, 1 to 100. `practice`: the share of the evidence that is practice, not mock exams, 0 to 1.
    Raises ValueError where the paper has no question.
    """
    asked = _asked(paper, pass_mark, learners.harder * practice)
    answers = sum(found.answers for found in evidence.values())
    if answers < LEAST_ANSWERS:
        return None
    weights = posterior(evidence, learners)
    now = _mixture(weights, evidence, asked)
    return Readiness(
        probability=now,
        low=_pass_given(_percentile(weights, _LOWER), evidence, asked),
        high=_pass_given(_percentile(weights, _UPPER), evidence, asked),
        answers=answers,
        ability=math.fsum(map(mul, weights, GRID)),
        moves=_moves(weights, evidence, asked, now=now),
    )


def pass_probability(
    evidence: Mapping[Section, Evidence],
    paper: Mapping[Section, int],
    *,
    pass_mark: int,
    learners: Population = USUAL_POPULATION,
    practice: float = 1.0,
) -> float:
    """Return the probability alone, on however little evidence; arguments and errors are those of `readiness`."""
    asked = _asked(paper, pass_mark, learners.harder * practice)
    return _mixture(posterior(evidence, learners), evidence, asked)


def _asked(paper: Mapping[Section, int], pass_mark: int, harder: float) -> _Question:
    scored = sum(paper.values())
    if not scored:
        raise ValueError("the paper has no scored question")
    return _Question({s: n for s, n in paper.items() if n}, -(-pass_mark * scored // 100), math.exp(harder))


def posterior(evidence: Mapping[Section, Evidence], learners: Population) -> tuple[float, ...]:
    """Return the weights of the grid's points, which add up to 1: normal prior times BetaBinomial likelihood.

    The counts are weighed by age and therefore no whole numbers; the binomial coefficient is the same at every point.
    """
    logs = []
    for g in GRID:
        a, b = _rates(g)
        log_a, log_b = math.lgamma(a), math.lgamma(b)
        log = -0.5 * ((g - learners.mean) / learners.sd) ** 2
        for found in evidence.values():
            log += math.lgamma(a + found.right) - log_a + math.lgamma(b + found.wrong) - log_b
        logs.append(log)
    heaviest = max(logs)
    weights = [math.exp(log - heaviest) for log in logs]
    whole = math.fsum(weights)
    return tuple(weight / whole for weight in weights)


def _pass_given(g: float, evidence: Mapping[Section, Evidence], asked: _Question) -> float:
    """Return the probability of enough right, given the overall ability g."""
    parts = _parts(g, evidence, asked)
    middle = len(parts) // 2
    tail = _tail(_sum_of(parts[middle:]))
    return _reaching(asked.need, _sum_of(parts[:middle]), tail)


def _parts(g: float, evidence: Mapping[Section, Evidence], asked: _Question) -> list[list[float]]:
    """Return the distribution of the number right in each section, given g."""
    return [_part(g, evidence.get(section, _NO_EVIDENCE), count, asked) for section, count in asked.paper.items()]


def _part(g: float, found: Evidence, count: int, asked: _Question) -> list[float]:
    """Return one section's distribution: the odds of the mean are those of an exam, its weight is kept."""
    a, b = _rates(g)
    a, b = a + found.right, b + found.wrong
    rate = a / (a + b * asked.odds)
    return beta_binomial(count, (a + b) * rate, (a + b) * (1 - rate))


def _tail(counts: Sequence[float]) -> list[float]:
    """Return, for each k, the probability of at least k."""
    return list(accumulate(reversed(counts)))[::-1]


def _reaching(need: int, one: Sequence[float], tail: Sequence[float]) -> float:
    """Return the probability that two counts add up to at least `need`: one by value, the other by its tail."""
    first = max(0, need - len(tail) + 1)
    # The first count from `first` up to below `need`, met with what the other must still bring, from much to one.
    return math.fsum(map(mul, one[first:], tail[need - first : 0 : -1])) + math.fsum(one[max(0, need) :])


def _moves(
    weights: Sequence[float], evidence: Mapping[Section, Evidence], asked: _Question, *, now: float
) -> tuple[Move, ...]:
    """Return what six more right in each section would add.

    The other sections together are the same before and after: at each ability they are convolved once, all before and
    all after a section, and met with the section's changed distribution.
    """
    heavier: dict[Section, list[float]] = {section: [] for section in asked.paper}
    passing: dict[Section, list[float]] = {section: [] for section in asked.paper}
    for g, weight in _heavy(weights):
        parts = _parts(g, evidence, asked)
        before = list(accumulate(parts, convolve, initial=[1.0]))
        after = [_tail(counts) for counts in accumulate(reversed(parts), convolve, initial=[1.0])][::-1]
        a, _ = _rates(g)
        for place, (section, count) in enumerate(asked.paper.items()):
            had = evidence.get(section, _NO_EVIDENCE)
            then = _part(g, replace(had, right=had.right + MORE_RIGHT), count, asked)
            likelier = math.lgamma(a + had.right + MORE_RIGHT) - math.lgamma(a + had.right)
            heavier[section].append(weight * math.exp(likelier))
            others = (_reaching(asked.need - k, before[place], after[place + 1]) for k in range(count + 1))
            passing[section].append(math.fsum(map(mul, then, others)))
    moves = [
        Move(section, MORE_RIGHT, math.fsum(map(mul, heavy, passing[section])) / math.fsum(heavy) - now)
        for section, heavy in heavier.items()
    ]
    return tuple(sorted(moves, key=lambda move: -move.gain))


def _heavy(weights: Sequence[float]) -> list[tuple[float, float]]:
    """Return the abilities and weights that count."""
    least = max(weights) * _NEGLIGIBLE
    return [(g, weight) for g, weight in zip(GRID, weights, strict=True) if weight > least]


def beta_binomial(n: int, a: float, b: float) -> list[float]:
    """Return the probabilities of 0 to n right of n, where the rate is Beta(a, b)."""
    # From the middle outwards by the ratio of neighbors: neither end can underflow to nothing but zeros.
    middle = int(n * a / (a + b))
    p = [1.0] * (n + 1)
    for k in range(middle, n):
        p[k + 1] = p[k] * (n - k) * (a + k) / ((k + 1) * (b + n - k - 1))
    for k in range(middle, 0, -1):
        p[k - 1] = p[k] * k * (b + n - k) / ((n - k + 1) * (a + k - 1))
    whole = sum(p)
    return [value / whole for value in p]


def convolve(one: Sequence[float], other: Sequence[float]) -> list[float]:
    """Return the distribution of the sum of two independent counts, given theirs from 0 on."""
    short, long = sorted((one, other), key=len)
    width = len(short)
    edge = [0.0] * (width - 1)
    padded, turned = [*edge, *long, *edge], short[::-1]
    return [sum(map(mul, turned, padded[k : k + width])) for k in range(len(long) + width - 1)]


def _rates(g: float) -> tuple[float, float]:
    rate = 1 / (1 + math.exp(-g))
    return SECTION_WEIGHT * rate, SECTION_WEIGHT * (1 - rate)


def _sum_of(parts: Sequence[Sequence[float]]) -> Sequence[float]:
    """Convolve many by halves, so that long ones meet only once."""
    if len(parts) < 2:
        return parts[0] if parts else (1.0,)
    middle = len(parts) // 2
    return convolve(_sum_of(parts[:middle]), _sum_of(parts[middle:]))


def _mixture(weights: Sequence[float], evidence: Mapping[Section, Evidence], asked: _Question) -> float:
    return math.fsum(weight * _pass_given(g, evidence, asked) for g, weight in _heavy(weights))


def _percentile(weights: Sequence[float], share: float) -> float:
    """Return the ability under which that share of the posterior lies, each point's weight spread over its cell."""
    below = 0.0
    for g, weight in zip(GRID, weights, strict=True):
        if below + weight >= share:
            return g + _STEP * ((share - below) / weight - 0.5)
        below += weight
    return GRID[-1]
