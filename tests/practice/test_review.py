"""The review of a graded claim, the look-up of codes, and the sample."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from coachapp.codesets import Kind, close_codesets, release_path
from coachapp.codesets.imports import Request, import_release
from coachapp.config import Settings
from coachapp.domain.labels import Label, Verdict
from coachapp.models.attempts import Attempt, Step
from coachapp.models.items import Item
from coachapp.practice.reviewing import SCORES, VERDICTS
from coachapp.web.wording import label_words
from tests.codesets.samples import hcpcs_file
from tests.practice.samples import add_cases, hidden, nothing_done, right_rows, rows, wrist

BROKEN = "/cases/orthopedics/broken-wrist"


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def hand_in(client: Any, item: Item, data: dict[str, str]) -> str:
    version = str(item.current_version_id)
    answer = client.post(f"/cases/{item.slug}", data=data | {"act": "hand_in", "version": version})
    assert answer.status_code == 303, answer.text
    page = client.get(answer.location)
    assert page.status_code == 200
    return str(page.text)


def test_a_perfect_claim(sign_in: Callable[..., Any], cases: dict[str, Item]) -> None:
    html = hand_in(sign_in(), cases["orthopedics/broken-wrist"], right_rows())
    text = text_of(html)
    assert "100% Coachapp score" in text
    assert html.count('class="line tone-good"') == 3
    assert "Colles' fracture of left radius" in text.replace("&#39;", "'")
    assert "One optional code you left out, which changes nothing: W10.1XXA" in text
    assert "Ask what holds it." in text


def test_a_wrong_claim_says_how_each_line_is_wrong(sign_in: Callable[..., Any], cases: dict[str, Item]) -> None:
    data = rows("S52.532D", "S62.002A", services=("25605|RT|2|B",), pos="11")
    text = text_of(hand_in(sign_in(), cases["orthopedics/broken-wrist"], data))
    assert "Wrong code" in text
    assert "7th character." in text
    assert "The scaphoid was only a question." in text
    assert "Not supported" in text
    assert "Modifier wrong." in text
    assert "2 units entered, 1 documented." in text
    assert "The place of service is 22; 11 was entered." in text
    assert "The surgeon names the pattern and the side." in text
    assert "ICD-10-CM Guidelines I.C.19.c" in text
    assert "B (S62.002A)" in text


def test_a_missed_line_is_shown_with_the_key(sign_in: Callable[..., Any], cases: dict[str, Item]) -> None:
    text = text_of(hand_in(sign_in(), cases["orthopedics/broken-wrist"], rows("S52.532A")))
    assert "Missed" in text
    assert "25605 is documented and was not reported." in text
    assert "S52.532A" in text


def test_evidence_is_marked_in_the_chart_and_linked(sign_in: Callable[..., Any], cases: dict[str, Item]) -> None:
    html = hand_in(sign_in(), cases["orthopedics/broken-wrist"], rows("I10"))
    for target in re.findall(r'href="#(evidence-[^"]+)"', html):
        assert f'<mark id="{target}"' in html
    assert 'href="#evidence-d1-1"' in html
    assert '<mark id="evidence-s1-1" data-line="s1">reduced by hand</mark>' in html


def test_an_inpatient_review_shows_indicators_and_no_pointers(
    sign_in: Callable[..., Any], cases: dict[str, Item]
) -> None:
    text = text_of(
        hand_in(sign_in(), cases["cardiology/heart-attack"], rows("I21.4|N", "E11.9|Y", services=("027034Z",)))
    )
    assert "POA N" in text
    assert "Present on admission is Y for I21.4" in text
    assert "Points to" not in text
    assert "Procedures" in text


def test_no_service_to_report_is_an_element_of_the_claim(sign_in: Callable[..., Any], db_session: Session) -> None:
    item = add_cases(db_session, nothing_done())["pediatrics/no-show"]
    stated = text_of(hand_in(sign_in(), item, rows("Z53.21", no_service=True)))
    assert "No service to report: right" in stated
    left_out = text_of(hand_in(sign_in(), item, rows("Z53.21")))
    assert "No service to report: wrong" in left_out


def test_a_review_is_its_owners_alone(sign_in: Callable[..., Any], cases: dict[str, Item], db_session: Session) -> None:
    hand_in(sign_in(), cases["orthopedics/broken-wrist"], right_rows())
    attempt = db_session.query(Attempt).one()
    assert sign_in().get(f"/attempts/{attempt.id}").status_code == 404


def test_an_open_attempt_has_no_review_but_a_way_back(
    sign_in: Callable[..., Any], draft: Callable[..., Any], cases: dict[str, Item]
) -> None:
    student = sign_in()
    claim = {"diagnoses": [], "services": [], "pos": "22", "no_service": False}
    attempt = draft(student, claim).json["attempt"]
    answer = student.get(f"/attempts/{attempt}")
    assert (answer.status_code, answer.location) == (303, BROKEN)


def test_trying_again_starts_blank_and_the_history_grows(sign_in: Callable[..., Any], cases: dict[str, Item]) -> None:
    student = sign_in()
    item = cases["orthopedics/broken-wrist"]
    hand_in(student, item, rows("I10"))
    again = student.get(BROKEN).text
    assert "Your earlier tries" in again
    assert 'value="I10"' not in again
    html = hand_in(student, item, right_rows())
    assert "Your tries at this case" in html
    assert "(this one)" in html


def test_a_review_reads_the_version_it_was_graded_with(
    sign_in: Callable[..., Any], cases: dict[str, Item], db_session: Session
) -> None:
    student = sign_in()
    hand_in(student, cases["orthopedics/broken-wrist"], right_rows())
    add_cases(db_session, wrist(lesson="Another lesson."))
    assert "Ask what holds it." in student.get("/attempts/1").text


def test_without_code_sets_a_review_does_without_titles(
    sign_in: Callable[..., Any], cases: dict[str, Item], settings: Settings
) -> None:
    student = sign_in()
    hand_in(student, cases["orthopedics/broken-wrist"], right_rows())
    folder = settings.data / "codesets"
    release = Path(folder.readlink())
    folder.unlink()
    close_codesets()
    html = student.get("/attempts/1").text
    assert "S52.532A" in html
    assert "Colles&#39; fracture of left radius" not in html
    assert student.get(BROKEN).status_code == 200
    answer = student.get("/lookup?box=diagnosis&form=professional&on=2026-05-12&q=I10")
    assert answer.status_code == 503
    assert "coachapp init" in answer.json["error"]
    folder.symlink_to(release)
    close_codesets()


def test_every_label_verdict_and_score_has_words() -> None:
    assert all(label_words(label.value)[:1].isalnum() for label in Label)
    assert set(VERDICTS) == set(Verdict)
    assert [name for name, _, _ in SCORES][:2] == ["coachapp", "code_over_code"]


def look_up(client: Any, text: str, box: str = "diagnosis", form: str = "professional", on: str = "2026-05-12") -> Any:
    answer = client.get("/lookup", query_string={"box": box, "q": text, "form": form, "on": on})
    assert answer.status_code == 200, answer.text
    return answer.json


@pytest.mark.parametrize(
    ("asked", "words", "tone", "swap"),
    [
        (("s52532a", "diagnosis", "professional"), "Colles' fracture of left radius, initial", "plain", None),
        (("S52.532", "diagnosis", "professional"), "needs more characters", "warn", None),
        (("W1O.1XXA", "diagnosis", "professional"), "Did you mean W10.1XXA", "warn", "W10.1XXA"),
        (("S16.1A", "diagnosis", "professional"), "Did you mean S16.1XXA", "warn", "S16.1XXA"),
        (("S52.501AA", "diagnosis", "professional"), "Did you mean S52.501A", "warn", "S52.501A"),
        (("250.00", "diagnosis", "professional"), "it looks like an ICD-9-CM code", "warn", None),
        (("S52501A", "service", "professional"), "belongs among the diagnoses", "warn", None),
        (("H40.11X1", "diagnosis", "professional"), "It was replaced by H40.1111", "warn", None),
        (("Z99.999", "diagnosis", "professional"), "Not in the code set on this date", "warn", None),
        (("J1885", "diagnosis", "professional"), "belongs among the services", "warn", None),
        (("S52.532A", "service", "professional"), "belongs among the diagnoses", "warn", None),
        (("99213-25", "service", "professional"), "", "plain", None),
        (("j1885", "service", "facility_outpatient"), "etorolac", "plain", None),
        (("027034Z", "service", "inpatient"), "Coronary Artery", "plain", None),
    ],
)
def test_a_code_box_says_what_the_code_is(
    client: Any, asked: tuple[str, str, str], words: str, tone: str, swap: str | None
) -> None:
    note = look_up(client, *asked)["note"]
    assert words in note["text"]
    assert (note["tone"], note["swap"]) == (tone, swap)


def test_suggestions_come_from_the_box_and_form_at_hand(client: Any) -> None:
    diagnoses = look_up(client, "colles left")["suggestions"]
    assert "S52.532A" in [each["code"] for each in diagnoses]
    assert all(each["title"] for each in diagnoses)
    procedures = look_up(client, "dilation coronary", "service", "inpatient")["suggestions"]
    assert procedures
    assert all(len(each["code"]) == 7 for each in procedures)
    assert look_up(client, "c")["suggestions"] == []


def test_suggestions_are_those_of_the_date_of_service(
    client: Any, settings: Settings, codesets_dir: Path, tmp_path: Path
) -> None:
    (settings.data / "codesets").unlink()
    target = release_path(settings.data)
    target.parent.mkdir()
    target.symlink_to(release_path(codesets_dir))
    (tmp_path / "HCPC2026_OCT_ANWEB.txt").write_text(hcpcs_file())
    asked = Request(Kind.HCPCS, tmp_path / "HCPC2026_OCT_ANWEB.txt", short=True)
    import_release(settings.data, asked, now=datetime(2026, 9, 15, tzinfo=UTC))

    def suggested(on: str) -> list[str]:
        found = look_up(client, "drug begins quarter", "service", "facility_outpatient", on)["suggestions"]
        return [each["code"] for each in found]

    assert "J9999" in suggested("2026-11-05")
    assert "A drug that begins" not in str(look_up(client, "J9999", "service", "facility_outpatient"))


@pytest.mark.parametrize("text", ["", "a", "colles", "'\"*NEAR(", "🩻", "x" * 5000])
def test_looking_up_any_text_is_answered(client: Any, text: str) -> None:
    found = look_up(client, text)
    assert set(found) == {"suggestions", "note", "code"}


@pytest.mark.parametrize(
    "query", ["", "box=diagnosis", "box=x&form=professional&on=2026-05-12", "box=diagnosis&form=x&on=2026-05-12"]
)
def test_a_look_up_that_asks_for_nothing_known_is_422(client: Any, query: str) -> None:
    answer = client.get(f"/lookup?{query}")
    assert answer.status_code == 422
    assert "box=diagnosis or service" in answer.json["error"]


def test_anyone_may_try_the_sample_and_nothing_is_stored(
    client: Any, db_session: Session, cases: dict[str, Item]
) -> None:
    page = client.get("/sample")
    assert page.status_code == 200
    assert "Code the claim of gastroenterology/polyp." in page.text  # the shortest verified foundation case
    assert "data-draft" not in page.text
    asked = client.post("/sample", data=rows() | {"act": "hand_in"})
    assert asked.status_code == 422
    assert "Your claim is empty" in asked.text
    more = client.post("/sample", data=rows("K63.5") | {"act": "more_dx"})
    assert more.status_code == 200
    assert 'value="K63.5"' in more.text
    wrong = client.post("/sample", data=rows("K63.5", services=("45385||x|",)) | {"act": "hand_in"})
    assert wrong.status_code == 422
    assert 'value="K63.5"' in wrong.text
    graded = client.post("/sample", data=rows("K63.5", services=("45385||1|",)) | {"act": "hand_in"})
    assert graded.status_code == 200
    assert "100% Coachapp score" in text_of(graded.text)
    assert db_session.query(Attempt).count() == 0
    assert db_session.query(Step).count() == 0


def test_the_sample_is_never_one_that_is_not_verified(client: Any, db_session: Session) -> None:
    add_cases(db_session, hidden())
    answer = client.get("/sample")
    assert answer.status_code == 404
    assert "no sample case" in answer.text


def test_grave_findings_are_in_sight_and_notes_wait_folded(sign_in: Callable[..., Any], cases: dict[str, Item]) -> None:
    html = hand_in(sign_in(), cases["orthopedics/broken-wrist"], rows("S52.532", services=("25605",)))
    shown = text_of(html.split("Also worth knowing")[1].split("<details")[0])
    assert "Error S52.532" in shown
    assert "of the code book on the codes you entered" in text_of(html)
