"""Reckon where learners stand and what they remember. No commit; callers pass the moment and the exam in view."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp.attempts.evidence import Said, evidence_of, once_each, signature
from coachapp.attempts.grades import enter_missing, mark_outdated
from coachapp.attempts.withholding import exam_begun_after, withheld_from
from coachapp.domain.mastery import ENOUGH_LEARNERS, USUAL_MEAN, evidence, mastery, prior_mean
from coachapp.domain.overview import Given, overview, overview_data
from coachapp.domain.questions import Section
from coachapp.domain.readiness import (
    LEAST_ANSWERS,
    USUAL_POPULATION,
    Population,
    ability,
    population,
    readiness,
)
from coachapp.domain.scheduling import VERSION, replay
from coachapp.models.items import Concept
from coachapp.models.memory import MemoryState
from coachapp.models.standing import PriorSnapshot, ProgressState, Standing, StandingKind

# Evidence loses weight by the day: whoever looks again after so long is reckoned anew.
STALE_AFTER = timedelta(days=1)
# So much evidence of either kind lets practice be compared with exams.
_ENOUGH_TO_COMPARE = 20.0

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class ExamInView:
    """The exam readiness is for: its plan's id, scored questions by section, and pass mark in percent."""

    plan_id: str
    paper: Mapping[Section, int]
    pass_mark: int


@dataclass(frozen=True, slots=True)
class Priors:
    """What all learners are like: mean rate by section (those with enough learners), and their abilities."""

    sections: Mapping[str, float]
    population: Population


def is_outdated(session: Session, person_id: int, *, now: datetime) -> bool:
    """Say whether a person's standing must be reckoned before it is shown.

    An exam that was begun since outdates it, too: answers to what it asks no longer count while it withholds them. Its
    start does not say so itself, for hundreds start at once, and few look at their progress meanwhile.
    """
    begun = exam_begun_after(ProgressState.computed_at, person_id)
    row = session.execute(
        select(ProgressState.computed_at, ProgressState.refresh_at, begun).where(ProgressState.person_id == person_id)
    ).one_or_none()
    if row is None:
        return True
    computed_at, refresh_at, begun_since = row
    if computed_at is None or begun_since:
        return True
    return (refresh_at is not None and refresh_at <= now) or now - computed_at >= STALE_AFTER


def outdated_people(session: Session, *, now: datetime, limit: int) -> list[int]:
    """Return the ids of people whose standing is known to be outdated, those who wait longest first."""
    return list(
        session.scalars(
            select(ProgressState.person_id)
            .where(ProgressState.refresh_at <= now)
            .order_by(ProgressState.refresh_at, ProgressState.person_id)
            .limit(limit)
        )
    )


def refresh(session: Session, person_id: int, *, now: datetime, exam: ExamInView | None) -> None:
    """Bring a person's memory and standing up to date with the grades that count; begin_write must have come before.

    Reviews that are lacking are added the first time. What rests on the same reviews as before is left as it is for a
    day. Nothing of an item whose key is withheld from her counts until it no longer is; the moment of that, where it is
    set by a day, is when she is reckoned next.
    """
    state = session.get(ProgressState, person_id, with_for_update=True, populate_existing=True)
    if state is None:
        mark_outdated(session, {person_id}, at=now)
        state = session.get_one(ProgressState, person_id, with_for_update=True)
    if state.computed_at is None:
        enter_missing(session, person_id)
    held = withheld_from(session, person_id, now=now)
    said = evidence_of(session, person_id, held=held)
    _Reckoning(session, person_id, now=now).run(said, exam)
    state.computed_at = now
    state.refresh_at = min((one.until for one in held.values() if one.until and one.until > now), default=None)
    session.flush()


