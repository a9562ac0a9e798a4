"""How far somebody is with an assignment, from first principles."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from coachapp.domain.assignments import (
    NO_WORK,
    Dates,
    Round,
    Sat,
    Stage,
    Try,
    Work,
    WorkState,
    case_work,
    drill_work,
    exam_work,
    is_overdue,
    late_by,
    state_of,
)

T0 = datetime(2026, 5, 15, 14, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
INSTANT = timedelta(microseconds=1)
DUE = Dates(T0, due_at=T0 + DAY)

moments = st.timedeltas(-3 * DAY, 3 * DAY).map(lambda gap: T0 + gap)
maybe = st.none() | moments


def test_the_stage_follows_the_dates() -> None:
    both = Dates(T0, due_at=T0 + DAY, closes_at=T0 + 2 * DAY)
    assert both.stage(T0 - INSTANT) is Stage.COMING
    assert both.stage(T0) is Stage.OPEN
    assert both.stage(T0 + 2 * DAY - INSTANT) is Stage.OPEN
    assert both.stage(T0 + 2 * DAY) is Stage.PAST
    assert DUE.stage(T0 + DAY) is Stage.PAST
    assert Dates(T0).stage(T0 + 900 * DAY) is Stage.OPEN
    assert (both.target, Dates(T0, None, T0 + DAY).target, Dates(T0).target) == (T0 + DAY, T0 + DAY, None)


def test_the_end_of_the_minute_parts_in_time_from_late() -> None:
    for gap, state in ((-INSTANT, WorkState.ON_TIME), (0 * DAY, WorkState.LATE), (2 * HOUR, WorkState.LATE)):
        work = Work(begun=True, handed_in_at=T0 + DAY + gap)
        assert state_of(DUE, work) is state
        assert late_by(DUE, work) == (gap if state is WorkState.LATE else None)


@given(due=maybe, at=maybe, begun=st.booleans(), now=moments, longer=st.timedeltas(0 * DAY, DAY))
def test_states_exclude_one_another_and_agree_with_the_dates(
    due: datetime | None, at: datetime | None, begun: bool, now: datetime, longer: timedelta
) -> None:
    dates = Dates(T0 - 5 * DAY, due)
    work = Work(begun=begun or at is not None, handed_in_at=at, longer=longer)
    state = state_of(dates, work)
    assert state.handed_in == (at is not None)
    assert (state is WorkState.LATE) == (at is not None and due is not None and at >= due + longer)
    assert (late_by(dates, work) is not None) == (state is WorkState.LATE)
    assert is_overdue(dates, work, now) == (at is None and due is not None and now >= due + longer)
    if due is not None:
        assert state_of(dates.extended(longer), Work(work.begun, at)) is state


def test_of_a_case_the_first_claim_handed_in_since_it_was_given_counts() -> None:
    before, first, better = Try(1, T0 - INSTANT, 1.0), Try(2, T0, 0.4), Try(3, T0 + HOUR, 0.9)
    assert case_work([], since=T0) == NO_WORK
    assert case_work([before], since=T0) == NO_WORK
    assert case_work([before, Try(4, None, None)], since=T0) == Work(begun=True, ref=4)
    assert case_work([better, first, before], since=T0) == Work(True, T0, ref=2, score=0.4)


answers = st.lists(st.tuples(st.timedeltas(0 * DAY, DAY).map(lambda gap: T0 + gap), st.booleans()), max_size=6)


@given(given=st.lists(answers, max_size=4), questions=st.integers(1, 8))
def test_a_drill_is_done_with_as_many_answers_as_its_plan_has(
    given: list[list[tuple[datetime, bool]]], questions: int
) -> None:
    rounds = [Round(n, T0, 8, some) for n, some in enumerate(given)]
    every = sorted(at for some in given for at, _ in some)
    work = drill_work(rounds, since=T0, questions=questions)
    assert work.begun == bool(given)
    assert work.handed_in_at == (every[questions - 1] if len(every) >= questions else None)
    if work.handed_in_at is not None:
        assert work.scored == questions
        assert work.right is not None
        assert 0 <= work.right <= questions
    assert drill_work(rounds, since=T0 + INSTANT, questions=questions) == NO_WORK


def test_a_drill_that_the_bank_made_shorter_is_done_when_all_of_it_is_answered() -> None:
    some = [(T0 + MINUTE, True), (T0 + 2 * MINUTE, False)]
    assert drill_work([Round(1, T0, 3, some)], since=T0, questions=10).handed_in_at is None
    done = drill_work([Round(1, T0, 2, some)], since=T0, questions=10)
    assert done == Work(True, T0 + 2 * MINUTE, ref=1, right=1, scored=2)
    # A whole round, handed in with most of it unanswered, is no short one.
    assert drill_work([Round(1, T0, 10, some)], since=T0, questions=10) == Work(begun=True, ref=1)


def test_of_an_exam_the_sitting_that_ended_first_counts() -> None:
    early = Sat(1, T0 - INSTANT, T0 + HOUR, 9, 10)
    running = Sat(2, T0, None)
    ended = Sat(3, T0 + HOUR, T0 + 2 * HOUR, 7, 10, longer=HOUR)
    later = Sat(4, T0 + 3 * HOUR, T0 + 4 * HOUR, 10, 10)
    assert exam_work([early], since=T0) == NO_WORK
    assert exam_work([early, running], since=T0) == Work(begun=True, ref=2)
    assert exam_work([later, ended, running, early], since=T0) == Work(
        True, T0 + 2 * HOUR, ref=3, right=7, scored=10, longer=HOUR
    )
