"""`coachapp exams`: exam plans and papers on the command line."""

import json
from datetime import UTC
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select

from coachapp import clock
from coachapp.attempts.accommodations import grant
from coachapp.attempts.finishing import rule
from coachapp.cli import ROW_NUMBER, Refused
from coachapp.cli.database import open_session
from coachapp.content.loader import BadPath, load
from coachapp.content.plans import bundled_plans
from coachapp.domain.assembly import Paper, PoolItem, Short, assemble, assemble_apart, pool_item
from coachapp.domain.plans import ExamPlan
from coachapp.domain.questions import Question
from coachapp.domain.sittings import Ruling
from coachapp.exams.jobs import sweep
from coachapp.exams.operations import void_sitting
from coachapp.models.items import Item, ItemKind, ItemVersion
from coachapp.models.people import Person
from coachapp.models.sittings import ProblemReport, Sitting
from coachapp.models.writing import begin_write
from coachapp.paths import bundled
from coachapp.web.people import find_by_email

MOST_PAPERS = 100


@click.group(short_help="Exam plans, papers, sittings and rulings.")
def exams() -> None:
    """List exam plans, assemble papers, close sittings whose time is up."""


@exams.command("plans")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def plans_command(context: click.Context, as_json: bool) -> None:
    """List the exam plans. Exits 1 if a plan's file is broken, naming file, line and column."""
    loaded = bundled_plans()
    if as_json:
        click.echo(json.dumps([plan.model_dump(mode="json") for plan in loaded.plans.values()], ensure_ascii=False))
    else:
        for plan in loaded.plans.values():
            minutes = f"{plan.minutes} min" if plan.minutes else "untimed"
            mark = f"{plan.pass_mark} % to pass" if plan.pass_mark else ""
            click.echo(f"{plan.id:<30} {plan.total:>4} questions  {minutes:<8}  {mark}".rstrip())
    for place in loaded.errors:
        click.echo(str(place), err=True)
    context.exit(1 if loaded.errors else 0)


@exams.command("assemble", short_help="Assemble papers that share no question.")
@click.argument("plan", metavar="PLAN")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same paper.")
@click.option("--papers", type=click.IntRange(1, MOST_PAPERS), default=1, show_default=True, help="How many in a row.")
@click.option(
    "--bank", type=click.Path(path_type=Path), help="Folder of questions, else those that came with Coachapp."
)
@click.option("--unverified", is_flag=True, help="Take questions that nobody has verified yet, too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def assemble_command(
    context: click.Context,
    plan: str,
    *,
    seed: int,
    papers: int,
    bank: Path | None,
    unverified: bool,
    as_json: bool,
) -> None:
    """Assemble papers of PLAN that share no question, for somebody who has seen none yet.

    Exits 1 if the questions do not make so many, and says which section lacks how many.
    """
    chosen = plan_or_refuse(plan)
    questions = _questions(bank)
    pool = [pool_item(question) for question in questions if unverified or question.verified is not None]
    try:
        made = assemble_apart(chosen, pool, seed=seed, papers=papers)
    except Short as error:
        lacking = {section.value: count for section, count in error.lacking.items()}
        if as_json:
            click.echo(json.dumps({"short": lacking}))
        for section, count in lacking.items():
            click.echo(f"{section} lacks {count} {'question' if count == 1 else 'questions'}", err=True)
        if waiting := len(questions) - len(pool):
            click.echo(f"{waiting} questions are not verified yet; --unverified takes them too", err=True)
        click.echo(_shorter(pool), err=True)
        context.exit(1)
    if as_json:
        click.echo(json.dumps([_paper_json(chosen, paper) for paper in made], ensure_ascii=False))
        return
    for number, paper in enumerate(made, start=1):
        click.echo(f"Paper {number} of {chosen.id}, seed {seed}")
        for place, slot in enumerate(paper.slots, start=1):
            click.echo(f"{place:>4}  {slot.section:<22} {slot.item:<48} {' '.join(slot.options)}")


