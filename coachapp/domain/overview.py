"""What all of a learner's answers say together: how they went over time, how long they took, and how sure she was."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any, NamedTuple

from coachapp.domain.mastery import Answer, Evidence
from coachapp.domain.questions import Section
from coachapp.domain.rates import Rate, rate_of
from coachapp.domain.trends import evidence_over_time

WEEKS, WEEKS_APART = 26, 2
# Times older than this tell of somebody who was slower.
PACE_DAYS = timedelta(days=90)
_SAID = {"sure": True, "unsure": False, "unsaid": None}


class Given(NamedTuple):
    """One answer to a question. `mock`: given in an exam; `active_ms`: how long it took, 0 where nobody measured."""

    item_id: int
    section: Section
    active_ms: int
    at: datetime
    score: float
    helped: bool
    sure: bool | None
    mock: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """All answers of one learner. `trend`: the evidence at each moment of `trend_moments`, rising; `pace`: by section
    the median active seconds of a question and of how many it is the median; `confidence`: how often answers in drills
    were right by what was said of them before: sure, unsure (False), nothing (None).
    """

    trend: Sequence[Evidence]
    pace: Mapping[Section, tuple[float, int]]
    confidence: Mapping[bool | None, Rate]


def trend_moments(now: datetime) -> list[datetime]:
    """Return the moments of the trend, `now` the last: every two weeks for half a year."""
    return [now - timedelta(weeks=back) for back in range(WEEKS, -1, -WEEKS_APART)]


def overview(given: Collection[Given], *, now: datetime) -> Overview:
    """Return what answers, in any order, say together as of `now` (aware UTC)."""
    answers = [Answer(str(one.item_id), one.at, one.score, one.helped) for one in given]
    return Overview(
        trend=evidence_over_time(answers, trend_moments(now)),
        pace=median_seconds(given, now=now),
        confidence=confidence_of(given),
    )


def median_seconds(given: Iterable[Given], *, now: datetime) -> dict[Section, tuple[float, int]]:
    """Return the median active seconds a question of each section took lately, and how many it is the median of."""
    times: dict[Section, list[int]] = {}
    for one in given:
        if one.active_ms and one.at >= now - PACE_DAYS:
            times.setdefault(one.section, []).append(one.active_ms)
    return {section: (median(values) / 1000, len(values)) for section, values in times.items()}


def confidence_of(given: Iterable[Given]) -> dict[bool | None, Rate]:
    """Return how often answers in drills were right by what was said of them: sure, unsure (False), nothing (None).

    Answers with a hint are left out; mock exams do not ask.
    """
    drilled = [one for one in given if not one.mock and not one.helped]
    return {said: rate_of(one.score for one in drilled if one.sure is said) for said in _SAID.values()}


def overview_data(found: Overview) -> dict[str, Any]:
    """Return an overview as JSON data, which `overview_from` reads."""
    return {
        "trend": [[one.right, one.wrong, one.answers] for one in found.trend],
        "pace": {section.value: list(pace) for section, pace in found.pace.items()},
        "confidence": {
            name: [found.confidence[said].right, found.confidence[said].count] for name, said in _SAID.items()
        },
    }


def overview_from(data: Mapping[str, Any]) -> Overview:
    """Return the overview that `overview_data` wrote."""
    return Overview(
        trend=[Evidence(*one) for one in data["trend"]],
        pace={Section(section): (seconds, count) for section, (seconds, count) in data["pace"].items()},
        confidence={said: Rate(*data["confidence"][name]) for name, said in _SAID.items()},
    )
