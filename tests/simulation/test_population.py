"""Simulated learners: the same seed gives the same rows, the better do better, and the rows are those of the engine."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from statistics import correlation
from typing import Any

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from coachapp.attempts import engine, finishing, sittings
from coachapp.attempts.bulk import DoneCase, DoneStep, write_cases, write_sittings
from coachapp.codesets import CodeSets
from coachapp.domain.examclock import Accommodation
from coachapp.domain.grading import key_claim
from coachapp.domain.plans import PlanKind
from coachapp.domain.questions import Section
from coachapp.domain.sittings import SittingState
from coachapp.domain.slotwork import make_save
from coachapp.models.attempts import Attempt, Grade, Step, StepKind
from coachapp.models.items import Item
from coachapp.models.people import Person
from coachapp.models.sittings import Sitting
from coachapp.simulation.learners import Learner, learner
from coachapp.simulation.months import Months
from coachapp.simulation.population import NO_PASSWORD, has_simulated, real_people, simulate
from coachapp.simulation.slips import payload_of
from coachapp.simulation.stock import Stock, read_stock
from coachapp.web.passwords import verify

UNTIL = date(2026, 11, 1)
START = datetime(2026, 10, 1, 15, tzinfo=UTC)


def rows(session: Session) -> list[tuple[Any, ...]]:
    """Return what was written, without the ids of rows."""
    query = (
        select(Person.name, Item.slug, Attempt.started_at, Attempt.active_ms, Attempt.finished_at, Grade.score)
        .join(Attempt, Attempt.person_id == Person.id)
        .join(Item, Item.id == Attempt.item_id)
        .join(Grade, Grade.attempt_id == Attempt.id)
        .order_by(Attempt.id)
    )
    return [tuple(row) for row in session.execute(query)]


def test_the_same_seed_gives_the_same_rows_and_another_others(db_session: Session, stock: Callable[[], Stock]) -> None:
    found = stock()

    def made(seed: int) -> list[tuple[Any, ...]]:
        list(simulate(db_session, found, learners=3, months=1, seed=seed, until=UNTIL, time_zone="UTC"))
        kept = rows(db_session)
        db_session.rollback()
        return kept

    one, again, other = made(1), made(1), made(2)
    assert len(one) > 20
    assert one == again
    assert one != other


def test_everything_lies_in_the_months_and_is_counted(db_session: Session, stock: Callable[[], Stock]) -> None:
    made = list(simulate(db_session, stock(), learners=4, months=2, seed=1, until=UNTIL, time_zone="UTC"))
    db_session.flush()
    assert db_session.scalar(select(func.count()).select_from(Grade)) == sum(one.answers for one in made)
    assert db_session.scalar(select(func.count()).select_from(Sitting)) == sum(one.sittings for one in made)
    until = datetime(2026, 11, 1, 8, tzinfo=UTC)
    times = [row[4] for row in rows(db_session)]
    assert min(times) >= until - timedelta(days=61)
    assert max(times) <= until
    assert {plan["kind"] for plan in db_session.scalars(select(Sitting.plan))} >= {"drill", "short"}
    assert has_simulated(db_session)
    assert real_people(db_session) == 0
    assert not verify(NO_PASSWORD, NO_PASSWORD)


def test_demo_students_without_work_are_given_some_first(
    db_session: Session, stock: Callable[[], Stock], person: Callable[..., Person]
) -> None:
    idle = person(demo=True)
    made = list(simulate(db_session, stock(), learners=2, months=1, seed=1, until=UNTIL, time_zone="UTC"))
    assert made[0].person_id == idle.id
    assert made[0].answers > 20
    assert db_session.scalar(select(func.count()).select_from(Person)) == 2


def share_right(stock: Stock, who: Learner) -> float:
    done = Months(who, stock, person_id=1, start=START, seed=3).run()
    given = [(a.question, a.steps[-1].payload["answer"]) for one in done.sittings for a in one.answers]
    assert len(given) > 150
    return sum(frozenset(answer) == question.right for question, answer in given) / len(given)


def test_the_able_are_right_more_often_and_practice_helps(stock: Callable[[], Stock]) -> None:
    found = stock()
    plain = replace(learner(1, 1, 90), first_day=0, last_day=90, gain=0.0)
    weak = replace(plain, abilities=dict.fromkeys(Section, -0.5))
    able = replace(plain, abilities=dict.fromkeys(Section, 2.0))
    assert share_right(found, weak) < 0.6
    assert share_right(found, able) > 0.8
    assert able.ability(Section.EM, 0) == able.ability(Section.EM, 100)
    new = replace(able, gain=1.0)
    assert new.ability(Section.EM, 0) == pytest.approx(1.0)
    assert new.ability(Section.EM, 0) < new.ability(Section.EM, 20) < 2.0


def test_abilities_of_sections_are_correlated() -> None:
    people = [learner(1, n, 180) for n in range(2000)]
    one = [who.abilities[Section.EM] for who in people]
    other = [who.abilities[Section.HCPCS] for who in people]
    assert correlation(one, other) == pytest.approx(0.6, abs=0.05)


def stored(session: Session, person_id: int) -> dict[str, Any]:
    """Return every value a person's work left behind, but ids and save ids."""
    found: dict[str, Any] = {}
    for n, sitting in enumerate(session.scalars(select(Sitting).where(Sitting.person_id == person_id))):
        kept = {c.key: getattr(sitting, c.key) for c in Sitting.__table__.columns if c.key not in ("id", "person_id")}
        found[f"sitting {n}"] = kept
    for n, attempt in enumerate(session.scalars(select(Attempt).where(Attempt.person_id == person_id))):
        skipped = ("id", "person_id", "sitting_id")
        found[f"attempt {n}"] = {
            c.key: getattr(attempt, c.key) for c in Attempt.__table__.columns if c.key not in skipped
        }
        found[f"steps {n}"] = [(s.seq, s.kind, s.payload, s.at) for s in attempt.steps]
        found[f"grades {n}"] = [(g.policy, g.score, g.result, g.at, g.item_version_id) for g in attempt.grades]
    return found


