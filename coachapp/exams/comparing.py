"""A person's graded sittings of one exam, side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp.attempts import finishing
from coachapp.attempts.papers import plan_of
from coachapp.domain.plans import PlanKind
from coachapp.domain.questions import Section
from coachapp.domain.sittings import ExamScore, SittingState, likely_range
from coachapp.exams.reports import FEWEST_FOR_PERCENT, SectionLine, section_lines, time_used
from coachapp.models.sittings import Sitting
from coachapp.web.sections import SECTION_NAMES

FEWEST, MOST = 2, 6
SHOWN_UNASKED = 4
MOST_TO_CHOOSE = 50


@dataclass(frozen=True, slots=True)
class Column:
    """One sitting. `percent` and `likely` are None where they would claim too much or there is a verdict."""

    id: int
    at: datetime
    score: ExamScore
    percent: float | None
    likely: tuple[int, int] | None
    scaled: int | None
    used: timedelta
    sections: dict[Section, SectionLine]


@dataclass(frozen=True, slots=True)
class Choice:
    """A sitting that can be put beside others."""

    id: int
    at: datetime
    right: int
    scored: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class ComparePage:
    """Sittings side by side, the earliest first; `rows` are the sections that any of them has."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[tuple[Section, str]]
    choices: Sequence[Choice]


class NotHers(LookupError):
    """A sitting was asked for that is not among this person's graded ones of this exam."""


class BadNumber(ValueError):
    """Too few or too many sittings were chosen; the message says how many may be."""


def graded_sittings(session: Session, person_id: int, *, plan_id: str) -> list[Sitting]:
    """Return a person's graded sittings of an exam, newest first; drills are no exams."""
    query = (
        select(Sitting)
        .where(
            Sitting.person_id == person_id,
            Sitting.plan_id == plan_id,
            Sitting.state == SittingState.GRADED,
            Sitting.plan["kind"].as_string() != PlanKind.DRILL,
        )
        .order_by(Sitting.started_at.desc(), Sitting.id.desc())
        .limit(MOST_TO_CHOOSE)
    )
    return list(session.scalars(query))


def chosen_of(found: Sequence[Sitting], asked: Sequence[str]) -> list[Sitting]:
    """Return the sittings asked for by id, the earliest first; the last few where none is asked for.

    Raises NotHers, and BadNumber unless there are 2 to 6.
    """
    if not asked:
        return list(reversed(found[:SHOWN_UNASKED]))
    by_id = {str(sitting.id): sitting for sitting in found}
    wanted = dict.fromkeys(asked)
    if unknown := [one for one in wanted if one not in by_id]:
        raise NotHers(unknown[0])
    if not FEWEST <= len(wanted) <= MOST:
        raise BadNumber(f"Choose {FEWEST} to {MOST} exams, not {len(wanted)}.")
    return [sitting for sitting in reversed(found) if str(sitting.id) in wanted]


def compare_page(session: Session, found: Sequence[Sitting], chosen: Sequence[Sitting]) -> ComparePage:
    """Return the page of some of a person's sittings; `found` are those to choose from, at least one."""
    columns = [_column(session, sitting) for sitting in chosen]
    shown = {section for column in columns for section in column.sections}
    ids = {sitting.id for sitting in chosen}
    return ComparePage(
        title=found[0].plan["title"],
        columns=columns,
        rows=[(section, SECTION_NAMES[section]) for section in Section if section in shown],
        choices=[
            Choice(one.id, one.started_at, one.right_count or 0, one.scored_count or 0, chosen=one.id in ids)
            for one in found
        ],
    )


def _column(session: Session, sitting: Sitting) -> Column:
    score, plan = finishing.score_of(session, sitting), plan_of(sitting)
    enough = score.scored >= FEWEST_FOR_PERCENT
    return Column(
        id=sitting.id,
        at=sitting.started_at,
        score=score,
        percent=score.right / score.scored if enough else None,
        likely=likely_range(score.right, score.scored) if score.passed is None and score.scored else None,
        scaled=plan.scaled(score.right, score.scored),
        used=time_used(sitting, sitting.closed_at or sitting.started_at),
        sections={line.section: line for line in section_lines(session, sitting, score)},
    )
