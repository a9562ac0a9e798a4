"""A drill of the worst hour: hundreds start at once, a worker is killed, and the deadline passes with browsers closed.

    python tests/bench/exam_load.py [--learners 500] [--minutes 3]

Makes a site in a temporary folder, serves it with `coachapp run`'s own server, and lets every learner answer until the
deadline; a third hand in early, the rest just stop. Before that, eight learners save flat out, and as many requests go
to a bare Flask app that writes one row, served the same way. Then it checks, from what was acknowledged and from the
keys alone: no acknowledged answer is lost, every sitting is closed and graded within 60 seconds of its deadline, and
each score is what the answers are worth. Exits 1 if any of that fails.
"""

import argparse
import http.client
import json
import os
import random
import re
import secrets
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from exam_bare import BareServer, flat_out
from flask import session as flask_session
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select

import coachapp.exams.operations
import coachapp.exams.routes
from coachapp.app import close_app, create_app
from coachapp.cli.run import Server
from coachapp.config import load_settings, make_secret
from coachapp.content.plans import LoadedPlans
from coachapp.content.sync import sync
from coachapp.domain.plans import ExamPlan
from coachapp.domain.questions import Question, Section
from coachapp.domain.sittings import SittingState
from coachapp.models import db
from coachapp.models.attempts import Attempt, Step
from coachapp.models.people import Person
from coachapp.models.schema import upgrade
from coachapp.models.signins import DeviceSignIn
from coachapp.models.sittings import Sitting

SECTIONS = (Section.EM, Section.ICD10CM, Section.HCPCS, Section.MEDICINE)
PER_SECTION = 5
THINKING = (2.0, 8.0)  # seconds between two answers of a learner
WITHIN = timedelta(seconds=60)
SPRINTERS = 8
SPRINT = 8.0  # seconds


def drill_plan(minutes: int) -> ExamPlan:
    """Return the plan made for the drill."""
    return ExamPlan.model_validate(
        {
            "id": "drill-of-the-server",
            "title": "Drill of the server",
            "about": "Twenty questions.",
            "kind": "exam",
            "minutes": minutes,
            "pass_mark": 70,
            "code_sets": {"cpt": "2026", "hcpcs": "2026", "icd10cm": "FY2026", "on": "2026-05-15"},
            "sections": [{"section": section, "count": PER_SECTION} for section in SECTIONS],
        }
    )


def bank() -> list[Question]:
    """Return a bank of the size of a real one: 24 questions in every section."""
    return [
        Question.model_validate(
            {
                "id": f"{section}/q-{n:02}",
                "section": section,
                "concepts": ["some-concept"],
                "difficulty": n % 5 + 1,
                "stem": f"What is right in {section} {n}? " + "Words of a longer stem. " * 20,
                "exhibit": "A chart. " * 100 if section is Section.CASES else None,
                "options": [
                    {"id": i, "text": f"Option {i} of {n}", "right": i == "abcd"[n % 4], "why": "A reason. " * 10}
                    for i in "abcd"
                ],
                "verified": "2026-05-30",
            }
        )
        for section in Section
        for n in range(24)
    ]


def serve(minutes: int) -> None:
    """Serve the site with the drill's plan, as `coachapp run` does."""
    plan = drill_plan(minutes)
    loaded = LoadedPlans(plans={plan.id: plan})
    coachapp.exams.routes.bundled_plans = lambda: loaded  # type: ignore[assignment]
    coachapp.exams.operations.bundled_plans = lambda: loaded  # type: ignore[assignment]
    Server(load_settings()).run()


@dataclass
class Learner:
    """One learner: her sign-in, and what the server acknowledged, by question: seq and answer."""

    cookie: str
    token: str
    sitting: int = 0
    acked: dict[int, tuple[int, str]] = field(default_factory=dict)
    start_ms: float = 0
    save_ms: list[float] = field(default_factory=list)
    retries: int = 0
    trouble: list[str] = field(default_factory=list)


class Client:
    """Sends requests, each on a connection of its own: between two answers a server would close an idle one."""

    def __init__(self, port: int, learner: Learner) -> None:
        self.port, self.learner = port, learner

    def ask(self, method: str, path: str, body: str | None = None, kind: str = "") -> tuple[int, dict[str, str], bytes]:
        """Send one request until the server answers it."""
        headers = {"Cookie": f"coachapp={self.learner.cookie}", "X-CSRFToken": self.learner.token}
        if kind:
            headers["Content-Type"] = kind
        headers["Accept"] = "application/json" if "json" in kind else "text/html"
        for attempt in range(60):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            try:
                connection.request(method, path, body, headers)
                answer = connection.getresponse()
                raw = answer.read()
                if answer.status < 500:
                    return answer.status, dict(answer.headers), raw
            except (OSError, http.client.HTTPException):
                pass  # the worker died, or the queue is full: again, as the page does
            finally:
                connection.close()
            self.learner.retries += 1
            time.sleep(min(2.0, 0.1 * 2**attempt) * (0.5 + random.random()))
        raise RuntimeError(f"{method} {path} was never answered")


