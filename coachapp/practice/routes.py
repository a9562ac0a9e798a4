"""Pages and answers of practice. Each route loads what is this person's, does one thing and commits at most once."""

from dataclasses import replace
from datetime import date
from typing import Any

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coachapp import clock
from coachapp.attempts import engine
from coachapp.attempts.withholding import closed_book_exam
from coachapp.codesets import CodeSets, open_codesets
from coachapp.codesets.release import ReleaseMissing
from coachapp.domain.claimrows import Payload, read_payload
from coachapp.domain.items import ClaimForm
from coachapp.domain.permissions import Action
from coachapp.domain.responses import ResponseError
from coachapp.domain.results import result_data
from coachapp.domain.strictjson import BadJson
from coachapp.models import db
from coachapp.models.attempts import AttemptState
from coachapp.models.items import Item, ItemKind
from coachapp.practice import listing, lookup, operations, queries
from coachapp.practice.forms import (
    MORE_ROWS,
    PayloadError,
    TooManyRows,
    checked_payload,
    posted_payload,
    trimmed,
)
from coachapp.practice.lessons import lessons_for
from coachapp.practice.operations import Base, Clash, Graded, HandedIn, Outdated, Saved
from coachapp.practice.pages import SolvePage, payload_summary, row_problems, solve_rows
from coachapp.practice.reviewing import review_page
from coachapp.stored import current_version, shown
from coachapp.web import access
from coachapp.web.asked import MOST_NUMBER, json_body, moment, whole_number
from coachapp.web.context import me, settings
from coachapp.web.paging import page_number

bp = Blueprint("practice", __name__)

NO_CODE_SETS = "The code sets are not installed on this site; its administrator can run “coachapp init”."
OUTDATED = (
    "This case was changed since you opened it. The chart shown now is the current one; look at it again. "
    "Everything you typed is kept."
)


def codesets() -> CodeSets:
    """Return the code sets of this site."""
    return open_codesets(settings().data)


def _item(specialty: str, slug: str) -> Item:
    unverified = me().may(Action.SEE_UNVERIFIED)
    return access.load_or_404(
        queries.case_item(f"{specialty}/{slug}", unverified=unverified, cpt=settings().include_cpt)
    )


def _solve_address(item: Item, **arguments: Any) -> str:
    specialty, _, slug = item.slug.partition("/")
    return url_for("practice.solve", specialty=specialty, slug=slug, **arguments)


@bp.get("/cases")
@access.signed_in
def cases() -> ResponseReturnValue:
    """List the cases one may practise on."""
    asked = request.args
    filters = listing.Filters(
        text=asked.get("q", "").strip()[:100],
        specialty=asked.get("specialty", ""),
        setting=asked.get("setting", ""),
        level=asked.get("level", ""),
        form=asked.get("form", ""),
        state=asked.get("state", ""),
    )
    found = listing.list_cases(
        db.session(),
        me().id,
        filters=filters,
        number=page_number(asked.get("page")),
        seen=shown(ItemKind.CASE, unverified=me().may(Action.SEE_UNVERIFIED), cpt=settings().include_cpt),
    )
    return render_template("practice/cases.html", list=found)


@bp.get("/cases/<specialty>/<slug>")
@access.signed_in
def solve(specialty: str, slug: str) -> ResponseReturnValue:
    """Show a chart and the claim to fill in."""
    page = queries.solve_page(
        db.session(),
        me().id,
        item=_item(specialty, slug),
        codesets=codesets(),
        now=clock.now(),
        rows=queries.rows_asked(request.args),
    )
    return render_template("practice/solve.html", page=page)


def _posted_base() -> Base:
    return Base(
        attempt_id=whole_number(request.form.get("attempt")),
        seq=whole_number(request.form.get("seq")) or 0,
        version_id=whole_number(request.form.get("version")) or 0,
        opened_at=moment(request.form.get("opened")),
    )


def _posted_rows() -> Payload:
    try:
        return posted_payload(request.form)
    except PayloadError as error:
        abort(413 if isinstance(error, TooManyRows) else 422, str(error))


