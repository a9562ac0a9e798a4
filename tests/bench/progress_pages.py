"""Server time, processor time and queries of the progress pages with 1,000 learners and 1,000,000 graded answers.

Run: python tests/bench/progress_pages.py [learners] [answers each]. The database is made by bulk inserts and kept in
the temporary folder for the next run; PostgreSQL follows where it is installed. Beside each page stand two baselines of
the same run: the frame alone (a page with the same header and a form of three fields), and the plain way to the same
figures, which reckons a learner's standing from all her answers whenever she looks.

Learners answer the bundled questions in drills of ten and code bundled cases. What a page reads of standing and memory
is reckoned for the learners who are looked at, and copied to the others so that the tables have their size.
"""

import gc
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from statistics import median, quantiles
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from coachapp import clock
from coachapp.app import close_app, create_app
from coachapp.attempts import standings
from coachapp.attempts.papers import slot_data
from coachapp.cli.run import keep_out_of_collections
from coachapp.codesets import build_release, open_codesets, release_path
from coachapp.config import Settings
from coachapp.content.plans import bundled_plans
from coachapp.content.sync import sync_bundled
from coachapp.domain.assembly import Slot
from coachapp.domain.grading import key_claim
from coachapp.domain.plans import PlanKind
from coachapp.domain.questiongrading import grade_question, question_result_data
from coachapp.domain.results import result_data
from coachapp.models import db
from coachapp.models.people import Person
from coachapp.models.schema import head, upgrade
from coachapp.models.writing import begin_write
from coachapp.progress.upkeep import exam_in_view
from coachapp.simulation.slips import payload_of, with_slips
from coachapp.simulation.stock import Stock, StockQuestion, read_stock
from tests.conftest import put_cookie
from tests.fixtures_postgres import running_postgres

