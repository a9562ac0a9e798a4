"""`coachapp codes import`, `releases` and `impact`: official files beside the bundled code sets."""

import json
import sqlite3
from datetime import date
from pathlib import Path

import click
from sqlalchemy import create_engine, make_url, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from coachapp import clock
from coachapp.cli import Refused
from coachapp.cli.progress import show_progress
from coachapp.codesets import CodeSets, Kind, ReleaseInfo, ReleaseMissing, SourceMissing, ensure_release, release_path
from coachapp.codesets.impact import Change, changes
from coachapp.codesets.imports import BadRequest, Report, Request, import_release
from coachapp.codesets.intake import BadFile
from coachapp.codesets.shelf import CODE_KINDS
from coachapp.config import load_settings
from coachapp.content.loader import BadPath, Loaded, load
from coachapp.content.sites import CodeSite, case_codes, option_codes
from coachapp.content.sync import FROM_FILE
from coachapp.content.yamlread import Source
from coachapp.domain.keylines import LineKind
from coachapp.models.items import Item, ItemVersion
from coachapp.paths import bundled

STORED = "database"
_SHOWN = 10  # codes of each list in a report


class _Day(click.ParamType[date]):
    name = "date"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a date: write it as YYYY-MM-DD.", param, ctx)


@click.command("import", short_help="Import an official file as a release.")
@click.argument("kind", type=click.Choice([kind.value for kind in Kind]))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--release", metavar="ID", help="Name of the release; otherwise from the file's name (FY2027, 2026Q4).")
@click.option("--from", "first", type=_Day(), metavar="DATE", help="First day it answers for, YYYY-MM-DD.")
@click.option("--to", "last", type=_Day(), metavar="DATE", help="Last day it answers for, YYYY-MM-DD.")
@click.option("--tabular", type=click.Path(path_type=Path), help="icd10cm: tabular XML with the release's own notes.")
@click.option("--year", type=click.IntRange(2000, 2100), help="cpt: the calendar year of the file.")
@click.option("--licence", "--license", default="", metavar="NUMBER", help="cpt: number of your licence from the AMA.")
@click.option("--attest", is_flag=True, help="cpt: you attest that the licence allows this installation the file.")
@click.option("--partial", is_flag=True, help="cpt: the file holds some codes only and says nothing about others.")
@click.option("--short", is_flag=True, help="Take a list that looks cut short beside the one before.")
@click.option("--replace", is_flag=True, help="Take the place of a release of the same name.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def import_command(kind: str, file: Path, as_json: bool, attest: bool, **asked: object) -> None:
    """Import an official FILE as a release of its own, beside the bundled code sets.

    FILE is as published, or that in a .gz, or a .zip with that one file; coachapp/codesets/data/README.md lists the
    layouts. Look-ups and grading go by date of service: a release answers for its days. A file that is not what it
    should be is refused whole, exit code 2.
    """
    from coachapp.config import data_dir

    request = Request(Kind(kind), file, attested=attest, **asked)  # type: ignore[arg-type]
    try:
        ensure_release(data_dir(), show_progress)
        report = import_release(data_dir(), request, now=clock.now(), progress=show_progress)
    except (BadRequest, BadFile, SourceMissing, ReleaseMissing) as error:
        raise Refused(str(error)) from error
    except (OSError, sqlite3.Error) as error:
        raise Refused(f"The release could not be written under {data_dir()}: {error}") from error
    if as_json:
        click.echo(json.dumps(report.as_json(), ensure_ascii=False))
    else:
        click.echo(_described(report))


@click.command("releases", short_help="List the releases and the days of each.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def releases_command(as_json: bool) -> None:
    """List the releases of the code sets and of the index, and the days each answers for."""
    from coachapp.config import data_dir

    try:
        ensure_release(data_dir(), show_progress)
        with CodeSets(release_path(data_dir())) as sets:
            releases = sets.releases()
    except (SourceMissing, ReleaseMissing) as error:
        raise Refused(str(error)) from error
    if as_json:
        click.echo(json.dumps([release.as_json() for release in releases], ensure_ascii=False))
        return
    for one in releases:
        state = "" if one.usable else "  (of another version: import it again)"
        licence = f"  license {one.licence}" if one.licence else ""
        click.echo(
            f"{one.kind:<15} {one.id:<14} {one.first} to {one.last} {one.entries:>8,}  {one.source}{licence}{state}"
        )


@click.command("impact", short_help="List the items whose codes a release changes.")
@click.option("--release", "name", required=True, metavar="ID", help="The imported release to compare with.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def impact_command(name: str, as_json: bool) -> None:
    """List the cases and questions whose codes a release changes, and codes that may take their place.

    Compares each code on the release's first day with the day before: gone, now a header, now billable, a new
    neighbor, or another title. Items written on the site are read from the database, if there is one.
    """
    from coachapp.config import data_dir

    try:
        with CodeSets(release_path(data_dir())) as sets:
            places, rows = _impact(sets, name)
    except (ReleaseMissing, BadPath) as error:
        raise Refused(str(error)) from error
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        click.echo(_line(row))
    items = {row["item"] for row in rows}
    click.echo(f"{len(rows)} places in {len(items)} of {len({place[0] for place in places})} items.", err=True)


def _impact(sets: CodeSets, name: str) -> tuple[list[tuple[str, Source, CodeSite]], list[dict[str, object]]]:
    """Return every place that was looked at, and a row for each whose code the release changes."""
    chosen = [info for info in sets.releases() if info.id == name and info.kind in CODE_KINDS and not info.bundled]
    if not chosen:
        known = ", ".join(f"{info.id} ({info.kind})" for info in sets.releases() if not info.bundled) or "none"
        raise Refused(f"There is no imported release {name!r} of codes. Imported are: {known}.")
    unusable = [info for info in chosen if not info.usable]
    if unusable:
        raise Refused(f"Release {name} of {unusable[0].kind} is of another version: import it again.")
    loaded = load(*(folder for part in ("cases", "question_bank") if (folder := bundled(part)).is_dir()))
    places = [*_places(loaded), *_stored_places()]
    rows = []
    for info in chosen:
        # Without its dot a diagnosis may read like a supply (J96.01, J9601): only codes of the right box are compared.
        box = LineKind.DIAGNOSIS if info.kind is Kind.ICD10CM else LineKind.SERVICE
        own = [place for place in places if place[2].kind is box]
        found = changes(sets.shelf, info, {site.code for _, _, site in own})
        rows += [_row(*place, info, found[place[2].code]) for place in own if place[2].code in found]
    return places, rows


def _places(loaded: Loaded) -> list[tuple[str, Source, CodeSite]]:
    """Return every code of every case and question, with its item and file."""
    cases = [(file.item_id, file.source, site) for file in loaded.case_files for site in case_codes(file.source)]
    questions = [
        (file.item_id, file.source, site) for file in loaded.question_files for site in option_codes(file.source)
    ]
    return cases + questions


def _stored_places() -> list[tuple[str, Source, CodeSite]]:
    """Return every code of the items that were written on the site, for those have no file; none without a database."""
    url = make_url(load_settings().database)
    if url.get_backend_name() == "sqlite" and not (url.database and Path(url.database).is_file()):
        return []
    engine = create_engine(url)
    query = (
        select(Item.slug, ItemVersion.content)
        .join(ItemVersion, Item.current_version_id == ItemVersion.id)
        .where(Item.retired_at.is_(None), ItemVersion.source != FROM_FILE)
        .order_by(Item.slug)
    )
    try:
        with Session(engine) as session:
            items = [(slug, Source(STORED, content)) for slug, content in session.execute(query)]
    except DBAPIError as error:
        raise Refused(f"the database {url} cannot be read ({error.orig}): run `coachapp init`") from error
    finally:
        engine.dispose()
    return [
        (slug, source, site) for slug, source in items for read in (case_codes, option_codes) for site in read(source)
    ]


def _row(item_id: str, source: Source, site: CodeSite, info: ReleaseInfo, change: Change) -> dict[str, object]:
    line, column = (None, None) if source.file == STORED else source.place(site.loc)
    return {
        "item": item_id,
        "file": source.file,
        "line": line,
        "column": column,
        "code": change.code,
        "system": change.system.value,
        "release": info.id,
        "from": info.first.isoformat(),
        "change": change.kind.value,
        "old_title": change.old_title,
        "new_title": change.new_title,
        "proposals": [{"code": code, "title": title} for code, title in change.proposals],
    }


def _line(row: dict[str, object]) -> str:
    place = STORED if row["file"] == STORED else f"{row['file']}:{row['line']}:{row['column']}"
    text = f"{place}: {row['code']} ({row['item']}): {row['change']}"
    if row["change"] == "title":
        text += f"\n  was: {row['old_title']}\n  now: {row['new_title']}"
    proposals: list[dict[str, str]] = row["proposals"]  # type: ignore[assignment]
    return text + "".join(f"\n  perhaps {one['code']}  {one['title'] or '(no title)'}" for one in proposals)


def _described(report: Report) -> str:
    one = report.release
    lines = [
        f"{'Imported' if report.done else 'Nothing to do:'} {one.kind} {one.id}, {one.first} to {one.last}: "
        f"{one.entries:,} entries from {one.source}"
    ]
    for name, codes in (("new", report.new), ("gone", report.gone), ("retitled", report.retitled)):
        if codes:
            more = f" and {len(codes) - _SHOWN:,} more" if len(codes) > _SHOWN else ""
            lines.append(f"  {name}: {len(codes):,} ({', '.join(codes[:_SHOWN])}{more})")
    return "\n".join([*lines, *(f"  {note}" for note in report.notes)])
