"""`coachapp doctor`: is this installation in order, and is its clock?"""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

import click
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coachapp import clock
from coachapp.app import close_app, create_app
from coachapp.attempts import regrading
from coachapp.cli.database import in_one_line
from coachapp.codesets import CodeSets, ReleaseInfo, release_path
from coachapp.codesets.poa import poa_ranges
from coachapp.config import ConfigError, Settings, load_settings
from coachapp.content.drift import drift
from coachapp.domain.examclock import GRACE
from coachapp.domain.sittings import OPEN, CloseReason, SittingState
from coachapp.jobs import ClockJump, Jobs, Record, jobs_of
from coachapp.models import db
from coachapp.models.attempts import Step
from coachapp.models.schema import current, head
from coachapp.models.sittings import Sitting
from coachapp.web.filters import duration

# The sweep beats every ten seconds; a job at hand may keep it a little.
ALIVE = timedelta(minutes=1)
# What is stored while this runs is a moment later than the moment it began.
TOLERANCE = timedelta(seconds=5)
# Nobody can be helped any more whose exam was closed early longer ago.
REMEMBERED = timedelta(days=7)


@dataclass(frozen=True)
class Check:
    """What was looked at, whether it is in order, and what was found.

    `warning`: in order, but an operator should know of it.
    """

    check: str
    ok: bool
    text: str
    warning: bool = False

    @property
    def mark(self) -> str:
        """Return how a line about it begins."""
        if not self.ok:
            return "wanting"
        return "warning" if self.warning else "ok"


