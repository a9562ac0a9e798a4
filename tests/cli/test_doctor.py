"""`coachapp doctor`: what is in order, what is not, and the clock."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from coachapp import clock
from coachapp.app import close_app, create_app
from coachapp.cli import doctor
from coachapp.content.drift import Drift
from coachapp.domain.sittings import CloseReason, SittingState
from coachapp.jobs import Record, jobs_of
from coachapp.models import db
from coachapp.models.people import Person
from coachapp.models.sittings import Sitting
from tests.cli.conftest import Run
from tests.codesets import samples
from tests.domain.exam_builders import plan

NOW = datetime(2026, 5, 15, 14, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def sound(ready: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return `ready` with content in sync, a runner at work, and a clock that stands at NOW."""
    monkeypatch.setattr(doctor, "drift", lambda session: Drift())
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with record() as left:
        assert left.last_beat() is None
        left.beat(now=NOW - SECOND, boot="a", steady=1000.0)
    return ready


@contextmanager
def record() -> Iterator[Record]:
    """Yield what the runner of the test's data folder left behind."""
    app = create_app()
    try:
        yield jobs_of(app).record
    finally:
        close_app(app)


@pytest.fixture
def sit(ready: Run) -> Iterator[Callable[..., int]]:
    """Return a function that stores a sitting with values and returns its id."""
    app = create_app()
    with app.app_context():
        session: Session = db.session()
        who = Person(email="a@example.org", name="A", password_hash="", time_zone="UTC", created_at=NOW)
        session.add(who)
        session.commit()

        def store(**values: Any) -> int:
            number = session.query(Sitting).count()
            chosen = plan().model_dump(mode="json")
            row = Sitting(
                person_id=who.id, plan_id="mock", scope=f"mock-{number}", plan=chosen, paper=[], seed=1, **values
            )
            session.add(row)
            session.commit()
            return row.id

        yield store
    close_app(app)


def found(run: Run) -> dict[str, tuple[bool, str]]:
    """Return what the doctor says, by what was looked at."""
    return {one["check"]: (one["ok"], one["text"]) for one in run("doctor", "--json").json}


def test_all_in_order(sound: Run) -> None:
    outcome = sound("doctor")
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert all(line.startswith("ok") for line in lines)
    for name in ("data folder", "code sets", "POA", "database", "content", "jobs", "clock"):
        assert any(f"  {name}: " in line for line in lines)
    assert set(found(sound)) == {"data folder", "code sets", "POA", "database", "content", "jobs", "clock"}


GAP = "exempt list known in part{}; import CMS's list: coachapp codes import poa-exempt FILE"


def test_the_gap_in_the_poa_exempt_list_is_information(sound: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(sound)["POA"] == (True, GAP.format(""))
    assert f"ok       POA: {GAP.format('')}\n" in sound("doctor").out
    late = datetime(2026, 12, 1, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: late)
    assert found(sound)["POA"] == (True, GAP.format(", only for 2024-10-01 to 2026-09-30"))


def test_an_imported_poa_exempt_list_is_named(
    sound: Run, data: Path, codesets_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A folder of its own instead of the one that tests share.
    (data / "codesets").unlink()
    (data / "codesets").mkdir()
    (data / "codesets" / "release.sqlite").symlink_to(codesets_dir / "codesets" / "release.sqlite")
    path = samples.write(tmp_path, "POAexemptCodesFY26.txt", samples.exempt_file())
    assert sound("codes", "import", "poa-exempt", str(path)).code == 0
    assert found(sound)["POA"] == (True, "exempt list FY2026 imported from CMS, for 2025-10-01 to 2026-09-30")
    # It says nothing of days after its own.
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 10, 1, 14, tzinfo=UTC))
    assert found(sound)["POA"][1].startswith("exempt list known in part, only for")


def test_without_a_data_folder(run: Run) -> None:
    outcome = run("doctor", "--json")
    assert outcome.code == 1
    assert "run `coachapp init`" in outcome.json[0]["text"]