PAGES = ("/today", "/assignments", "/progress", "/progress/concepts", "/progress/errors", "/review", "/progress/record")
FRAME = "/profile/password"
LOOKED_AT = 30
CASES_EACH = 20
DRILL = 10
DAYS = 180
ASSIGNMENTS = 30
GOAL_MS = 50
Row = tuple[Any, ...]


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Print how long something took."""
    start = time.perf_counter()
    yield
    print(f"  {what}: {time.perf_counter() - start:.1f} s", flush=True)


def copy_rows(session: Session, table: str, columns: str, rows: Iterable[Row]) -> None:
    """Write rows by the quickest way of the database at hand; moments are aware, JSON is text."""
    raw: Any = session.connection().connection.dbapi_connection
    if session.get_bind().dialect.name == "sqlite":
        marks = ", ".join("?" * len(columns.split(",")))
        plain = (tuple(_sqlite(value) for value in row) for row in rows)
        raw.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", plain)
        return
    with raw.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _sqlite(value: Any) -> Any:
    return value.strftime("%Y-%m-%d %H:%M:%S.%f") if isinstance(value, datetime) else value


class Learners:
    """Makes the rows of learners, table by table, with ids counted from 1."""

    def __init__(self, stock: Stock, *, learners: int, answers: int, now: datetime) -> None:
        """Prepare what every learner's rows are made of."""
        self.learners, self.now = learners, now
        self.drills = (answers - CASES_EACH) // DRILL
        self.questions = list(stock.questions.values())
        self.plan = next(p for p in bundled_plans().plans.values() if p.kind is PlanKind.DRILL)
        self.cases = []
        for one in stock.cases:
            claim = key_claim(one.case, optional=False)
            for made in (claim, with_slips(one.case, claim, chance=0.25, random=Random(one.version_id))):
                result = stock.judge(one, made)
                concepts = sorted({c for line in one.case.key.branches[0].diagnoses for c in line.concepts})
                told = (json.dumps(result_data(result)), result.scores["coachapp"], json.dumps(payload_of(made)))
                self.cases.append((one, *told, concepts))

    def write(self, session: Session) -> None:
        """Write people, sittings, attempts, steps, grades and reviews."""
        people = range(1, self.learners + 1)
        copy_rows(
            session,
            "person",
            "id, email, name, role, password_hash, time_zone, sign_in_epoch, demo, created_at",
            (
                (
                    n,
                    f"l{n}@example.org",
                    f"Learner {n}",
                    "student",
                    "!",
                    "UTC",
                    0,
                    False,
                    self.now - timedelta(days=DAYS),
                )
                for n in people
            ),
        )
        sittings: list[Row] = []
        attempts: list[Row] = []
        steps: list[Row] = []
        grades: list[Row] = []
        reviews: list[Row] = []
        ids, sitting_ids, review_ids = count(1), count(1), count(1)
        for person in people:
            random = Random(person)
            begun = sorted(self.now - timedelta(days=random.uniform(0.1, DAYS)) for _ in range(self.drills))
            for at in begun:
                asked = random.sample(self.questions, DRILL)
                sitting, right = next(sitting_ids), 0
                for slot, one in enumerate(asked, start=1):
                    ident, when = next(ids), at + timedelta(minutes=slot)
                    score, payload, result = self._answer(one, random)
                    right += int(score)
                    version = one.version_id
                    attempts.append(
                        (ident, person, one.item_id, version, "graded", 1, 1, 60_000, when, when, sitting, slot)
                    )
                    steps.append((ident, ident, 1, "submit", payload, when))
                    grades.append((ident, ident, ident, version, "exact-set", score, result, when))
                    reviews += self._reviews(one.question.concepts, review_ids, person, ident, score, when)
                sittings.append(self._sitting(sitting, person, asked, at, right))
            for _ in range(CASES_EACH):
                case, result, score, payload, concepts = random.choice(self.cases)
                ident, when = next(ids), self.now - timedelta(days=random.uniform(0.1, DAYS))
                version = case.version_id
                attempts.append((ident, person, case.item_id, version, "graded", 1, 1, 600_000, when, when, None, None))
                steps.append((ident, ident, 1, "submit", payload, when))
                grades.append((ident, ident, ident, version, "coachapp-1", score, result, when))
                reviews += self._reviews(concepts, review_ids, person, ident, score or 0.0, when)
            if person % 50 == 0 or person == self.learners:
                self._flush(session, sittings, attempts, steps, grades, reviews)

    def _answer(self, one: StockQuestion, random: Random) -> tuple[float, str, str]:
        right = random.random() < 0.72
        wrong = [option.id for option in one.question.options if not option.right]
        chosen = sorted(one.question.right) if right else [random.choice(wrong)]
        result = question_result_data(grade_question(one.question, chosen))
        payload = {"answer": chosen, "elapsed_ms": 60_000, "sure": random.choice([True, False, None]), "save_id": "b"}
        return float(right), json.dumps(payload), json.dumps(result)

    def _reviews(
        self, concepts: Sequence[str], ids: Iterator[int], person: int, grade: int, score: float, when: datetime
    ) -> list[Row]:
        rating = "good" if score == 1 else "hard" if score >= 0.5 else "again"
        return [(next(ids), person, concept, grade, grade, rating, score, False, None, when) for concept in concepts]

    def _sitting(self, ident: int, person: int, asked: Sequence[StockQuestion], at: datetime, right: int) -> Row:
        paper = [
            slot_data(
                Slot(one.question.id, one.question.section, one.pool.options),
                item_id=one.item_id,
                version_id=one.version_id,
            )
            for one in asked
        ]
        end, plan = at + timedelta(minutes=DRILL + 1), self.plan
        texts = (json.dumps(plan.model_dump(mode="json")), json.dumps(paper))
        closed = (end, "handed-in", end, right, DRILL)
        return (ident, person, plan.id, plan.id, *texts, 1, "graded", 1, at, 0, 0, *closed)

    def _flush(self, session: Session, *tables: list[Row]) -> None:
        columns = (
            ("sitting", "id, person_id, plan_id, scope, plan, paper, seed, state, position, started_at,"
             " break_allowance_ms, break_used_ms, closed_at, close_reason, graded_at, right_count, scored_count"),
            ("attempt", "id, person_id, item_id, item_version_id, state, draft_seq, last_seq, active_ms, started_at,"
             " finished_at, sitting_id, slot"),
            ("step", "id, attempt_id, seq, kind, payload, at"),
            ("grade", "id, attempt_id, step_id, item_version_id, policy, score, result, at"),
            ("memory_review", "id, person_id, concept_slug, attempt_id, grade_id, rating, score, helped, sure,"
             " reviewed_at"),
        )  # fmt: skip
        for (table, names), rows in zip(columns, tables, strict=True):
            copy_rows(session, table, names, rows)
            rows.clear()


