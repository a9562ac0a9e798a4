"""What the runner leaves behind: jobs that failed, the turns of periodic ones, its heartbeat, jumps of the clock.

It is kept with the queue itself, so that a database that is down can still be told of.
"""

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from huey.storage import BaseStorage, EmptyData  # type: ignore[import-untyped]

MOST_FAILURES = 200
MOST_JUMPS = 50
MOST_MESSAGE = 1000
# Smaller steps are the clock being kept right.
LEAST_JUMP = timedelta(seconds=5)
_RUNNING, _BEAT = "running", "beat"
_FAILED, _PERIODIC, _JUMP, _ASIDE = "failed:", "periodic:", "jump:", "aside:"

Arguments = tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """A job that failed, to be tried again or discarded."""

    id: str
    name: str
    arguments: Arguments
    at: datetime
    message: str


@dataclass(frozen=True, slots=True)
class Running:
    """The job at hand."""

    name: str
    arguments: Arguments
    since: datetime


@dataclass(frozen=True, slots=True)
class Periodic:
    """The last turn of a periodic job: `message` says why it failed, empty where it did not; None before the first."""

    name: str
    every_seconds: int
    began_at: datetime | None
    ended_at: datetime | None
    message: str


@dataclass(frozen=True, slots=True)
class ClockJump:
    """The server's clock was set: it should have shown `expected`, and showed `found`."""

    expected: datetime
    found: datetime

    @property
    def shift(self) -> timedelta:
        """Return by how much, forward if positive."""
        return self.found - self.expected


class Record:
    """Reads and writes it. What cannot be read raises one of queue_errors()."""

    def __init__(self, storage: BaseStorage) -> None:
        """Take where the queue keeps its things."""
        self._storage = storage

    def _put(self, key: str, **values: Any) -> None:
        self._storage.put_data(key, json.dumps(values).encode())

    def _peek(self, key: str) -> dict[str, Any] | None:
        raw = self._storage.peek_data(key)
        return None if raw is EmptyData else json.loads(bytes(raw))

    def _all(self, prefix: str) -> Iterator[tuple[str, dict[str, Any]]]:
        found = {k.decode() if isinstance(k, bytes) else k: raw for k, raw in self._storage.result_items().items()}
        for key, raw in sorted(found.items()):
            if key.startswith(prefix):
                yield key.removeprefix(prefix), json.loads(bytes(raw))

    def began(self, name: str, arguments: Arguments, *, now: datetime) -> None:
        """Note that a job is being done."""
        self._put(_RUNNING, name=name, arguments=arguments, since=now.isoformat())

    def ended(self) -> None:
        """Note that no job is being done."""
        self._storage.pop_data(_RUNNING)

    def running(self) -> Running | None:
        """Return the job at hand; after a crash, the one that was."""
        found = self._peek(_RUNNING)
        if found is None:
            return None
        return Running(found["name"], tuple(found["arguments"]), datetime.fromisoformat(found["since"]))

    def failed(self, name: str, arguments: Arguments, *, message: str, now: datetime) -> None:
        """Keep a job that failed; of very many the oldest go."""
        for old in self.failures()[MOST_FAILURES - 1 :]:
            self.discard(old.id)
        self._put(
            _FAILED + secrets.token_hex(8),
            name=name,
            arguments=arguments,
            at=now.isoformat(),
            message=message[:MOST_MESSAGE],
        )

    def failures(self) -> list[Failure]:
        """Return the jobs that failed, the latest first."""
        found = [_failure(key, value) for key, value in self._all(_FAILED)]
        return sorted(found, key=lambda failure: failure.at, reverse=True)

    def set_aside(self, name: str, arguments: Arguments, *, now: datetime) -> None:
        """Keep a job of a name that this version does not know; of very many the oldest go."""
        for old in self.aside()[MOST_FAILURES - 1 :]:
            self.discard(old.id)
        self._put(
            _ASIDE + secrets.token_hex(8),
            name=name[:MOST_MESSAGE],
            arguments=arguments,
            at=now.isoformat(),
            message="This version of Coachapp has no such job.",
        )

    def aside(self) -> list[Failure]:
        """Return the jobs that were set aside, the latest first."""
        found = [_failure(key, value) for key, value in self._all(_ASIDE)]
        return sorted(found, key=lambda failure: failure.at, reverse=True)

    def discard(self, failure_id: str) -> Failure | None:
        """Forget a job that failed or was set aside and return it; None where it is gone already."""
        for prefix in (_FAILED, _ASIDE):
            raw = self._storage.pop_data(prefix + failure_id)
            if raw is not EmptyData:
                return _failure(failure_id, json.loads(bytes(raw)))
        return None

    def turn(self, name: str, *, began: datetime, ended: datetime, message: str) -> None:
        """Note a turn of a periodic job."""
        self._put(_PERIODIC + name, began=began.isoformat(), ended=ended.isoformat(), message=message[:MOST_MESSAGE])

    def periodic(self, name: str, every_seconds: int) -> Periodic:
        """Return the last turn of a periodic job."""
        found = self._peek(_PERIODIC + name)
        if found is None:
            return Periodic(name, every_seconds, None, None, "")
        began, ended = (datetime.fromisoformat(found[key]) for key in ("began", "ended"))
        return Periodic(name, every_seconds, began, ended, found["message"])

    def beat(self, *, now: datetime, boot: str, steady: float) -> None:
        """Note that the runner lives, and whether the clock was set since it last did.

        `boot` and `steady` are what `clock.steady` gives: time that nobody can set tells what `now` should be.
        """
        last = self._peek(_BEAT)
        if last is not None and last["boot"] == boot and steady >= last["steady"]:
            expected = datetime.fromisoformat(last["at"]) + timedelta(seconds=steady - last["steady"])
            if abs(now - expected) >= LEAST_JUMP:
                self._put(_JUMP + f"{steady:020.3f}{boot}", expected=expected.isoformat(), found=now.isoformat())
                for key, _ in list(self._all(_JUMP))[:-MOST_JUMPS]:
                    self._storage.pop_data(_JUMP + key)
        self._put(_BEAT, at=now.isoformat(), boot=boot, steady=steady)

    def last_beat(self) -> datetime | None:
        """Return when the runner last did something, None if it never did."""
        found = self._peek(_BEAT)
        return None if found is None else datetime.fromisoformat(found["at"])

    def jumps(self) -> list[ClockJump]:
        """Return when the clock was set while the runner was watching, by the time it showed after."""
        found = [
            ClockJump(datetime.fromisoformat(value["expected"]), datetime.fromisoformat(value["found"]))
            for _, value in self._all(_JUMP)
        ]
        return sorted(found, key=lambda jump: jump.found)


def _failure(key: str, value: dict[str, Any]) -> Failure:
    return Failure(key, value["name"], tuple(value["arguments"]), datetime.fromisoformat(value["at"]), value["message"])
