"""The practice record: what somebody practiced and how well, as she may show it to others."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coachapp.attempts.evidence import is_latest_grade
from coachapp.attempts.withholding import withheld_from
from coachapp.domain.casework import STANDARD, Accuracy, accuracy
from coachapp.domain.plans import PlanKind
from coachapp.domain.sittings import SittingState
from coachapp.models.attempts import Attempt, AttemptState, Grade
from coachapp.models.items import Item, ItemKind
from coachapp.models.people import Person
from coachapp.models.record import PracticeRecordLink
from coachapp.models.sittings import Sitting
from coachapp.progress.standing_queries import LATEST_CASES, CaseTime, case_time
from coachapp.progress.standing_reads import graded_cases
from coachapp.web.wording import slug_words

MOST_MOCKS = 50


class RecordPart(StrEnum):
    """What a record may show."""

    CASES = "cases"
    ACCURACY = "accuracy"
    SPEED = "speed"
    MOCKS = "mocks"


PART_NAMES = {
    RecordPart.CASES: "Cases by specialty and setting",
    RecordPart.ACCURACY: "Accuracy",
    RecordPart.SPEED: "Speed",
    RecordPart.MOCKS: "Mock exams",
}


@dataclass(frozen=True, slots=True)
class CaseLine:
    """The cases of one specialty and setting. `score`: the mean of all tries, 0 to 1; `different`: how many cases."""

    specialty: str
    setting: str
    tries: int
    different: int
    score: float | None


@dataclass(frozen=True, slots=True)
class MockLine:
    """One mock exam that was sat to its end."""

    title: str
    at: datetime
    right: int
    scored: int
    passed: bool | None


@dataclass(frozen=True, slots=True)
class Record:
    """A practice record. A part that is not chosen is None."""

    name: str
    since: datetime | None
    made_at: datetime
    cases: Sequence[CaseLine] | None
    accuracy: Accuracy | None
    speed: CaseTime | None
    shows_speed: bool
    mocks: Sequence[MockLine] | None

    @property
    def standard(self) -> float:
        """Return the working standard that the accuracy stands beside."""
        return STANDARD

    @property
    def tries(self) -> int:
        """Return how many cases were handed in, tries of one case counted each."""
        return sum(line.tries for line in self.cases or ())

    @property
    def empty(self) -> bool:
        """Say whether there is nothing to show."""
        return not (self.cases or self.mocks or (self.accuracy and self.accuracy.cases))


def record_of(session: Session, person: Person, *, parts: Collection[RecordPart], now: datetime) -> Record:
    """Return the parts of a person's record, in a fixed number of queries; what is withheld from her is in none."""
    held = withheld_from(session, person.id, now=now)
    latest = graded_cases(session, person.id, held=held, most=LATEST_CASES)
    reached = accuracy(case.result for case in latest)
    timed = RecordPart.SPEED in parts
    return Record(
        name=person.name,
        since=_since(session, person.id),
        made_at=now,
        cases=_cases(session, person.id, held=held) if RecordPart.CASES in parts else None,
        accuracy=reached if RecordPart.ACCURACY in parts else None,
        speed=case_time(latest[: reached.cases]) if timed else None,
        shows_speed=timed,
        mocks=_mocks(session, person.id) if RecordPart.MOCKS in parts else None,
    )


def _since(session: Session, person_id: int) -> datetime | None:
    query = select(Attempt.started_at).where(Attempt.person_id == person_id, Attempt.state == AttemptState.GRADED)
    return session.scalars(query.order_by(Attempt.started_at).limit(1)).first()


def _cases(session: Session, person_id: int, *, held: Collection[int]) -> list[CaseLine]:
    query = (
        select(Item.specialty, Item.setting, func.count(), func.count(Item.id.distinct()), func.avg(Grade.score))
        .join(Attempt, Attempt.item_id == Item.id)
        .join(Grade, Grade.attempt_id == Attempt.id)
        .where(
            Attempt.person_id == person_id,
            Attempt.state == AttemptState.GRADED,
            Item.kind == ItemKind.CASE,
            Item.id.not_in(held),
            is_latest_grade(),
        )
        .group_by(Item.specialty, Item.setting)
        .order_by(Item.specialty, Item.setting)
    )
    return [
        CaseLine(slug_words(specialty), setting or "", tries, different, score)
        for specialty, setting, tries, different, score in session.execute(query)
    ]


def _mocks(session: Session, person_id: int) -> list[MockLine]:
    """Return the latest mock exams, whole and short ones; what was voided is not among them."""
    query = (
        select(
            Sitting.plan["title"].as_string(),
            Sitting.started_at,
            Sitting.right_count,
            Sitting.scored_count,
            Sitting.passed,
        )
        .where(
            Sitting.person_id == person_id,
            Sitting.state == SittingState.GRADED,
            Sitting.plan["kind"].as_string() != PlanKind.DRILL,
        )
        .order_by(Sitting.started_at.desc(), Sitting.id.desc())
        .limit(MOST_MOCKS)
    )
    rows = session.execute(query)
    return [MockLine(title, at, right or 0, scored or 0, passed) for title, at, right, scored, passed in rows]


@dataclass(frozen=True, slots=True)
class LinkLine:
    """One link in its owner's list."""

    id: int
    parts: Sequence[str]
    created_at: datetime
    revoked_at: datetime | None
    last_opened_at: datetime | None


def links_of(session: Session, person_id: int) -> list[LinkLine]:
    """Return a person's links, those in force first, then the newest first."""
    rows = session.scalars(
        select(PracticeRecordLink)
        .where(PracticeRecordLink.person_id == person_id)
        .order_by(PracticeRecordLink.revoked_at.is_not(None), PracticeRecordLink.id.desc())
    )
    return [
        LinkLine(
            id=row.id,
            parts=[PART_NAMES[part] for part in parts_of(row)],
            created_at=row.created_at,
            revoked_at=row.revoked_at,
            last_opened_at=row.last_opened_at,
        )
        for row in rows
    ]


def parts_of(link: PracticeRecordLink) -> list[RecordPart]:
    """Return the parts a link shows, in their usual order."""
    return [part for part in RecordPart if part.value in link.parts]
