"""Calibration of readiness on simulated learners who do not follow its model, beside two plain predictors.

Run: python tests/bench/readiness.py [learners]. For each number of answers it prints mean prediction and observed pass
rate by decile, and Brier scores: of readiness, of "the last mock scored 70 or more", and of a logistic fit on the last
mock's score (fitted on one half of the learners, judged on the other).

A learner's abilities in the 18 sections are normal on the logit scale and correlate 0.6; every item has a difficulty of
its own; practice is easier than the exam; which sections are practised how much differs from learner to learner.
The last mock is as many of the last answers as a paper has questions.
"""

import math
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from coachapp.domain.mastery import Answer, Evidence, evidence
from coachapp.domain.questions import Section
from coachapp.domain.readiness import pass_probability

PAPER = dict(zip(Section, (6, 6, 6, 6, 6, 6, 6, 4, 6, 6, 6, 4, 4, 5, 3, 7, 3, 10), strict=True))
SECTIONS = tuple(PAPER)
PASS_MARK = 70
DAYS = {60: 30, 100: 60, 200: 120, 400: 180}
NOW = datetime(2026, 5, 15, tzinfo=UTC)

MEAN, SD = 0.85, 0.9  # of a section's ability, in logits
CORRELATION = 0.6  # between sections
ITEM_SD = 0.7  # of difficulty, in logits
EASIER = 0.15  # practice than exam, in logits
UNEVEN = 0.7  # SD of the logarithm of how much a section is practised


@dataclass(frozen=True, slots=True)
class Simulated:
    """One learner: what is known of her, her last mock's share right, and whether she passes a fresh paper."""

    known: dict[Section, Evidence]
    last_mock: float
    passed: bool


def learner(random: Random, answers: int) -> Simulated:
    """Simulate one learner with so many answers, and one fresh paper."""
    overall = random.gauss(0, 1)
    own = {
        section: MEAN + SD * (math.sqrt(CORRELATION) * overall + math.sqrt(1 - CORRELATION) * random.gauss(0, 1))
        for section in SECTIONS
    }

    def right(section: Section, easier: float) -> bool:
        return random.random() < 1 / (1 + math.exp(random.gauss(0, ITEM_SD) - easier - own[section]))

    liking = [count * math.exp(random.gauss(0, UNEVEN)) for count in PAPER.values()]
    ages = sorted((random.uniform(0, DAYS[answers]) for _ in range(answers)), reverse=True)
    given: dict[Section, list[Answer]] = {}
    scores = []
    for number, section in enumerate(random.choices(SECTIONS, liking, k=answers)):
        score = float(right(section, EASIER))
        scores.append(score)
        given.setdefault(section, []).append(Answer(f"item-{number}", NOW - timedelta(days=ages[number]), score))
    reached = sum(right(section, 0) for section, count in PAPER.items() for _ in range(count))
    return Simulated(
        known={section: evidence(mine, NOW) for section, mine in given.items()},
        last_mock=sum(scores[-100:]) / len(scores[-100:]),
        passed=100 * reached >= PASS_MARK * sum(PAPER.values()),
    )


def simulated(answers: int, learners: int) -> list[Simulated]:
    """Simulate learners; the same number of answers gives the same ones."""
    random = Random(answers)
    return [learner(random, answers) for _ in range(learners)]


def predicted(learners: Sequence[Simulated]) -> list[float]:
    """Return each learner's readiness."""
    return [pass_probability(one.known, PAPER, pass_mark=PASS_MARK) for one in learners]


def deciles(predictions: Sequence[float], passed: Sequence[bool]) -> Iterator[tuple[int, float, float]]:
    """Yield size, mean prediction and observed pass rate of each tenth, by rising prediction."""
    pairs = sorted(zip(predictions, passed, strict=True))
    for tenth in range(10):
        part = pairs[len(pairs) * tenth // 10 : len(pairs) * (tenth + 1) // 10]
        yield len(part), sum(p for p, _ in part) / len(part), sum(y for _, y in part) / len(part)


def brier(predictions: Sequence[float], passed: Sequence[bool]) -> float:
    """Return the mean squared difference between prediction and outcome."""
    return sum((p - y) ** 2 for p, y in zip(predictions, passed, strict=True)) / len(passed)


def logistic_fit(xs: Sequence[float], passed: Sequence[bool]) -> tuple[float, float]:
    """Return intercept and slope of greatest likelihood, by Newton's method."""
    a = b = 0.0
    for _ in range(30):
        p = [1 / (1 + math.exp(-a - b * x)) for x in xs]
        w = [one * (1 - one) for one in p]
        g0 = sum(y - one for y, one in zip(passed, p, strict=True))
        g1 = sum((y - one) * x for y, one, x in zip(passed, p, xs, strict=True))
        h00, h01 = sum(w), sum(map(lambda u, x: u * x, w, xs))
        h11 = sum(u * x * x for u, x in zip(w, xs, strict=True))
        det = h00 * h11 - h01 * h01
        a, b = a + (h11 * g0 - h01 * g1) / det, b + (h00 * g1 - h01 * g0) / det
    return a, b


def logistic_predictions(learners: Sequence[Simulated]) -> list[float]:
    """Predict each half of the learners by a fit on the other half's last mocks."""
    middle = len(learners) // 2
    one, other = learners[:middle], learners[middle:]
    found: list[float] = []
    for train, judged in ((other, one), (one, other)):
        a, b = logistic_fit([x.last_mock for x in train], [x.passed for x in train])
        found += [1 / (1 + math.exp(-a - b * x.last_mock)) for x in judged]
    return found


def main(count: int) -> None:
    """Print decile tables and Brier scores."""
    for answers, days in DAYS.items():
        learners = simulated(answers, count)
        passed = [one.passed for one in learners]
        start = time.process_time()
        predictions = predicted(learners)
        spent = (time.process_time() - start) / count
        print(f"\n{answers} answers over {days} days, {count:,} learners, {spent * 1000:.1f} ms each")
        print("  decile  predicted  observed  difference")
        worst = 0.0
        for number, (_, mean, rate) in enumerate(deciles(predictions, passed), start=1):
            worst = max(worst, abs(mean - rate))
            print(f"  {number:>6}  {mean:>9.3f}  {rate:>8.3f}  {mean - rate:>+10.3f}")
        hard = brier([float(one.last_mock >= PASS_MARK / 100) for one in learners], passed)
        print(f"  worst decile off by {worst:.3f}; passed {sum(passed) / count:.1%}")
        print(
            f"  Brier: readiness {brier(predictions, passed):.4f}, last mock >= 70 {hard:.4f}, "
            f"logistic fit on it {brier(logistic_predictions(learners), passed):.4f}"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