class _Reckoning:
    """One person's rows, brought up to date; what is left over at the end rests on nothing any more."""

    def __init__(self, session: Session, person_id: int, *, now: datetime) -> None:
        self.session, self.person_id, self.now = session, person_id, now
        self.priors = latest_priors(session)
        self.standing = {
            (row.kind, row.key): row for row in session.scalars(select(Standing).filter_by(person_id=person_id))
        }
        self.memory = {
            row.concept_slug: row for row in session.scalars(select(MemoryState).filter_by(person_id=person_id))
        }

    def run(self, said: Sequence[Said], exam: ExamInView | None) -> None:
        rows = self.session.execute(select(Concept.slug, Concept.section))
        sections = {row.slug: row.section for row in rows}
        for concept, found in _grouped(said, lambda one: one.concept if one.concept in sections else None).items():
            row = self.standing.get((StandingKind.CONCEPT, concept))
            memory = self.memory.pop(concept, None)
            if row is None or memory is None or row.detail["seen"] != signature(found) or memory.version != VERSION:
                self._remember(concept, memory, found)
            self._master(StandingKind.CONCEPT, concept, found, prior=sections[concept])
        # A chart speaks of its concepts alone: sections and readiness rest on answers to questions.
        answers = once_each([one for one in said if one.section is not None])
        for section, found in _grouped(answers, lambda one: one.section).items():
            self._master(StandingKind.SECTION, section.value, found, prior=section.value)
        if answers:
            self._survey(answers)
        if exam is not None:
            self._ready(answers, exam)
        for left in (*self.standing.values(), *self.memory.values()):
            self.session.delete(left)

    def _remember(self, concept: str, row: MemoryState | None, found: Sequence[Said]) -> None:
        memory = replay(one.review for one in found)
        if memory is None:
            raise ValueError("a memory needs a review")
        if row is None:
            row = MemoryState(person_id=self.person_id, concept_slug=concept)
            self.session.add(row)
        row.phase, row.version = memory.phase, VERSION
        row.stability, row.difficulty = memory.stability, memory.difficulty
        row.due, row.last_review = memory.due, memory.last_review
        row.reviews, row.lapses = memory.reviews, memory.lapses

    def _row(self, kind: StandingKind, key: str, seen: list[int]) -> Standing | None:
        """Return the row to write, None where the one there is says the same and is not old."""
        row = self.standing.pop((kind, key), None)
        if row is None:
            row = Standing(person_id=self.person_id, kind=kind, key=key)
            self.session.add(row)
        elif row.detail["seen"] == seen and self.now - row.computed_at < STALE_AFTER:
            return None
        row.computed_at = self.now
        return row

    def _master(self, kind: StandingKind, key: str, found: Sequence[Said], *, prior: str) -> Standing | None:
        """Return the row that was written, None where the one there stays."""
        seen = signature(found)
        row = self._row(kind, key, seen)
        if row is not None:
            weighed = evidence((one.answer for one in found), self.now)
            reached = mastery(weighed, prior=self.priors.sections.get(prior, USUAL_MEAN))
            row.mean, row.low, row.high = reached.mean, reached.low, reached.high
            row.right_weight, row.wrong_weight, row.answers = weighed.right, weighed.wrong, weighed.answers
            row.detail = {"seen": seen}
        return row

    def _survey(self, answers: Sequence[Said]) -> None:
        row = self._master(StandingKind.OVERVIEW, "", answers, prior="")
        if row is not None:
            given = [
                Given(one.item_id, one.section, one.active_ms, one.at, one.score, one.helped, one.sure, one.mock)
                for one in answers
                if one.section is not None
            ]
            row.detail |= overview_data(overview(given, now=self.now))

    def _ready(self, answers: Sequence[Said], exam: ExamInView) -> None:
        seen = signature(answers)
        row = self._row(StandingKind.READINESS, exam.plan_id, seen)
        if row is None:
            return
        found = {
            section: evidence((one.answer for one in some), self.now)
            for section, some in _grouped(answers, lambda one: one.section).items()
        }
        practice, mocks = (
            evidence((one.answer for one in answers if one.mock is mock), self.now) for mock in (False, True)
        )
        whole = practice.weight + mocks.weight
        reached = readiness(
            found,
            exam.paper,
            pass_mark=exam.pass_mark,
            learners=self.priors.population,
            practice=practice.weight / whole if whole else 1.0,
        )
        row.mean, row.low, row.high = (reached.probability, reached.low, reached.high) if reached else (None,) * 3
        row.right_weight = sum(one.right for one in found.values())
        row.wrong_weight = sum(one.wrong for one in found.values())
        row.answers = sum(one.answers for one in found.values())
        row.detail = {
            "seen": seen,
            "practice": [practice.right, practice.wrong],
            "exam": [mocks.right, mocks.wrong],
            "ability": reached.ability if reached else None,
            "moves": [
                {"section": move.section.value, "more_right": move.more_right, "gain": move.gain}
                for move in (reached.moves if reached else ())
            ],
        }


def _grouped(said: Iterable[Said], key: Callable[[Said], Key | None]) -> dict[Key, list[Said]]:
    found: dict[Key, list[Said]] = {}
    for one in said:
        if (place := key(one)) is not None:
            found.setdefault(place, []).append(one)
    return found


def latest_priors(session: Session) -> Priors:
    """Return what all learners are like by the latest snapshot, the usual values where there is none."""
    row = session.scalar(select(PriorSnapshot).order_by(PriorSnapshot.id.desc()).limit(1))
    if row is None:
        return Priors({}, USUAL_POPULATION)
    return Priors(row.sections, Population(**row.population))


def snapshot_age(session: Session, *, now: datetime) -> timedelta | None:
    """Return how old the latest snapshot of all learners is, None if there is none."""
    at = session.scalar(select(PriorSnapshot.computed_at).order_by(PriorSnapshot.id.desc()).limit(1))
    return None if at is None else now - at


def take_snapshot(session: Session, *, now: datetime) -> Priors:
    """Look at all learners' standings and store what they are like; sections with too few learners are left out."""
    rates: dict[str, list[float]] = {}
    for key, right, wrong in session.execute(
        select(Standing.key, Standing.right_weight, Standing.wrong_weight).where(Standing.kind == StandingKind.SECTION)
    ):
        if right + wrong > 0:
            rates.setdefault(key, []).append(right / (right + wrong))
    abilities, differences, learners = [], [], 0
    for row in session.execute(
        select(Standing.right_weight, Standing.wrong_weight, Standing.answers, Standing.detail).where(
            Standing.kind == StandingKind.READINESS
        )
    ):
        learners += row.answers > 0
        if row.answers >= LEAST_ANSWERS:
            abilities.append(ability(row.right_weight, row.wrong_weight))
        practice, exam = row.detail["practice"], row.detail["exam"]
        if min(sum(practice), sum(exam)) >= _ENOUGH_TO_COMPARE:
            differences.append(ability(*practice) - ability(*exam))
    found = Priors(
        {section: prior_mean(some) for section, some in rates.items() if len(some) >= ENOUGH_LEARNERS},
        population(abilities, differences),
    )
    session.add(
        PriorSnapshot(
            computed_at=now,
            learners=learners,
            sections=dict(found.sections),
            population=found.population._asdict(),
        )
    )
    session.flush()
    return found