@click.command(short_help="Check this installation and its clock.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def doctor(context: click.Context, as_json: bool) -> None:
    """Check data folder, database, code sets, content, jobs and clock.

    Exits 1 if something is not in order. A warning names what an operator should know of, and changes no exit code.
    """
    checks = list(examine(load_settings()))
    if as_json:
        click.echo(json.dumps([asdict(one) for one in checks], ensure_ascii=False))
    else:
        for one in checks:
            click.echo(f"{one.mark:<7}  {one.check}: {one.text}")
    context.exit(0 if all(one.ok for one in checks) else 1)


def examine(settings: Settings) -> Iterator[Check]:
    """Yield what is found, in the order in which one thing needs another; what cannot be looked at is said to be so."""
    folder = list(_guarded("data folder", lambda: _folder(settings)))
    yield from folder
    if not all(one.ok for one in folder):
        return
    yield from _guarded("code sets", lambda: _code_sets(settings))
    yield from _guarded("set-up", lambda: _app(settings))


def _guarded(name: str, look: Callable[[], Iterable[Check]]) -> Iterator[Check]:
    """Yield what a look finds; one that fails, for whatever reason, is a finding of its own."""
    try:
        yield from look()
    except ConfigError as error:
        yield Check(name, False, str(error))
    except Exception as error:
        yield Check(name, False, f"it cannot be used: {in_one_line(error)}")


def _folder(settings: Settings) -> Iterator[Check]:
    if settings.data.is_dir() and os.access(settings.data, os.R_OK | os.W_OK | os.X_OK):
        yield Check("data folder", True, str(settings.data))
    else:
        yield Check("data folder", False, f"{settings.data} is missing or cannot be written: run `coachapp init`")


def _code_sets(settings: Settings) -> Iterator[Check]:
    today = clock.now().date()
    try:
        with CodeSets(release_path(settings.data)) as codesets:
            edition, exempt, gaps = codesets.edition, codesets.exempt_list(on=today), codesets.gaps(on=today)
    except Exception as error:
        yield Check("code sets", False, f"they cannot be read ({in_one_line(error)}): run `coachapp init`")
        return
    yield Check("code sets", True, f"edition of {edition:%Y-%m-%d}")
    for gap in gaps:
        yield Check(f"code set {gap.kind}", True, gap.text, warning=True)
    yield Check("POA", True, _exempt_list(exempt, today))


def _exempt_list(exempt: ReleaseInfo | None, today: date) -> str:
    """Say where the answers about POA exempt codes come from; a gap is no fault, for no package has the list."""
    if exempt is not None:
        return f"exempt list {exempt.id} imported from CMS, for {exempt.first} to {exempt.last}"
    ranges = poa_ranges()
    known = "" if ranges.first <= today <= ranges.last else f", only for {ranges.first} to {ranges.last}"
    return f"exempt list known in part{known}; import CMS's list: coachapp codes import poa-exempt FILE"


def _app(settings: Settings) -> Iterator[Check]:
    app = create_app(settings)
    try:
        with app.app_context():
            yield from _guarded("database", lambda: _site(db.session(), jobs_of(app)))
    finally:
        # Closing what never opened may fail for the reason that was just given.
        with suppress(Exception):
            close_app(app)


def _site(session: Session, jobs: Jobs) -> Iterator[Check]:
    revision = current(db.engine)
    if revision != head():
        text = f"the tables are at revision {revision or 'none'}, not {head()}: run `coachapp init`"
        yield Check("database", False, text)
        return
    yield Check("database", True, f"reachable, at revision {revision}")
    now = clock.now()
    looks: tuple[tuple[str, Callable[[], Iterable[Check]]], ...] = (
        ("content", lambda: [_content(session)]),
        ("answer keys", lambda: _keys(session)),
        ("jobs", lambda: _jobs(jobs.record, now)),
        ("exams", lambda: _exams(session, now)),
        ("clock", lambda: _clock(session, jobs.record, now)),
    )
    for name, look in looks:
        yield from _guarded(name, look)
        # One that failed may leave a transaction that takes no further query.
        session.rollback()


def _keys(session: Session) -> Iterator[Check]:
    if count := regrading.count_to_decide(session):
        yield Check("answer keys", True, keys_await_a_decision(count), warning=True)


def keys_await_a_decision(count: int) -> str:
    """Say how many answer keys changed after work was graded by them, and where to decide."""
    return (
        f"{count} answer {'key' if count == 1 else 'keys'} changed after work was graded; "
        "decide whether to regrade: on the site under /keys, or see `coachapp items changed`"
    )


def _content(session: Session) -> Check:
    found = drift(session)
    if not found.waiting and not found.broken:
        return Check("content", True, "the database holds what the files say")
    parts = [f"{len(ids)} {name}" for name in ("new", "changed", "gone", "broken") if (ids := getattr(found, name))]
    return Check("content", False, f"files and database differ ({', '.join(parts)}): run `coachapp content sync`")


def _jobs(record: Record, now: datetime) -> Iterator[Check]:
    beat = record.last_beat()
    if beat is None:
        yield Check("jobs", False, "the runner never ran: `coachapp run` starts it, `coachapp work` does alone")
    elif now - beat > ALIVE:
        yield Check("jobs", False, f"the runner did nothing for {_long(now - beat)}: is `coachapp run` running?")
    else:
        yield Check("jobs", True, "the runner is at work")
    if failures := record.failures():
        last = failures[0]
        text = f"{_many(len(failures), 'job')} failed, last {last.name}: {last.message}; see Admin, Jobs"
        yield Check("failed jobs", False, text)


def _exams(session: Session, now: datetime) -> Iterator[Check]:
    over = Sitting.state.in_(OPEN) & (Sitting.deadline <= now - GRACE - ALIVE)
    ungraded = (Sitting.state == SittingState.SUBMITTED) & (Sitting.closed_at <= now - ALIVE)
    if late := list(session.scalars(select(Sitting.id).where(over | ungraded).order_by(Sitting.id))):
        yield Check("exams", False, f"{_sittings(late)} should have been closed and graded by now")


def _clock(session: Session, record: Record, now: datetime) -> Iterator[Check]:
    newest, what = _newest(session, record)
    wanting = []
    if newest is not None and newest > now + TOLERANCE:
        wanting.append(
            f"it shows {now:%Y-%m-%d %H:%M:%S} UTC, but {what} was stored at {newest:%Y-%m-%d %H:%M:%S}, "
            f"{_long(newest - now)} ahead: it was set back, so exams under way may last up to that much longer"
        )
    jumps = [jump for jump in record.jumps() if abs(now - jump.found) < REMEMBERED]
    for place, jump in enumerate(jumps):
        until = jumps[place + 1].expected if place + 1 < len(jumps) else None
        if jump.shift > timedelta(0) and (text := _lost(session, jump, until=until)):
            wanting.append(text)
    for text in wanting:
        yield Check("clock", False, text)
    if not wanting:
        set_lately = f"; it was set {_many(len(jumps), 'time')} in the last 7 days, to nobody’s harm" if jumps else ""
        yield Check("clock", True, f"it is not behind anything stored{set_lately}")


def _newest(session: Session, record: Record) -> tuple[datetime | None, str]:
    """Return the latest moment stored anywhere, and what was stored then."""
    moments = [
        (session.scalar(select(func.max(Step.at))), "an answer"),
        (session.scalar(select(func.max(Sitting.started_at))), "the start of an exam"),
        (session.scalar(select(func.max(Sitting.closed_at))), "the close of an exam"),
        (record.last_beat(), "the runner’s last sign of life"),
    ]
    known = [(moment, what) for moment, what in moments if moment is not None]
    return max(known, default=(None, ""))


def _lost(session: Session, jump: ClockJump, *, until: datetime | None) -> str:
    """Say which exams lost time by a jump forward; `until`: what the clock showed when it was set again."""
    began = select(Sitting.id).where(Sitting.started_at <= jump.expected, Sitting.deadline > jump.expected - GRACE)
    closed = began.where(
        Sitting.close_reason == CloseReason.EXPIRED,
        Sitting.state != SittingState.VOIDED,
        Sitting.closed_at >= jump.expected,
    )
    if until is not None:
        closed = closed.where(Sitting.closed_at <= until)
    early = list(session.scalars(closed.order_by(Sitting.id)))
    under_way = [] if until else list(session.scalars(began.where(Sitting.state.in_(OPEN)).order_by(Sitting.id)))
    said = []
    if early:
        said.append(
            f"{_sittings(early)} {'was' if len(early) == 1 else 'were'} closed early: void what should be taken anew "
            "(`coachapp exams void NUMBER --reason …`)"
        )
    if under_way:
        said.append(f"{_sittings(under_way)} under way lost as much: grant it again (`coachapp exams accommodate`)")
    if not said:
        return ""
    return f"it jumped forward by {_long(jump.shift)} at {jump.expected:%Y-%m-%d %H:%M:%S} UTC; {'; '.join(said)}"


def _long(length: timedelta) -> str:
    return duration(length.total_seconds())


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _sittings(numbers: list[int]) -> str:
    shown = ", ".join(str(number) for number in numbers[:20])
    more = f" and {len(numbers) - 20} more" if len(numbers) > 20 else ""
    return f"{'sitting' if len(numbers) == 1 else 'sittings'} {shown}{more}"
