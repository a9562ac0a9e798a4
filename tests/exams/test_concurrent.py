"""Many at once, on both databases: saves against the close, two tabs, two starts, several sweepers."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from coachapp import clock
from coachapp.attempts import finishing
from coachapp.content.plans import LoadedPlans
from coachapp.content.sync import sync
from coachapp.domain.questions import Section
from coachapp.domain.sittings import SittingState
from coachapp.models import db
from coachapp.models.attempts import Attempt, Grade, Step
from coachapp.models.people import Person
from coachapp.models.schema import upgrade
from coachapp.models.sittings import Sitting
from coachapp.models.writing import begin_write
from tests.conftest import put_cookie
from tests.domain.exam_builders import plan, question

QUESTIONS = [question(f"em/q-{n}", right="abcd"[n % 4]) for n in range(8)]


@pytest.fixture(params=["sqlite", "postgresql"])
def site(
    request: pytest.FixtureRequest, make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Flask]:
    """Return a site on each database, with eight questions and a mock of them."""
    if request.param == "sqlite":
        app = make_app()
    else:
        app = make_app(database_url=request.getfixturevalue("postgres_url"))
        with app.app_context():
            upgrade(db.engine)
    loaded = LoadedPlans(plans={"mock": plan({Section.EM: 8})})
    for module in ("coachapp.exams.routes", "coachapp.exams.operations"):
        monkeypatch.setattr(f"{module}.bundled_plans", lambda: loaded)
    now = clock.now()
    with app.app_context():
        sync(db.session(), [], questions=QUESTIONS, concepts=[], now=now)
        who = Person(email="a@example.org", name="A", password_hash="", time_zone="UTC", created_at=now)
        db.session.add(who)
        db.session.commit()
    yield app
    with app.app_context():
        db.engine.dispose()


def client_of(app: Flask) -> Any:
    """Return a client signed in as the only person."""
    client = app.test_client()
    with app.app_context():
        put_cookie(client, db.session.scalars(select(Person)).one())
    return client


def at_once(acts: list[Callable[[], Any]]) -> list[Any]:
    """Do everything at the same time, each in a thread; return what each gave, or the exception it raised."""
    start, given = threading.Barrier(len(acts)), [None] * len(acts)

    def run(number: int) -> None:
        start.wait()
        try:
            given[number] = acts[number]()
        except Exception as error:
            given[number] = error

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return given


def begin(app: Flask) -> int:
    """Start the mock."""
    return int(client_of(app).post("/exams/mock", data={"consent": "yes"}).location.rsplit("/", 1)[1])


def put(app: Flask, sitting: int, n: int, *, answer: str, save_id: str, base_seq: int = 0) -> Any:
    """Send one save."""
    work = {"base_seq": base_seq, "save_id": save_id, "answer": [answer]}
    return client_of(app).put(f"/sittings/{sitting}/slots/{n}", json=work)


def test_two_starts_at_once_are_one_sitting(site: Flask) -> None:
    clients = [client_of(site) for _ in range(4)]
    given = at_once([lambda c=c: c.post("/exams/mock", data={"consent": "yes"}) for c in clients])
    assert {(answer.status_code, answer.location) for answer in given} == {(303, given[0].location)}
    with site.app_context():
        assert db.session.scalar(select(func.count()).select_from(Sitting)) == 1


def test_of_saves_of_one_question_at_once_one_is_taken(site: Flask) -> None:
    sitting = begin(site)
    for seq in range(3):
        given = at_once(
            [
                lambda k=k, seq=seq: put(site, sitting, 1, answer="abcd"[k], save_id=f"s{seq}-{k}", base_seq=seq)
                for k in range(4)
            ]
        )
        assert sorted(answer.status_code for answer in given) == [200, 409, 409, 409]
        assert {answer.json["seq"] for answer in given} == {seq + 1}


def test_no_save_is_lost_between_acknowledging_and_closing(site: Flask) -> None:
    sitting = begin(site)
    saves = [lambda n=n: put(site, sitting, n, answer="abcd"[n % 4], save_id=f"s{n}") for n in range(1, 9)]
    given = at_once([*saves, lambda: client_of(site).post(f"/sittings/{sitting}/hand-in")])
    assert {answer.status_code for answer in given[:-1]} <= {200, 410}
    taken = {n for n, answer in enumerate(given[:-1], 1) if answer.status_code == 200}
    client_of(site).get(f"/sittings/{sitting}/report")
    with site.app_context():
        graded = db.session.scalars(select(Attempt.slot).join(Grade, Grade.attempt_id == Attempt.id)).all()
        assert set(graded) == taken
        assert db.session.scalar(select(func.count()).select_from(Step)) == len(taken)


def test_several_that_finish_one_sitting_grade_it_once(site: Flask) -> None:
    sitting = begin(site)
    for n in range(1, 9):
        put(site, sitting, n, answer="a", save_id=f"s{n}")
    client_of(site).post(f"/sittings/{sitting}/hand-in")

    def finish() -> bool:
        with site.app_context():
            begin_write(db.session())
            done = finishing.finish(db.session(), sitting, now=clock.now())
            db.session.commit()
            return done

    assert sorted(at_once([finish] * 4)) == [False, False, False, True]
    with site.app_context():
        assert db.session.scalar(select(func.count()).select_from(Grade)) == 8
        assert db.session.get_one(Sitting, sitting).state is SittingState.GRADED
