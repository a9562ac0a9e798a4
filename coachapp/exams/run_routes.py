"""A sitting under way: questions, saves, time, breaks, handing in. Each route commits at most once."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from flask import abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from coachapp.attempts import finishing, sittings
from coachapp.attempts.papers import PaperSlot, paper_of, plan_of, timing_of
from coachapp.attempts.sittings import SittingClosed, SittingOnBreak, SlotLocked, StaleSave
from coachapp.attempts.versions import asked_questions, version_of
from coachapp.domain.examclock import Phase, phase, remaining_ms
from coachapp.domain.plans import PlanKind
from coachapp.domain.sittings import SittingState
from coachapp.domain.slotwork import MOST_BYTES, BadSave, SlotSave, check_options, read_save
from coachapp.exams import jobs, operations, queries
from coachapp.exams.arrival import arrived_at
from coachapp.exams.forms import PostedPage, posted_page
from coachapp.exams.routes import bp
from coachapp.models import db
from coachapp.models.attempts import Attempt, AttemptState, Step
from coachapp.models.items import ItemVersion
from coachapp.models.sittings import Sitting
from coachapp.models.writing import begin_write
from coachapp.stored import question_of
from coachapp.web import access, transactions
from coachapp.web.asked import whole_number
from coachapp.web.context import me

Done = TypeVar("Done")


def own(sitting_id: int) -> Sitting:
    """Return a sitting of the person at hand, or answer 404."""
    return access.load_or_404(queries.own_sitting(sitting_id, me().id))


def touch(sitting: Sitting, now: datetime) -> None:
    """Close a sitting whose time is up and grade one that is closed: the next read does what no job did yet."""
    if sitting.state is SittingState.SUBMITTED or (
        not sitting.state.closed and phase(timing_of(sitting), now) is Phase.OVER
    ):
        begin_write(db.session())
        finishing.finish(db.session(), sitting.id, now=now)
        db.session.commit()


def _slot(sitting: Sitting, n: int) -> PaperSlot:
    paper = paper_of(sitting)
    if not 1 <= n <= len(paper):
        abort(404, f"This exam has {len(paper)} questions, so there is no question {n}.")
    return paper[n - 1]


def _at(endpoint: str, sitting_id: int, n: int | None = None) -> ResponseReturnValue:
    return redirect(url_for(f"exams.{endpoint}", sitting_id=sitting_id, n=n), 303)


def _elsewhere(sitting: Sitting, now: datetime) -> ResponseReturnValue | None:
    """Say where a sitting's page leads instead of a question: report, break, or the end; None while it runs."""
    if sitting.state.closed:
        return _at("report", sitting.id)
    if sittings.is_on_break(sitting, now):
        return _at("on_break", sitting.id)
    if phase(timing_of(sitting), now) is not Phase.RUNNING:
        return render_template("exams/time_up.html", sitting=sitting, plan=plan_of(sitting))
    return None


@bp.get("/sittings/<int:sitting_id>")
@access.signed_in
def sitting(sitting_id: int) -> ResponseReturnValue:
    """Lead to where the person was: the first open question, else the review."""
    found, now = own(sitting_id), arrived_at()
    touch(found, now)
    if (instead := _elsewhere(found, now)) is not None:
        return instead
    work = queries.slot_work(db.session(), found)
    for mark in queries.marks(db.session(), found, work):
        if mark.reachable and not mark.answered:
            return _at("question", found.id, n=mark.n)
    return _at("review", found.id)


@bp.get("/sittings/<int:sitting_id>/questions/<int:n>")
@access.signed_in
def question(sitting_id: int, n: int) -> ResponseReturnValue:
    """Show one question."""
    found, now = own(sitting_id), arrived_at()
    touch(found, now)
    if (instead := _elsewhere(found, now)) is not None:
        return instead
    _slot(found, n)
    if not sittings.may_visit(found, n):
        return _at("question", found.id, n=found.position)
    page = queries.run_page(db.session(), found, n=n, now=now)
    return render_template("exams/question.html", page=page, theirs=None)


@bp.post("/sittings/<int:sitting_id>/questions/<int:n>")
@access.signed_in
@transactions.writes_late
def turn(sitting_id: int, n: int) -> ResponseReturnValue:
    """Save a posted question page and go where the button says."""
    found, now = own(sitting_id), arrived_at()
    slot = _slot(found, n)
    last = sittings.last_step(db.session(), sittings.attempt_at(db.session(), found, n))
    try:
        posted = posted_page(request.form, last.payload if last else queries.BLANK, now=now)
        _check_options(slot, posted.save)
    except BadSave as error:
        abort(422, f"Question {n} could not be saved. {error}")
    begin_write(db.session())
    outcome = _tried(lambda: _act(found, slot, posted, now=now))
    db.session.commit()  # also after a refusal: what comes too late is kept aside
    match outcome:
        case SittingClosed():
            jobs.enqueue_finish(found.id)
            flash(_TOO_LATE[outcome.reason.value], "warning")
            return _at("report", found.id)
        case SittingOnBreak():
            return _at("on_break", found.id)
        case SlotLocked():
            flash(f"Question {n} takes no more changes.", "warning")
            return _at("sitting", found.id)
        case StaleSave():
            return _two_versions(found, posted, outcome, n=n, now=now)
    return redirect(outcome, 303)


