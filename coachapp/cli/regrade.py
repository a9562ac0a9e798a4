"""`coachapp items changed` and `regrade`: work that an older key judged, judged by the current one."""

import json

import click
from sqlalchemy.orm import Session

from coachapp import clock
from coachapp.attempts import regrading
from coachapp.attempts.rulings import Turn
from coachapp.authoring import operations, queries
from coachapp.cli import Refused
from coachapp.cli.database import open_session
from coachapp.cli.progress import show_progress
from coachapp.codesets import open_codesets
from coachapp.codesets.release import ReleaseMissing
from coachapp.config import load_settings
from coachapp.models.items import Item
from coachapp.models.writing import begin_write
from coachapp.web.forms import MOST_REASON


@click.command("changed", short_help="List items whose work an older key graded.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def changed_command(as_json: bool) -> None:
    """List cases and questions whose work was judged by another key than their current one."""
    with open_session() as session:
        found = [
            {
                "item": one.item.slug,
                "version": one.current.number,
                "attempts": one.attempts,
                "asked": [
                    {
                        "version": asked.version.number,
                        "attempts": asked.attempts,
                        "people": asked.people,
                        "changed": [part.value for part in asked.parts],
                        "obstacle": asked.obstacle.value if asked.obstacle else None,
                    }
                    for asked in one.asked
                ],
            }
            for one in regrading.behind(session)
        ]
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    for row in found:
        if row["attempts"]:
            words = "attempt" if row["attempts"] == 1 else "attempts"
            click.echo(f"{row['item']}: {row['attempts']} {words} that version {row['version']} can judge again")
        else:
            click.echo(f"{row['item']}: version {row['version']} cannot judge the work on earlier ones")
    if not found:
        click.echo("All work is judged by current keys.", err=True)


@click.command("regrade", short_help="Grade all work on an item by its current key.")
@click.argument("item", metavar="ITEM")
@click.option("--reason", help="Why; it is kept, and the learners concerned read it.")
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def regrade_command(item: str, *, reason: str | None, dry_run: bool, as_json: bool) -> None:
    """Judge all work on the case or question ITEM by its current key; what was judged before is kept."""
    reason = (reason or "").strip()
    if not dry_run and not reason:
        raise Refused("say why with --reason, or ask with --dry-run what would change")
    if len(reason) > MOST_REASON:
        raise Refused(f"the reason has {len(reason)} characters; keep it to {MOST_REASON}")
    with open_session() as session:
        row = session.scalars(queries.item_by_slug(item)).one_or_none()
        if row is None:
            raise Refused(f"there is no case or question {item!r} in the database")
        try:
            done = _would(session, row) if dry_run else _regrade(session, row, reason)
        except ReleaseMissing as error:
            raise Refused(f"{error}: run `coachapp init`") from error
    if as_json:
        click.echo(json.dumps(done, ensure_ascii=False))
    elif dry_run:
        click.echo(
            f"{done['up']} go up, {done['down']} go down, {done['same']} stay; {done['exams']} exam scores change, "
            f"{done['to_passed']} turn to passed, {done['to_not_passed']} to not passed"
        )
    else:
        click.echo(f"{done['judged']} judged again, {done['changed']} scores changed", err=True)


def _would(session: Session, item: Item) -> dict[str, object]:
    found = regrading.preview(session, item, codesets=open_codesets(load_settings().data))
    turns = [change.turn for change in found.exams]
    return {
        "item": item.slug,
        "version": found.behind.current.number,
        "up": found.count(up=True),
        "down": found.count(up=False),
        "same": found.same,
        "exams": len(found.exams),
        "to_passed": turns.count(Turn.TO_PASSED),
        "to_not_passed": turns.count(Turn.TO_NOT_PASSED),
    }


def _regrade(session: Session, item: Item, reason: str) -> dict[str, object]:
    codesets, item_id = open_codesets(load_settings().data), item.id
    begin_write(session)
    row = operations.regrade(session, session.get_one(Item, item_id), actor=None, reason=reason, now=clock.now())
    total, left = regrading.left_over(session, row), True
    while left:
        left = regrading.carry_out(session, row.id, codesets=codesets, now=clock.now())
        session.commit()
        if total:
            show_progress(row.judged, max(total, row.judged), "attempts")
        if left:
            begin_write(session)
    return {"item": item.slug, "version": row.to_version.number, "judged": row.judged, "changed": row.changed}
