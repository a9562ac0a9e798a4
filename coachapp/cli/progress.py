"""A bar of progress on standard error."""

import sys

import click

_BAR = 24  # characters


def show_progress(done: int, total: int, text: str) -> None:
    """Draw a bar on standard error; where that is no terminal, print one line a step."""
    if sys.stderr.isatty():
        filled = "#" * (_BAR * done // total)
        click.echo(f"\r[{filled:<{_BAR}}] {text:<40}", err=True, nl=done == total)
    else:
        click.echo(f"{done}/{total} {text}", err=True)
