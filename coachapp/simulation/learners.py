"""Who the simulated learners are: abilities by section, how they learn, how quick and how sure they are."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from coachapp.domain.questions import Section

# Of a section's ability, in logits; sections correlate 0.6 (the readiness bench simulates the same learners).
MEAN, SD, CORRELATION = 1.05, 0.85, 0.6
# Of an item's difficulty within what its author says of it, and what one step of the author's five is worth.
ITEM_SD, STEP = 0.55, 0.25
# A question whose answer one has been shown before is easier.
REMEMBERED = 0.8

_FIRST_NAMES = """
    Ada Alma Amira Anna Bea Carmen Chloe Dana Diego Elena Emil Erin Farah Felix Grace Hana Hugo Imani Ines Iris Jada
    Jonas Julia Kai Kira Lara Leo Lena Lucia Luz Maja Marco Maria Mateo Maya Mei Mina Nadia Nina Noah Nora Olga Omar
    Priya Rosa Ruth Sara Selma Tara Theo Tess Uma Vera Viktor Yara Yusuf Zoe
"""
_FIRST = _FIRST_NAMES.split()
_LAST_NAMES = """
    Abbott Adeyemi Alvarez Banerjee Bauer Becker Bell Brandt Castillo Chen Clarke Costa Cruz Dietz Dubois Egger
    Evans Fischer Flores Garcia Greene Haddad Hansen Ibarra Ito Jensen Kaplan Keller Kim Kowalski Larsen Lopez Malik
    Mensah Mori Nguyen Novak Okafor Olsen Ortiz Patel Quinn Reyes Rossi Santos Schmidt Silva Tanaka Torres Vogel
    Weber Young
"""
_LAST = _LAST_NAMES.split()


@dataclass(frozen=True, slots=True)
class Learner:
    """One learner. `abilities`: in logits, where practice leads to; `gain`: how much below them she began.

    `pace`: her time as a share of the budget; `bold`: how much surer she says she is than she should be, in logits.
    `first_day` and `last_day`: when she practises, counted from the first day of the simulation.
    """

    name: str
    abilities: Mapping[Section, float]
    gain: float
    pace: float
    bold: float
    first_day: int
    last_day: int
    drills_per_week: float
    cases_per_week: float
    days_between_mocks: int

    def ability(self, section: Section, practised: int) -> float:
        """Return her ability in a section after so many answers in it."""
        return self.abilities[section] - self.gain * math.exp(-practised / 25)


def learner(seed: int, number: int, days: int) -> Learner:
    """Return learner `number` of a simulation of so many days; the same arguments give the same learner."""
    random = Random(f"learner {seed} {number}")  # noqa: S311  (reproducible, not secret)
    overall = random.gauss(0, 1)
    share, own = math.sqrt(CORRELATION), math.sqrt(1 - CORRELATION)
    first_day = int(days * random.random() ** 2 * 0.7)
    stays = days if random.random() < 0.75 else first_day + max(7, int((days - first_day) * random.random()))
    return Learner(
        name=f"{random.choice(_FIRST)} {random.choice(_LAST)}",
        abilities={section: MEAN + SD * (share * overall + own * random.gauss(0, 1)) for section in Section},
        gain=max(0.0, random.gauss(1.0, 0.4)),
        pace=0.7 * math.exp(random.gauss(0, 0.25)),
        bold=random.gauss(0.4, 0.6),
        first_day=first_day,
        last_day=min(days, stays),
        drills_per_week=2.2 * math.exp(random.gauss(0, 0.5)),
        cases_per_week=0.8 * math.exp(random.gauss(0, 0.6)),
        days_between_mocks=random.randint(24, 60),
    )


def item_difficulty(seed: int, slug: str, stated: int) -> float:
    """Return how hard an item is in logits, given what its author says, 1 to 5."""
    return Random(f"item {seed} {slug}").gauss(STEP * (stated - 3), ITEM_SD)  # noqa: S311  (reproducible)


def logistic(x: float) -> float:
    """Return 1 / (1 + e^−x)."""
    return 1 / (1 + math.exp(-x))


def events(rate: float, random: Random) -> int:
    """Return how many of events that come `rate` at a time on average came this time (Poisson)."""
    limit, product, count = math.exp(-rate), random.random(), 0
    while product > limit:
        product *= random.random()
        count += 1
    return count
