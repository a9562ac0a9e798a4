"""Every help text fits a terminal of 80 columns, and no command's summary is cut off."""

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from coachapp.cli import main

WIDTH = 80


def commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the words of a command and of all below it."""
    yield path
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from commands(below, (*path, name))


@pytest.mark.parametrize("path", list(commands(main)), ids=" ".join)
def test_help_fits_a_line(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(
        main, [*path, "--help"], prog_name="coachapp", terminal_width=WIDTH, max_content_width=WIDTH
    )
    assert result.exit_code == 0
    first, *rest = result.output.splitlines()
    assert len(first) <= WIDTH
    assert [line for line in rest if len(line) > WIDTH] == []
    assert [line for line in rest if line.endswith("...")] == [], "a summary that is cut off"


def test_the_help_of_grade_has_an_example() -> None:
    assert "\n  coachapp grade " in CliRunner().invoke(main, ["grade", "--help"], prog_name="coachapp").output