def test_without_a_key(ready: Run, data: Path) -> None:
    (data / "secret.key").unlink(missing_ok=True)
    for path in data.iterdir():
        if path.is_file() and path.suffix != ".sqlite":
            path.unlink()
    outcome = ready("doctor", "--json")
    assert outcome.code == 1
    assert "coachapp init" in outcome.json[-1]["text"]


def test_a_wrong_setting_is_a_bad_request(ready: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACH_WORKERS", "many")
    assert ready("doctor").code == 2


def test_code_sets_and_tables_that_are_missing(sound: Run, data: Path) -> None:
    os.unlink(data / "codesets")
    (data / "coachapp.sqlite").unlink()
    answers = found(sound)
    assert sound("doctor").code == 1
    assert answers["code sets"][0] is False
    assert answers["database"] == (False, f"the tables are at revision none, not {doctor.head()}: run `coachapp init`")


def test_a_database_that_cannot_be_opened(sound: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACH_DATABASE_URL", "sqlite:////nowhere/at/all.sqlite")
    assert "it cannot be used" in found(sound)["database"][1]


def test_content_that_differs_is_counted(sound: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "drift", lambda session: Drift(new=["a/b"], changed=["c/d", "e/f"], broken=["g/h"]))
    assert found(sound)["content"] == (
        False,
        "files and database differ (1 new, 2 changed, 1 broken): run `coachapp content sync`",
    )


def test_a_runner_that_is_not_at_work(ready: Run, sound: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + 5 * MINUTE)
    assert found(sound)["jobs"] == (
        False,
        "the runner did nothing for 5 minutes 1 second: is `coachapp run` running?",
    )


def test_a_runner_that_never_ran(ready: Run) -> None:
    assert "the runner never ran" in found(ready)["jobs"][1]


def test_failed_jobs_and_overdue_exams_are_told(sound: Run, sit: Callable[..., int]) -> None:
    with record() as left:
        left.failed("finish-sitting", (3,), message="locked", now=NOW)
    late = sit(state=SittingState.RUNNING, started_at=NOW - HOUR, deadline=NOW - 3 * MINUTE)
    left = sit(state=SittingState.SUBMITTED, started_at=NOW - HOUR, closed_at=NOW - 2 * MINUTE)
    sit(state=SittingState.RUNNING, started_at=NOW - HOUR, deadline=NOW - MINUTE)
    sit(state=SittingState.SUBMITTED, started_at=NOW - HOUR, closed_at=NOW - SECOND)
    answers = found(sound)
    assert answers["failed jobs"] == (False, "1 job failed, last finish-sitting: locked; see Admin, Jobs")
    assert answers["exams"] == (False, f"sittings {late}, {left} should have been closed and graded by now")


def test_a_clock_that_was_set_back(sound: Run, sit: Callable[..., int]) -> None:
    sit(state=SittingState.RUNNING, started_at=NOW + 10 * MINUTE, deadline=NOW + HOUR)
    ok, text = found(sound)["clock"]
    assert not ok
    assert "the start of an exam was stored at 2026-05-15 14:10:00, 10 minutes ahead: it was set back" in text
    assert sound("doctor").code == 1


def test_a_moment_is_no_step_back(sound: Run, sit: Callable[..., int]) -> None:
    sit(state=SittingState.RUNNING, started_at=NOW + SECOND, deadline=NOW + HOUR)
    assert found(sound)["clock"] == (True, "it is not behind anything stored")


def jump_forward(*, at: datetime, by: timedelta) -> None:
    """Let the runner see the clock being set forward."""
    with record() as left:
        left.beat(now=at, boot="b", steady=2000.0)
        left.beat(now=at + by + 10 * SECOND, boot="b", steady=2010.0)


def test_a_clock_that_jumped_forward_and_closed_exams_early(sound: Run, sit: Callable[..., int]) -> None:
    jump = NOW - 2 * HOUR
    jump_forward(at=jump, by=HOUR)
    closed = {
        "state": SittingState.GRADED,
        "close_reason": CloseReason.EXPIRED,
        "closed_at": jump + HOUR + 20 * SECOND,
        "deadline": jump + 30 * MINUTE,
    }
    early = sit(started_at=jump - MINUTE, **closed)
    sit(started_at=jump - MINUTE, **{**closed, "state": SittingState.VOIDED})  # dealt with
    sit(started_at=jump - MINUTE, **{**closed, "close_reason": CloseReason.HANDED_IN})
    sit(started_at=jump + HOUR + 20 * SECOND, **{**closed, "deadline": NOW, "closed_at": NOW})  # began after it
    sit(started_at=jump - HOUR, **{**closed, "deadline": jump - MINUTE})  # its time was up anyhow
    ok, text = found(sound)["clock"]
    assert not ok
    assert text.startswith(f"it jumped forward by 1 hour at 2026-05-15 12:00:10 UTC; sitting {early} was closed early")


def test_exams_under_way_that_lost_time_are_named(sound: Run, sit: Callable[..., int]) -> None:
    jump = NOW - 2 * HOUR
    jump_forward(at=jump, by=HOUR)
    mine = sit(state=SittingState.RUNNING, started_at=jump - MINUTE, deadline=NOW + HOUR)
    text = found(sound)["clock"][1]
    assert f"sitting {mine} under way lost as much: grant it again" in text


def test_a_jump_that_hurt_nobody_is_only_mentioned(sound: Run) -> None:
    jump_forward(at=NOW - 2 * HOUR, by=HOUR)
    assert found(sound)["clock"] == (
        True,
        "it is not behind anything stored; it was set 1 time in the last 7 days, to nobody’s harm",
    )


def break_data_folder(data: Path, patch: pytest.MonkeyPatch) -> None:
    data.rename(data.with_name("gone"))
    data.write_text("no folder")


def break_code_sets(data: Path, patch: pytest.MonkeyPatch) -> None:
    (data / "codesets").unlink()
    (data / "codesets").write_text("no folder")


def break_key(data: Path, patch: pytest.MonkeyPatch) -> None:
    (data / "secret_key").unlink()
    (data / "secret_key").mkdir()


def break_database(data: Path, patch: pytest.MonkeyPatch) -> None:
    (data / "coachapp.sqlite").write_bytes(b"not a database " * 400)


def break_revision(data: Path, patch: pytest.MonkeyPatch) -> None:
    with closing(sqlite3.connect(data / "coachapp.sqlite")) as database:
        database.execute("DROP TABLE sitting")


def break_queue(data: Path, patch: pytest.MonkeyPatch) -> None:
    for path in data.glob("jobs.sqlite*"):
        path.unlink()
    (data / "jobs.sqlite").write_bytes(b"not a database " * 400)


def break_queue_url(data: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("COACH_QUEUE_URL", "redis://127.0.0.1:1/0")


def break_content(data: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(doctor, "drift", lambda session: 1 // 0)


def break_server(data: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("COACH_DATABASE_URL", "postgresql://u:secret@127.0.0.1:1/d")


@pytest.mark.parametrize(
    ("break_it", "name"),
    [
        (break_data_folder, "data folder"),
        (break_code_sets, "code sets"),
        (break_key, "set-up"),
        (break_database, "database"),
        (break_revision, "exams"),
        (break_queue, "jobs"),
        (break_queue_url, "jobs"),
        (break_content, "content"),
        (break_server, "database"),
    ],
)
def test_whatever_is_broken_is_said_and_the_rest_looked_at(
    break_it: Callable[[Path, pytest.MonkeyPatch], None],
    name: str,
    sound: Run,
    data: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    break_it(data, monkeypatch)
    outcome = sound("doctor", "--json")
    assert outcome.code == 1
    rows = {row["check"]: row for row in outcome.json}
    assert not rows[name]["ok"]
    assert "\n" not in rows[name]["text"]
    assert "secret" not in rows[name]["text"].replace("secret_key", "").replace("secret key", "")
    if break_it in (break_queue, break_content):
        assert rows["database"]["ok"]
        assert "clock" in rows
