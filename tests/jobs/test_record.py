"""What the runner leaves behind: failures, turns, heartbeat, jumps of the clock; and the page that shows it."""

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from huey import SqliteHuey  # type: ignore[import-untyped]

from coachapp import clock
from coachapp.config import Settings
from coachapp.domain.permissions import Role
from coachapp.jobs import QUEUE_FILE, ClockJump, Jobs, jobs_of
from coachapp.jobs.record import MOST_FAILURES, MOST_JUMPS, Record
from tests.conftest import SignIn

T0 = datetime(2026, 5, 15, 14, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def queue(app: Flask) -> Jobs:
    """Return the app's queue with two more jobs: one that notes its arguments, one that fails."""
    found = jobs_of(app)
    found.noted = []  # type: ignore[attr-defined]

    def fail(*arguments: int | str) -> None:
        raise RuntimeError("<b>no luck</b>")

    found.add("note", lambda *arguments: found.noted.append(arguments))  # type: ignore[attr-defined]
    found.add("fail", fail)
    found.add("fail-again", fail, every_seconds=10)
    return found


def work(queue: Jobs) -> None:
    """Do what the runner does until the queue is empty."""
    huey = queue._queue()
    while (task := huey.dequeue()) is not None:
        huey.execute(task)


def test_a_job_that_fails_is_kept_and_can_be_tried_again(queue: Jobs) -> None:
    queue.enqueue("fail", 7)
    queue.enqueue("note", 8, "x")
    assert queue.waiting() == [("fail", (7,)), ("note", (8, "x"))]
    work(queue)
    failure = queue.record.failures()[0]
    assert (failure.name, failure.arguments, failure.message) == ("fail", (7,), "RuntimeError: <b>no luck</b>")
    assert queue.noted == [(8, "x")]  # type: ignore[attr-defined]
    assert queue.record.running() is None
    assert queue.retry(failure.id)
    assert (queue.record.failures(), queue.waiting()) == ([], [("fail", (7,))])
    assert not queue.retry(failure.id)
    work(queue)
    assert len(queue.record.failures()) == 1


def test_a_job_of_a_retired_name_is_set_aside_quietly(queue: Jobs, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(30):
        queue.enqueue("gone", number)
    queue.enqueue("note", 1)
    work(queue)
    assert queue.noted == [(1,)]  # type: ignore[attr-defined]
    assert queue.record.failures() == []
    assert {(one.name, one.arguments) for one in queue.record.aside()} == {("gone", (number,)) for number in range(30)}
    assert [record.levelname for record in caplog.records if "gone" in record.getMessage()] == ["WARNING"]
    assert "Traceback" not in caplog.text


def left_by_another_version(queue: Jobs, name: str, *arguments: object) -> None:
    """Put a task into the queue that this version's registry does not know."""
    huey = queue._queue()
    other = SqliteHuey("coachapp", filename=str(queue._path), serializer=huey.serializer, results=False)
    other.task(name=name)(lambda *rest: None)(*arguments)
    other.storage.close()


def test_a_task_of_another_version_is_set_aside_by_name(queue: Jobs, caplog: pytest.LogCaptureFixture) -> None:
    left_by_another_version(queue, "close_sittings", 7)
    queue.enqueue("note", 1)
    assert len(queue.waiting()) == 2
    work(queue)
    assert queue.noted == [(1,)]  # type: ignore[attr-defined]
    (one,) = queue.record.aside()
    assert one.name.endswith("close_sittings")
    assert one.arguments == (7,)
    assert "Traceback" not in caplog.text


def test_a_task_that_only_moved_to_another_module_is_carried_over(queue: Jobs) -> None:
    left_by_another_version(queue, "work", "note", (5,))
    work(queue)
    assert queue.noted == [(5,)]  # type: ignore[attr-defined]
    assert queue.record.aside() == []


def test_what_this_site_did_not_sign_is_set_aside(queue: Jobs, caplog: pytest.LogCaptureFixture) -> None:
    for data in (b"", b"junk", b"a:b" * 40, b"\x80\x04." + bytes(60)):
        queue._queue().storage.enqueue(data)
    queue.enqueue("note", 2)
    work(queue)
    assert queue.noted == [(2,)]  # type: ignore[attr-defined]
    assert [one.name for one in queue.record.aside()] == ["unreadable"] * 4
    assert "Traceback" not in caplog.text


def test_jobs_that_were_set_aside_are_listed_and_discarded(queue: Jobs, sign_in: SignIn) -> None:
    queue.enqueue("gone", 7)
    work(queue)
    admin = sign_in(Role.ADMIN)
    page = admin.get("/admin/jobs").text
    assert ">Set aside</h2>" in page
    (one,) = queue.record.aside()
    assert f"/admin/jobs/{one.id}/discard" in page
    assert admin.post(f"/admin/jobs/{one.id}/discard").status_code == 303
    assert ">Set aside</h2>" not in admin.get("/admin/jobs").text


def test_the_job_at_hand_is_named(queue: Jobs) -> None:
    seen = []
    queue.add("look", lambda number: seen.append(queue.record.running()))
    queue.enqueue("look", 3)
    work(queue)
    assert [(one.name, one.arguments) for one in seen if one] == [("look", (3,))]


def test_a_periodic_job_tells_of_its_last_turn_and_is_not_among_the_failed(queue: Jobs) -> None:
    names = {one.name: one for one in queue.periodic()}
    assert names["fail-again"].began_at is None
    queue._run_id = "mine"
    queue._perform("fail-again", (), "mine")
    found = next(one for one in queue.periodic() if one.name == "fail-again")
    assert found.message == "RuntimeError: <b>no luck</b>"
    assert found.began_at is not None
    assert found.ended_at is not None
    assert queue.record.failures() == []
    assert queue.waiting() == []


def test_of_very_many_failures_the_oldest_go(queue: Jobs) -> None:
    for n in range(MOST_FAILURES + 5):
        queue.record.failed("fail", (n,), message="x" * 5000, now=T0 + n * SECOND)
    kept = queue.record.failures()
    assert [one.arguments[0] for one in kept] == list(range(MOST_FAILURES + 4, 4, -1))
    assert len(kept[0].message) == 1000


def test_what_cannot_be_noted_keeps_no_job_from_being_done(
    queue: Jobs, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*arguments: object, **named: object) -> None:
        raise sqlite3.OperationalError("disk is full")

    for name in ("beat", "began", "ended", "turn", "failed"):
        monkeypatch.setattr(Record, name, refuse)
    queue._run_id = "mine"
    queue.add("note-again", lambda: queue.noted.append(()), every_seconds=10)  # type: ignore[attr-defined]
    queue._perform("note-again", (), "mine")
    assert queue.noted == [()]  # type: ignore[attr-defined]
    assert len(queue._queue().pending()) == 1  # its next turn
    assert "disk is full" in caplog.text


@pytest.mark.parametrize(
    ("wall", "steady", "boot", "jumps"),
    [
        (10, 10, "a", []),
        (14, 10, "a", []),  # the clock is kept right in small steps
        (3610, 10, "a", [ClockJump(T0 + 10 * SECOND, T0 + 3610 * SECOND)]),
        (-590, 10, "a", [ClockJump(T0 + 10 * SECOND, T0 - 590 * SECOND)]),
        (3610, 3610, "a", []),  # the runner slept, or the machine did
        (3610, 10, "b", []),  # started anew meanwhile: nothing tells how long it was off
        (3610, -5, "a", []),
    ],
)
def test_a_jump_of_the_clock_is_noted(
    queue: Jobs, wall: float, steady: float, boot: str, jumps: list[ClockJump]
) -> None:
    record = queue.record
    assert record.last_beat() is None
    record.beat(now=T0, boot="a", steady=100.0)
    record.beat(now=T0 + wall * SECOND, boot=boot, steady=100.0 + steady)
    assert record.jumps() == jumps
    assert record.last_beat() == T0 + wall * SECOND
    assert [jump.shift for jump in jumps] == [(wall - 10) * SECOND for _ in jumps]


def test_of_very_many_jumps_the_oldest_go(queue: Jobs) -> None:
    for n in range(MOST_JUMPS + 10):
        queue.record.beat(now=T0 + n * 100 * SECOND, boot="a", steady=float(n))
    assert len(queue.record.jumps()) == MOST_JUMPS
    assert queue.record.jumps()[-1].found == T0 + (MOST_JUMPS + 9) * 100 * SECOND


def test_the_steady_clock_goes_on() -> None:
    first, second = clock.steady(), clock.steady()
    assert first[0] == second[0]
    assert first[1] <= second[1]


def test_the_page_without_anything_says_so(sign_in: SignIn) -> None:
    page = sign_in(Role.ADMIN).get("/admin/jobs").text
    for words in ("No job failed.", "Nothing runs or waits", "sweep-sittings", "never", "has done nothing in the last"):
        assert words in page


def test_failed_jobs_are_retried_and_discarded_from_the_page(queue: Jobs, sign_in: SignIn) -> None:
    admin = sign_in(Role.ADMIN)
    for n in (1, 2):
        queue.enqueue("fail", n)
    work(queue)
    queue.enqueue("note", 5)
    page = admin.get("/admin/jobs").text
    assert "&lt;b&gt;no luck" in page
    assert "has done nothing in the last" not in page
    assert "Waiting" in page
    second, first = queue.record.failures()
    answer = admin.post(f"/admin/jobs/{first.id}/retry")
    assert (answer.status_code, answer.location) == (303, "/admin/jobs")
    assert ("fail", first.arguments) in queue.waiting()
    assert admin.post(f"/admin/jobs/{second.id}/discard").status_code == 303
    assert queue.record.failures() == []
    for act in ("retry", "discard"):
        assert admin.post(f"/admin/jobs/{first.id}/{act}").status_code == 409


@pytest.mark.parametrize("role", [Role.STUDENT, Role.INSTRUCTOR])
def test_only_administrators_see_jobs(sign_in: SignIn, role: Role) -> None:
    client = sign_in(role)
    assert client.get("/admin/jobs").status_code == 403
    for act in ("retry", "discard"):
        assert client.post(f"/admin/jobs/x/{act}").status_code == 403


def test_a_queue_that_cannot_be_read_is_said_so(app: Flask, sign_in: SignIn, settings: Settings) -> None:
    (settings.data / QUEUE_FILE).mkdir()
    answer = sign_in(Role.ADMIN).get("/admin/jobs")
    assert answer.status_code == 503
    assert "The queue of jobs cannot be read" in answer.text
