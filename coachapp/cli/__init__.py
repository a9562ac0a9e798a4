"""The `coachapp` command. Its groups are loaded when asked for, so that each starts quickly."""

import importlib
import sys
from typing import Any

import click

import coachapp
from coachapp.config import ConfigError
from coachapp.databaseurl import DATABASE_URL

COMMANDS = {
    "init": "coachapp.cli.setup:init",
    "run": "coachapp.cli.run:run",
    "check-deploy": "coachapp.cli.deploy:check_deploy",
    "deploy-files": "coachapp.cli.deploy_files:deploy_files",
    "doctor": "coachapp.cli.doctor:doctor",
    "backup": "coachapp.cli.backup:backup",
    "restore": "coachapp.cli.backup:restore",
    "people": "coachapp.cli.people:people",
    "db": "coachapp.cli.db:db",
    "codes": "coachapp.cli.codes:codes",
    "content": "coachapp.cli.content:content",
    "grade": "coachapp.cli.grade:grade",
    "exams": "coachapp.cli.exams:exams",
    "items": "coachapp.cli.items:items",
    "progress": "coachapp.cli.learners:progress",
    "work": "coachapp.cli.work:work",
    "demo": "coachapp.cli.simulate:demo",
}


# What a column of whole numbers holds in PostgreSQL; larger ones number no row.
ROW_NUMBER = click.IntRange(1, 2**31 - 1)


class Refused(click.ClickException):
    """A request that cannot be carried out: the message says why, the exit code is 2."""

    exit_code = 2


class LazyGroup(click.Group):
    """A group whose commands are imported by name when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, None if there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        found: click.Command = getattr(importlib.import_module(module), name)
        return found

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a wrong setting is a request that cannot be carried out."""
        try:
            return super().invoke(ctx)
        except ConfigError as error:
            raise Refused(str(error)) from error
        except Exception as error:
            if _could_not_connect(error):
                from coachapp.cli.database import in_one_line

                said = in_one_line(error)
                raise Refused(f"the database cannot be reached ({said}): is {DATABASE_URL} right?") from error
            raise


def _could_not_connect(error: Exception) -> bool:
    """Say whether a database refused the connection: an error of the driver that belongs to no statement."""
    # Whoever connects has imported it; the other commands need not wait for it.
    database_errors = sys.modules.get("sqlalchemy.exc")
    return database_errors is not None and isinstance(error, database_errors.DBAPIError) and error.statement is None


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(coachapp.__version__, prog_name="coachapp")
def main() -> None:
    """Learn medical coding on realistic charts: set up, run and look after a Coachapp site.

    Settings are read from COACH_* in the environment; README.md lists them.
    """
