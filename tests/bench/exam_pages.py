"""How long the server takes to turn a page of an exam of one hundred questions.

    python tests/bench/exam_pages.py [--turns 300]

Makes a site in a temporary folder, starts a paper of one hundred questions and answers it page by page: each turn is
the post of one question and the page of the next. Beside it, in the same run and served in the same way, a bare Flask
page. Prints median and 95th percentile in milliseconds, on the wall and of the processor; exits 1 if the 95th of either
half of a turn is 30 ms or more on the wall.
"""

import argparse
import os
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from exam_load import bank, drill_plan, prepare
from flask import Flask
from werkzeug.test import Client

import coachapp.exams.operations
import coachapp.exams.routes
from coachapp.app import close_app, create_app
from coachapp.config import load_settings
from coachapp.content.plans import LoadedPlans
from coachapp.domain.plans import ExamPlan
from coachapp.domain.questions import Section

QUESTIONS = 100
GOAL_MS = 30.0
HIDDEN = re.compile(r'<input type="hidden" name="(base_seq|save_id|served_ms)" value="([^"]*)"')


def long_plan() -> ExamPlan:
    """Return a plan of one hundred questions, as many of each section as the bank lets it."""
    sections = list(Section)
    counts = {section: QUESTIONS // len(sections) for section in sections}
    for section in sections[: QUESTIONS - sum(counts.values())]:
        counts[section] += 1
    assert max(counts.values()) <= len(bank()) // len(sections)
    shape = drill_plan(240).model_dump(mode="json")
    return ExamPlan.model_validate(
        {**shape, "sections": [{"section": section, "count": count} for section, count in counts.items()]}
    )


def bare() -> Flask:
    """Return an app with one page and nothing else: what Flask itself costs."""
    app = Flask(__name__)
    app.add_url_rule("/", "page", lambda: "<!doctype html><title>A page</title><p>Words.</p>" * 50)
    return app


@dataclass(frozen=True, slots=True)
class Time:
    """Milliseconds by the clock on the wall, and those of the processor: others on the machine lengthen the first."""

    wall: float
    cpu: float


def timed(ask: Callable[[], Any], times: list[Time]) -> Any:
    """Do something, note how long it took, and return what it gave."""
    wall, cpu = time.perf_counter(), time.process_time()
    found = ask()
    times.append(Time((time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000))
    return found


def spread(name: str, times: list[Time]) -> float:
    """Print the median and the 95th percentile of some times, and return the latter by the wall clock."""
    cuts = {of: statistics.quantiles([getattr(one, of) for one in times], n=20) for of in ("wall", "cpu")}
    wall, cpu = cuts["wall"], cuts["cpu"]
    print(
        f"{name:<34} {len(times):>4}  p50 {wall[9]:6.2f} ms  p95 {wall[18]:6.2f} ms"
        f"  (processor: p50 {cpu[9]:6.2f} ms, p95 {cpu[18]:6.2f} ms)"
    )
    return wall[18]


def walk(client: Client, headers: dict[str, str], turns: int) -> tuple[list[Time], list[Time]]:
    """Answer question after question, round and round; return the times of the pages and of the posts."""
    shown: list[Time] = []
    posted: list[Time] = []
    plan = long_plan()
    started = client.post(f"/exams/{plan.id}", data={"consent": "yes"}, headers=headers)
    assert started.status_code == 303, started.text
    address = started.location
    for turn in range(turns):
        n = turn % QUESTIONS + 1
        page = timed(lambda n=n: client.get(f"{address}/questions/{n}", headers=headers), shown)
        assert page.status_code == 200
        fields = {**dict(HIDDEN.findall(page.text)), "answer": "abcd"[turn % 4], "go": "next"}
        answer = timed(
            lambda n=n, fields=fields: client.post(f"{address}/questions/{n}", data=fields, headers=headers), posted
        )
        assert answer.status_code == 303, answer.text
    return shown, posted


def main() -> int:
    """Turn the pages and print how long it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=300)
    asked = parser.parse_args()
    loaded = LoadedPlans(plans={"drill-of-the-server": long_plan()})
    coachapp.exams.routes.bundled_plans = lambda: loaded  # type: ignore[assignment]
    coachapp.exams.operations.bundled_plans = lambda: loaded  # type: ignore[assignment]
    with tempfile.TemporaryDirectory(prefix="coachapp-pages-") as folder:
        os.environ.update({"COACH_DATA": folder, "COACH_LOG_LEVEL": "WARNING"})
        one = prepare(load_settings(), 1)[0]
        app = create_app(load_settings())
        client = Client(app, use_cookies=False)
        headers = {"Cookie": f"coachapp={one.cookie}", "X-CSRFToken": one.token}
        shown, posted = walk(client, headers, asked.turns)
        close_app(app)
    baseline = Client(bare())
    plain: list[Time] = []
    for _ in range(asked.turns):
        timed(lambda: baseline.get("/"), plain)
    slow = max(spread("page of a question (GET)", shown), spread("answer sent with the page (POST)", posted))
    spread("both: a turn", [Time(a.wall + b.wall, a.cpu + b.cpu) for a, b in zip(posted, shown, strict=True)])
    spread("a bare Flask page", plain)
    return 0 if slow < GOAL_MS else 1


if __name__ == "__main__":
    sys.exit(main())
