"""Working on a case: what the page shows and hides, drafts, conflicts, handing in."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from coachapp import clock
from coachapp.content.loader import load
from coachapp.domain.permissions import Role
from coachapp.models.attempts import Attempt, AttemptState, Grade, Step, StepKind
from coachapp.models.items import Item
from coachapp.paths import bundled
from tests.practice.samples import add_cases, right_rows, rows, wrist

BROKEN = "/cases/orthopedics/broken-wrist"
CLAIM = {"diagnoses": [{"code": "I10", "letter": "A", "poa": ""}], "services": [], "pos": "", "no_service": False}


def value_of(html: str, name: str) -> str:
    tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', html)
    assert tag, name
    found = re.search(r'value="([^"]*)"', tag[0])
    return found[1] if found else ""


def kinds(session: Session) -> list[str]:
    session.rollback()  # look anew
    return [step.kind.value for step in session.query(Step).order_by(Step.id)]


def test_the_page_shows_chart_task_and_an_empty_grid(sign_in: Callable[..., Any], cases: dict[str, Item]) -> None:
    answer = sign_in().get(BROKEN)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    html = answer.text
    assert "Code the claim of orthopedics/broken-wrist." in html
    assert "<strong>reduced by hand</strong>" in html
    assert html.count('data-row="dx"') == 4 + 1  # and the template of a new row
    assert html.count('data-row="sv"') == 4 + 1


@pytest.mark.parametrize(
    ("slug", "present", "absent"),
    [
        ("orthopedics/broken-wrist", ["sv-0-pointers", "sv-0-mod4", "sv-0-units", 'name="pos"'], ["dx-0-poa"]),
        ("cardiology/heart-attack", ["dx-0-poa"], ["sv-0-mod1", "sv-0-units", "sv-0-pointers", 'name="pos"']),
        ("gastroenterology/polyp", ["sv-0-mod4", "sv-0-units"], ["sv-0-pointers", "dx-0-poa", 'name="pos"']),
    ],
)
def test_the_grid_follows_the_claim_form(
    sign_in: Callable[..., Any], cases: dict[str, Item], slug: str, present: list[str], absent: list[str]
) -> None:
    html = sign_in().get(f"/cases/{slug}").text
    assert [name for name in present if name not in html] == []
    assert [name for name in absent if f'{name}"' in html and f'name="{name}"' in html] == []


def test_what_is_not_there_or_not_verified_is_404_for_students(
    sign_in: Callable[..., Any], cases: dict[str, Item]
) -> None:
    student = sign_in()
    for address in ("/cases/orthopedics/nothing", "/cases/urology/stone", "/attempts/77"):
        assert student.get(address).status_code == 404
    assert student.post("/cases/urology/stone", data=rows("I10")).status_code == 404
    assert sign_in(Role.INSTRUCTOR).get("/cases/urology/stone").status_code == 200


def test_nothing_of_a_key_is_on_the_page_of_an_open_attempt(sign_in: Callable[..., Any], db_session: Session) -> None:
    bundled_cases = load(bundled("cases")).cases
    assert bundled_cases
    items = add_cases(db_session, *bundled_cases)
    instructor = sign_in(Role.INSTRUCTOR)
    for case in bundled_cases:
        data = rows("R69", version=items[case.id].current_version_id or 0) | {"act": "save"}
        assert instructor.post(f"/cases/{case.id}", data=data).status_code == 303
        html = instructor.get(f"/cases/{case.id}").text
        told = case.task + " ".join(document.text for document in case.documents)
        secrets = [case.lesson.strip()[:60], *(trap.why for trap in case.key.traps)]
        for branch in case.key.branches:
            for line in (*branch.diagnoses, *branch.services):
                secrets += [line.code, *line.credits, *([line.rationale[:60]] if line.rationale else [])]
        assert [secret for secret in secrets if secret in html and secret not in told] == []
        assert 'data-line="' not in html


def test_saving_without_script_keeps_everything_as_typed(
    sign_in: Callable[..., Any], cases: dict[str, Item], db_session: Session
) -> None:
    student = sign_in()
    data = rows(" s52532a ", "", "x<y", services=("99213-25|RT 59||ab",), pos="11", version=1)
    answer = student.post(BROKEN, data=data | {"act": "save"})
    assert answer.status_code == 303
    html = student.get(answer.location).text
    assert value_of(html, "dx-0-code") == " s52532a "
    assert value_of(html, "dx-2-code") == "x&lt;y"
    assert [value_of(html, f"sv-0-{n}") for n in ("code", "mod1", "mod2", "pointers")] == ["99213-25", "RT", "59", "ab"]
    assert value_of(html, "pos") == "11"
    assert '<p class="code-note" id="pos-note">Office</p>' in html
    assert value_of(html, "seq") == "1"
    assert "Draft saved" in html


@pytest.mark.parametrize(("act", "kind", "anchor"), [("more_dx", "dx", "diagnoses"), ("more_sv", "sv", "services")])
def test_more_rows_without_script_keep_what_was_typed(
    sign_in: Callable[..., Any], cases: dict[str, Item], act: str, kind: str, anchor: str
) -> None:
    student = sign_in()
    data = rows("I10", "", "", "", services=("99213", "", "", "")) | {"act": act}
    answer = student.post(BROKEN, data=data)
    assert answer.status_code == 303
    assert answer.location.endswith(f"#{anchor}")
    html = student.get(answer.location).text
    assert html.count(f'data-row="{kind}"') == 8 + 1
    assert value_of(html, "dx-0-code") == "I10"
    most = student.get(f"{BROKEN}?{kind}=999").text
    assert most.count(f'data-row="{kind}"') == {"dx": 12, "sv": 50}[kind] + 1
    assert f'value="{act}"' not in most


def test_handing_in_leads_to_the_review(
    sign_in: Callable[..., Any], cases: dict[str, Item], db_session: Session
) -> None:
    student = sign_in()
    opened = (clock.now() - timedelta(minutes=7)).isoformat()
    answer = student.post(BROKEN, data=right_rows() | {"act": "hand_in", "opened": opened})
    assert answer.status_code == 303
    attempt = db_session.query(Attempt).one()
    assert answer.location == f"/attempts/{attempt.id}"
    assert attempt.state is AttemptState.GRADED
    assert attempt.finished_at
    assert attempt.finished_at - attempt.started_at > timedelta(minutes=6)
    assert db_session.query(Grade).one().score == 1
    assert "100%" in student.get(answer.location).text


@pytest.mark.parametrize(
    ("data", "place", "words"),
    [
        (
            rows("I10", services=("99213|25 59 RT LT||",)) | {"sv-0-mod4": "LT XS"},
            "#sv-0-mod1",
            "5 modifiers, but a line",
        ),
        (rows("I10", services=("|25||",)), "#sv-0-code", "has modifiers, units or pointers but no code"),
        (rows("I10", services=("99213||1.5|",)), "#sv-0-units", "is not a whole number"),
        (rows("I10", services=("99213|ABC||",)), "#sv-0-mod1", "is not a modifier of two characters"),
        (rows("I10", services=("99213|||ABCDE",)), "#sv-0-pointers", "5 pointers, but a line holds 4"),
        (rows("I10", services=("99213|||Z",)), "#sv-0-pointers", "is no row of this claim (A to L)"),
        (rows(*(["I10"] * 13)), "#diagnoses", "13 rows, but a professional claim holds 12"),
        (rows("I10", services=("99213",), no_service=True), "#no-service", "no service to report"),
    ],
)
def test_a_claim_the_form_cannot_hold_is_422_with_everything_kept(
    sign_in: Callable[..., Any], cases: dict[str, Item], data: dict[str, str], place: str, words: str
) -> None:
    answer = sign_in().post(BROKEN, data=data | {"act": "hand_in"})
    assert answer.status_code == 422
    assert f'href="{place}"' in answer.text
    assert words in answer.text
    assert f'id="{place[1:]}"' in answer.text
    assert value_of(answer.text, "dx-0-code") == "I10"
    assert value_of(answer.text, f"dx-{len([k for k in data if k.endswith('letter')]) - 1}-code") == "I10"
    assert "Nothing was lost" in answer.text


def test_a_wrong_row_is_tied_to_its_message(sign_in: Callable[..., Any], cases: dict[str, Item]) -> None:
    html = sign_in().post(BROKEN, data=rows("I10", services=("99213||x|",)) | {"act": "hand_in"}).text
    box = re.search(r'<input[^>]*id="sv-0-units"[^>]*>', html)
    assert box
    assert 'aria-invalid="true"' in box[0]
    assert 'aria-describedby="sv-0-error"' in box[0]
    assert 'id="sv-0-error"' in html
    other = re.search(r'<input[^>]*id="sv-0-code"[^>]*>', html)
    assert other
    assert "aria-invalid" not in other[0]


def test_an_unknown_code_is_no_form_error(sign_in: Callable[..., Any], cases: dict[str, Item]) -> None:
    answer = sign_in().post(BROKEN, data=rows("NOSUCH", services=("ZZZZZ",)) | {"act": "hand_in"})
    assert answer.status_code == 303


def test_an_empty_claim_asks_once(sign_in: Callable[..., Any], cases: dict[str, Item], db_session: Session) -> None:
    student = sign_in()
    asked = student.post(BROKEN, data=rows("", "") | {"act": "hand_in"})
    assert asked.status_code == 422
    assert "Your claim is empty" in asked.text
    assert db_session.query(Grade).count() == 0
    done = student.post(BROKEN, data=rows("", "") | {"act": "hand_in_empty"})
    assert done.status_code == 303
    assert "0%" in student.get(done.location).text


def test_a_stale_page_gets_both_versions_and_may_choose(
    sign_in: Callable[..., Any], cases: dict[str, Item], db_session: Session
) -> None:
    student = sign_in()
    student.post(BROKEN, data=rows("I10") | {"act": "save"})
    stale = student.post(BROKEN, data=rows("E11.9", services=("99213|25|2|A",)) | {"act": "hand_in"})
    assert stale.status_code == 409
    assert "E11.9" in stale.text
    assert "A: I10" in stale.text
    assert "99213  25  × 2  A" in stale.text
    assert kinds(db_session) == ["save", "stale"]
    kept = {name: value_of(stale.text, name) for name in ("dx-0-code", "dx-0-letter", "sv-0-code", "sv-0-mod1", "seq")}
    assert kept == {"dx-0-code": "E11.9", "dx-0-letter": "A", "sv-0-code": "99213", "sv-0-mod1": "25", "seq": "1"}
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', stale.text))
    again = student.post(BROKEN, data=hidden | {"act": "save"})
    assert again.status_code == 303
    assert value_of(student.get(BROKEN).text, "dx-0-code") == "E11.9"


def test_work_sent_after_the_claim_was_handed_in_elsewhere_is_shown_and_kept(
    sign_in: Callable[..., Any], cases: dict[str, Item], db_session: Session
) -> None:
    student = sign_in()
    student.post(BROKEN, data=rows("I10") | {"act": "save"})
    attempt = db_session.query(Attempt).one()
    student.post(BROKEN, data=right_rows(attempt=attempt.id, seq=1) | {"act": "hand_in"})
    late = student.post(BROKEN, data=rows("E11.9", attempt=attempt.id, seq=1) | {"act": "hand_in"})
    assert late.status_code == 409
    assert "already handed in" in late.text
    assert f"/attempts/{attempt.id}" in late.text
    assert value_of(late.text, "dx-0-code") == "E11.9"
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', late.text))
    assert student.post(BROKEN, data=hidden | {"act": "save"}).status_code == 303
    db_session.rollback()  # look anew
    assert db_session.query(Attempt).count() == 2


def test_a_case_changed_before_the_first_save_is_shown_anew_with_the_rows(
    sign_in: Callable[..., Any], cases: dict[str, Item], db_session: Session
) -> None:
    old = cases["orthopedics/broken-wrist"].current_version_id
    add_cases(db_session, wrist(task="Code another claim."))
    answer = sign_in().post(BROKEN, data=rows("I10", version=old or 0) | {"act": "hand_in"})
    assert answer.status_code == 409
    assert "was changed since you opened it" in answer.text
    assert "Code another claim." in answer.text
    assert value_of(answer.text, "dx-0-code") == "I10"
    assert db_session.query(Attempt).count() == 0


def test_an_open_attempt_keeps_the_version_it_began_with(
    sign_in: Callable[..., Any], cases: dict[str, Item], db_session: Session
) -> None:
    student = sign_in()
    student.post(BROKEN, data=rows("I10") | {"act": "save"})
    add_cases(db_session, wrist(task="Code another claim."))
    assert "Code the claim of orthopedics/broken-wrist." in student.get(BROKEN).text
    assert "Code another claim." in sign_in().get(BROKEN).text


def test_a_draft_is_acknowledged_and_comes_back(
    sign_in: Callable[..., Any], draft: Callable[..., Any], db_session: Session
) -> None:
    student = sign_in()
    first = draft(student, CLAIM)
    assert first.status_code == 200
    assert first.json["seq"] == 1
    assert first.json["saved_at"].endswith("+00:00")
    second = draft(student, {**CLAIM, "pos": "22"}, attempt=first.json["attempt"], seq=1)
    assert (second.json["attempt"], second.json["seq"]) == (first.json["attempt"], 2)
    html = student.get(BROKEN).text
    assert value_of(html, "dx-0-code") == "I10"
    assert value_of(html, "attempt") == str(first.json["attempt"])
    assert value_of(html, "seq") == "2"


def test_a_stale_draft_is_409_and_both_are_kept(
    sign_in: Callable[..., Any], draft: Callable[..., Any], db_session: Session
) -> None:
    student = sign_in()
    attempt = draft(student, CLAIM).json["attempt"]
    stale = draft(student, {**CLAIM, "pos": "11"}, attempt=attempt, seq=0)
    assert stale.status_code == 409
    assert stale.json["reason"] == "clash"
    assert stale.json["seq"] == 1
    assert stale.json["claim"] == CLAIM
    db_session.rollback()  # look anew
    steps = db_session.query(Step).order_by(Step.seq).all()
    assert [(s.kind, s.payload["pos"]) for s in steps] == [(StepKind.SAVE, ""), (StepKind.STALE, "11")]


def test_a_draft_after_handing_in_names_the_review(
    sign_in: Callable[..., Any], draft: Callable[..., Any], cases: dict[str, Item]
) -> None:
    student = sign_in()
    attempt = draft(student, CLAIM).json["attempt"]
    student.post(BROKEN, data=right_rows(attempt=attempt, seq=1) | {"act": "hand_in"})
    late = draft(student, CLAIM, attempt=attempt, seq=1)
    assert late.status_code == 409
    assert late.json == {"reason": "handed_in", "review": f"/attempts/{attempt}"}


def test_a_draft_of_a_changed_case_is_409(
    sign_in: Callable[..., Any], draft: Callable[..., Any], db_session: Session, cases: dict[str, Item]
) -> None:
    old = cases["orthopedics/broken-wrist"].current_version_id
    add_cases(db_session, wrist(task="Code another claim."))
    answer = draft(sign_in(), CLAIM, version=old)
    assert answer.status_code == 409
    assert answer.json["reason"] == "outdated"


@pytest.mark.parametrize(
    ("claim", "fields", "words"),
    [
        ([], {}, "must be an object"),
        ({"diagnoses": [{"code": 1}]}, {}, "must be text"),
        (CLAIM, {"seq": "1"}, "seq must be a whole number"),
        (CLAIM, {"seq": -1}, "seq must be a whole number"),
        (CLAIM, {"version": None}, "version must be a whole number"),
        (CLAIM, {"attempt": True}, "attempt must be a whole number"),
        (CLAIM, {"seq": 10**30}, "is too large"),
    ],
)
def test_a_draft_out_of_shape_is_422(
    sign_in: Callable[..., Any], draft: Callable[..., Any], claim: object, fields: dict[str, Any], words: str
) -> None:
    answer = draft(sign_in(), claim, **fields)
    assert answer.status_code == 422
    assert words in answer.json["error"]


def test_a_body_that_is_no_json_object_is_422(sign_in: Callable[..., Any], cases: dict[str, Item]) -> None:
    for body in (b"{", b"[1]", b"\xff"):
        answer = sign_in().post(f"{BROKEN}/draft", data=body, content_type="application/json")
        assert answer.status_code == 422
        assert answer.json["error"]


def test_signed_out_a_draft_is_401_json_and_a_page_leads_to_sign_in(
    client: Any, draft: Callable[..., Any], cases: dict[str, Item]
) -> None:
    answer = draft(client, CLAIM)
    assert answer.status_code == 401
    assert answer.json["status"] == 401
    for address in ("/cases", BROKEN, "/attempts", "/attempts/1"):
        assert client.get(address).status_code == 303


def test_rows_of_another_account_become_a_draft_of_ones_own(
    sign_in: Callable[..., Any], draft: Callable[..., Any], db_session: Session
) -> None:
    theirs = draft(sign_in(), CLAIM).json["attempt"]
    other = sign_in()
    mine = draft(other, {**CLAIM, "pos": "11"}, attempt=theirs, seq=1)
    assert mine.status_code == 200
    assert mine.json["attempt"] != theirs
    first = db_session.get(Attempt, theirs)
    assert first
    assert [step.payload["pos"] for step in first.steps] == [""]


def test_odd_numbers_in_a_posted_page_are_no_fault_of_ours(sign_in: Callable[..., Any], cases: dict[str, Item]) -> None:
    data = rows("I10") | {"act": "save", "seq": "٣", "version": "1" * 40, "attempt": "x", "opened": "yesterday"}
    assert sign_in().post(BROKEN, data=data).status_code == 409
    many = {f"dx-{i}-code": "I10" for i in range(201)}
    assert sign_in().post(BROKEN, data=many).status_code == 413
