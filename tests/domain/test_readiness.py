"""Readiness against enumeration and known distributions; and its calibration on a few simulated learners."""

import math
from itertools import product

import pytest

from coachapp.domain.mastery import Evidence
from coachapp.domain.questions import Section
from coachapp.domain.readiness import (
    GRID,
    USUAL_POPULATION,
    Population,
    ability,
    beta_binomial,
    convolve,
    population,
    posterior,
    readiness,
)
from tests.bench.readiness import PAPER, brier, deciles, logistic_predictions, predicted, simulated

TWO = {Section.EM: 2, Section.ANATOMY: 1}
SOME = {Section.EM: Evidence(30, 10, 45), Section.ANATOMY: Evidence(9, 6, 15)}


def spread(share: float, answers: int) -> dict[Section, Evidence]:
    """Evidence of so many fresh answers, spread as the paper is."""
    return {
        section: Evidence(
            share * answers * count / 100, (1 - share) * answers * count / 100, answers * count // 100 + 1
        )
        for section, count in PAPER.items()
    }


def density(n: int, k: int, a: float, b: float) -> float:
    """The BetaBinomial probability from its definition."""
    log = math.lgamma(a + k) + math.lgamma(b + n - k) - math.lgamma(a + b + n)
    return math.comb(n, k) * math.exp(log + math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b))


@pytest.mark.parametrize(("n", "a", "b"), [(0, 3, 2), (1, 3, 2), (7, 18.5, 6.5), (10, 0.4, 30), (60, 400, 0.5)])
def test_the_beta_binomial_is_its_definition(n: int, a: float, b: float) -> None:
    assert beta_binomial(n, a, b) == pytest.approx([density(n, k, a, b) for k in range(n + 1)], rel=1e-9)


def test_a_uniform_rate_gives_every_count_alike() -> None:
    assert beta_binomial(4, 1, 1) == pytest.approx([0.2] * 5)


def test_even_five_hundred_questions_add_up_to_one() -> None:
    assert sum(beta_binomial(500, 5000, 0.05)) == pytest.approx(1)


def test_a_convolution_by_hand() -> None:
    assert convolve([0.5, 0.5], [0.2, 0.3, 0.5]) == pytest.approx([0.1, 0.25, 0.4, 0.25])
    assert convolve([1.0], [0.2, 0.8]) == [0.2, 0.8]


def test_the_grid_is_that_of_the_definition() -> None:
    assert len(GRID) == 41
    assert (GRID[0], GRID[-1]) == (-2, pytest.approx(4))


def test_the_posterior_is_prior_times_likelihood() -> None:
    found = posterior(SOME, USUAL_POPULATION)
    expected = []
    for g in GRID:
        rate = 1 / (1 + math.exp(-g))
        weight = math.exp(-((g - 0.85) ** 2) / (2 * 0.7**2))
        for n, k in ((40, 30), (15, 9)):
            weight *= density(n, k, 25 * rate, 25 * (1 - rate))
        expected.append(weight)
    assert found == pytest.approx([weight / sum(expected) for weight in expected])


@pytest.mark.parametrize("harder", [0.0, 0.4])
def test_the_probability_is_that_of_enumeration(harder: float) -> None:
    # Three questions, 60 percent: at least two right.
    weights = posterior(SOME, USUAL_POPULATION)
    expected = 0.0
    for g, weight in zip(GRID, weights, strict=True):
        rate = 1 / (1 + math.exp(-g))
        at = {}
        for section, found in SOME.items():
            a, b = 25 * rate + found.right, 25 * (1 - rate) + found.wrong
            moved = 1 / (1 + math.exp(-(math.log(a / b) - harder)))
            at[section] = (a + b) * moved, (a + b) * (1 - moved)
        for em, anatomy in product(range(3), range(2)):
            if em + anatomy >= 2:
                expected += weight * density(2, em, *at[Section.EM]) * density(1, anatomy, *at[Section.ANATOMY])
    found = readiness(SOME, TWO, pass_mark=60, learners=Population(0.85, 0.7, harder))
    assert found is not None
    assert found.probability == pytest.approx(expected, abs=1e-7)


