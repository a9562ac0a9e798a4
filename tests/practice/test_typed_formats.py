"""Claims pasted into the page: graded by meaning, kept as typed."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from coachapp.models.attempts import Grade, Step
from coachapp.models.items import Item
from tests.domain.reformatting import reformat
from tests.practice.samples import right_rows, rows
from tests.practice.test_review import look_up
from tests.practice.test_solve import BROKEN

_BOXES = ("-code", "-mod1", "-mod2", "-mod3", "-mod4", "-units", "-pointers", "pos")


@pytest.mark.parametrize("seed", range(6))
def test_a_correct_claim_in_any_format_is_correct_and_kept_as_typed(
    sign_in: Callable[..., Any], cases: dict[str, Item], db_session: Session, seed: int
) -> None:
    posted = {
        name: reformat(text, seed * 100 + at) if text and name.endswith(_BOXES) else text
        for at, (name, text) in enumerate(right_rows().items())
    }
    answer = sign_in().post(BROKEN, data=posted | {"act": "hand_in"})
    assert answer.status_code == 303, answer.text
    assert db_session.query(Grade).one().score == 1
    payload = db_session.query(Step).order_by(Step.id.desc()).first().payload  # type: ignore[union-attr]
    assert payload["diagnoses"][0]["code"] == posted["dx-0-code"]
    assert payload["services"][0]["code"] == posted["sv-0-code"]
    assert payload["pos"] == posted["pos"]


def test_a_claim_of_invisible_characters_is_empty(sign_in: Callable[..., Any], cases: dict[str, Item]) -> None:
    asked = sign_in().post(BROKEN, data=rows("\u200b", "\u00ad\ufeff", pos="\u2060") | {"act": "hand_in"})
    assert asked.status_code == 422
    assert "Your claim is empty" in asked.text


@pytest.mark.parametrize(
    "text", ["S52‑501A", "S52,501A", "S52.501A\u202c", "Ｓ52.501ａ", "\u040552.501\u0410", "S52.501A."]
)
def test_the_note_under_a_box_is_that_of_the_code_meant(client: Any, text: str) -> None:
    found = look_up(client, text)
    assert (found["code"], found["note"]["tone"]) == ("S52.501A", "plain")
    assert found["note"] == look_up(client, "S52.501A")["note"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("S52.50\u0416A", "“\u0416” (cyrillic capital letter zhe) is in no code"),
        ("E11.9, I10", "More than one code; enter each in a row of its own"),
        ("E11.9²", "“²” (superscript two) is in no code"),
    ],
)
def test_what_cannot_be_read_gets_no_false_reason(client: Any, text: str, words: str) -> None:
    assert words in look_up(client, text)["note"]["text"]


def test_the_note_of_a_service_is_that_of_its_code(client: Any) -> None:
    plain = look_up(client, "G0121", box="service")
    for text in ("G0121:PT", "HC:G0121:PT", "G0121—PT", "G\u200b0121", "G0121,"):
        found = look_up(client, text, box="service")
        assert (found["code"], found["note"]) == ("G0121", plain["note"])
