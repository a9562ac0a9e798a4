"""The contract of a save: what is taken, what is answered, and by whom."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from coachapp.attempts import sittings
from coachapp.models.attempts import Step
from coachapp.models.sittings import LateSave, Sitting
from tests.conftest import SignIn
from tests.exams.turning import Clock, at, begin_exam, learner, plans, put

__all__ = ["at", "learner", "plans"]

WHOLE = {
    "base_seq": 0,
    "save_id": "one",
    "answer": ["b"],
    "flagged": True,
    "struck": ["d", "a"],
    "highlights": [{"part": "stem", "start": 0, "end": 4}],
    "notes": "Δ look\nagain",
    "elapsed_ms": 1234,
}


@pytest.fixture
def sitting(learner: FlaskClient) -> int:
    """Return a mock under way."""
    return begin_exam(learner)


def slot_of(session: Session, sitting: int, item: str) -> int:
    """Return where a question stands in a paper: q-00 has two right options, q-01 one."""
    paper = session.get_one(Sitting, sitting).paper
    session.rollback()
    return next(n for n, slot in enumerate(paper, 1) if slot["item"] == item)


def test_a_save_is_acknowledged_with_its_id_and_the_time_left(
    learner: FlaskClient, sitting: int, at: Clock, db_session: Session
) -> None:
    at.now += timedelta(seconds=10)
    answer = learner.put(f"/sittings/{sitting}/slots/3", json=WHOLE)
    assert answer.status_code == 200
    assert answer.json == {"seq": 1, "save_id": "one", "remaining_ms": 170_000}
    stored = db_session.scalars(select(Step)).one().payload
    assert stored == {**{k: v for k, v in WHOLE.items() if k != "base_seq"}, "struck": ["a", "d"], "sure": None}
    again = learner.put(f"/sittings/{sitting}/slots/3", json=WHOLE)
    assert (again.status_code, again.json["seq"]) == (200, 1)


def test_a_stale_save_is_told_the_servers_state(learner: FlaskClient, sitting: int) -> None:
    put(learner, sitting, answer=["b"])
    stale = put(learner, sitting, answer=["c"], save_id="s2")
    assert stale.status_code == 409
    assert (stale.json["reason"], stale.json["seq"], stale.json["state"]["answer"]) == ("stale", 1, ["b"])
    assert stale.json["remaining_ms"] == 180_000
    assert put(learner, sitting, answer=["c"], save_id="s2", base_seq=1).json["seq"] == 2


def test_the_save_that_lost_the_race_inside_the_database_is_stale_too(
    learner: FlaskClient, sitting: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(learner, sitting)

    def collide(*arguments: Any, **named: Any) -> None:
        raise IntegrityError("insert", {}, Exception("unique"))

    monkeypatch.setattr(sittings, "save", collide)
    answer = put(learner, sitting, base_seq=1, save_id="s2")
    assert (answer.status_code, answer.json["reason"], answer.json["seq"]) == (409, "stale", 1)
    first = put(learner, sitting, n=2, save_id="s3")
    assert (first.json["seq"], first.json["state"]) == (0, None)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"answer": ["z"]}, "answer: names an option that this question does not have"),
        ({"struck": ["q"]}, "struck: names an option that this question does not have"),
        ({"answer": ["a", "b"]}, "only one option can be chosen"),
        ({"answer": "a"}, "answer: "),
        ({"answer": [1]}, "answer.0: "),
        ({"base_seq": "0"}, "base_seq: "),
        ({"base_seq": -1}, "base_seq: "),
        ({"base_seq": True}, "base_seq: "),
        ({"save_id": ""}, "save_id: "),
        ({"save_id": "a b"}, "save_id: "),
        ({"elapsed_ms": -5}, "elapsed_ms: "),
        ({"elapsed_ms": 1.5}, "elapsed_ms: "),
        ({"notes": "x" * 4001}, "notes: "),
        ({"flagged": "yes"}, "flagged: "),
        ({"highlights": [{"part": "stem", "start": 4, "end": 4}]}, "a highlight must end after it starts"),
        ({"highlights": [{"part": "key", "start": 0, "end": 4}]}, "highlights.0.part: "),
        ({"right": ["a"]}, "right: "),
    ],
)
def test_a_save_of_another_shape_is_told_the_field(
    learner: FlaskClient, sitting: int, db_session: Session, change: dict[str, Any], words: str
) -> None:
    n = slot_of(db_session, sitting, "em/q-01")
    answer = learner.put(f"/sittings/{sitting}/slots/{n}", json={**WHOLE, **change})
    assert answer.status_code == 422
    assert words in answer.json["error"]


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b"null", b'{"base_seq": NaN}', b"\xff", b"[" * 5000])
def test_what_is_no_save_at_all_is_422(learner: FlaskClient, sitting: int, raw: bytes) -> None:
    answer = learner.put(f"/sittings/{sitting}/slots/1", data=raw, content_type="application/json")
    assert answer.status_code == 422
    assert answer.json["error"]


def test_several_options_where_several_are_right(learner: FlaskClient, sitting: int, db_session: Session) -> None:
    several = slot_of(db_session, sitting, "em/q-00")
    assert put(learner, sitting, n=several, answer=["b", "a", "b"]).status_code == 200
    assert db_session.scalars(select(Step)).one().payload["answer"] == ["a", "b"]


def test_a_save_over_16_kb_is_413_before_it_is_read(learner: FlaskClient, sitting: int) -> None:
    answer = learner.put(
        f"/sittings/{sitting}/slots/1",
        data=json.dumps({**WHOLE, "notes": "x" * 17_000}),
        content_type="application/json",
    )
    assert answer.status_code == 413
    assert "16 kB" in answer.json["error"]


def test_other_peoples_sittings_are_404(learner: FlaskClient, sitting: int, sign_in: SignIn) -> None:
    assert put(sign_in(), sitting).status_code == 404
    assert sign_in().get(f"/sittings/{sitting}/time").status_code == 404
    assert sign_in().post(f"/sittings/{sitting}/hand-in").status_code == 404
    assert put(learner, sitting, n=13).status_code == 404


def test_signed_out_it_is_401_json_and_never_a_redirect(app: Flask, learner: FlaskClient, sitting: int) -> None:
    answer = put(app.test_client(), sitting)
    assert answer.status_code == 401
    assert answer.json["status"] == 401
    assert answer.headers["X-Sign-In"] == "/sign-in"


def test_a_stale_form_token_is_400_json(app: Flask, learner: FlaskClient, sitting: int) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    answer = put(learner, sitting)
    assert answer.status_code == 400
    assert answer.is_json


@pytest.mark.parametrize("reason", ["handed-in", "expired"])
def test_after_the_close_a_save_is_410_and_kept(
    learner: FlaskClient, sitting: int, at: Clock, db_session: Session, reason: str
) -> None:
    put(learner, sitting)
    if reason == "handed-in":
        learner.post(f"/sittings/{sitting}/hand-in")
    else:
        at.now += timedelta(seconds=210)
    late = put(learner, sitting, base_seq=1, save_id="s2", answer=["c"])
    assert (late.status_code, late.json) == (410, {"reason": reason})
    assert db_session.scalars(select(LateSave)).one().payload["answer"] == ["c"]
    # What was taken before stays acknowledged.
    assert put(learner, sitting).status_code == 200


def test_arrival_counts_not_when_the_database_was_free(
    app: Flask, learner: FlaskClient, sitting: int, at: Clock
) -> None:
    """The clock moves on while the request waits for the lock; the answer was in time all the same."""

    def wait() -> None:
        at.now += timedelta(hours=1)

    at.now += timedelta(seconds=209)
    app.before_request_funcs[None].insert(0, wait)
    assert put(learner, sitting).status_code == 200


def test_the_time_is_told_and_closes_what_is_over(
    learner: FlaskClient, sitting: int, at: Clock, count_queries: Callable[..., Any]
) -> None:
    address = f"/sittings/{sitting}/time"
    assert learner.get(address).json == {"state": "running", "remaining_ms": 180_000}
    at.now += timedelta(seconds=180)
    assert learner.get(address).json == {"state": "time-up", "remaining_ms": 0}
    at.now += timedelta(seconds=30)
    assert learner.get(address).json == {"state": "closed", "reason": "expired", "remaining_ms": 0}
    at.now -= timedelta(hours=1)  # the server's clock set back reopens nothing
    assert learner.get(address).json["state"] == "closed"
    assert put(learner, sitting).status_code == 410


def test_answers_on_two_devices_meet_in_one_place(learner: FlaskClient, sitting: int, sign_in: SignIn) -> None:
    other = sign_in(learner.person)  # type: ignore[attr-defined]
    put(learner, sitting, answer=["b"])
    assert 'value="b" id="option-b" checked' in other.get(f"/sittings/{sitting}/questions/1").text
    assert put(other, sitting, answer=["c"], base_seq=1, save_id="s2").status_code == 200
    other.post(f"/sittings/{sitting}/hand-in")
    assert put(learner, sitting, answer=["d"], base_seq=2, save_id="s3").json == {"reason": "handed-in"}
