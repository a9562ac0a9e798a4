"""`coachapp exams`: exam plans and papers on the command line."""

import json
from pathlib import Path
from typing import Any

import click

from coachapp.cli import Refused
from coachapp.content.loader import BadPath, load
from coachapp.content.plans import bundled_plans
from coachapp.domain.assembly import Paper, PoolItem, Short, assemble, assemble_many, pool_item
from coachapp.domain.plans import ExamPlan
from coachapp.domain.questions import Question
from coachapp.paths import bundled

MOST_PAPERS = 100


@click.group()
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


@exams.command("assemble")
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
    """Assemble papers of PLAN for somebody who has seen no question yet; none repeats one while the bank lasts.

    Exits 1 if the questions do not make a paper, and says which section lacks how many.
    """
    chosen = plan_or_refuse(plan)
    questions = _questions(bank)
    pool = [pool_item(question) for question in questions if unverified or question.verified is not None]
    try:
        made = assemble_many(chosen, pool, history={}, seed=seed, papers=papers)
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
        report = {"plan": chosen.id, "seed": seed, "papers": [_paper_json(paper) for paper in made]}
        click.echo(json.dumps(report, ensure_ascii=False))
        return
    for number, paper in enumerate(made, start=1):
        click.echo(f"Paper {number} of {chosen.id}, seed {seed}")
        for place, slot in enumerate(paper.slots, start=1):
            click.echo(f"{place:>4}  {slot.section:<22} {slot.item:<48} {' '.join(slot.options)}")


def plan_or_refuse(plan_id: str) -> ExamPlan:
    """Return a plan by its id; an unknown one is a request that cannot be carried out."""
    plans = bundled_plans().plans
    if plan_id not in plans:
        raise Refused(f"there is no exam plan {plan_id!r}; there are {', '.join(plans)}")
    return plans[plan_id]


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


def _paper_json(paper: Paper) -> dict[str, Any]:
    return {
        "slots": [
            {
                "n": number,
                "item": slot.item,
                "section": slot.section.value,
                "options": list(slot.options),
                "scored": slot.scored,
            }
            for number, slot in enumerate(paper.slots, start=1)
        ]
    }
