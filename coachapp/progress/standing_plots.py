"""Where a learner stands as plots: words where evidence is thin, a dash where nothing can be said."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from coachapp.domain.casework import STANDARD, Accuracy, Element
from coachapp.domain.mastery import Amount, Evidence, Mastery, mastery
from coachapp.domain.overview import trend_moments
from coachapp.domain.pace import budget_seconds
from coachapp.domain.questions import Section
from coachapp.domain.rates import Rate, percent_text
from coachapp.web.filters import day
from coachapp.web.plots import SHARES, Scale, nice_scale
from coachapp.web.rowplots import Row, RowPlot, row_plot
from coachapp.web.sections import SECTION_NAMES
from coachapp.web.uprightplots import Column, Point, UprightPlot, calibration_plot, line_plot

DASH = "–"
_BUDGETS = Scale(0, 2, (0, 0.5, 1, 1.5, 2), percent_text)
ELEMENT_NAMES = {
    Element.FIRST_LISTED: "First-listed diagnosis, principal procedure",
    Element.MODIFIERS: "Modifiers",
    Element.UNITS: "Units",
    Element.POINTERS: "Diagnosis pointers",
}


def interval_text(low: float | None, high: float | None) -> str:
    """Return an interval of shares in words, a dash for none."""
    return DASH if low is None or high is None else f"{percent_text(low)} to {percent_text(high)}"


def mastery_row(label: str, found: Mastery | None) -> Row:
    """Return a row of mastery: a dot with its interval where evidence bears digits, words where it does not."""
    if found is None or found.amount is Amount.NONE:
        return Row(label, None, "No answers yet", cells=(DASH, DASH, "0"))
    answers = f"{found.evidence.answers:,}"
    if found.amount is Amount.THIN:
        return Row(label, None, found.words, cells=(f"{found.level} (little evidence)", DASH, answers))
    shown = percent_text(found.mean)
    cells = (shown, interval_text(found.low, found.high), answers)
    return Row(label, found.mean, shown, found.low, found.high, cells=cells)


def section_plot(found: Mapping[Section, Mastery], pass_mark: int | None) -> RowPlot:
    """Return mastery by section, in the order of the examination."""
    return row_plot(
        "Mastery by section",
        [mastery_row(SECTION_NAMES[section], found.get(section)) for section in Section],
        about="For each section a dot at the share you are expected to get right, and a bar over its interval.",
        scale=SHARES,
        heads=("Section", "Mastery", "80 percent interval", "Answers"),
        mark=None if pass_mark is None else (pass_mark / 100, f"pass mark {pass_mark}%"),
    )


def trend_plot(trend: Sequence[Evidence], *, as_of: datetime, prior: float, pass_mark: int | None) -> UprightPlot:
    """Return mastery of all questions together, every two weeks for half a year, where evidence is not thin."""
    points = []
    for moment, found in zip(trend_moments(as_of), trend, strict=True):
        at = mastery(found, prior=prior)
        if at.amount not in (Amount.NONE, Amount.THIN):
            points.append(Point(moment.date(), at.mean, at.low, at.high))
    return line_plot(
        "All questions together",
        points,
        about="A line of the share you are expected to get right, within a band that is its 80 percent interval.",
        scale=SHARES,
        heads=("Until", "Mastery", "80 percent interval"),
        day=day,
        mark=None if pass_mark is None else (pass_mark / 100, f"pass mark {pass_mark}%"),
    )


def seconds_text(seconds: float) -> str:
    """Return seconds as 1:35."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02}"


def pace_plot(found: Mapping[Section, tuple[float, int]]) -> RowPlot:
    """Return the median time of a question in each section in shares of its budget; the scale reaches 2 or more."""
    rows = []
    for section in Section:
        if section not in found:
            continue
        seconds, count = found[section]
        budget = budget_seconds(section)
        cells = (seconds_text(seconds), seconds_text(budget), f"{count:,}")
        rows.append(Row(SECTION_NAMES[section], seconds / budget, seconds_text(seconds), cells=cells))
    longest = max((row.value for row in rows if row.value is not None), default=0.0)
    return row_plot(
        "Time for a question, by section",
        rows,
        about="For each section a bar for the median time of a question as a share of what it may take in the exam.",
        scale=_BUDGETS if longest <= _BUDGETS.high else nice_scale(longest, percent_text),
        heads=("Section", "Median", "Budget", "Questions"),
        mark=(1, "budget"),
    )


def rate_row(label: str, rate: Rate, *, unit: str) -> Row:
    """Return a row of a rate with its interval; of nothing, a dash."""
    share, interval = rate.share, rate.interval
    if share is None or interval is None:
        return Row(label, None, DASH, cells=(DASH, DASH, f"0 {unit}"))
    cells = (percent_text(share), interval_text(*interval), f"{rate.count:,} {unit}")
    return Row(label, share, percent_text(share), *interval, cells=cells)


def element_plot(rates: Mapping[Element, Rate]) -> RowPlot:
    """Return how often each element was right on its own."""
    units = {Element.FIRST_LISTED: "cases"}
    return row_plot(
        "Elements on their own",
        [rate_row(ELEMENT_NAMES[element], rate, unit=units.get(element, "lines")) for element, rate in rates.items()],
        about="For each element a dot at the share that was right and a bar over its 80 percent interval.",
        scale=SHARES,
        heads=("Element", "Right", "80 percent interval", "Of"),
    )


def accuracy_plot(found: Accuracy) -> RowPlot:
    """Return accuracy code over code beside the working standard of the field."""
    return row_plot(
        "Accuracy, code over code",
        [rate_row("Key codes found", found.rate, unit="codes")],
        about="A dot at the share of the key's codes that you found and a bar over its 80 percent interval.",
        scale=SHARES,
        heads=("Measure", "Found", "80 percent interval", "Of"),
        mark=(STANDARD, f"standard {percent_text(STANDARD)}"),
    )


def confidence_plot(rates: Mapping[bool | None, Rate]) -> UprightPlot:
    """Return how often answers were right by what was said of them before: unsure, nothing, sure."""
    columns = []
    for said, label in ((False, "Unsure"), (None, "Not said"), (True, "Sure")):
        rate = rates.get(said, Rate(0, 0))
        low, high = rate.interval or (None, None)
        columns.append(Column(label, rate.share, low, high, rate.count))
    return calibration_plot(
        "Right, by how sure you were",
        columns,
        about="Three columns, unsure, not said and sure: a dot at the share that was right, a bar over its interval.",
        heads=("You said", "Answers", "Right", "80 percent interval"),
    )