@bp.post("/cases/<specialty>/<slug>")
@access.signed_in
def work(specialty: str, slug: str) -> ResponseReturnValue:
    """Save the draft, add rows or hand the claim in, as the button pressed says."""
    item = _item(specialty, slug)
    base, payload, now = _posted_base(), _posted_rows(), clock.now()
    act = request.form.get("act", "save")
    if act not in ("hand_in", "hand_in_empty"):
        saved = operations.save_draft(db.session(), me().id, item=item, payload=trimmed(payload), base=base, now=now)
        db.session.commit()
        if not isinstance(saved, Saved):
            return _not_saved(item, saved, payload, base)
        if act == "save":
            flash("Draft saved.", "success")
        rows = {"dx": len(payload["diagnoses"]), "sv": len(payload["services"])}
        part = {"more_dx": "dx", "more_sv": "sv"}.get(act)
        if part:
            rows[part] += MORE_ROWS
        return redirect(
            _solve_address(item, **rows, _anchor={"dx": "diagnoses", "sv": "services"}.get(part or "")), 303
        )
    case = queries.case_for(item, engine.find_open(db.session(), me().id, item_id=item.id))
    try:
        claim = read_payload(payload, case.claim_form)
    except ResponseError as error:
        return _again(item, payload, base, problems=error.problems)
    if claim.blank and act != "hand_in_empty":
        return _again(item, payload, base, ask_empty=True)
    outcome = operations.hand_in(
        db.session(),
        me().id,
        item=item,
        claim=claim,
        payload=trimmed(payload),
        base=base,
        now=now,
        codesets=codesets(),
    )
    db.session.commit()
    if isinstance(outcome, Graded):
        return redirect(url_for("practice.review", attempt_id=outcome.attempt.id), 303)
    return _not_saved(item, outcome, payload, base)


def _with_rows(page: SolvePage, payload: Payload, base: Base, **changes: Any) -> SolvePage:
    """Return the page with the rows as they were posted, so that nothing typed is lost."""
    form = page.chart.form
    shown = solve_rows(payload, form, {"dx": len(payload["diagnoses"]), "sv": len(payload["services"])})
    on = page.chart.date_of_service
    notes = lookup.notes_of(codesets(), shown, form=form, on=on)
    return replace(page, payload=shown, notes=notes, seq=base.seq, **changes)


def _again(
    item: Item, payload: Payload, base: Base, *, problems: Any = (), ask_empty: bool = False
) -> ResponseReturnValue:
    page = queries.solve_page(db.session(), me().id, item=item, codesets=codesets(), now=clock.now())
    page = _with_rows(page, payload, base, problems=row_problems(problems), ask_empty=ask_empty)
    return render_template("practice/solve.html", page=page), 422


def _not_saved(item: Item, outcome: Clash | HandedIn | Outdated, payload: Payload, base: Base) -> ResponseReturnValue:
    """Answer 409: what was posted is shown and kept, beside what stands in its way."""
    if isinstance(outcome, Outdated):
        page = queries.solve_page(db.session(), me().id, item=item, codesets=codesets(), now=clock.now())
        page = _with_rows(page, payload, base, notices=(OUTDATED,))
        return render_template("practice/solve.html", page=page), 409
    page_payload = trimmed(payload)
    return render_template(
        "practice/conflict.html",
        item=item,
        address=_solve_address(item),
        outcome=outcome,
        handed_in=isinstance(outcome, HandedIn),
        payload=page_payload,
        version_id=base.version_id if isinstance(outcome, Clash) else current_version(item).id,
        mine=payload_summary(page_payload),
        theirs=payload_summary(outcome.payload) if isinstance(outcome, Clash) else None,
    ), 409


@bp.post("/cases/<specialty>/<slug>/draft")
@access.signed_in
def draft(specialty: str, slug: str) -> ResponseReturnValue:
    """Keep a draft sent by the page itself: 200 with the new seq; 409 with what stands in its way."""
    item = _item(specialty, slug)
    try:
        body = json_body()
    except BadJson as error:
        return jsonify(error=f"The draft cannot be read: {error}"), 422
    if not isinstance(body, dict):
        return jsonify(error="The draft must be a JSON object."), 422
    try:
        payload = checked_payload(body.get("claim"))
    except PayloadError as error:
        return jsonify(error=str(error)), 422
    try:
        base = _sent_base(body)
    except ValueError as error:
        return jsonify(error=str(error)), 422
    outcome = operations.save_draft(
        db.session(), me().id, item=item, payload=trimmed(payload), base=base, now=clock.now()
    )
    db.session.commit()
    if isinstance(outcome, Saved):
        return jsonify(attempt=outcome.attempt.id, seq=outcome.seq, saved_at=outcome.at.isoformat())
    if isinstance(outcome, Clash):
        return jsonify(
            reason="clash",
            attempt=outcome.attempt.id,
            seq=outcome.seq,
            claim=outcome.payload,
            summary=payload_summary(outcome.payload),
        ), 409
    if isinstance(outcome, HandedIn):
        review_at = url_for("practice.review", attempt_id=outcome.attempt.id)
        return jsonify(reason="handed_in", review=review_at), 409
    return jsonify(reason="outdated", error=OUTDATED), 409