def begin(learner: Learner, client: Client, plan: ExamPlan) -> bool:
    """Start the exam; say whether that went well."""
    began = time.perf_counter()
    status, headers, _ = client.ask(
        "POST", f"/exams/{plan.id}", urlencode({"consent": "yes"}), "application/x-www-form-urlencoded"
    )
    learner.start_ms = (time.perf_counter() - began) * 1000
    found = re.search(r"/sittings/(\d+)", headers.get("Location", ""))
    if status != 303 or found is None:
        learner.trouble.append(f"start: {status}")
        return False
    learner.sitting = int(found.group(1))
    return True


def sprint(sprinters: list[Learner], port: int, plan: ExamPlan) -> float:
    """Let a few learners start and save without a pause; return their saves a second."""
    clients = [Client(port, one) for one in sprinters]
    for one, client in zip(sprinters, clients, strict=True):
        begin(one, client, plan)
    senders = [
        lambda one=one, client=client: answer_one(one, client, 1 + len(one.save_ms) % plan.total, "a")
        for one, client in zip(sprinters, clients, strict=True)
    ]
    return flat_out(senders, seconds=SPRINT)


def bare(port: int) -> float:
    """Serve the bare app and return how many one-row writes a second it takes from as many senders."""
    command = [sys.executable, __file__, "--serve-bare", "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=os.environ | {"COACH_PORT": str(port)})
    try:
        wait_for(port)
        body = json.dumps({"base_seq": 1, "save_id": secrets.token_hex(8), "answer": ["a"]})
        clients = [Client(port, Learner(cookie="", token="")) for _ in range(SPRINTERS)]
        return flat_out([lambda c=c: c.ask("PUT", "/row", body, "application/json") for c in clients], seconds=SPRINT)
    finally:
        server.terminate()
        server.wait(60)


def sit(learner: Learner, port: int, *, plan: ExamPlan, start: threading.Barrier, seed: int) -> None:
    """Sit the exam: start with all others, answer until the time is up, then hand in or just stop."""
    rng = random.Random(seed)
    client = Client(port, learner)
    start.wait()
    if not begin(learner, client, plan):
        return
    hands_in = rng.random() < 1 / 3
    stop = time.monotonic() + (plan.minutes or 1) * 60 * (rng.uniform(0.5, 0.9) if hands_in else 1.2)
    while time.monotonic() < stop:
        time.sleep(rng.uniform(*THINKING))
        if not answer_one(learner, client, rng.randrange(1, plan.total + 1), rng.choice("abcd")):
            return
    if hands_in:
        client.ask("POST", f"/sittings/{learner.sitting}/hand-in", "", "application/x-www-form-urlencoded")


def answer_one(learner: Learner, client: Client, n: int, answer: str) -> bool:
    """Send one answer; say whether the sitting goes on."""
    seq = learner.acked.get(n, (0, ""))[0]
    save_id = secrets.token_hex(8)
    body = json.dumps({"base_seq": seq, "save_id": save_id, "answer": [answer]})
    began = time.perf_counter()
    status, _, raw = client.ask("PUT", f"/sittings/{learner.sitting}/slots/{n}", body, "application/json")
    learner.save_ms.append((time.perf_counter() - began) * 1000)
    told = json.loads(raw)
    if status == 200 and told["save_id"] == save_id:
        learner.acked[n] = (told["seq"], answer)
        return True
    if status != 410:
        learner.trouble.append(f"question {n}: {status} {told}")
    return False


def prepare(settings: Any, count: int) -> list[Learner]:
    """Make the tables, the bank and the learners, each signed in beforehand."""
    make_secret(settings.data)
    app = create_app(settings)
    now = datetime.now(UTC)
    learners = []
    with app.app_context():
        upgrade(db.engine)
        session = db.session()
        sync(session, [], questions=bank(), concepts=[], now=now)
        people = [
            Person(email=f"l{n}@example.org", name=f"L {n}", password_hash="", time_zone="UTC", created_at=now)
            for n in range(count)
        ]
        session.add_all(people)
        session.commit()
        signed_in = [
            DeviceSignIn(
                person_id=person.id, device="A drill", created_at=now, seen_at=now, ends_at=now + timedelta(days=1)
            )
            for person in people
        ]
        session.add_all(signed_in)
        session.commit()
        idents = [f"{person.get_id()}.{row.id}" for person, row in zip(people, signed_in, strict=True)]
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    for ident in idents:
        with app.test_request_context():
            token = generate_csrf()
            flask_session.update({"_user_id": ident, "_fresh": True, "seen": int(time.time())})
            learners.append(Learner(cookie=signer.dumps(dict(flask_session)), token=token))
    close_app(app)
    return learners


def children(pid: int) -> list[int]:
    """Return the processes that a process started."""
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(word) for word in listed.stdout.split()]