def test_nothing_is_said_under_sixty_answers() -> None:
    assert readiness({Section.EM: Evidence(40, 19, 59)}, TWO, pass_mark=70) is None
    assert readiness({Section.EM: Evidence(40, 20, 60)}, TWO, pass_mark=70) is not None


def test_a_paper_without_questions_is_refused() -> None:
    with pytest.raises(ValueError, match="the paper has no scored question"):
        readiness(SOME, {Section.EM: 0}, pass_mark=70)


@pytest.fixture(scope="module")
def middling():
    return readiness(spread(0.73, 150), PAPER, pass_mark=70)


def test_the_range_holds_the_probability(middling) -> None:
    assert 0 < middling.low < middling.probability < middling.high < 1
    assert middling.answers >= 60
    assert middling.ability == pytest.approx(math.log(0.73 / 0.27), abs=0.15)


def test_moves_say_what_six_more_right_would_do(middling) -> None:
    assert {move.section for move in middling.moves} == set(PAPER)
    gains = [move.gain for move in middling.moves]
    assert gains == sorted(gains, reverse=True)
    assert gains[-1] > 0
    best = middling.moves[0]
    evidence = spread(0.73, 150)
    had = evidence[best.section]
    evidence[best.section] = Evidence(had.right + 6, had.wrong, had.answers)
    then = readiness(evidence, PAPER, pass_mark=70)
    assert then is not None
    assert best.more_right == 6
    assert best.gain == pytest.approx(then.probability - middling.probability, abs=1e-6)


def test_a_section_that_is_not_on_the_paper_moves_nothing_of_its_own(middling) -> None:
    found = readiness(SOME, {**TWO, Section.CASES: 0}, pass_mark=60)
    assert found is not None
    assert {move.section for move in found.moves} == set(TWO)


def test_more_right_is_never_less_ready() -> None:
    found = [
        readiness(spread(share, 100), {Section.EM: 10, Section.CASES: 8}, pass_mark=70) for share in (0.5, 0.7, 0.9)
    ]
    probabilities = [one.probability for one in found if one is not None]
    assert probabilities == sorted(probabilities)
    assert len(set(probabilities)) == 3


def test_evidence_from_mock_exams_is_not_marked_down() -> None:
    practice, exams = (readiness(SOME, TWO, pass_mark=60, practice=share) for share in (1, 0))
    even = readiness(SOME, TWO, pass_mark=60, learners=Population(0.85, 0.7, 0))
    assert practice is not None
    assert exams is not None
    assert practice.probability < exams.probability
    assert exams == even


def test_all_learners_count_from_thirty_on() -> None:
    assert population([2.0] * 29, [0.5] * 29) == USUAL_POPULATION
    assert population([0.0, 1.0] * 15) == Population(pytest.approx(0.5), pytest.approx(math.sqrt(7.5 / 29)), 0.15)
    assert population([9.0] * 30, [-1.0] * 30) == Population(3.0, 0.2, 0.0)
    assert population([], [0.3] * 30).harder == pytest.approx(0.3)
    assert ability(0, 0) == 0
    assert ability(7.5, 2.5) == pytest.approx(math.log(8 / 3))


def test_predictions_agree_with_what_happens_to_simulated_learners() -> None:
    learners = simulated(100, 150)
    passed = [one.passed for one in learners]
    predictions = predicted(learners)
    assert abs(sum(predictions) - sum(passed)) / len(passed) < 0.07
    # A tenth of 150 learners is too few to hold to 0.07: thirds are.
    pairs = sorted(zip(predictions, passed, strict=True))
    for part in (pairs[:50], pairs[50:100], pairs[100:]):
        assert abs(sum(p - y for p, y in part)) / 50 < 0.12
    hard = brier([float(one.last_mock >= 0.7) for one in learners], passed)
    assert brier(predictions, passed) < min(hard, 0.25 * 0.6)
    assert len(list(deciles(predictions, passed))) == 10
    assert brier(logistic_predictions(learners), passed) < hard
