"""The error profile: labels over time, by code family and specialty, and the learner's own lines behind each bar."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from coachapp.attempts.withholding import withheld_from
from coachapp.domain.casework import SlipLine, slips
from coachapp.domain.labels import Label
from coachapp.progress.standing_reads import GradedCase, graded_cases
from coachapp.web.heatmaps import HeatMap, heat_map
from coachapp.web.paging import Page
from coachapp.web.plots import count_text, nice_scale
from coachapp.web.rowplots import Row, RowPlot, row_plot
from coachapp.web.wording import label_words

PERIODS = (3, 6, 12)
USUAL_PERIOD = 6
DAYS_A_MONTH = 30
MOST_BARS = 12
MOST_HEAT_ROWS = 8
PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Slip:
    """One line that was not right, and the case it stands in."""

    case: GradedCase
    line: SlipLine

    @property
    def words(self) -> str:
        """Return its label in words."""
        return label_words(self.line.label)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which lines: a label, a code family, a specialty (empty: all), of the last so many months."""

    label: str = ""
    family: str = ""
    specialty: str = ""
    months: int = USUAL_PERIOD

    def holds(self, slip: Slip) -> bool:
        """Say whether a slip is asked for."""
        wanted = (self.label, self.family, self.specialty)
        has = (slip.line.label.value, slip.line.family, slip.case.specialty)
        return all(want in ("", value) for want, value in zip(wanted, has, strict=True))

    def words(self) -> str:
        """Return what is asked for, for a heading."""
        label = label_words(self.label) if self.label in list(Label) else self.label
        return ", ".join(part for part in (label, self.family, self.specialty) if part) or "All errors"

    def arguments(self) -> dict[str, Any]:
        """Return it as arguments of an address; what is not chosen is left out."""
        chosen = {"label": self.label, "family": self.family, "specialty": self.specialty}
        return {**{name: value for name, value in chosen.items() if value}, "months": self.months}


def period(text: str | None) -> int:
    """Return the months a query string asks for; anything else means the usual period."""
    return next((months for months in PERIODS if str(months) == text), USUAL_PERIOD)


def read_slips(session: Session, person_id: int, *, months: int, now: datetime) -> tuple[list[GradedCase], list[Slip]]:
    """Return the cases of the last months and every line of them that was not right, newest first, in two queries.

    Cases whose key is withheld from this person are not among them.
    """
    held = withheld_from(session, person_id, now=now)
    since = now - timedelta(days=months * DAYS_A_MONTH)
    cases = graded_cases(session, person_id, held=held, since=since)
    return cases, [Slip(case, line) for case in cases for line in slips(case.result, inpatient=case.inpatient)]


# The page with the lines that are asked for.
Address = Callable[[Asked], str]


@dataclass(frozen=True, slots=True)
class ErrorsPage:
    """The error profile of some months."""

    asked: Asked
    cases: int
    slips: int
    by_label: RowPlot
    over_time: HeatMap
    by_family: RowPlot
    by_specialty: RowPlot


def errors_page(
    cases: Sequence[GradedCase],
    found: Sequence[Slip],
    *,
    months: int,
    now: datetime,
    address: Address,
) -> ErrorsPage:
    """Return the error profile; `address` gives the page with the lines behind a bar."""
    labels = Counter(slip.line.label for slip in found)
    return ErrorsPage(
        asked=Asked(months=months),
        cases=len(cases),
        slips=len(found),
        by_label=_bars(
            "Errors by kind",
            [
                (label_words(label), [s for s in found if s.line.label is label], Asked(label=label, months=months))
                for label, _ in labels.most_common(MOST_BARS)
            ],
            cases=len(cases),
            head="Kind",
            address=address,
        ),
        over_time=_over_time(found, [label for label, _ in labels.most_common(MOST_HEAT_ROWS)], months=months, now=now),
        by_family=_bars(
            "Errors by code family",
            [
                (family, [s for s in found if s.line.family == family], Asked(family=family, months=months))
                for family, _ in Counter(s.line.family for s in found).most_common(MOST_BARS)
            ],
            cases=len(cases),
            head="Code family",
            address=address,
        ),
        by_specialty=_by_specialty(cases, found, months=months, address=address),
    )


def _bars(
    title: str,
    groups: Sequence[tuple[str, Sequence[Slip], Asked]],
    *,
    cases: int,
    head: str,
    address: Address,
) -> RowPlot:
    rows = [
        Row(
            label,
            len(slips),
            f"{len(slips):,}",
            href=address(asked),
            cells=(f"{len(slips):,}", f"{len({slip.case.attempt_id for slip in slips}):,} of {cases:,}"),
        )
        for label, slips, asked in groups
    ]
    return row_plot(
        title,
        rows,
        about="Bars for how many lines were not right, the most frequent first; each leads to the lines behind it.",
        scale=nice_scale(max((len(slips) for _, slips, _ in groups), default=1), count_text, whole=True),
        heads=(head, "Lines", "In cases"),
    )


def _over_time(found: Sequence[Slip], labels: Sequence[Label], *, months: int, now: datetime) -> HeatMap:
    """Return counts by kind and month back from now: months of 30 days, the latest last."""
    spans = [now - timedelta(days=DAYS_A_MONTH * back) for back in range(months - 1, -1, -1)]
    counts: Counter[tuple[Label, int]] = Counter()
    for slip in found:
        back = (now - slip.case.at) // timedelta(days=DAYS_A_MONTH)
        counts[slip.line.label, months - 1 - max(0, back)] += 1
    return heat_map(
        "Errors by month",
        [(label_words(label), [counts[label, n] for n in range(months)]) for label in labels],
        columns=[_short(span.date()) for span in spans],
        about="A row for each kind of error and a column for each 30 days, named by their last; darker is more.",
        head="Kind",
    )


def _short(on: date) -> str:
    return f"{on:%b} {on.day}"


def _by_specialty(cases: Sequence[GradedCase], found: Sequence[Slip], *, months: int, address: Address) -> RowPlot:
    """Return errors a case in each specialty, so that what is practised most does not look worst."""
    done = Counter(case.specialty for case in cases)
    slips = Counter(slip.case.specialty for slip in found)
    rates = sorted(((slips[name] / count, name) for name, count in done.items()), reverse=True)[:MOST_BARS]
    return row_plot(
        "Errors a case, by specialty",
        [
            Row(
                name,
                rate,
                f"{rate:.1f}",
                href=address(Asked(specialty=name, months=months)),
                cells=(f"{rate:.1f}", f"{slips[name]:,}", f"{done[name]:,}"),
            )
            for rate, name in rates
        ],
        about="Bars for how many lines a case were not right on average, the most first; each leads to those lines.",
        scale=nice_scale(max((rate for rate, _ in rates), default=1), lambda value: f"{value:g}"),
        heads=("Specialty", "Errors a case", "Lines", "Cases"),
    )


@dataclass(frozen=True, slots=True)
class LinesPage:
    """The lines behind a bar, newest first."""

    asked: Asked
    page: Page[Slip]


def lines_page(found: Sequence[Slip], *, asked: Asked, number: int) -> LinesPage:
    """Return one page of the lines that are asked for."""
    rows = [slip for slip in found if asked.holds(slip)]
    number = min(number, max(1, -(-len(rows) // PER_PAGE)))
    return LinesPage(asked, Page(rows[(number - 1) * PER_PAGE : number * PER_PAGE], number, len(rows), PER_PAGE))