def is_web_worker(pid: int) -> bool:
    """Say whether a process serves pages, rather than does the jobs."""
    return b"work" not in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")


def verify(settings: Any, learners: list[Learner]) -> list[str]:
    """Check every sitting against what was acknowledged and the keys; return what is wrong."""
    keys = {question.id: question.right for question in bank()}
    wrong: list[str] = [f"learner {n}: {text}" for n, one in enumerate(learners) for text in one.trouble]
    app = create_app(settings)
    with app.app_context():
        rows = {sitting.id: sitting for sitting in db.session.scalars(select(Sitting))}
        held: dict[int, dict[int, Step]] = {}
        query = select(Attempt.sitting_id, Attempt.slot, Step).join(Step, Step.attempt_id == Attempt.id)
        for sitting_id, slot, step in db.session.execute(query.order_by(Step.seq)):
            held.setdefault(sitting_id, {})[slot] = step
        for one in learners:
            sitting = rows.get(one.sitting)
            if sitting is None or sitting.state is not SittingState.GRADED:
                wrong.append(f"sitting {one.sitting} is {sitting.state if sitting else 'missing'}")
                continue
            for n, (seq, answer) in one.acked.items():
                step = held.get(sitting.id, {}).get(n)
                if step is None or step.seq < seq or (step.seq == seq and step.payload["answer"] != [answer]):
                    wrong.append(f"sitting {sitting.id}, question {n}: the acknowledged answer {answer} is lost")
            right = sum(
                frozenset(step.payload["answer"]) == keys[sitting.paper[n - 1]["item"]]
                for n, step in held.get(sitting.id, {}).items()
            )
            if right != sitting.right_count:
                wrong.append(f"sitting {sitting.id}: {sitting.right_count} right, the steps give {right}")
            if sitting.graded_at is None or sitting.deadline is None or sitting.graded_at > sitting.deadline + WITHIN:
                wrong.append(f"sitting {sitting.id} was graded at {sitting.graded_at}, its deadline {sitting.deadline}")
    close_app(app)
    return wrong


def spread(name: str, values: list[float]) -> str:
    """Return percentiles and the worst of some times."""
    cuts = statistics.quantiles(values, n=100)
    return (
        f"{name}: {len(values)}, p50 {cuts[49]:.0f} ms, p95 {cuts[94]:.0f} ms, p99 {cuts[98]:.0f} ms, "
        f"worst {max(values):.0f} ms"
    )


def wait_for(port: int) -> None:
    """Wait until the server answers."""
    for _ in range(200):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/sign-in")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("the server did not start")


def main() -> int:
    """Run the drill and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--learners", type=int, default=500)
    parser.add_argument("--minutes", type=int, default=3)
    parser.add_argument("--port", type=int, default=5191)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--serve-bare", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        serve(asked.minutes)
        return 0
    if asked.serve_bare:
        BareServer(load_settings()).run()
        return 0
    plan = drill_plan(asked.minutes)
    with tempfile.TemporaryDirectory(prefix="coachapp-load-") as folder:
        environment = {"COACH_DATA": folder, "COACH_PORT": str(asked.port), "COACH_LOG_LEVEL": "WARNING"}
        os.environ.update(environment)
        settings = load_settings()
        everyone = prepare(settings, asked.learners + SPRINTERS)
        sprinters, learners = everyone[:SPRINTERS], everyone[SPRINTERS:]
        command = [sys.executable, __file__, "--serve", "--minutes", str(asked.minutes)]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            wait_for(asked.port)
            ours, plain = sprint(sprinters, asked.port, plan), bare(asked.port + 1)
            start = threading.Barrier(asked.learners + 1)
            threads = [
                threading.Thread(target=sit, args=(one, asked.port), kwargs={"plan": plan, "start": start, "seed": n})
                for n, one in enumerate(learners)
            ]
            for thread in threads:
                thread.start()
            start.wait()
            time.sleep(asked.minutes * 30)
            victim = next(pid for pid in children(server.pid) if is_web_worker(pid))
            os.kill(victim, signal.SIGKILL)
            print(f"killed worker {victim} half way")
            for thread in threads:
                thread.join()
            # Every browser is closed now; the site is left to itself until a minute after the last deadline.
            time.sleep(70)
        finally:
            server.terminate()
            server.wait(60)
        wrong = verify(settings, everyone)
    print(spread("starts in the same second", [one.start_ms for one in learners]))
    print(spread("saves", [ms for one in learners for ms in one.save_ms]))
    print(
        f"flat out, {SPRINTERS} at once: {ours:.0f} saves/s; a bare Flask one-row write {plain:.0f}/s "
        f"(ratio {plain / ours:.1f})"
    )
    print(
        f"acknowledged answers: {sum(len(one.acked) for one in everyone)}; requests sent again: "
        f"{sum(one.retries for one in everyone)}"
    )
    for text in wrong[:20]:
        print(f"WRONG: {text}")
    print(f"{len(everyone)} sittings, {len(wrong)} faults")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
