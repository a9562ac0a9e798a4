"""Two versions of an answer are shown by the letters and texts of that sitting, never by ids of options."""

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from coachapp.attempts import sittings
from coachapp.attempts.versions import LETTERS, version_of
from coachapp.content.sync import sync
from coachapp.domain.disclosure import ShownOption, ShownQuestion
from coachapp.domain.permissions import Role
from coachapp.domain.questions import Question
from coachapp.models.sittings import Sitting
from tests.conftest import SignIn
from tests.domain.exam_builders import question
from tests.exams.conftest import T0
from tests.exams.test_desk import open_class
from tests.exams.turning import at, begin_exam, begin_given, hidden, learner, plans, post_page, put

__all__ = ["at", "learner", "plans"]

# What no candidate can guess: the ids of the options stand nowhere in their texts.
IDS = ("zzq1", "zzq2", "zzq3", "zzq4")


def with_hidden_ids(name: str, right: int = 1) -> Question:
    made = question(name).model_dump(mode="json")
    made["options"] = [
        {"id": ident, "text": f"9921{n}-25", "right": n == right, "why": "Because."} for n, ident in enumerate(IDS, 1)
    ]
    return Question.model_validate(made)


@pytest.fixture
def stock(db_session: Session) -> Callable[..., Any]:
    """Return a function that stores questions whose option ids say nothing."""

    def store(questions: Any = None) -> None:
        found = [with_hidden_ids(f"{section}/q-{n:02}", 1 + n % 4) for section in ("em", "icd10cm") for n in range(6)]
        sync(db_session, [], questions=found, concepts=[], now=T0)
        db_session.commit()

    return store


def seen(session: Session, sitting: int, n: int) -> dict[str, str]:
    """Return what the candidate sees of each option, by id: its letter and text."""
    order = session.get_one(Sitting, sitting).paper[n - 1]["options"]
    session.rollback()
    return {ident: f"{LETTERS[place]} “9921{IDS.index(ident) + 1}-25”" for place, ident in enumerate(order)}


def words_only(page: str) -> str:
    """Return the text of a page, without tags and attributes."""
    return html.unescape(re.sub(r"<[^>]*>", "", page))


def test_the_json_of_a_stale_save_puts_both_versions_in_words(learner: FlaskClient, db_session: Session) -> None:
    sitting = begin_exam(learner)
    shown = seen(db_session, sitting, 4)
    put(learner, sitting, n=4, answer=["zzq1"])
    stale = put(learner, sitting, n=4, answer=["zzq4"], save_id="s2", flagged=True, notes="check\nunits")
    assert stale.status_code == 409
    assert stale.json["versions"]["there"]["words"] == shown["zzq1"]
    assert stale.json["versions"]["here"]["words"] == f"{shown['zzq4']}, flagged, notes: “check units”"
    (option,) = stale.json["versions"]["here"]["options"]
    assert f"{option['letter']} “{option['text']}”" == shown["zzq4"]


def test_the_save_that_lost_a_race_puts_them_in_words_too(
    learner: FlaskClient, db_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    sitting = begin_exam(learner)
    shown = seen(db_session, sitting, 1)
    put(learner, sitting, answer=["zzq2"])

    def collide(*arguments: Any, **named: Any) -> None:
        raise IntegrityError("insert", {}, Exception("unique"))

    monkeypatch.setattr(sittings, "save", collide)
    answer = put(learner, sitting, answer=["zzq3"], base_seq=1, save_id="s2")
    assert answer.json["versions"]["there"]["words"] == shown["zzq2"]
    assert answer.json["versions"]["here"]["words"] == shown["zzq3"]


def test_an_untouched_question_has_no_answer_on_the_server(learner: FlaskClient) -> None:
    sitting = begin_exam(learner)
    answer = put(learner, sitting, answer=["zzq3"], base_seq=7)
    assert (answer.status_code, answer.json["versions"]["there"]["words"]) == (409, "no answer")


def test_the_page_without_a_script_says_letter_and_text(learner: FlaskClient, db_session: Session) -> None:
    sitting = begin_exam(learner)
    old = hidden(learner.get(f"/sittings/{sitting}/questions/2").text)
    post_page(learner, sitting, 2, answer="zzq1", flagged="yes", go="save")
    clash = learner.post(f"/sittings/{sitting}/questions/2", data={**old, "answer": "zzq4", "go": "next"})
    assert clash.status_code == 409
    text = words_only(clash.text)
    assert f"{seen(db_session, sitting, 2)['zzq1']}, flagged" in text
    assert "zzq" not in text


def test_an_option_the_question_does_not_have_is_refused_without_its_id(learner: FlaskClient) -> None:
    sitting = begin_exam(learner)
    refused = put(learner, sitting, answer=["zzq5"])
    assert (refused.status_code, "zzq" in refused.text) == (422, False)
    page = post_page(learner, sitting, 1, answer="zzq5", go="next")
    assert (page.status_code, "zzq" in words_only(page.text)) == (422, False)


def test_late_answers_stand_by_letter_and_text_on_the_exam_desk(
    learner: FlaskClient, sign_in: SignIn, db_session: Session
) -> None:
    teacher = sign_in(Role.INSTRUCTOR)
    sitting = begin_given(learner, open_class(db_session, teacher, learner, name="Fall").id)
    shown = seen(db_session, sitting, 3)
    put(learner, sitting, n=3, answer=["zzq1"])
    learner.post(f"/sittings/{sitting}/hand-in")
    assert put(learner, sitting, n=3, base_seq=1, save_id="s2", answer=["zzq2"]).status_code == 410
    text = " ".join(words_only(teacher.get(f"/exam-desk/late/{sitting}").text).split())
    for ident in ("zzq1", "zzq2"):
        assert shown[ident].replace("“", "").replace("”", "") in text
    assert "zzq" not in text


@pytest.mark.parametrize("path", ["questions/1", "review", "report", "answers"])
def test_no_page_of_a_sitting_says_an_id_in_its_text(learner: FlaskClient, path: str) -> None:
    sitting = begin_exam(learner)
    put(learner, sitting, answer=["zzq1"], struck=["zzq2"])
    if path in ("report", "answers"):
        learner.post(f"/sittings/{sitting}/hand-in")
    page = learner.get(f"/sittings/{sitting}/{path}")
    assert (page.status_code, "zzq" in words_only(page.text)) == (200, False)


@given(
    st.permutations(IDS), st.sets(st.sampled_from(IDS)), st.sets(st.sampled_from([*IDS, "gone"])), st.text(max_size=400)
)
def test_words_hold_no_id_whatever_the_order(order: list[str], answer: set[str], struck: set[str], notes: str) -> None:
    options = tuple(ShownOption(ident, f"text {IDS.index(ident)}") for ident in order)
    asked = ShownQuestion(stem="S", exhibit=None, date_of_service=None, options=options, several=True)
    found = version_of(asked, {"answer": sorted(answer), "struck": sorted(struck), "notes": notes.replace("zzq", "")})
    assert not any(ident in found.words for ident in IDS)
    assert [option.text for option in found.options] == [f"text {IDS.index(i)}" for i in order if i in answer]
    assert len(found.words) < 400