Refusal = SittingClosed | SittingOnBreak | SlotLocked | StaleSave


def _tried(act: Callable[[], Done]) -> Done | Refusal:
    """Return what an act gives, or why it was refused."""
    try:
        return act()
    except (SittingClosed, SittingOnBreak, SlotLocked, StaleSave) as error:
        return error


_TOO_LATE = {
    "handed-in": "This exam was handed in before your last answer arrived; that answer does not count.",
    "expired": "The time was up before your last answer arrived; that answer does not count.",
    "void": "This exam was voided; nothing counts any more.",
}


def _check_options(slot: PaperSlot, save: SlotSave) -> None:
    several = len(question_of(db.session.get_one(ItemVersion, slot.version_id)).right) > 1
    check_options(save, slot.options, several=several)


def _act(found: Sitting, slot: PaperSlot, posted: PostedPage, *, now: datetime) -> str:
    """Save the page, do what the button says, and return the address to go to."""
    session, here = db.session(), url_for("exams.question", sitting_id=found.id, n=slot.n)
    attempt = sittings.attempt_at(session, found, slot.n)
    judged = attempt is not None and attempt.state is AttemptState.GRADED and not found.state.closed
    checking = posted.go == "check" and plan_of(found).kind is PlanKind.DRILL and not judged
    if checking and posted.save.answer:
        finishing.check(session, found, slot=slot, work=posted.save, now=now)
        return here
    if posted.go == "hint" and plan_of(found).kind is PlanKind.DRILL and not judged:
        if operations.give_hint(session, found, slot=slot, work=posted.save, now=now) is not None:
            flash(
                "There is no hint: this question stands in an exam of yours whose answers are not shown yet.", "warning"
            )
        return f"{here}#hint"
    if not judged:
        operations.turn_page(session, found, slot=slot, work=posted.save, now=now)
    if checking:
        flash("Choose an answer first.", "warning")
        return here
    if posted.go == "problem":
        if posted.problem:
            operations.report_problem(
                session, found.person_id, version_id=slot.version_id, text=posted.problem, now=now
            )
            flash("Thank you. The problem was reported.", "success")
        return here
    if posted.go == "break":
        try:
            sittings.begin_break(session, found, now=now)
        except ValueError as error:
            flash(f"No break now: {error}.", "warning")
        return url_for("exams.sitting", sitting_id=found.id)
    if posted.go == "beyond":
        return url_for("exams.question", sitting_id=found.id, n=sittings.move_on(session, found, now=now))
    if posted.go == "review" and _all_checked(found):
        # Every answer is final: there is nothing to look over before the end.
        sittings.hand_in(session, found, now=now)
        finishing.finish(session, found.id, now=now)
        return url_for("exams.report", sitting_id=found.id)
    if posted.go == "review":
        return url_for("exams.review", sitting_id=found.id)
    paper = paper_of(found)
    target = {"next": slot.n + 1, "previous": slot.n - 1}.get(posted.go)
    if target is None:
        target = whole_number(posted.go, most=9999)
        target = slot.n if target is None else target
    if target > len(paper):
        return url_for("exams.review", sitting_id=found.id)
    return url_for("exams.question", sitting_id=found.id, n=max(1, target))


def _all_checked(sitting: Sitting) -> bool:
    """Say whether every question of a drill has its answer checked."""
    graded = select(func.count()).where(Attempt.sitting_id == sitting.id, Attempt.state == AttemptState.GRADED)
    return plan_of(sitting).kind is PlanKind.DRILL and db.session.scalar(graded) == len(paper_of(sitting))


def _two_versions(
    found: Sitting, posted: PostedPage, stale: StaleSave, *, n: int, now: datetime
) -> ResponseReturnValue:
    """Answer 409 with the page as posted, building upon the server's state, and what the server holds beside it."""
    page = queries.run_page(db.session(), found, n=n, now=now)
    mine = {**page.work, **posted.save.payload()}
    return render_template(
        "exams/question.html", page=queries.with_work(page, mine), theirs=version_of(page.question, stale.payload)
    ), 409