def looked_at(learners: int) -> range:
    """Return the ids of the learners whose pages are measured."""
    return range(1, min(LOOKED_AT, learners) + 1)


def spread(session: Session, learners: int) -> None:
    """Copy the reckoned rows of the first learner to those who are not looked at."""
    copies = {
        "standing": "kind, key, mean, low, high, right_weight, wrong_weight, answers, detail, computed_at",
        "memory_state": "concept_slug, phase, stability, difficulty, due, last_review, reviews, lapses, version",
        "progress_state": "computed_at",
    }
    for table, columns in copies.items():
        copy = (
            f"INSERT INTO {table} (person_id, {columns}) SELECT p.id, {columns} FROM {table} JOIN person p ON p.id > :n"
        )
        session.execute(text(f"{copy} WHERE person_id = 1"), {"n": looked_at(learners)[-1]})


def give_work(session: Session, stock: Stock, *, learners: int, now: datetime) -> None:
    """Put everyone into one class with thirty assignments of every kind."""
    at = now - timedelta(days=DAYS)
    copy_rows(session, "classroom", "id, name, instructor_id, join_code, created_at", [(1, "Class", 1, "ABCDEFGH", at)])
    members = [(n, 1, n, at) for n in range(1, learners + 1)]
    copy_rows(session, "membership", "id, classroom_id, person_id, joined_at", members)
    plans = bundled_plans().plans.values()
    drills = [plan.id for plan in plans if plan.kind is PlanKind.DRILL]
    exams = [plan.id for plan in plans if plan.kind is not PlanKind.DRILL]
    works = [(None, drills[n % len(drills)]) for n in range(ASSIGNMENTS // 3)]
    works += [(None, exams[n % len(exams)]) for n in range(ASSIGNMENTS // 3)]
    works += [(stock.cases[n % len(stock.cases)].item_id, None) for n in range(ASSIGNMENTS // 3)]
    rows: list[Row] = []
    for n, (item_id, plan_id) in enumerate(works, start=1):
        opens = now - timedelta(days=DAYS * n / ASSIGNMENTS)
        closes = opens + timedelta(days=30) if plan_id in exams else None
        rows.append((n, 1, f"Work {n}", "", item_id, plan_id, opens, opens + timedelta(days=14), closes, "UTC", opens))
    columns = "id, classroom_id, title, instructions, item_id, plan_id, opens_at, due_at, closes_at, zone, created_at"
    copy_rows(session, "assignment", columns, rows)


def fill(app: Flask, settings: Settings, *, learners: int, answers: int) -> None:
    """Make the database."""
    now = clock.now().astimezone(UTC)
    with app.app_context():
        upgrade(db.engine)
        session = db.session()
        begin_write(session)
        sync_bundled(session, now)
        stock = read_stock(session, cpt=True, codesets=open_codesets(settings.data))
        with timed(f"{learners * answers:,} graded answers written"):
            Learners(stock, learners=learners, answers=answers, now=now).write(session)
        give_work(session, stock, learners=learners, now=now)
        session.commit()
        reckon(session, looked_at(learners))
        begin_write(session)
        spread(session, learners)
        session.commit()
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))


def reckon(session: Session, people: Iterable[int]) -> list[float]:
    """Reckon people's standing, and return the milliseconds each took."""
    spent = []
    for person in people:
        start = time.perf_counter()
        begin_write(session)
        standings.refresh(session, person, now=clock.now(), exam=exam_in_view())
        session.commit()
        session.expunge_all()
        spent.append((time.perf_counter() - start) * 1000)
    return spent


def shown(spent: Sequence[float]) -> str:
    """Return the median and the 95th percentile of milliseconds."""
    return f"p50 {median(spent):7.1f} ms   p95 {quantiles(spent, n=20)[-1]:7.1f} ms"


def measure(app: Flask, learners: int) -> None:
    """Print queries and server time of every page, beside the baselines."""
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            seen.append(statement)

    with app.app_context():
        clients = []
        for person in looked_at(learners):
            client = app.test_client()
            who = db.session.get_one(Person, person)
            put_cookie(client, who)
            clients.append(client)
        db.session.rollback()
        event.listen(db.engine, "before_cursor_execute", note)
        with timed("standing brought up to date"):
            reckon(db.session(), looked_at(learners))
    for page in (FRAME, *PAGES):
        spent, queries, busy = [], set(), 0.0
        for warm in (True, False):
            for client in clients:
                seen.clear()
                start, began = time.perf_counter(), time.process_time()
                status = client.get(page).status_code
                if not warm:
                    spent.append((time.perf_counter() - start) * 1000)
                    queries.add(len(seen))
                    busy += (time.process_time() - began) * 1000
                if status != 200:
                    raise SystemExit(f"{page} answered {status}")
        name = "frame alone (baseline)" if page == FRAME else page
        mean = f"   processor {busy / len(clients):6.1f} ms"
        over = "" if median(spent) <= GOAL_MS else f"   over the goal of {GOAL_MS} ms"
        print(f"  {name:<36} {'–'.join(map(str, sorted(queries))):>6} queries   {shown(spent)}{mean}{over}")
    with app.app_context():
        spent = [_from_scratch(db.session(), person) for person in looked_at(learners)]
    print(f"  {'figures from all answers (baseline)':<36} {'':>6}           {shown(spent)}")


def _from_scratch(session: Session, person: int) -> float:
    """Return the milliseconds that reckoning everything of one person takes, nothing kept from before."""
    begin_write(session)
    for table in ("standing", "memory_state"):
        session.execute(text(f"DELETE FROM {table} WHERE person_id = :person"), {"person": person})
    start = time.perf_counter()
    standings.refresh(session, person, now=clock.now(), exam=exam_in_view())
    spent = (time.perf_counter() - start) * 1000
    session.rollback()
    return spent


def run(name: str, settings: Settings, *, learners: int, answers: int, ready: Callable[[], bool]) -> None:
    """Make the database where it is not there yet, and measure."""
    print(f"\n{name}: {learners:,} learners, {answers:,} answers each")
    app = create_app(settings)
    app.testing = True
    if not ready():
        with timed("database made"):
            fill(app, settings, learners=learners, answers=answers)
    gc.unfreeze()
    keep_out_of_collections()  # as every worker of `coachapp run` does
    measure(app, learners)
    close_app(app)


def main(learners: int, answers: int) -> None:
    """Measure on SQLite and, where it can be had, on PostgreSQL."""
    data = Path(tempfile.gettempdir()) / f"coachapp-bench-{os.getuid()}-{learners}-{answers}"
    data.mkdir(mode=0o700, exist_ok=True)
    settings = Settings(data=data, secret_key="a key for measuring only, as long as a real one")
    build_release(release_path(data))
    done = data / f"done-{head()}"  # one of older tables is made anew
    file = data / "coachapp.sqlite"
    if not done.exists():
        for left in data.glob("coachapp.sqlite*"):
            left.unlink()
    run("SQLite", settings, learners=learners, answers=answers, ready=done.exists)
    done.touch()
    print(f"  kept: {file} ({file.stat().st_size / 1e6:,.0f} MB)")
    try:
        with running_postgres() as server:
            url = server % "postgres"
            theirs = settings.model_copy(update={"database_url": url})
            run("PostgreSQL", theirs, learners=learners, answers=answers, ready=lambda: False)
    except pytest.skip.Exception as reason:
        print(f"\nPostgreSQL: not measured ({reason})")


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:3]]
    main(*given, *(1000, 1000)[len(given) :])
