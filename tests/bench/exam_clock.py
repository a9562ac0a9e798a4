"""A drill of the server's clock: it is set back and forward under `faketime` while exams run.

    python tests/bench/exam_clock.py [--port 5192]

Back never reopens what is closed, nor lengthens an exam beyond the step; forward may close one early, and then stays
closed, and `coachapp doctor` says so. Takes a minute; without the package `faketime` it says so and does nothing.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import urlencode

from exam_load import Client, prepare, wait_for

from coachapp.config import load_settings

MINUTES = 5
STEP = 600  # seconds
LIBRARIES = ("/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/lib/faketime/libfaketimeMT.so.1")
# Python's own sleep waits until a moment of the steady clock, which the library refuses while it fakes the other.
SLEEP = "import select, time\ntime.sleep = lambda seconds: select.select([], [], [], seconds) and None\n"
FORM = "application/x-www-form-urlencoded"


@dataclass
class Drill:
    """A running site whose clock can be set, and what was found wrong."""

    port: int
    offset: Path
    environment: dict[str, str]
    wrong: list[str] = field(default_factory=list)

    def set_clock(self, seconds: int) -> None:
        """Set the server's clock to so much before or after the real time."""
        self.offset.write_text(f"{seconds:+d}s\n", encoding="ascii")

    def check(self, holds: bool, text: str) -> None:
        """Note what does not hold."""
        print(f"{'ok   ' if holds else 'WRONG'} {text}")
        if not holds:
            self.wrong.append(text)

    def doctor(self) -> list[str]:
        """Return what `coachapp doctor` finds wanting about the clock, as the server sees the time."""
        command = [sys.executable, "-c", "from coachapp.cli import main; main()", "doctor", "--json"]
        asked = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        if asked.returncode not in (0, 1):
            raise RuntimeError(f"doctor ended with {asked.returncode}: {asked.stderr}")
        return [one["text"] for one in json.loads(asked.stdout) if one["check"] == "clock" and not one["ok"]]


@dataclass
class Candidate:
    """One learner at her exam."""

    client: Client

    def start(self) -> None:
        """Start the exam."""
        _, headers, _ = self.client.ask("POST", "/exams/drill-of-the-server", urlencode({"consent": "yes"}), FORM)
        self.client.learner.sitting = int(headers["Location"].rpartition("/")[2])

    @property
    def sitting(self) -> int:
        """Return the number of her sitting."""
        return self.client.learner.sitting

    def answer(self, n: int = 1) -> int:
        """Send an answer to a question not answered yet, and return the status."""
        body = json.dumps({"base_seq": 0, "save_id": f"s{n}", "answer": ["a"]})
        return self.client.ask("PUT", f"/sittings/{self.sitting}/slots/{n}", body, "application/json")[0]

    def time(self) -> dict[str, Any]:
        """Return the state and the time left."""
        found: dict[str, Any] = json.loads(self.client.ask("GET", f"/sittings/{self.sitting}/time")[2])
        return found

    def hand_in(self) -> None:
        """Hand in."""
        self.client.ask("POST", f"/sittings/{self.sitting}/hand-in", "", FORM)


def until(holds: Callable[[], bool], seconds: float = 25) -> bool:
    """Wait until something holds, and say whether it came to hold."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.5)
    return False


def back(drill: Drill, running: Candidate, closed: Candidate) -> None:
    """Set the clock back and forth again."""
    before = running.time()["remaining_ms"]
    drill.set_clock(-STEP)
    now = running.time()
    longer = now["remaining_ms"] - before
    drill.check(now["state"] == "running", "back: an exam under way goes on")
    drill.check(longer <= STEP * 1000, f"back: it is {longer / 1000:.0f} s longer, no more than the step of {STEP} s")
    drill.check(running.answer(2) == 200, "back: its answers are taken")
    drill.check(closed.answer(2) == 410, "back: a closed exam takes no answer")
    drill.check(closed.time()["state"] == "closed", "back: a closed exam stays closed")
    drill.check(any("set back" in text for text in drill.doctor()), "back: doctor says so")
    drill.set_clock(0)
    again = running.time()["remaining_ms"]
    drill.check(again <= before, "back: set right again, nothing was gained")


def forward(drill: Drill, running: Candidate) -> None:
    """Set the clock forward and back again."""
    time.sleep(12)  # the runner has seen the right time
    drill.set_clock(STEP)
    closed = until(lambda: running.time()["state"] == "closed")
    drill.check(closed, "forward: an exam is over early")
    drill.check(running.answer(3) == 410, "forward: it takes no answer")
    said: list[str] = []

    def told() -> bool:
        said[:] = [text for text in drill.doctor() if "jumped forward" in text and f" {running.sitting}" in text]
        return bool(said)

    drill.check(until(told), "forward: doctor names the exam that was closed early")
    print(*said, sep="\n")
    drill.set_clock(0)
    drill.check(running.time()["state"] == "closed", "forward: set right again, the exam stays closed")
    drill.check(running.answer(4) == 410, "forward: and takes no answer")


def main() -> int:
    """Run the drill and print what held."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=5192)
    asked = parser.parse_args()
    library = next((str(path) for name in LIBRARIES for path in Path("/").glob(name[1:])), None)
    if library is None:
        print("skipped: the package faketime is not installed (apt-get install faketime)")
        return 0
    with tempfile.TemporaryDirectory(prefix="coachapp-clock-") as folder:
        os.environ.update({"COACH_DATA": folder, "COACH_PORT": str(asked.port), "COACH_LOG_LEVEL": "WARNING"})
        # Signed in long before: a sign-in that seems to lie in the future is refused, as it should be.
        with mock.patch("itsdangerous.timed.time.time", return_value=time.time() - 2 * STEP):
            people = prepare(load_settings(), 2)
        offset = Path(folder) / "offset"
        faked = {
            "LD_PRELOAD": library,
            "FAKETIME_TIMESTAMP_FILE": str(offset),
            "FAKETIME_NO_CACHE": "1",
            # Only the wall clock is set: what counts seconds since the start of the machine goes on.
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
            "PYTHONPATH": os.pathsep.join([folder, os.environ.get("PYTHONPATH", "")]),
        }
        (Path(folder) / "sitecustomize.py").write_text(SLEEP, encoding="utf-8")
        drill = Drill(asked.port, offset, {**os.environ, **faked})
        drill.set_clock(0)
        script = Path(__file__).with_name("exam_load.py")
        command = [sys.executable, str(script), "--serve", "--minutes", str(MINUTES)]
        server = subprocess.Popen(command, env=drill.environment, stdout=subprocess.DEVNULL, start_new_session=True)
        try:
            wait_for(asked.port)
            candidates = [Candidate(Client(asked.port, one)) for one in people]
            for one in candidates:
                one.start()
                drill.check(one.answer(1) == 200, "an answer is taken")
            running, closed = candidates
            closed.hand_in()
            back(drill, running, closed)
            forward(drill, running)
        finally:
            # All of them: what waits for a faked moment may not hear a polite signal.
            os.killpg(server.pid, signal.SIGKILL)
            server.wait(60)
    print(f"{len(drill.wrong)} faults")
    return 1 if drill.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