@bp.put("/sittings/<int:sitting_id>/slots/<int:n>")
@access.signed_in
@transactions.writes_late
def save(sitting_id: int, n: int) -> ResponseReturnValue:
    """Take one save as JSON: 200 with its seq, or why not: 404, 409, 410, 413, 422."""
    now = arrived_at()
    if (request.content_length or 0) > MOST_BYTES:
        return jsonify(error="An answer may have 16 kB at most; shorten the notes."), 413
    found = own(sitting_id)
    slot = _slot(found, n)
    raw = request.get_data()
    if len(raw) > MOST_BYTES:
        return jsonify(error="An answer may have 16 kB at most; shorten the notes."), 413
    try:
        work = read_save(raw)
        _check_options(slot, work)
    except BadSave as error:
        return jsonify(error=str(error)), 422
    begin_write(db.session())
    try:
        outcome = _tried(lambda: sittings.save(db.session(), found, slot=slot, work=work, now=now))
        # Read before the commit, after which every row would be read anew.
        told = _told(outcome, work, slot=slot, left=_time(found, now))
        db.session.commit()  # also after a refusal: what comes too late is kept aside
    except IntegrityError:
        # Another tab's save of the same slot came between: the client looks again and sends on the new state.
        db.session.rollback()
        return _moved_on(own(sitting_id), slot, work, now=now)
    if isinstance(outcome, SittingClosed):
        jobs.enqueue_finish(sitting_id)
    return told


def _told(
    outcome: Step | Refusal, work: SlotSave, *, slot: PaperSlot, left: dict[str, int | None]
) -> ResponseReturnValue:
    """Return the answer to a save."""
    match outcome:
        case SittingClosed():
            return jsonify(reason=outcome.reason.value), 410
        case SittingOnBreak():
            return jsonify(reason="break", **left), 409
        case SlotLocked():
            return jsonify(reason="locked", **left), 409
        case StaleSave():
            return _stale(slot, work, seq=outcome.seq, state=outcome.payload, left=left)
    return jsonify(seq=outcome.seq, save_id=work.save_id, **left)


def _moved_on(found: Sitting, slot: PaperSlot, work: SlotSave, *, now: datetime) -> ResponseReturnValue:
    last = sittings.last_step(db.session(), sittings.attempt_at(db.session(), found, slot.n))
    state = last.payload if last else None
    return _stale(slot, work, seq=last.seq if last else 0, state=state, left=_time(found, now))


def _stale(
    slot: PaperSlot, work: SlotSave, *, seq: int, state: dict[str, Any] | None, left: dict[str, int | None]
) -> ResponseReturnValue:
    """Answer 409 with the server's state, for the boxes of the page, and both versions as the candidate sees them."""
    question = asked_questions(db.session(), [slot])[slot.n]
    versions = {"there": version_of(question, state).as_json(), "here": version_of(question, work.payload()).as_json()}
    return jsonify(reason="stale", seq=seq, state=state, versions=versions, **left), 409


def _time(found: Sitting, now: datetime) -> dict[str, int | None]:
    return {"remaining_ms": remaining_ms(timing_of(found), now)}


@bp.get("/sittings/<int:sitting_id>/time")
@access.signed_in
def time(sitting_id: int) -> ResponseReturnValue:
    """Say how much time is left; a page asks this before it believes that time is up."""
    found, now = own(sitting_id), arrived_at()
    touch(found, now)
    return jsonify(queries.time_state(found, now))


@bp.get("/sittings/<int:sitting_id>/review")
@access.signed_in
def review(sitting_id: int) -> ResponseReturnValue:
    """Show what is unanswered and flagged before handing in."""
    found, now = own(sitting_id), arrived_at()
    touch(found, now)
    if (instead := _elsewhere(found, now)) is not None:
        return instead
    work = queries.slot_work(db.session(), found)
    return render_template(
        "exams/review.html",
        sitting=found,
        plan=plan_of(found),
        marks=queries.marks(db.session(), found, work),
        remaining_ms=remaining_ms(timing_of(found), now),
    )


@bp.post("/sittings/<int:sitting_id>/hand-in")
@access.signed_in
def hand_in(sitting_id: int) -> ResponseReturnValue:
    """Close a sitting for good; grading follows."""
    found = own(sitting_id)
    sittings.hand_in(db.session(), found, now=arrived_at())
    db.session.commit()
    jobs.enqueue_finish(found.id)
    return _at("report", found.id)


@bp.get("/sittings/<int:sitting_id>/break")
@access.signed_in
def on_break(sitting_id: int) -> ResponseReturnValue:
    """Show a break under way, and nothing of the questions."""
    found, now = own(sitting_id), arrived_at()
    touch(found, now)
    if not sittings.is_on_break(found, now):
        return _at("sitting", found.id)
    left = queries.break_left(found, now)
    return render_template("exams/break.html", sitting=found, plan=plan_of(found), left=left)


@bp.post("/sittings/<int:sitting_id>/break")
@access.signed_in
def end_break(sitting_id: int) -> ResponseReturnValue:
    """End a break and go on."""
    found = own(sitting_id)
    outcome = _tried(lambda: sittings.end_break(db.session(), found, now=arrived_at()))
    db.session.commit()
    if isinstance(outcome, SittingClosed):
        jobs.enqueue_finish(found.id)
    return _at("sitting", found.id)