@pytest.mark.parametrize("kind", [PlanKind.DRILL, PlanKind.EXAM])
def test_sittings_written_at_once_are_those_the_engine_writes_one_by_one(
    db_session: Session, stock: Callable[[], Stock], person: Callable[..., Person], kind: PlanKind
) -> None:
    found, one, other = stock(), person(), person()
    who = learner(1, 1, 90)
    months = Months(who, found, person_id=one.id, start=START, seed=5)
    plan = next(plan for plan in (*found.drills, *found.mocks) if plan.kind is kind)
    months._sit(plan, START)
    [done] = months.done.sittings
    write_sittings(db_session, [done])

    sitting = sittings.start(
        db_session,
        other.id,
        plan=plan,
        paper=done.paper,
        seed=done.seed,
        now=START,
        accommodation=Accommodation(),
        scope=plan.id,
    )
    slots = {slot.n: slot for slot in finishing.paper_of(sitting)}
    for answer in done.answers:
        for step in answer.steps:
            payload = {key: value for key, value in step.payload.items() if key != "save_id"}
            work = make_save(**payload, save_id=step.payload["save_id"], base_seq=answer.steps.index(step))
            if step.kind is StepKind.SUBMIT:
                finishing.check(db_session, sitting, slot=slots[answer.slot], work=work, now=step.at)
            else:
                sittings.save(db_session, sitting, slot=slots[answer.slot], work=work, now=step.at)
    sittings.hand_in(db_session, sitting, now=done.closed_at)
    assert finishing.finish(db_session, sitting.id, now=done.closed_at)
    assert sitting.state is SittingState.GRADED
    bulk, single = stored(db_session, one.id), stored(db_session, other.id)
    assert bulk == single


def test_claims_written_at_once_are_those_the_engine_writes_one_by_one(
    db_session: Session, stock: Callable[[], Stock], person: Callable[..., Person], codesets: CodeSets
) -> None:
    found, one, other = stock(), person(), person()
    case = found.cases[0]
    claim = key_claim(case.case)
    payload = payload_of(claim)
    steps = (DoneStep(StepKind.SUBMIT, payload, START + timedelta(seconds=60)),)
    done = DoneCase(one.id, case.item_id, case.version_id, START, 60_000, steps, found.judge(case, claim))
    assert write_cases(db_session, [done]) == 1

    attempt = engine.open_attempt(db_session, other.id, item=db_session.get_one(Item, case.item_id), now=START)
    engine.submit(
        db_session,
        attempt,
        claim=claim,
        payload=payload,
        base_seq=0,
        now=START + timedelta(seconds=60),
        codesets=codesets,
    )
    assert stored(db_session, one.id) == stored(db_session, other.id)


def test_nobody_works_where_there_is_nothing(db_session: Session, codesets: CodeSets) -> None:
    db_session.execute(delete(Item))
    empty = read_stock(db_session, cpt=True, codesets=codesets)
    [made] = simulate(db_session, empty, learners=1, months=1, seed=1, until=UNTIL, time_zone="UTC")
    assert (made.sittings, made.cases, made.answers) == (0, 0, 0)
    assert db_session.scalar(select(func.count()).select_from(Step)) == 0
