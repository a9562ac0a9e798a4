"""`coachapp codes`: look up and search codes, build the code-set file."""

import json
import sqlite3
from collections.abc import Callable
from datetime import date
from typing import TypeVar

import click

from coachapp import clock
from coachapp.cli import Refused
from coachapp.cli.code_releases import impact_command, import_command, releases_command
from coachapp.cli.progress import show_progress
from coachapp.cli.release import ready_codesets
from coachapp.codesets import (
    CodeSets,
    LookupResult,
    ReleaseMissing,
    SourceMissing,
    build_release,
    release_path,
)
from coachapp.domain.codes import CodeSystem
from coachapp.domain.reasons import instead_of, why_not_a_code

__all__ = ["codes", "show_progress"]

T = TypeVar("T")

_SYSTEM = click.Choice([system.value for system in CodeSystem])
_NAMES = {
    CodeSystem.ICD10CM: "ICD-10-CM",
    CodeSystem.HCPCS: "HCPCS Level II",
    CodeSystem.CPT: "CPT",
    CodeSystem.ICD10PCS: "ICD-10-PCS",
}


@click.group(short_help="Look up, search, build and import code sets.")
def codes() -> None:
    """Look up and search codes; build the code-set file; import official files."""


codes.add_command(import_command)
codes.add_command(releases_command)
codes.add_command(impact_command)


@codes.command("lookup")
@click.argument("code")
@click.option("--on", "day", metavar="DATE", help="Date of service, YYYY-MM-DD; today if not given.")
@click.option("--system", type=_SYSTEM, help="Look in this code system only.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def lookup_command(context: click.Context, code: str, day: str | None, system: str | None, as_json: bool) -> None:
    """Say what CODE is, and whether it is valid and billable on a date.

    Exits 1 for a code that never existed.
    """
    if not code.strip():
        raise click.BadParameter("give a code, such as S52.501A.", param_hint="CODE")
    on = _day(day) if day is not None else clock.now().date()
    chosen = CodeSystem(system) if system else None
    result = _answer(lambda sets: sets.lookup(code, on=on, system=chosen))
    meant = _answer(lambda sets: sets.meant(code, on=on, system=chosen)) if result.valid is False else None
    if as_json:
        click.echo(json.dumps(result.as_json(), ensure_ascii=False))
    else:
        for entry in (result, *result.also):
            click.echo(_described(entry, on))
    if meant is not None:
        # Standard output of --json holds the contract and nothing else.
        said = instead_of(meant, on) if not meant.never_existed else why_not_a_code(meant)
        click.echo(f"  {said}", err=as_json)
    if result.valid is None:
        for gap in _answer(lambda sets: sets.gaps(on=on)):
            if gap.system is result.system:
                click.echo(f"  {gap.text}", err=True)
    context.exit(1 if _never_existed(result) else 0)


def _never_existed(result: LookupResult) -> bool:
    """Say whether no list has the code: one that has ended, or is still to come, has a day."""
    return result.valid is False and not (result.title or result.valid_from or result.valid_to or result.also)


@codes.command("search", short_help="Search codes and titles for TEXT.")
@click.argument("text")
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True, help="Most answers to print.")
@click.option("--system", type=_SYSTEM, help="Search this code system only.")
@click.option("--on", "day", metavar="DATE", help="Search the releases of this date, YYYY-MM-DD; today if not given.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def search_command(text: str, limit: int, system: str | None, day: str | None, as_json: bool) -> None:
    """Search codes and titles for TEXT: the beginning of a code, or words."""
    on = _day(day) if day is not None else clock.now().date()
    hits = _answer(lambda sets: sets.search(text, limit=limit, system=CodeSystem(system) if system else None, on=on))
    if as_json:
        rows = [{"code": hit.code, "system": hit.system.value, "title": hit.title} for hit in hits]
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for hit in hits:
        header = "" if hit.billable else "  (header)"
        click.echo(f"{hit.code:<9} {_NAMES[hit.system]:<14} {hit.title or '(no title in the release)'}{header}")
    if not hits:
        click.echo("Nothing found.", err=True)


@codes.command("build")
@click.option("--force", is_flag=True, help="Build even if the file is up to date.")
def build_command(force: bool) -> None:
    """Build the code-set file from the data that came with Coachapp."""
    from coachapp.config import data_dir

    target = release_path(data_dir())
    try:
        built = build_release(target, show_progress, force=force)
    except SourceMissing as error:
        raise Refused(str(error)) from error
    except (OSError, sqlite3.Error) as error:
        raise Refused(f"The code sets could not be written to {target}: {error}") from error
    click.echo(f"{'Built' if built else 'Up to date:'} {target}", err=True)


def _answer(question: Callable[[CodeSets], T]) -> T:
    try:
        with ready_codesets() as sets:
            return question(sets)
    except ReleaseMissing as error:
        raise Refused(str(error)) from error


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a date: write it as YYYY-MM-DD.", param_hint="--on") from None


def _described(one: LookupResult, on: date) -> str:
    name = _NAMES[one.system] if one.system else "no code of any system here"
    if one.valid is None:
        state = "validity not known here"
    elif not one.valid:
        state = "not valid"
    else:
        state = "valid and billable" if one.billable else "valid as a header, not billable: more characters needed"
    days = [
        f"{word} {day.isoformat()}" for word, day in (("from", one.valid_from), ("to", one.valid_to)) if day is not None
    ]
    span = f" ({' '.join(days)})" if days else ""
    return f"{one.code}  {name}  {one.title or '(no title)'}\n  on {on.isoformat()}: {state}{span}"
