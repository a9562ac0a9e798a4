"""Pages before a sitting: the plans, the start with consent, the drills. Each route commits at most once."""

import secrets

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from coachapp.attempts import accommodations, sittings
from coachapp.content.plans import bundled_plans
from coachapp.domain.examclock import allowed_minutes
from coachapp.domain.permissions import Action
from coachapp.domain.plans import REVIEW_PLAN_ID, ExamPlan, PlanKind, concept_plan_id
from coachapp.domain.questions import Section
from coachapp.exams import arrival, operations, queries, rounds
from coachapp.exams.arrival import arrived_at
from coachapp.exams.given import GivenExam
from coachapp.exams.operations import Reach, Shortage
from coachapp.exams.pool import concept_choices, read_pool
from coachapp.models import db
from coachapp.models.items import Concept
from coachapp.models.sittings import Sitting
from coachapp.web import access, transactions
from coachapp.web.context import me, settings
from coachapp.web.sections import SECTION_NAMES

bp = Blueprint("exams", __name__)

SEEDS = 2**31


@bp.record_once
def _on_register(state: BlueprintSetupState) -> None:
    arrival.init_app(state.app)


def reach() -> Reach:
    """Return which questions the person at hand may be asked."""
    return Reach(unverified=me().may(Action.SEE_UNVERIFIED), cpt=settings().include_cpt)


def _plan(plan_id: str) -> ExamPlan:
    plan = bundled_plans().plans.get(plan_id)
    if plan is None:
        abort(404)
    return plan


def to_sitting(sitting: Sitting) -> ResponseReturnValue:
    """Lead to a sitting: where the person was, or its report."""
    return redirect(url_for("exams.sitting", sitting_id=sitting.id), 303)


@bp.get("/exams")
@access.signed_in
def index() -> ResponseReturnValue:
    """List the exams one can sit and those one has sat."""
    plans = [plan for plan in bundled_plans().plans.values() if plan.kind is not PlanKind.DRILL]
    rows = queries.sitting_rows(db.session(), me().id, drills=False, now=arrived_at())
    running = {row.plan_id: row for row in rows if row.is_open}
    return render_template(
        "exams/index.html", plans=plans, rows=rows, running=running, comparable=queries.comparable(rows)
    )


@bp.get("/exams/<plan_id>")
@access.signed_in
def plan(plan_id: str) -> ResponseReturnValue:
    """Show what an exam is like and ask for consent to its time."""
    chosen = _plan(plan_id)
    if chosen.kind is PlanKind.DRILL:
        return redirect(url_for("exams.drills"), 303)
    found = sittings.find_open(db.session(), me().id, scope=chosen.id)
    return to_sitting(found) if found is not None else plan_page(chosen)


def plan_page(
    chosen: ExamPlan, *, given: GivenExam | None = None, missing_consent: bool = False
) -> ResponseReturnValue:
    """Show what an exam is like; `given`: the assignment it was given as, if it was."""
    mine = reach()
    candidates = read_pool(db.session(), unverified=mine.unverified, cpt=mine.cpt)
    granted = given.granted if given else accommodations.in_force(db.session(), me().id, scope=chosen.id)
    page = render_template(
        "exams/plan.html",
        plan=chosen,
        given=given,
        names=SECTION_NAMES,
        shortage=operations.shortage(chosen, candidates),
        minutes=allowed_minutes(chosen.minutes, granted) if chosen.minutes else None,
        granted=granted,
        missing_consent=missing_consent,
    )
    return page, 422 if missing_consent else 200


@bp.post("/exams/<plan_id>")
@access.signed_in
@transactions.writes_late
def start(plan_id: str) -> ResponseReturnValue:
    """Start an exam, or go on with the one that is under way."""
    chosen, person_id = _plan(plan_id), me().id
    if chosen.kind is PlanKind.DRILL:
        abort(404)
    if request.form.get("consent") != "yes":
        return plan_page(chosen, missing_consent=True)
    try:
        outcome = operations.start_exam(
            db.session(),
            person_id,
            plan=chosen,
            reach=reach(),
            now=arrived_at(),
            seed=secrets.randbelow(SEEDS),
        )
        # Told before the commit, after which the row would be read anew.
        answer = plan_page(chosen) if isinstance(outcome, Shortage) else to_sitting(outcome)
        db.session.commit()
    except IntegrityError:
        return resume(person_id, chosen.id)
    return answer


def resume(person_id: int, scope: str) -> ResponseReturnValue:
    """Lead to the sitting that another request started first."""
    db.session.rollback()
    found = sittings.find_open(db.session(), person_id, scope=scope)
    if found is None:
        abort(409)
    return to_sitting(found)


@bp.get("/drills")
@access.signed_in
def drills() -> ResponseReturnValue:
    """List sections and concepts to drill, and the drills one has done."""
    mine = reach()
    candidates = read_pool(db.session(), unverified=mine.unverified, cpt=mine.cpt)
    plans = [plan for plan in bundled_plans().plans.values() if plan.kind is PlanKind.DRILL]
    drilled = [one for one in candidates if one.item.use in plans[0].uses] if plans else []
    counts = {section: sum(one.item.section is section for one in drilled) for section in Section}
    return render_template(
        "exams/drills.html",
        sections=[(plan, counts[plan.sections[0].section], SECTION_NAMES[plan.sections[0].section]) for plan in plans],
        concepts=concept_choices(drilled, db.session()),
        names=SECTION_NAMES,
        rows=queries.sitting_rows(db.session(), me().id, drills=True, now=arrived_at(), limit=20),
    )


@bp.post("/drills/review")
@access.signed_in
@transactions.writes_late
def start_round() -> ResponseReturnValue:
    """Start a round of review on what is due, or go on with the one that is under way."""
    person_id = me().id
    try:
        found = rounds.start_round(
            db.session(), person_id, reach=reach(), now=arrived_at(), seed=secrets.randbelow(SEEDS)
        )
        db.session.commit()
    except IntegrityError:
        return resume(person_id, REVIEW_PLAN_ID)
    if found is None:
        flash("There is nothing to ask at the moment about what is due.", "warning")
        return redirect(url_for("progress.review"), 303)
    return to_sitting(found)


@bp.post("/drills")
@access.signed_in
@transactions.writes_late
def start_drill() -> ResponseReturnValue:
    """Start a drill on a section or a concept, or go on with the one that is under way."""
    person_id, now, seed = me().id, arrived_at(), secrets.randbelow(SEEDS)
    session = db.session()
    concept_id, plan_id = request.form.get("concept", ""), request.form.get("plan", "")
    try:
        if concept_id:
            concept = access.load_or_404(select(Concept).where(Concept.slug == concept_id))
            scope = concept_plan_id(concept.slug)
            found = operations.start_concept_drill(
                session, person_id, concept=concept, reach=reach(), now=now, seed=seed
            )
        else:
            chosen = _plan(plan_id)
            if chosen.kind is not PlanKind.DRILL:
                abort(404)
            scope = chosen.id
            found = operations.start_drill(session, person_id, plan=chosen, reach=reach(), now=now, seed=seed)
        db.session.commit()
    except IntegrityError:
        return resume(person_id, scope)
    if found is None:
        abort(
            409,
            "There is no question to drill here at the moment: either none is verified yet, or all of them stand in an "
            "exam of yours whose answers are not shown yet.",
        )
    return to_sitting(found)