@exams.command("close-expired", short_help="Close and grade sittings whose time is up.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def close_expired_command(as_json: bool) -> None:
    """Close sittings whose time is up and grade those that are closed; the site does so by itself every ten seconds."""
    with open_session():
        done = sweep()
    if as_json:
        click.echo(json.dumps({"finished": done}))
    else:
        click.echo(f"{len(done)} {'sitting' if len(done) == 1 else 'sittings'} finished", err=True)


@exams.command("accommodate", short_help="Grant a person more time or breaks.")
@click.argument("email")
@click.option("--factor", metavar="NUMBER", help="1 to 4: the plan's minutes times this.")
@click.option("--extra", type=int, help="Minutes more.")
@click.option("--breaks", type=int, help="Minutes of breaks in all.")
@click.option("--extension", type=int, help="Minutes beyond the close of a window.")
@click.option("--plan", help="For this plan only; else for all.")
@click.option("--reason", required=True, help="Why; it is kept.")
def accommodate_command(
    email: str,
    *,
    factor: str | None,
    extra: int | None,
    breaks: int | None,
    extension: int | None,
    plan: str | None,
    reason: str,
) -> None:
    """Grant the person with EMAIL more time or breaks, also in an exam that is under way; it never gets shorter."""
    scope = plan_or_refuse(plan).id if plan is not None else None
    try:
        exact = None if factor is None else Decimal(factor)
    except InvalidOperation:
        raise Refused(f"--factor {factor} is no number") from None
    if factor is None and extra is None and breaks is None and extension is None:
        raise Refused("say what is granted: --factor, --extra, --breaks or --extension")
    with open_session() as session:
        begin_write(session)
        person = find_by_email(session, email)
        if person is None:
            raise Refused(f"nobody here has the email {email}")
        try:
            reached = grant(
                session,
                person.id,
                scope=scope,
                factor=exact,
                extra=extra,
                breaks=breaks,
                extension=extension,
                reason=reason.strip()[:500],
                by_id=None,
                now=clock.now(),
            )
        except ValueError as error:
            raise Refused(str(error)) from error
        session.commit()
    what = [
        words
        for value, words in (
            (factor, f"{factor} times the plan’s minutes"),
            (extra, f"{extra} extra minutes"),
            (breaks, f"{breaks} minutes of breaks"),
            (extension, f"{extension} minutes beyond the close"),
        )
        if value is not None
    ]
    where = f"exams of the plan {scope}" if scope else "all exams"
    follows = f"{_sittings(reached)} under way changed at once" if reached else "it counts from the next exam"
    click.echo(f"granted to {email} in {where}: {', '.join(what)}; {follows}", err=True)


@exams.command("rule", short_help="Void, credit or count a question everywhere.")
@click.argument("item", metavar="ITEM")
@click.argument("ruling", type=click.Choice([ruling.value for ruling in Ruling]))
@click.option("--version", "number", type=int, help="Version of the question; else the current one.")
@click.option("--reason", required=True, help="Why; it is kept.")
def rule_command(item: str, ruling: str, *, number: int | None, reason: str) -> None:
    """Void the question ITEM in every exam, credit it to all, or count it again; every score follows."""
    with open_session() as session:
        begin_write(session)
        row = session.scalar(select(Item).where(Item.slug == item, Item.kind == ItemKind.QUESTION))
        if row is None:
            raise Refused(f"there is no question {item!r} in the database")
        version = row.current_version
        if number is not None:
            version = next((one for one in row.versions if one.number == number), None)
        if version is None:
            raise Refused(f"{item} has no version {number}")
        changed = rule(
            session,
            version,
            ruling=Ruling(ruling),
            reason=reason.strip()[:500],
            by_id=None,
            now=clock.now(),
        )
        session.commit()
        shown = f"{item} (version {version.number})"
    done = {
        Ruling.VOID: f"{shown} is void in every exam",
        Ruling.CREDIT_ALL: f"everybody is credited for {shown}",
    }.get(Ruling(ruling), f"{shown} counts again")
    click.echo(f"{done}; {_sittings(len(changed))} scored again", err=True)


@exams.command("void", short_help="Void a sitting; the exam can be taken again.")
@click.argument("sitting_id", metavar="SITTING", type=ROW_NUMBER)
@click.option("--reason", required=True, help="Why; it is kept.")
def void_command(sitting_id: int, *, reason: str) -> None:
    """Take the sitting with the number SITTING out of the record, so that the person may sit the exam anew."""
    with open_session() as session:
        begin_write(session)
        sitting = session.get(Sitting, sitting_id)
        if sitting is None:
            raise Refused(f"there is no sitting {sitting_id}")
        void_sitting(session, sitting, actor=None, reason=reason.strip()[:500], now=clock.now())
        email = session.get_one(Person, sitting.person_id).email
        plan_id = sitting.plan_id
        session.commit()
    click.echo(
        f"sitting {sitting_id} of {email} ({plan_id}) is void: its score counts no longer, and {email} can sit "
        "the exam again",
        err=True,
    )


@exams.command("problems", short_help="List the problems that candidates reported.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def problems_command(as_json: bool) -> None:
    """List what candidates reported to be wrong with questions, newest first."""
    with open_session() as session:
        rows = session.execute(
            select(Item.slug, ItemVersion.number, ProblemReport.text, ProblemReport.at)
            .join(ItemVersion, ProblemReport.item_version_id == ItemVersion.id)
            .join(Item, ItemVersion.item_id == Item.id)
            .order_by(ProblemReport.at.desc(), ProblemReport.id.desc())
        ).all()
    found = [{"item": slug, "version": number, "text": text, "at": at.isoformat()} for slug, number, text, at in rows]
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    for slug, number, text, at in rows:
        click.echo(f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC  {slug} (version {number}): {text}")
    if not found:
        click.echo("No problem was reported.", err=True)


def plan_or_refuse(plan_id: str) -> ExamPlan:
    """Return a plan by its id; an unknown one is a request that cannot be carried out."""
    plans = bundled_plans().plans
    if plan_id not in plans:
        raise Refused(f"there is no exam plan {plan_id!r}; there are {', '.join(plans)}")
    return plans[plan_id]


def _sittings(count: int) -> str:
    return f"{count} {'sitting' if count == 1 else 'sittings'}"


def _questions(bank: Path | None) -> list[Question]:
    try:
        loaded = load(bank if bank is not None else bundled("question_bank"))
    except BadPath as error:
        raise Refused(str(error)) from error
    for place in loaded.errors:
        click.echo(str(place), err=True)
    return list(loaded.questions)


def _shorter(pool: list[PoolItem]) -> str:
    """Say which plans the questions do make a paper of."""
    possible = []
    for plan in bundled_plans().plans.values():
        try:
            assemble(plan, pool, history={}, seed=0)
        except Short:
            continue
        possible.append(plan.id)
    return f"These plans can be assembled: {', '.join(possible)}." if possible else "No plan can be assembled yet."


def _paper_json(plan: ExamPlan, paper: Paper) -> dict[str, Any]:
    return {
        "plan": plan.id,
        "items": [
            {"id": slot.item, "section": slot.section.value, "options": list(slot.options)} for slot in paper.slots
        ],
    }
