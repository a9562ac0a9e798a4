"""Before the plan says so, no answer leaves the server: every response of a sitting under way is searched."""

import re
from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from coachapp.domain.questions import Question
from coachapp.models.items import ItemVersion
from coachapp.models.sittings import Sitting
from tests.domain.exam_builders import question
from tests.exams.turning import at, begin_exam, hidden, learner, plans, put

__all__ = ["at", "learner", "plans"]

SECRET = "zebra"


def secretive() -> list[Question]:
    """Return questions whose reasons, and sources carry a word that nothing else has."""
    made = []
    for section in ("em", "icd10cm"):
        for n in range(6):
            one = question(f"{section}/q-{n:02}", right="abcd"[n % 4])
            options = [option.model_copy(update={"why": f"{SECRET} reason"}) for option in one.options]
            made.append(one.model_copy(update={"options": tuple(options), "references": (f"{SECRET} source",)}))
    return made


def test_no_response_before_the_end_carries_a_key(
    learner: FlaskClient, stock: Callable[..., Any], db_session: Session
) -> None:
    stock(secretive())
    seen: list[str] = []

    def note(answer: Any) -> Any:
        seen.append(answer.text + str(answer.headers))
        return answer

    note(learner.get("/exams/mock"))
    sitting = begin_exam(learner)
    for n in range(1, 13):
        page = note(learner.get(f"/sittings/{sitting}/questions/{n}"))
        note(put(learner, sitting, n=n, answer=["a"]))
        note(put(learner, sitting, n=n, answer=["b"], save_id="s2"))  # stale
        note(put(learner, sitting, n=n, answer=["q"], save_id="s3"))  # no option
        for go in ("check", "next"):
            posted = {**hidden(page.text), "go": go, "answer": "c"}
            note(learner.post(f"/sittings/{sitting}/questions/{n}", data=posted))
    for path in ("", "/review", "/report", "/answers", "/time", "/break"):
        note(learner.get(f"/sittings/{sitting}{path}"))
    for path in ("/exams", "/drills", "/", "/attempts", "/cases"):
        note(learner.get(path))
    drill = note(learner.post("/drills", data={"plan": "drill-em"}))
    assert drill.status_code == 409  # every question of the section stands in the exam
    for answer in seen:
        assert SECRET not in answer
        assert "is-right" not in answer.split("palette-key")[0]

    learner.post(f"/sittings/{sitting}/hand-in")
    learner.get(f"/sittings/{sitting}/report")
    assert SECRET in learner.get(f"/sittings/{sitting}/answers").text


def lasting(page: str) -> str:
    """Return a page without what is new each time: the id of the next save, and tokens that carry their second."""
    tokens = '(name="csrf_token" value|data-token)="[^"]+"'
    return re.sub(tokens, "", page.replace(hidden(page)["save_id"], ""))


def test_what_is_asked_does_not_depend_on_what_is_right(
    learner: FlaskClient, stock: Callable[..., Any], db_session: Session
) -> None:
    """The same page, but for what belongs to the moment, whichever option the key names."""
    sitting = begin_exam(learner)
    page = f"/sittings/{sitting}/questions/2"
    before = lasting(learner.get(page).text)
    slot = db_session.get_one(Sitting, sitting).paper[1]
    version = db_session.get_one(ItemVersion, slot["version_id"])
    content = {**version.content}
    rights = [option["right"] for option in content["options"]]
    content["options"] = [
        {**option, "right": right} for option, right in zip(content["options"], rights[1:] + rights[:1], strict=True)
    ]
    version.content, version.digest = content, "0" * 64
    db_session.commit()
    assert lasting(learner.get(page).text) == before
