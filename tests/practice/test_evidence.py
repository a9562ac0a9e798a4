"""Words of the chart attached to lines: kept with the draft, never graded, compared with the key at review."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from coachapp.domain.claimrows import read_payload
from coachapp.domain.items import ClaimForm
from coachapp.models.attempts import Grade, Step
from coachapp.models.items import Item
from coachapp.practice.forms import (
    PayloadError,
    blank_payload,
    checked_payload,
    is_blank,
    posted_payload,
    trimmed,
)
from coachapp.practice.pages import payload_summary
from tests.practice.samples import add_cases, quote, right_rows, rows, stay, two_ways, wrist
from tests.practice.test_review import BROKEN, hand_in, text_of

KEYS = "Colles fracture, left distal radius"


def diagnosis(*quotes: object, code: str = "S52.532A", letter: str = "A") -> dict[str, Any]:
    return {"code": code, "letter": letter, "poa": "", "evidence": list(quotes)}


def claim(*diagnoses: dict[str, Any]) -> dict[str, Any]:
    return {**blank_payload(), "diagnoses": [*diagnoses]}


@pytest.mark.parametrize(
    ("evidence", "message"),
    [
        ("words", r"diagnoses\[0\].evidence must be a list of quotes"),
        ([quote("a")] * 6, r"diagnoses\[0\].evidence holds 6 quotes; a row holds at most 5"),
        (["words"], r"diagnoses\[0\].evidence\[0\] must have document, quote and nth"),
        ([quote("a") | {"more": 1}], r"evidence\[0\] must have document, quote and nth, and nothing else"),
        ([quote("a"), quote("x" * 301)], r"evidence\[1\].quote is longer than 300 characters"),
        ([quote(" ")], r"evidence\[0\].quote must be text"),
        ([quote("a", document="x" * 81)], r"evidence\[0\].document is longer than 80"),
        ([quote("a") | {"document": 3}], r"evidence\[0\].document must be text"),
        ([quote("a", nth=0)], r"evidence\[0\].nth must be a whole number from 1 to 9999"),
        ([quote("a") | {"nth": True}], r"evidence\[0\].nth must be a whole number"),
    ],
)
def test_evidence_out_of_shape_is_refused_with_the_place(evidence: object, message: str) -> None:
    with pytest.raises(PayloadError, match=message):
        checked_payload({"diagnoses": [{"code": "I10", "evidence": evidence}]})
    with pytest.raises(PayloadError, match=message.replace("diagnoses", "services")):
        checked_payload({"services": [{"code": "99213", "evidence": evidence}]})


def test_evidence_comes_back_as_sent_and_a_row_without_has_no_such_field() -> None:
    full = claim(diagnosis(*[quote("x" * 300)] * 5))
    assert checked_payload(full) == full
    assert "evidence" not in checked_payload(claim(diagnosis()))["diagnoses"][0]


def test_evidence_is_no_entry_of_the_claim_but_its_row_is_kept() -> None:
    payload = claim(diagnosis(quote("tilt"), code=""))
    assert is_blank(payload)
    assert read_payload(payload, ClaimForm.PROFESSIONAL).blank
    assert trimmed(payload) == payload
    assert trimmed(claim(diagnosis(code=""))) == blank_payload()
    assert payload_summary(payload)["Diagnoses"] == ["A: no code  (1 quote)"]


def test_the_form_carries_evidence_in_a_hidden_field() -> None:
    data = MultiDict({"dx-0-code": "I10", "dx-0-letter": "A", "dx-0-evidence": json.dumps([quote("tilt", 2)])})
    assert posted_payload(data)["diagnoses"][0]["evidence"] == [quote("tilt", 2)]
    data["sv-0-evidence"] = "not JSON"
    with pytest.raises(PayloadError, match=r"services\[0\].evidence must be a list of quotes"):
        posted_payload(data)


def test_a_post_out_of_shape_is_422(sign_in: Callable[..., Any], cases: dict[str, Item]) -> None:
    answer = sign_in().post(BROKEN, data=rows("I10") | {"dx-0-evidence": "[[["})
    assert answer.status_code == 422
    assert "diagnoses[0].evidence must be a list of quotes" in text_of(answer.text)


def test_without_javascript_nothing_attached_is_lost(
    sign_in: Callable[..., Any], cases: dict[str, Item], draft: Callable[..., Any], db_session: Session
) -> None:
    student = sign_in()
    words = quote('She said "<left>" & nodded')
    assert draft(student, claim(diagnosis(words))).status_code == 200
    page = student.get(BROKEN).text
    assert "1 quote" in text_of(page)
    held = re.search(r'name="dx-0-evidence" value="([^"]*)"', page)
    assert held
    from html import unescape

    assert json.loads(unescape(held[1])) == [words]
    version = str(cases["orthopedics/broken-wrist"].current_version_id)
    fields = rows("S52.532A", attempt=1, seq=1) | {"version": version, "dx-0-evidence": unescape(held[1])}
    assert student.post(BROKEN, data=fields | {"act": "save"}).status_code == 303
    assert db_session.query(Step).order_by(Step.id.desc()).first().payload["diagnoses"][0]["evidence"] == [words]
    # Where another tab was first, both versions go on with what is attached to them.
    clash = student.post(BROKEN, data=rows("I10", attempt=1, seq=0) | {"version": version, "dx-0-evidence": held[1]})
    assert clash.status_code == 422
    clash = student.post(BROKEN, data=fields | {"seq": "0", "dx-0-code": "I10", "act": "save"})
    assert clash.status_code == 409
    again = re.search(r'name="dx-0-evidence" value="([^"]*)"', clash.text)
    assert again
    assert json.loads(unescape(again[1])) == [words]


def attached(**quotes: list[dict[str, Any]]) -> dict[str, str]:
    return {f"{name.replace('_', '-')}-evidence": json.dumps(found) for name, found in quotes.items()}


def test_the_review_compares_each_quote_with_the_key(sign_in: Callable[..., Any], cases: dict[str, Item]) -> None:
    mine = [quote(KEYS), quote("left distal radius, closed"), quote("No incision was made."), quote("not in the chart")]
    html = hand_in(
        sign_in(),
        cases["orthopedics/broken-wrist"],
        right_rows() | attached(dx_0=mine, sv_0=[quote("fluoroscopy", document="imaging")]),
    )
    text = text_of(html.split('id="lines"')[1])
    assert f"“{KEYS}” Operative note ✓ the same passage as the key" in text
    assert "“left distal radius, closed” Operative note ◐ overlaps the key&#39;s passage" in text
    assert "“No incision was made.” Operative note → another passage" in text
    assert "“not in the chart” Operative note – not found in this version of the chart" in text
    assert "“fluoroscopy” Radiology report – not found" in text
    targets = re.findall(r'href="#(line-\d+-mine-\d+)"', html)
    assert len(targets) == 3
    assert all(f'<mark id="{target}" data-line="mine:line-' in html for target in targets)
    assert "Marked in the chart" in html


def test_the_nth_of_equal_words_is_the_one_compared(sign_in: Callable[..., Any], db_session: Session) -> None:
    item = add_cases(db_session, wrist())["orthopedics/broken-wrist"]
    text = "Pain today. Pain for years.\n\nPain today."
    document = {"id": "op-note", "title": "Operative note", "file": "op-note.md", "text": text}
    branch = {
        "name": "as documented",
        "diagnoses": [{"id": "d1", "code": "R52", "evidence": [quote("Pain today.", 2)]}],
    }
    item = add_cases(db_session, wrist("pain/again", documents=[document], key={"branches": [branch]}))["pain/again"]
    data = rows("R52") | attached(dx_0=[quote("Pain today.", 1), quote("Pain today.", 2)])
    shown = text_of(hand_in(sign_in(), item, data))
    assert shown.index("another passage") < shown.index("the same passage as the key")


def test_lines_without_a_key_or_without_key_evidence_say_so(
    sign_in: Callable[..., Any], cases: dict[str, Item]
) -> None:
    student = sign_in()
    data = rows("S52.532A", "Z99.89") | attached(dx_1=[quote("dorsal tilt", document="imaging")])
    text = text_of(hand_in(student, cases["orthopedics/broken-wrist"], data))
    assert "“dorsal tilt” Radiology report – the key has no line to compare it with" in text
    data = rows("I21.4|Y") | attached(dx_0=[quote("No incision was made.")])
    text = text_of(hand_in(student, cases["cardiology/heart-attack"], data))
    assert "the key quotes nothing for this line" in text


def test_rows_left_empty_do_not_shift_the_quotes(sign_in: Callable[..., Any], cases: dict[str, Item]) -> None:
    data = rows("", "Z99.89", "", "S52.532A") | attached(dx_0=[quote("dorsal")], dx_3=[quote(KEYS)])
    text = text_of(hand_in(sign_in(), cases["orthopedics/broken-wrist"], data))
    assert "the same passage as the key" in text
    assert "Your evidence “dorsal”" not in text


def test_evidence_never_changes_a_grade(
    sign_in: Callable[..., Any], cases: dict[str, Item], db_session: Session
) -> None:
    student = sign_in()
    for more in ({}, attached(dx_0=[quote("No incision was made.")], sv_0=[quote("nonsense")])):
        hand_in(student, cases["orthopedics/broken-wrist"], rows("S52.532D", services=("25605|LT|1|A",)) | more)
    first, second = db_session.query(Grade).order_by(Grade.id)
    assert first.result == second.result


def test_the_sample_shows_evidence_too(client: Any, db_session: Session) -> None:
    add_cases(db_session, wrist())
    data = right_rows() | attached(dx_0=[quote(KEYS)]) | {"act": "hand_in"}
    assert "the same passage as the key" in text_of(client.post("/sample", data=data).text)
    more = client.post("/sample", data=data | {"act": "more_dx"}).text
    assert "1 quote" in text_of(more)


def test_the_review_names_the_branch_used_and_how_the_others_differ(
    sign_in: Callable[..., Any], db_session: Session
) -> None:
    item = add_cases(db_session, two_ways())["otolaryngology/tubes"]
    student = sign_in()
    text = text_of(hand_in(student, item, rows("H65.33", services=("69436|50|2|",))))
    assert "Two claims are right here" in text
    assert "“one line” , the nearest to it: 93% against 55% for “two lines”." in text
    assert "Just as right: “two lines” (your claim: 55%)" in text
    assert "It has 69436, modifiers RT, 51 (optional), 1 unit 69436, modifiers LT, 59 or XS, 1 unit" in text
    assert "Instead of 69436, modifiers 50, 1 unit All other lines are the same." in text
    text = text_of(hand_in(student, item, rows("I10")))
    assert "“one line” , named first in the key: 0%, as for “two lines”." in text
    data = rows("H65.33", services=("69433|RT|1|", "69436|LT XS|1|"))
    text = text_of(hand_in(student, item, data))
    assert "“two lines” , the nearest to it" in text
    assert "69433" in text
    assert "(50% of the code&#39;s points). Without the word general." in text
    assert "With or without modifier 51" in text
    assert "Modifier 59 or XS" in text


def test_a_grade_from_before_branch_scores_is_still_shown(sign_in: Callable[..., Any], db_session: Session) -> None:
    item = add_cases(db_session, two_ways())["otolaryngology/tubes"]
    student = sign_in()
    hand_in(student, item, rows("H65.33"))
    grade = db_session.query(Grade).one()
    grade.result = {name: value for name, value in grade.result.items() if name != "branches"}
    db_session.commit()
    assert "“one line” , the nearest to it." in text_of(student.get("/attempts/1").text)


def test_traps_are_listed_whether_entered_or_avoided(sign_in: Callable[..., Any], cases: dict[str, Item]) -> None:
    student = sign_in()
    item = cases["orthopedics/broken-wrist"]
    text = text_of(hand_in(student, item, right_rows()))
    assert "One code that tempts and is wrong here; your claim does not have it" in text
    assert "avoided" in text
    text = text_of(hand_in(student, item, rows("S62.002A")))
    assert "One code that tempts and is wrong here; your claim has it" in text
    assert "on your claim" in text
    assert "Traps in this chart" not in text_of(hand_in(student, cases["cardiology/heart-attack"], rows("I21.4")))


def test_one_branch_and_no_quotes_need_no_words(sign_in: Callable[..., Any], db_session: Session) -> None:
    item = add_cases(db_session, stay())["cardiology/heart-attack"]
    html = hand_in(sign_in(), item, rows("I21.4|Y"))
    for words in ("claims are right here", "Your evidence", "Marked in the chart"):
        assert words not in html
