"""Problems that learners report: the list, what the instructor sees of one, and the rulings that settle them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp.attempts import finishing, sittings
from coachapp.attempts.papers import paper_of
from coachapp.attempts.rulings import Turn, effect
from coachapp.domain.permissions import Role
from coachapp.domain.sittings import Ruling
from coachapp.domain.slotwork import make_save
from coachapp.exams.jobs import finish_one
from coachapp.models.items import ItemVersion
from coachapp.models.sittings import ItemRuling, ProblemReport, Sitting
from coachapp.stored import question_of
from tests.conftest import SignIn
from tests.domain.exam_builders import question
from tests.exams.conftest import bank
from tests.exams.turning import Clock, at, begin_exam, learner, plans, post_page, put

__all__ = ["at", "learner", "plans"]

MINUTE = timedelta(minutes=1)


def report(client: FlaskClient, sitting: int, n: int, text: str, answer: str = "a") -> None:
    """Answer a question and report a problem with it, as its page does."""
    assert post_page(client, sitting, n, go="problem", problem=text, answer=answer).status_code == 303


def reported(session: Session) -> list[ProblemReport]:
    """Return the reports as stored, oldest first."""
    session.rollback()
    return list(session.scalars(select(ProblemReport).order_by(ProblemReport.id)))


@pytest.fixture
def sat(learner: FlaskClient) -> int:
    """Return a sitting whose first question was answered and reported."""
    sitting = begin_exam(learner)
    report(learner, sitting, 1, "Two options fit.")
    return sitting


def rule(client: FlaskClient, found: ProblemReport, ruling: str, *, last: int = 0, reason: str = "Key wrong.") -> Any:
    """Confirm a ruling, having seen the one before it."""
    address = f"/exam-desk/problems/{found.id}/rulings/{ruling}"
    return client.post(address, data={"reason": reason, "last_ruling": str(last)})


def test_without_reports_the_list_says_where_they_come_from(sign_in: SignIn) -> None:
    desk = sign_in(Role.INSTRUCTOR)
    assert "No open problems" in desk.get("/exam-desk/problems").text
    assert "Nothing settled yet" in desk.get("/exam-desk/problems?state=settled").text
    assert "None waits to be settled." in desk.get("/exam-desk").text


def test_a_report_shows_what_the_learner_saw_and_answered(
    sat: int, learner: FlaskClient, sign_in: SignIn, db_session: Session, at: Clock
) -> None:
    at.now += timedelta(seconds=5)
    put(learner, sat, base_seq=1, answer=["b"], save_id="later")  # answered anew after the report: not what she saw
    admin = sign_in(Role.ADMIN)
    assert "<strong>1</strong>" in admin.get("/exam-desk").text
    listed = admin.get("/exam-desk/problems").text
    assert "Two options fit." in listed
    found = reported(db_session)[0]
    page = admin.get(f"/exam-desk/problems/{found.id}").text
    assert "question 1 of “Mock”" in page
    assert learner.person.name in page  # type: ignore[attr-defined]
    sitting = db_session.get_one(Sitting, sat)
    shown = [f"Option {option} of " for option in paper_of(sitting)[0].options]
    assert [page.index(text) for text in shown] == sorted(page.index(text) for text in shown)
    own = page.lower().index("the learner’s answer")
    assert page.rindex("Option ", 0, own) == page.rindex("Option a of ", 0, own)
    assert "The question has not changed since." in page


def test_a_changed_question_is_shown_beside_the_one_reported(
    sat: int, sign_in: SignIn, stock: Callable[..., Any], db_session: Session
) -> None:
    found = reported(db_session)[0]
    slug = found.item_version.item.slug
    stock([one if one.id != slug else question(slug, stem="Reworded?") for one in bank()])
    page = sign_in(Role.ADMIN).get(f"/exam-desk/problems/{found.id}").text
    assert "As it is now" in page
    assert "version 2" in page
    assert "Reworded?" in page


def test_a_reader_whose_own_exam_holds_the_question_sees_no_key(sat: int, sign_in: SignIn, db_session: Session) -> None:
    found = reported(db_session)[0]
    admin = sign_in(Role.ADMIN)
    begin_exam(admin)
    page = admin.get(f"/exam-desk/problems/{found.id}").text
    assert "its key is not shown here either" in page
    assert "Reason " not in page.partition("As it was shown")[2]


def test_an_instructor_learns_no_name_of_another_class(sat: int, sign_in: SignIn, db_session: Session) -> None:
    found, desk = reported(db_session)[0], sign_in(Role.INSTRUCTOR)
    for path in ("/exam-desk/problems", f"/exam-desk/problems/{found.id}"):
        page = desk.get(path).text
        assert "earner of another class" in page
        assert found.person.name not in page


def test_the_list_can_be_narrowed_to_a_section_and_comes_in_pages(
    sat: int, learner: FlaskClient, sign_in: SignIn, db_session: Session
) -> None:
    report(learner, sat, 12, "About a diagnosis.")
    admin = sign_in(Role.ADMIN)
    page = admin.get("/exam-desk/problems?section=icd10cm").text
    assert "About a diagnosis." in page
    assert "Two options fit." not in page
    assert "None in this section" in admin.get("/exam-desk/problems?section=hcpcs").text
    first = reported(db_session)[0]
    people = [sign_in().person.id for _ in range(60)]  # type: ignore[attr-defined]
    db_session.add_all(
        ProblemReport(person_id=one, item_version_id=first.item_version_id, text=f"No {one}.", at=first.at)
        for one in people
    )
    db_session.commit()
    assert "Page 2 of 2" in admin.get("/exam-desk/problems?page=2").text


def test_the_list_asks_the_same_few_queries_however_long_it_is(
    sat: int, learner: FlaskClient, sign_in: SignIn, count_queries: Callable[[], Any]
) -> None:
    admin, counts = sign_in(Role.ADMIN), []
    for n in (2, 3, 4, 5):
        report(learner, sat, n, f"Report {n}.")
        with count_queries() as seen:
            admin.get("/exam-desk/problems")
        counts.append(len(seen))
    assert len(set(counts)) == 1


def graded(client: FlaskClient, app: Any, sitting: int) -> None:
    """Hand in and grade."""
    client.post(f"/sittings/{sitting}/hand-in")
    with app.app_context():
        finish_one(sitting)


def test_what_would_change_is_told_first_and_then_done(
    app: Any, sat: int, learner: FlaskClient, sign_in: SignIn, db_session: Session, at: Clock
) -> None:
    graded(learner, app, sat)
    found, admin = reported(db_session)[0], sign_in(Role.ADMIN)
    before = db_session.get_one(Sitting, sat)
    right, scored = before.right_count, before.scored_count
    version = found.item_version_id
    wrong = db_session.get_one(Sitting, sat)
    page = admin.get(f"/exam-desk/problems/{found.id}/rulings/void").text
    assert "It stands in 1 graded exam or drill" in page
    assert "<strong>1</strong> score changes" in page
    assert f"{right} of {scored}" in page
    db_session.rollback()
    assert db_session.scalars(select(ItemRuling)).all() == []
    at.now += MINUTE
    answer = rule(admin, found, "void")
    assert (answer.status_code, answer.location) == (303, f"/exam-desk/problems/{found.id}")
    assert "1 exam or drill was scored again." in admin.get(answer.location).text
    db_session.rollback()
    db_session.expire_all()
    db_session.refresh(wrong)
    assert wrong.scored_count == (scored or 0) - 1
    made = db_session.scalars(select(ItemRuling)).one()
    assert (made.item_version_id, made.ruling, made.reason) == (version, Ruling.VOID, "Key wrong.")
    assert made.created_by_id == admin.person.id  # type: ignore[attr-defined]
    assert "Two options fit." not in admin.get("/exam-desk/problems").text
    assert "Voided" in admin.get("/exam-desk/problems?state=settled").text


def test_leaving_it_as_it_is_settles_every_report_and_changes_no_score(
    app: Any, sat: int, learner: FlaskClient, sign_in: SignIn, db_session: Session
) -> None:
    graded(learner, app, sat)
    found = reported(db_session)[0]
    other = sign_in().person  # type: ignore[attr-defined]
    db_session.add(
        ProblemReport(person_id=other.id, item_version_id=found.item_version_id, text="Me too.", at=found.at)
    )
    db_session.commit()
    admin = sign_in(Role.ADMIN)
    page = admin.get(f"/exam-desk/problems/{found.id}").text
    assert "Me too." in page
    assert "2 in all" in page
    assert "No score." in admin.get(f"/exam-desk/problems/{found.id}/rulings/count").text
    score = (db_session.get_one(Sitting, sat).right_count, db_session.get_one(Sitting, sat).scored_count)
    rule(admin, found, "count")
    assert "No open problems" in admin.get("/exam-desk/problems").text
    db_session.rollback()
    db_session.expire_all()
    after = db_session.get_one(Sitting, sat)
    assert (after.right_count, after.scored_count) == score


def test_a_report_written_after_the_ruling_is_open_again(
    sat: int, learner: FlaskClient, sign_in: SignIn, db_session: Session, at: Clock
) -> None:
    admin = sign_in(Role.ADMIN)
    rule(admin, reported(db_session)[0], "count")
    at.now += MINUTE
    report(learner, sat, 1, "It is still wrong.")
    assert "It is still wrong." in admin.get("/exam-desk/problems").text


@pytest.mark.parametrize(("reason", "words"), [("", "Write why"), ("x" * 501, "Keep it to 500 characters.")])
def test_a_ruling_needs_a_reason_and_keeps_what_was_typed(
    sat: int, sign_in: SignIn, db_session: Session, reason: str, words: str
) -> None:
    found, admin = reported(db_session)[0], sign_in(Role.ADMIN)
    answer = rule(admin, found, "credit_all", reason=reason)
    assert answer.status_code == 422
    assert words in answer.text
    assert f">\r\n{reason}</textarea>" in answer.text
    db_session.rollback()
    assert db_session.scalars(select(ItemRuling)).all() == []


def test_a_ruling_that_was_overtaken_is_not_carried_out(sat: int, sign_in: SignIn, db_session: Session) -> None:
    found, admin = reported(db_session)[0], sign_in(Role.ADMIN)
    assert rule(admin, found, "void").status_code == 303
    answer = rule(admin, found, "credit_all")
    assert answer.status_code == 409
    assert "Somebody ruled on this question in the meantime." in answer.text
    db_session.rollback()
    last = db_session.scalars(select(ItemRuling)).one()
    assert last.ruling is Ruling.VOID
    assert rule(admin, found, "credit_all", last=last.id).status_code == 303


def test_unknown_reports_and_rulings_are_not_there(sign_in: SignIn, sat: int) -> None:
    admin = sign_in(Role.ADMIN)
    for path in ("/exam-desk/problems/99", "/exam-desk/problems/99/rulings/void", "/exam-desk/problems/1/rulings/x"):
        assert admin.get(path).status_code == 404


def test_an_effect_tells_which_verdicts_turn(begin: Callable[..., Sitting], db_session: Session) -> None:
    sitting = begin()
    paper = paper_of(sitting)
    for slot in paper[:8]:
        right = sorted(question_of(db_session.get_one(ItemVersion, slot.version_id)).right)
        sittings.save(
            db_session,
            sitting,
            slot=slot,
            work=make_save(base_seq=0, save_id="s", answer=right),
            now=sitting.started_at,
        )
    sittings.hand_in(db_session, sitting, now=sitting.started_at)
    finishing.finish(db_session, sitting.id, now=sitting.started_at)
    db_session.commit()
    assert (sitting.right_count, sitting.scored_count, sitting.passed) == (8, 12, False)
    void, credit = (effect(db_session, paper[11].version_id, ruling=one) for one in (Ruling.VOID, Ruling.CREDIT_ALL))
    assert [(change.after, change.turn) for change in void.changes] == [((8, 11), Turn.TO_PASSED)]
    assert [(change.after, change.turn) for change in credit.changes] == [((9, 12), Turn.TO_PASSED)]
    assert effect(db_session, paper[0].version_id, ruling=Ruling.CREDIT_ALL).changes == []
    finishing.rule(
        db_session,
        db_session.get_one(ItemVersion, paper[11].version_id),
        ruling=Ruling.VOID,
        reason="r",
        by_id=None,
        now=sitting.started_at,
    )
    back = effect(db_session, paper[11].version_id, ruling=Ruling.COUNT)
    assert [(change.before, change.after, change.turn) for change in back.changes] == [
        ((8, 11), (8, 12), Turn.TO_NOT_PASSED)
    ]
    assert back.turned(Turn.TO_NOT_PASSED) == back.changes
