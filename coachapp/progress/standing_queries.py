"""What the progress page shows. Figures of mastery and readiness are read as they were reckoned; see upkeep."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from sqlalchemy.orm import Session

from coachapp.attempts.withholding import withheld_from
from coachapp.domain.casework import Accuracy, accuracy, element_rates
from coachapp.domain.mastery import USUAL_MEAN
from coachapp.domain.overview import overview
from coachapp.domain.plans import ExamPlan
from coachapp.domain.questions import Section
from coachapp.domain.rates import Rate, whole_percent
from coachapp.domain.readiness import LEAST_ANSWERS
from coachapp.models.standing import Standing
from coachapp.progress import standing_plots
from coachapp.progress.standing_reads import (
    Figures,
    GradedCase,
    KnownConcept,
    figures_of,
    graded_cases,
)
from coachapp.web.paging import Page
from coachapp.web.rowplots import RowPlot
from coachapp.web.sections import SECTION_NAMES
from coachapp.web.uprightplots import UprightPlot

# So many of the latest cases are looked at for accuracy and elements: about 150 coded elements.
LATEST_CASES = 20
MOST_MOVES = 3
# A gain that would be printed as +0 points moves nothing.
LEAST_GAIN = 0.005
# Whom nothing moves is either far from passing or as good as through.
UNLIKELY = 0.5
PER_PAGE = 25


@dataclass(frozen=True, slots=True)
class MoveLine:
    """What would move readiness: so many more right in a section, for so many points."""

    section: Section
    name: str
    more_right: int
    points: int


@dataclass(frozen=True, slots=True)
class LossLine:
    """How many of a section's questions on a fresh paper would be wrong."""

    section: Section
    name: str
    wrong: int
    asked: int


@dataclass(frozen=True, slots=True)
class ReadinessShown:
    """Readiness in words. `chance` is None while there are too few answers; `missing` says how many more it takes.

    `losses`: where most is lost, for those whom no single section would move; else nothing.
    """

    plan_title: str
    chance: str | None
    low: str
    high: str
    answers: int
    missing: int
    moves: Sequence[MoveLine]
    losses: Sequence[LossLine] = ()

    @property
    def ranges(self) -> bool:
        """Say whether the ends of the range read differently."""
        return self.low != self.high


@dataclass(frozen=True, slots=True)
class CaseTime:
    """How long the latest cases took beside their benchmarks: medians in minutes, and of the ratio."""

    minutes: float
    benchmark: float
    ratio: float


@dataclass(frozen=True, slots=True)
class ProgressPage:
    """Everything on the progress page. `nothing`: no answer counts yet."""

    nothing: bool
    readiness: ReadinessShown | None
    sections: RowPlot
    trend: UprightPlot
    pace: RowPlot
    accuracy: Accuracy
    accuracy_plot: RowPlot
    case_time: CaseTime | None
    elements: RowPlot
    confidence: UprightPlot | None
    withheld: bool


def chance_text(share: float) -> str:
    """Return a probability in whole percent, never 0 or 100, for nothing is certain."""
    percent = whole_percent(share)
    return "over 99%" if percent > 99 else "under 1%" if percent < 1 else f"{percent}%"


def progress_page(session: Session, person_id: int, *, plan: ExamPlan | None, now: datetime) -> ProgressPage:
    """Return the progress page of a person whose standing is up to date; the number of queries is fixed."""
    held = withheld_from(session, person_id, now=now)
    known = figures_of(session, person_id)
    cases = graded_cases(session, person_id, held=held, most=LATEST_CASES)
    reached = accuracy(case.result for case in cases)
    mark = plan.pass_mark if plan else None
    answers = known.overview or overview((), now=now)
    return ProgressPage(
        nothing=known.overview is None and not cases,
        readiness=readiness_shown(known, plan),
        sections=standing_plots.section_plot(known.sections, mark),
        trend=standing_plots.trend_plot(answers.trend, as_of=known.as_of or now, prior=USUAL_MEAN, pass_mark=mark),
        pace=standing_plots.pace_plot(answers.pace),
        accuracy=reached,
        accuracy_plot=standing_plots.accuracy_plot(reached),
        case_time=case_time(cases[: reached.cases]),
        elements=standing_plots.element_plot(element_rates(case.result for case in cases)),
        confidence=_confidence(answers.confidence),
        withheld=bool(held),
    )


def readiness_shown(known: Figures, plan: ExamPlan | None) -> ReadinessShown | None:
    """Return a person's readiness for an exam in words, None where the site has no exam."""
    if plan is None:
        return None
    row = known.readiness.get(plan.id)
    answers = row.answers if row else 0
    if row is None or row.mean is None or row.low is None or row.high is None:
        return ReadinessShown(plan.title, None, "", "", answers, max(1, LEAST_ANSWERS - answers), ())
    low, high = chance_text(row.low), chance_text(row.high)
    moves = _moves(row)
    losses = _losses(known, plan) if not moves and row.mean < UNLIKELY else ()
    return ReadinessShown(plan.title, chance_text(row.mean), low, high, answers, 0, moves, losses)


def _moves(row: Standing) -> list[MoveLine]:
    return [
        MoveLine(
            section=Section(move["section"]),
            name=SECTION_NAMES[Section(move["section"])],
            more_right=move["more_right"],
            points=whole_percent(move["gain"]),
        )
        for move in row.detail["moves"][:MOST_MOVES]
        if move["gain"] >= LEAST_GAIN
    ]


def _losses(known: Figures, plan: ExamPlan) -> list[LossLine]:
    """Return the sections in which a fresh paper would cost most questions, the costliest first."""
    counts = {entry.section: entry.count for entry in plan.sections}
    found = [
        LossLine(section, SECTION_NAMES[section], round(counts[section] * (1 - mastery.mean)), counts[section])
        for section, mastery in known.sections.items()
        if section in counts
    ]
    return sorted((one for one in found if one.wrong), key=lambda one: (-one.wrong, one.asked))[:MOST_MOVES]


def case_time(cases: Sequence[GradedCase]) -> CaseTime | None:
    """Return how long cases took beside their benchmarks, None where none has both times."""
    timed = [case for case in cases if case.minutes > 0 and case.benchmark_minutes]
    if not timed:
        return None
    return CaseTime(
        minutes=median(case.minutes for case in timed),
        benchmark=median(case.benchmark_minutes for case in timed),
        ratio=median(case.minutes / case.benchmark_minutes for case in timed),
    )


def _confidence(rates: Mapping[bool | None, Rate]) -> UprightPlot | None:
    """Return the plot of confidence, None before anything was marked sure or unsure."""
    return standing_plots.confidence_plot(rates) if rates[True].count or rates[False].count else None


@dataclass(frozen=True, slots=True)
class ConceptsPage:
    """A page of concepts, weakest first. `counts`: how many are known in each section, for the filter."""

    chosen: Section | None
    page: Page[KnownConcept]
    counts: Sequence[tuple[Section, str, int]]


def concepts_page(known: Sequence[KnownConcept], *, section: str, number: int) -> ConceptsPage:
    """Return one page of concepts, of one section or, where `section` names none, of all."""
    chosen = Section(section) if section in list(Section) else None
    rows = [one for one in known if chosen is None or one.section is chosen]
    number = min(number, max(1, -(-len(rows) // PER_PAGE)))
    counts = [(one, SECTION_NAMES[one], sum(k.section is one for k in known)) for one in Section]
    return ConceptsPage(
        chosen=chosen,
        page=Page(rows[(number - 1) * PER_PAGE : number * PER_PAGE], number, len(rows), PER_PAGE),
        counts=[entry for entry in counts if entry[2]],
    )
