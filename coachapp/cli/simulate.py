"""`coachapp demo`: simulated learners with months of work, for looking at pages and measuring them."""

from datetime import UTC, date, datetime
from typing import Any

import click

from coachapp import clock
from coachapp.cli import Refused
from coachapp.cli.database import open_session
from coachapp.cli.learners import rebuild_everybody
from coachapp.cli.progress import show_progress
from coachapp.cli.release import ready_codesets
from coachapp.config import load_settings
from coachapp.models.writing import begin_write
from coachapp.simulation.population import has_simulated, real_people, simulate
from coachapp.simulation.stock import read_stock

# Nobody needs learners of another age, and months before the first of all days there are none.
FIRST_DAY = date(2000, 1, 1)


@click.command(short_help="Make simulated learners with months of work.")
@click.option("--learners", type=click.IntRange(1, 5000), default=200, show_default=True, help="How many to simulate.")
@click.option("--months", type=click.IntRange(1, 36), default=6, show_default=True, help="Months of work, to --until.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same learners.")
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Day on which the work ends (UTC); default: today."
)
@click.option("--yes", is_flag=True, help="Also where people who are not demo accounts have accounts.")
def demo(learners: int, months: int, seed: int, until: datetime | None, yes: bool) -> None:
    """Make simulated learners with drills, mock exams and cases behind them.

    Demo students who have not worked yet are given such a history too. Nobody can sign in as the others. Everything is
    written at once or, if this is interrupted, not at all.
    """
    settings, last = load_settings(), (until or clock.now()).replace(tzinfo=UTC).date()
    if last < FIRST_DAY:
        raise Refused(f"--until {last}: simulated work ends on {FIRST_DAY} at the earliest")
    if last > clock.now().date():
        raise Refused(f"--until {last}: learners cannot have worked on days that are still to come")
    with ready_codesets() as codesets, open_session() as session:
        begin_write(session)
        if has_simulated(session):
            raise Refused("this database holds simulated learners already; take an empty one for others")
        if not yes and (real := real_people(session)):
            raise Refused(
                f"this database holds {real} {'account that is' if real == 1 else 'accounts that are'} not for "
                "demonstration: simulated learners would stand among them in every statistic. Say --yes to add them"
            )
        stock = read_stock(session, cpt=settings.include_cpt, codesets=codesets)
        if not stock.questions and not stock.cases:
            raise Refused("there is nothing to work on: run `coachapp init` first")
        made = []
        arguments: dict[str, Any] = {"months": months, "seed": seed, "until": last, "time_zone": settings.time_zone}
        for one in simulate(session, stock, learners=learners, **arguments):
            made.append(one)
            show_progress(len(made), learners, f"{sum(m.answers for m in made):,} answers")
        session.commit()
        click.echo("Reckoning where they stand; “coachapp progress rebuild” can do this later as well.", err=True)
        rebuild_everybody(session)
    click.echo(
        f"{learners} learners, {sum(m.sittings for m in made):,} drills and exams, {sum(m.cases for m in made):,} "
        f"cases, {sum(m.answers for m in made):,} graded answers",
        err=True,
    )
