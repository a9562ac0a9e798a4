"""Read what is due for review, and when the rest will be."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp.attempts.memories import Remembered, most_urgent, remembered
from coachapp.attempts.withholding import withheld_from
from coachapp.domain.plans import REVIEW_PLAN_ID
from coachapp.domain.questions import Section
from coachapp.domain.sittings import OPEN
from coachapp.models.sittings import Sitting
from coachapp.progress.queries import questions_by_concept
from coachapp.web.plots import count_text, nice_scale
from coachapp.web.rowplots import Row, RowPlot, row_plot

DAYS_AHEAD = 14


@dataclass(frozen=True, slots=True)
class DueConcept:
    """A concept that is due, since a day of the reader's. `questions`: how many a round can choose from; `lapses` of
    `reviews` were wrong.
    """

    slug: str
    title: str
    section: Section
    due: date
    questions: int
    lapses: int
    reviews: int


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """What is due by section, the most urgent first, and the days ahead. `open_round`: the round under way.

    `withheld`: an exam keeps answers back, which are left out.
    """

    due: Sequence[tuple[Section, Sequence[DueConcept]]]
    open_round: int | None
    ahead: RowPlot | None
    remembered: int
    next_due: datetime | None
    withheld: bool

    @property
    def count(self) -> int:
        """Return how many concepts are due."""
        return sum(len(some) for _, some in self.due)

    @property
    def askable(self) -> int:
        """Return how many of them a round can ask about."""
        return sum(bool(one.questions) for _, some in self.due for one in some)


def review_page(
    session: Session, person_id: int, *, now: datetime, zone: ZoneInfo, unverified: bool, cpt: bool
) -> ReviewPage:
    """Read the review page of one person; her memory must be up to date (`routes.brought_up_to_date`)."""
    held = withheld_from(session, person_id, now=now)
    known = remembered(session, person_id)
    questions = questions_by_concept(session, held, unverified=unverified, cpt=cpt)
    due = most_urgent(known, now)
    open_round = session.scalar(
        select(Sitting.id).where(
            Sitting.person_id == person_id, Sitting.scope == REVIEW_PLAN_ID, Sitting.state.in_(OPEN)
        )
    )
    return ReviewPage(
        due=_by_section(due, questions, zone),
        open_round=open_round,
        ahead=_ahead(known, now=now, zone=zone) if known else None,
        remembered=len(known),
        next_due=min((one.memory.due for one in known if not one.is_due(now)), default=None),
        withheld=bool(held),
    )


def _by_section(
    due: Sequence[Remembered], questions: dict[str, int], zone: ZoneInfo
) -> list[tuple[Section, list[DueConcept]]]:
    """Group by section, that of the most urgent concept first."""
    groups: dict[Section, list[DueConcept]] = {}
    for one in due:
        memory = one.memory
        concept = DueConcept(
            one.slug,
            one.title,
            one.section,
            memory.due.astimezone(zone).date(),
            questions.get(one.slug, 0),
            memory.lapses,
            memory.reviews,
        )
        groups.setdefault(one.section, []).append(concept)
    return list(groups.items())


def days_ahead(known: Sequence[Remembered], *, now: datetime, zone: ZoneInfo) -> list[tuple[str, int]]:
    """Return how many concepts come due on each of the next fourteen days of the reader, then later.

    What is due already belongs to today.
    """
    today = now.astimezone(zone).date()
    counts = Counter(max(today, one.memory.due.astimezone(zone).date()) for one in known)
    days = [today + timedelta(days=n) for n in range(DAYS_AHEAD)]
    rows = [(_name(day, today), counts[day]) for day in days]
    later = sum(count for day, count in counts.items() if day > days[-1])
    return [*rows, ("Later", later)]


def _name(day: date, today: date) -> str:
    if day == today:
        return "Today"
    return "Tomorrow" if day == today + timedelta(days=1) else f"{day:%a}, {day:%b} {day.day}"


def _ahead(known: Sequence[Remembered], *, now: datetime, zone: ZoneInfo) -> RowPlot:
    rows = days_ahead(known, now=now, zone=zone)
    highest = max(count for _, count in rows)
    return row_plot(
        "Concepts to review, by day",
        [Row(name, float(count), str(count)) for name, count in rows],
        about=f"{rows[0][1]} today, at most {highest} on one of the next {DAYS_AHEAD} days.",
        scale=nice_scale(float(highest), count_text, whole=True),
        heads=("Day", "Concepts"),
    )
