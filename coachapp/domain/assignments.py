"""Work given to a class: how far somebody is with it, from its dates and her work. Nothing of that is stored.

All moments are aware UTC. Ends of minutes are the first moments that are too late; what came before is in time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# What is due within this time is worth a word on Today.
SOON = timedelta(days=7)
# What has been due for longer is still to do, but keeps nobody from anything else.
LONG_OVERDUE = timedelta(days=14)
NOTHING = timedelta(0)


class WorkKind(StrEnum):
    """What is to be done."""

    CASE = "case"
    DRILL = "drill"
    EXAM = "exam"


class Stage(StrEnum):
    """Where an assignment stands in time. `coming`: nobody sees it yet; `past`: its last date is over."""

    OPEN = "open"
    COMING = "coming"
    PAST = "past"


class WorkState(StrEnum):
    """How far somebody is, in the order in which a class's list names them: who needs a word comes first."""

    NOT_BEGUN = "not_begun"
    BEGUN = "begun"
    LATE = "late"
    ON_TIME = "on_time"

    @property
    def handed_in(self) -> bool:
        """Say whether the work is done, in time or late."""
        return self in (WorkState.LATE, WorkState.ON_TIME)


@dataclass(frozen=True, slots=True)
class Dates:
    """When an assignment opens, is due, and takes no more starts; the last two are ends of minutes, or open (None)."""

    opens_at: datetime
    due_at: datetime | None = None
    closes_at: datetime | None = None

    @property
    def target(self) -> datetime | None:
        """Return what to work towards: when it is due, else when it closes."""
        return self.due_at or self.closes_at

    def stage(self, now: datetime) -> Stage:
        """Return the stage; it is past when whichever of its dates comes last is over."""
        if now < self.opens_at:
            return Stage.COMING
        last = max((at for at in (self.due_at, self.closes_at) if at), default=None)
        return Stage.PAST if last is not None and now >= last else Stage.OPEN

    def extended(self, by: timedelta) -> "Dates":
        """Return the dates of somebody who has so much longer."""
        return Dates(
            self.opens_at,
            None if self.due_at is None else self.due_at + by,
            None if self.closes_at is None else self.closes_at + by,
        )


@dataclass(frozen=True, slots=True)
class Work:
    """What somebody did about an assignment.

    `ref`: the attempt at the case or the sitting to look at, the one handed in first, else the last begun. `score`: of
    a case, 0 to 1. `right` of `scored`: of a drill or exam. `longer`: how much later than for others it was due.
    """

    begun: bool = False
    handed_in_at: datetime | None = None
    ref: int | None = None
    score: float | None = None
    right: int | None = None
    scored: int | None = None
    longer: timedelta = NOTHING


NO_WORK = Work()


def state_of(dates: Dates, work: Work) -> WorkState:
    """Return how far the work is; at the very end of the minute it is late."""
    if work.handed_in_at is None:
        return WorkState.BEGUN if work.begun else WorkState.NOT_BEGUN
    return WorkState.LATE if late_by(dates, work) is not None else WorkState.ON_TIME


def late_by(dates: Dates, work: Work) -> timedelta | None:
    """Return how long after the end of its minute the work was handed in, None if it was not, or not late."""
    if work.handed_in_at is None or dates.due_at is None or work.handed_in_at < dates.due_at + work.longer:
        return None
    return work.handed_in_at - dates.due_at - work.longer


def is_overdue(dates: Dates, work: Work, now: datetime) -> bool:
    """Say whether the work is not handed in though it was due."""
    return work.handed_in_at is None and dates.due_at is not None and now >= dates.due_at + work.longer


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt at a case; `score` is 0 to 1, None while it is open."""

    id: int
    handed_in_at: datetime | None
    score: float | None


def case_work(tries: Iterable[Try], *, since: datetime) -> Work:
    """Return what attempts at a case come to: the first one handed in from `since` on counts, whenever it was begun."""
    all_tries = sorted(tries, key=lambda one: one.id)
    done = [(one.handed_in_at, one) for one in all_tries if one.handed_in_at is not None and one.handed_in_at >= since]
    if done:
        at, first = min(done, key=lambda pair: (pair[0], pair[1].id))
        return Work(begun=True, handed_in_at=at, ref=first.id, score=first.score)
    under_way = [one for one in all_tries if one.handed_in_at is None]
    return Work(begun=True, ref=under_way[-1].id) if under_way else NO_WORK


@dataclass(frozen=True, slots=True)
class Round:
    """One sitting of a drill: how many questions it has, and when each was answered and whether rightly."""

    id: int
    started_at: datetime
    questions: int
    answers: Sequence[tuple[datetime, bool]]


def drill_work(rounds: Iterable[Round], *, since: datetime, questions: int) -> Work:
    """Return what drills of a plan come to: done with the answer that makes it `questions`, in rounds since `since`.

    The answers up to there count, over as many rounds as it took. A round that the bank made shorter is enough by
    itself, once every question of it is answered.
    """
    mine = sorted((one for one in rounds if one.started_at >= since), key=lambda one: (one.started_at, one.id))
    if not mine:
        return NO_WORK
    ways: list[tuple[datetime, int, int, int]] = []
    answers = sorted((at, right, one.id) for one in mine for at, right in one.answers)
    if len(answers) >= questions:
        counted = answers[:questions]
        at, _, ref = counted[-1]
        ways.append((at, ref, sum(right for _, right, _ in counted), questions))
    for one in mine:
        if 0 < one.questions < questions and len(one.answers) >= one.questions:
            at = max(when for when, _ in one.answers)
            ways.append((at, one.id, sum(right for _, right in one.answers), len(one.answers)))
    if not ways:
        return Work(begun=True, ref=mine[-1].id)
    at, ref, right, scored = min(ways)
    return Work(begun=True, handed_in_at=at, ref=ref, right=right, scored=scored)


@dataclass(frozen=True, slots=True)
class Sat:
    """One sitting of an exam that was not voided.

    `ended_at`: when the work in it ended, None while it runs; `right` of `scored`: None until it is graded.
    """

    id: int
    started_at: datetime
    ended_at: datetime | None
    right: int | None = None
    scored: int | None = None
    longer: timedelta = NOTHING


def exam_work(sat: Iterable[Sat], *, since: datetime) -> Work:
    """Return what sittings of an exam come to: of those begun from `since` on, the one that ended first counts."""
    mine = sorted((one for one in sat if one.started_at >= since), key=lambda one: (one.started_at, one.id))
    done = [(one.ended_at, one) for one in mine if one.ended_at is not None]
    if done:
        at, first = min(done, key=lambda pair: (pair[0], pair[1].id))
        return Work(
            begun=True, handed_in_at=at, ref=first.id, right=first.right, scored=first.scored, longer=first.longer
        )
    return Work(begun=True, ref=mine[-1].id, longer=mine[-1].longer) if mine else NO_WORK