def _sent_base(body: dict[str, Any]) -> Base:
    """Read what the page knew from its JSON; raises ValueError naming the field that is no whole number."""

    def whole(name: str) -> int:
        value = body.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST_NUMBER:
            raise ValueError(f"{name} must be a whole number.")
        return value

    attempt_id = None if body.get("attempt") is None else whole("attempt")
    return Base(attempt_id, whole("seq"), whole("version"), moment(body.get("opened")))


@bp.get("/lookup")
@access.public
def look_up() -> ResponseReturnValue:
    """Answer a code box: suggestions for what was typed so far, and the note on it as a code."""
    asked = request.args
    try:
        box = {"diagnosis": "diagnosis", "service": "service"}[asked.get("box", "")]
        form = ClaimForm(asked.get("form", ""))
        on = date.fromisoformat(asked.get("on", ""))
    except (KeyError, ValueError):
        return jsonify(error="Say box=diagnosis or service, form=a claim form, on=YYYY-MM-DD."), 422
    if me().is_authenticated and closed_book_exam(db.session(), me().id, now=clock.now()):
        return jsonify(error="An exam of yours that is under way is without look-up of codes."), 409
    text = asked.get("q", "")
    try:
        found = lookup.suggestions(codesets(), text, box=box, form=form, on=on)  # type: ignore[arg-type]
        note = lookup.note_for(codesets(), text, box=box, form=form, on=on)  # type: ignore[arg-type]
    except ReleaseMissing:
        return jsonify(error=NO_CODE_SETS), 503
    code = lookup.normal_code(text, box=box, form=form)  # type: ignore[arg-type]
    answer = jsonify(suggestions=found, note=note, code=code)
    answer.cache_control.private = True
    answer.cache_control.max_age = 600
    return answer


@bp.get("/attempts")
@access.signed_in
def attempts() -> ResponseReturnValue:
    """List one's own attempts, newest first."""
    page = listing.list_attempts(db.session(), me().id, number=page_number(request.args.get("page")))
    return render_template("practice/attempts.html", page=page)


@bp.get("/attempts/<int:attempt_id>")
@access.signed_in
def review(attempt_id: int) -> ResponseReturnValue:
    """Show the review of a graded attempt; an open one leads back to its chart."""
    attempt = access.load_or_404(queries.own_attempt(attempt_id, me().id))
    if attempt.state is AttemptState.OPEN:
        return redirect(_solve_address(attempt.item), 303)
    page = queries.graded_page(
        db.session(),
        attempt,
        codesets=codesets(),
        unverified=me().may(Action.SEE_UNVERIFIED),
        cpt=settings().include_cpt,
    )
    if page is None:
        abort(404)
    return render_template("practice/review.html", page=page)


def _sample() -> Item:
    item = queries.sample_item(db.session(), cpt=settings().include_cpt)
    if item is None:
        abort(404, "There is no sample case on this site yet.")
    return item


@bp.get("/sample")
@access.public
def sample() -> ResponseReturnValue:
    """Show the case that anyone may try without an account."""
    return render_template("practice/solve.html", page=queries.sample_page(_sample(), codesets=codesets()))


@bp.post("/sample")
@access.public
def try_sample() -> ResponseReturnValue:
    """Grade the sample in memory; nothing is stored, so the answer is the page itself."""
    item, payload = _sample(), _posted_rows()
    case = queries.case_for(item, None)
    act = request.form.get("act", "")
    rows = {"dx": len(payload["diagnoses"]), "sv": len(payload["services"])}
    if act in ("more_dx", "more_sv"):
        rows[act.removeprefix("more_")] += MORE_ROWS
    page = queries.sample_page(item, codesets=codesets(), payload=payload, rows=rows)
    if act not in ("hand_in", "hand_in_empty"):
        return render_template("practice/solve.html", page=page)
    try:
        claim = read_payload(payload, case.claim_form)
    except ResponseError as error:
        return render_template("practice/solve.html", page=replace(page, problems=row_problems(error.problems))), 422
    if claim.blank and act != "hand_in_empty":
        return render_template("practice/solve.html", page=replace(page, ask_empty=True)), 422
    result = result_data(engine.judge(case, claim, codesets=codesets()))
    lessons = lessons_for(db.session(), case, result=result, unverified=False, cpt=settings().include_cpt, drills=False)
    reviewed = review_page(case, result, codesets=codesets(), payload=payload, sample=True, lessons=lessons)
    return render_template("practice/review.html", page=reviewed)
