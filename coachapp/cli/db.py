"""`coachapp db`: the state of the database's tables."""

import json

import click
from alembic import command

from coachapp.cli import Refused
from coachapp.cli.database import open_session
from coachapp.models import db as database
from coachapp.models.schema import alembic_config, current, head, upgrade
from coachapp.paths import in_checkout


@click.group()
def db() -> None:
    """See and change the revision of the database's tables."""


@db.command("upgrade")
def upgrade_command() -> None:
    """Bring the tables to the newest revision."""
    with open_session():
        upgrade(database.engine)
    click.echo(f"the tables are at revision {head()}", err=True)


@db.command("current")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def current_command(context: click.Context, as_json: bool) -> None:
    """Print the revision of the tables; exits 1 if it is not the newest."""
    with open_session():
        found = current(database.engine)
    if as_json:
        click.echo(json.dumps({"current": found, "head": head()}))
    else:
        click.echo(f"{found or 'no tables yet'} (newest: {head()})")
    context.exit(0 if found == head() else 1)


@db.command("revision", short_help="Write a new migration, for developers.")
@click.argument("message")
def revision_command(message: str) -> None:
    """Write a new migration from what changed in coachapp/models, for developers; MESSAGE says what it does."""
    if not in_checkout():
        raise Refused("migrations are written in a source checkout")
    with open_session(), database.engine.connect() as connection:
        number = f"{int(head()) + 1:04}"
        command.revision(alembic_config(connection), message, autogenerate=True, rev_id=number)
