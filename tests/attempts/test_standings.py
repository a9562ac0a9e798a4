"""Standing and memory as grades arrive: equal to the pure definitions, silent on what an exam withholds."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp.attempts import finishing, sittings, standings
from coachapp.attempts.grades import mark_outdated
from coachapp.attempts.papers import paper_of
from coachapp.attempts.standings import ExamInView
from coachapp.domain.mastery import Answer, evidence, mastery
from coachapp.domain.overview import overview_from
from coachapp.domain.plans import ExamPlan
from coachapp.domain.questions import Section
from coachapp.domain.rates import Rate
from coachapp.domain.readiness import USUAL_POPULATION, Population, readiness
from coachapp.domain.scheduling import Rating, Review, replay
from coachapp.domain.slotwork import make_save
from coachapp.models.attempts import Grade
from coachapp.models.memory import MemoryReview, MemoryState
from coachapp.models.sittings import Sitting
from coachapp.models.standing import PriorSnapshot, ProgressState, Standing, StandingKind
from tests.attempts.test_grades import DRILL, check, regrade
from tests.domain.exam_builders import drill, plan
from tests.exams.conftest import T0, bank, begin, stock

__all__ = ["begin", "stock"]

Begin = Callable[..., Sitting]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EXAM = ExamInView("mock", {Section.EM: 6, Section.ICD10CM: 6}, 70)


def refresh(session: Session, person_id: int, now: datetime = T0 + HOUR, exam: ExamInView | None = EXAM) -> None:
    standings.refresh(session, person_id, now=now, exam=exam)
    session.commit()
    session.expire_all()


def standing(session: Session, kind: StandingKind, key: str) -> Standing | None:
    return session.scalar(select(Standing).where(Standing.kind == kind, Standing.key == key))


def section(session: Session) -> Standing | None:
    return standing(session, StandingKind.SECTION, "em")


def overview(session: Session) -> Standing | None:
    return standing(session, StandingKind.OVERVIEW, "")


def sit(session: Session, exam: Sitting, answers: dict[int, str], *, end: datetime = T0 + HOUR) -> None:
    """Answer some questions of an exam, hand it in, and have it graded."""
    for n, answer in answers.items():
        work = make_save(base_seq=0, save_id=f"s{n}", answer=list(answer))
        sittings.save(session, exam, slot=paper_of(exam)[n - 1], work=work, now=exam.started_at)
    sittings.hand_in(session, exam, now=end)
    finishing.finish(session, exam.id, now=end)
    session.commit()


def test_mastery_and_memory_are_those_of_the_definitions(db_session: Session, begin: Begin) -> None:
    sitting = begin(plan=DRILL)
    check(db_session, sitting, 2, "b")
    check(db_session, sitting, 3, "a")
    now = T0 + 30 * DAY
    refresh(db_session, sitting.person_id, now)
    wanted = mastery(evidence([Answer("1", T0, 1), Answer("2", T0, 0)], now))
    for kind, key in ((StandingKind.SECTION, "em"), (StandingKind.CONCEPT, "some-concept")):
        row = standing(db_session, kind, key)
        assert row is not None
        assert (row.mean, row.low, row.high) == (wanted.mean, wanted.low, wanted.high)
        assert (row.answers, row.right_weight + row.wrong_weight) == (2, pytest.approx(2 * 0.5**0.5))
    memory = db_session.get_one(MemoryState, (sitting.person_id, "some-concept"))
    replayed = replay([Review(T0, Rating.AGAIN), Review(T0, Rating.GOOD)])
    assert replayed is not None
    assert (memory.due, memory.stability, memory.reviews, memory.lapses) == (replayed.due, replayed.stability, 2, 1)
    state = db_session.get_one(ProgressState, sitting.person_id)
    assert (state.computed_at, state.refresh_at) == (now, None)


def test_under_sixty_answers_there_is_no_readiness_and_from_then_on_that_of_the_definition(
    db_session: Session, begin: Begin
) -> None:
    sections = (Section.EM, Section.ICD10CM)
    long = drill(dict.fromkeys(sections, 30), id="long")
    sitting = begin(plan=long, questions=bank(30, sections))
    for n in range(1, 60):
        check(db_session, sitting, n, "b")
    refresh(db_session, sitting.person_id)
    row = standing(db_session, StandingKind.READINESS, "mock")
    assert row is not None
    assert (row.mean, row.answers, row.detail["ability"], row.detail["moves"]) == (None, 59, None, [])
    check(db_session, sitting, 60, "b")
    refresh(db_session, sitting.person_id)
    row = standing(db_session, StandingKind.READINESS, "mock")
    grades = db_session.execute(select(Grade.score, Grade.item_version_id).order_by(Grade.id)).all()
    now = T0 + HOUR
    found = {
        one: evidence((Answer(str(item), T0, score) for score, item in grades[30 * place : 30 * place + 30]), now)
        for place, one in enumerate(sections)
    }
    wanted = readiness(found, EXAM.paper, pass_mark=70)
    assert row is not None
    assert wanted is not None
    assert (row.mean, row.low, row.high) == (
        pytest.approx(wanted.probability),
        pytest.approx(wanted.low),
        pytest.approx(wanted.high),
    )
    assert [(move["section"], move["more_right"]) for move in row.detail["moves"]] == [
        (move.section, 6) for move in wanted.moves
    ]
    assert sum(row.detail["practice"]) == pytest.approx(row.right_weight + row.wrong_weight)
    assert row.detail["exam"] == [0, 0]


def test_after_a_regrade_mastery_memory_and_readiness_follow(db_session: Session, begin: Begin) -> None:
    sitting = begin(plan=DRILL)
    wrong = check(db_session, sitting, 3, "a")
    refresh(db_session, sitting.person_id)
    before = section(db_session)
    assert before is not None
    assert (before.right_weight, before.mean) == (0, pytest.approx(2.4 / 5, abs=0.01))
    regrade(db_session, wrong, 1)
    db_session.commit()
    assert standings.is_outdated(db_session, sitting.person_id, now=T0 + HOUR)
    refresh(db_session, sitting.person_id, T0 + 2 * HOUR)
    after = section(db_session)
    assert after is not None
    assert (after.wrong_weight, after.mean) == (0, pytest.approx(3.4 / 5, abs=0.01))
    memory = db_session.get_one(MemoryState, (sitting.person_id, "other-concept"))
    replayed = replay([Review(T0, Rating.GOOD)])
    assert replayed is not None
    assert (memory.due, memory.lapses) == (replayed.due, 0)


def test_a_hint_is_no_evidence_but_is_remembered(db_session: Session, begin: Begin) -> None:
    sitting = begin(plan=DRILL)
    slot = paper_of(sitting)[1]
    sittings.save(
        db_session, sitting, slot=slot, work=make_save(base_seq=0, save_id="h", answer=["b"]), now=T0, hints=1
    )
    work = make_save(base_seq=1, save_id="s", answer=["b"])
    finishing.check(db_session, sitting, slot=slot, work=work, now=T0)
    refresh(db_session, sitting.person_id)
    row = section(db_session)
    assert row is not None
    assert (row.answers, row.mean) == (0, pytest.approx(0.6))
    assert db_session.scalars(select(MemoryReview.rating)).one() is Rating.HARD
    assert db_session.get_one(MemoryState, (sitting.person_id, "some-concept")).reviews == 1


def secret(**fields: Any) -> ExamPlan:
    return plan({Section.EM: 6}, **fields)


def test_an_exam_that_keeps_its_answers_until_a_day_counts_from_that_day(db_session: Session, begin: Begin) -> None:
    day = T0.date() + timedelta(days=3)
    exam = begin(plan=secret(show_answers="after", show_answers_from=day))
    sit(db_session, exam, {2: "b", 3: "a"})
    refresh(db_session, exam.person_id)
    assert section(db_session) is None
    assert db_session.scalars(select(MemoryState)).all() == []
    shown = datetime(day.year, day.month, day.day, tzinfo=T0.tzinfo)
    assert db_session.get_one(ProgressState, exam.person_id).refresh_at == shown
    assert not standings.is_outdated(db_session, exam.person_id, now=T0 + 2 * HOUR)
    assert standings.outdated_people(db_session, now=shown - HOUR, limit=9) == []
    assert standings.outdated_people(db_session, now=shown, limit=9) == [exam.person_id]
    refresh(db_session, exam.person_id, shown)
    row = section(db_session)
    assert row is not None
    assert row.answers == 2


def test_an_exam_that_never_shows_its_answers_never_counts(db_session: Session, begin: Begin) -> None:
    exam = begin(plan=secret(show_answers="never"))
    sit(db_session, exam, {2: "b", 3: "a"})
    refresh(db_session, exam.person_id, T0 + 400 * DAY)
    assert db_session.scalars(select(Standing).where(Standing.answers > 0)).all() == []
    assert db_session.get_one(ProgressState, exam.person_id).refresh_at is None


def test_a_drill_tells_nothing_of_a_running_exam_through_standing_or_memory(
    db_session: Session, begin: Begin, person: Any
) -> None:
    """The drill was begun first, so it holds questions of the exam; its verdict is withheld, and so is its effect."""
    who = person()
    practice = begin(plan=DRILL, who=who)
    exam = begin(plan=secret(), who=who)
    check(db_session, practice, 2, "b")
    refresh(db_session, who.id)
    assert section(db_session) is None
    assert db_session.scalars(select(MemoryState)).all() == []
    sit(db_session, exam, {}, end=T0 + HOUR)
    assert standings.is_outdated(db_session, who.id, now=T0 + HOUR)
    refresh(db_session, who.id, T0 + 2 * HOUR)
    row = section(db_session)
    assert row is not None
    assert row.answers == 1


def test_an_exam_begun_since_takes_what_it_asks_out_of_the_standing(
    db_session: Session, begin: Begin, person: Any
) -> None:
    who = person()
    practice = begin(plan=DRILL, who=who)
    check(db_session, practice, 2, "b")
    refresh(db_session, who.id, T0 + HOUR)
    assert overview(db_session) is not None
    again = begin(plan=DRILL, who=who, now=T0 + 2 * HOUR, scope="another")
    assert again.id != practice.id
    assert not standings.is_outdated(db_session, who.id, now=T0 + 2 * HOUR)
    exam = begin(plan=secret(), who=who, now=T0 + 2 * HOUR)
    assert standings.is_outdated(db_session, who.id, now=T0 + 2 * HOUR)
    refresh(db_session, who.id, T0 + 2 * HOUR)
    assert overview(db_session) is None
    assert not standings.is_outdated(db_session, who.id, now=T0 + 3 * HOUR)
    sit(db_session, exam, {}, end=T0 + 3 * HOUR)
    refresh(db_session, who.id, T0 + 3 * HOUR)
    assert overview(db_session) is not None


def test_the_overview_has_the_mastery_of_all_questions_and_how_they_were_answered(
    db_session: Session, begin: Begin
) -> None:
    sitting = begin(plan=DRILL)
    check(db_session, sitting, 2, "b", sure=True)
    check(db_session, sitting, 3, "a")
    refresh(db_session, sitting.person_id)
    row = overview(db_session)
    assert row is not None
    assert (row.right_weight, row.wrong_weight, row.answers) == pytest.approx((1, 1, 2), abs=0.001)
    told = overview_from(row.detail)
    assert (told.trend[-1].right, told.trend[-1].answers) == pytest.approx((1, 2), abs=0.001)
    assert (told.confidence[True], told.confidence[None]) == (Rate(1, 1), Rate(0, 1))


def test_what_rests_on_the_same_reviews_is_left_alone_for_a_day(db_session: Session, begin: Begin) -> None:
    sitting = begin(plan=DRILL)
    check(db_session, sitting, 2, "b")
    refresh(db_session, sitting.person_id, T0 + HOUR)
    refresh(db_session, sitting.person_id, T0 + 2 * HOUR)
    rows = db_session.scalars(select(Standing)).all()
    assert {row.computed_at for row in rows} == {T0 + HOUR}
    assert not standings.is_outdated(db_session, sitting.person_id, now=T0 + DAY)
    later = T0 + 60 * DAY
    assert standings.is_outdated(db_session, sitting.person_id, now=later)
    refresh(db_session, sitting.person_id, later)
    rows = db_session.scalars(select(Standing)).all()
    assert {row.computed_at for row in rows} == {later}
    assert {row.right_weight for row in rows} == {0.5}


def test_what_rests_on_nothing_any_more_is_taken_away(db_session: Session, begin: Begin) -> None:
    sitting = begin(plan=DRILL)
    check(db_session, sitting, 2, "b")
    refresh(db_session, sitting.person_id)
    sittings.void(db_session, sitting, now=T0 + HOUR)
    refresh(db_session, sitting.person_id, T0 + 2 * HOUR)
    assert [row.kind for row in db_session.scalars(select(Standing))] == [StandingKind.READINESS]
    assert db_session.scalars(select(MemoryState)).all() == []


def test_somebody_without_any_work_has_no_standing_yet(db_session: Session, person: Any) -> None:
    who = person()
    assert standings.is_outdated(db_session, who.id, now=T0)
    refresh(db_session, who.id, exam=None)
    assert db_session.scalars(select(Standing)).all() == []
    assert not standings.is_outdated(db_session, who.id, now=T0 + 2 * HOUR)


def test_a_memory_of_another_version_of_the_schedule_is_reckoned_anew(
    db_session: Session, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    sitting = begin(plan=DRILL)
    check(db_session, sitting, 2, "b")
    refresh(db_session, sitting.person_id)
    monkeypatch.setattr(standings, "VERSION", 99)
    refresh(db_session, sitting.person_id, T0 + 2 * HOUR)
    assert db_session.scalars(select(MemoryState.version)).one() == 99


def add_standing(session: Session, person_id: int, kind: StandingKind, key: str, **values: Any) -> None:
    fields = {"right_weight": 0.0, "wrong_weight": 0.0, "answers": 0, "detail": {}, "computed_at": T0, **values}
    session.add(Standing(person_id=person_id, kind=kind, key=key, **fields))


def test_all_learners_make_the_prior_from_thirty_on(db_session: Session, person: Any) -> None:
    for n in range(30):
        who = person()
        add_standing(db_session, who.id, StandingKind.SECTION, "em", right_weight=3.0, wrong_weight=1.0, answers=4)
        if n:
            add_standing(db_session, who.id, StandingKind.SECTION, "hcpcs", right_weight=1.0, answers=1)
        detail = {"practice": [30.0, 10.0], "exam": [12.0, 8.0]}
        add_standing(
            db_session, who.id, StandingKind.READINESS, "mock", right_weight=42.0, wrong_weight=18.0, answers=60,
            detail=detail,
        )  # fmt: skip
    assert standings.latest_priors(db_session).population == USUAL_POPULATION
    assert standings.snapshot_age(db_session, now=T0) is None
    taken = standings.take_snapshot(db_session, now=T0)
    db_session.commit()
    assert taken.sections == {"em": 0.75}
    # ln(42.5/18.5), the least SD the grid bears, ln(30.5/10.5) − ln(12.5/8.5)
    assert taken.population == Population(pytest.approx(0.83169, abs=1e-4), 0.2, pytest.approx(0.68068, abs=1e-4))
    assert standings.latest_priors(db_session) == taken
    assert standings.snapshot_age(db_session, now=T0 + DAY) == DAY
    assert db_session.scalars(select(PriorSnapshot.learners)).one() == 30


def test_the_prior_of_a_section_is_that_of_all_its_learners(db_session: Session, begin: Begin) -> None:
    sitting = begin(plan=DRILL)
    check(db_session, sitting, 2, "b")
    db_session.add(
        PriorSnapshot(
            computed_at=T0, learners=30, sections={"em": 0.9}, population={"mean": 1.0, "sd": 0.5, "harder": 0.1}
        )
    )
    refresh(db_session, sitting.person_id)
    row = section(db_session)
    assert row is not None
    assert row.mean == pytest.approx((3.6 + 1) / 5, abs=0.01)


def test_a_long_list_of_people_is_marked_at_once(db_session: Session, person: Any) -> None:
    first, last = person().id, person().id
    mark_outdated(db_session, {first, last}, at=T0)
    mark_outdated(db_session, {first}, at=T0 + HOUR)
    mark_outdated(db_session, (), at=T0)
    db_session.commit()
    assert standings.outdated_people(db_session, now=T0 + HOUR, limit=9) == [last, first]
    assert standings.outdated_people(db_session, now=T0 + HOUR, limit=1) == [last]
    assert standings.outdated_people(db_session, now=T0 - DAY, limit=9) == []
