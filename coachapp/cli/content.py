"""`coachapp content`: check, write, store and export cases and questions."""

import json
import re
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select

from coachapp import clock
from coachapp.cli import Refused
from coachapp.cli.content_tables import reference_table, stock_table
from coachapp.cli.release import ready_codesets
from coachapp.codesets import ReleaseMissing
from coachapp.content.export import export_item
from coachapp.content.lint import Inspection, inspect
from coachapp.content.loader import CONCEPTS_FILE, BadPath, Loaded, load
from coachapp.content.plans import bundled_plans
from coachapp.content.reference import ReferenceReport, check_reference
from coachapp.content.reference_tables import BadReference
from coachapp.content.schema import write_schemas
from coachapp.content.skeleton import case_skeleton, question_skeleton
from coachapp.content.stocktaking import report
from coachapp.content.sync import sync_bundled
from coachapp.content.yamlread import Located
from coachapp.domain.questions import Concept, Section
from coachapp.paths import CHECKOUT, bundled, in_checkout
from coachapp.stored import item_of

_ITEM_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*/[a-z0-9]+(-[a-z0-9]+)*")
NOT_HERE = "this site was installed from a wheel, whose files stay as they are: give a folder with --to"


@click.group()
def content() -> None:
    """Check, write, store and export cases and questions."""


@content.command("check", short_help="Check cases and questions.")
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--reference", "tables", metavar="DIR", type=click.Path(path_type=Path), help="Check against the tables in DIR too."
)
@click.option("--report", "with_report", is_flag=True, help="Print balance, likeness and counts too.")
@click.pass_context
def check_command(
    context: click.Context, path: Path | None, as_json: bool, tables: Path | None, with_report: bool
) -> None:
    """Check the cases and questions at PATH, or all that came with Coachapp.

    PATH is a case folder, a case.yaml, a question file, or a folder of them. Names file, line and column of everything
    that is wrong; exits 1 if anything is. DIR holds Medicare's tables (cpt/, ncci/), which Coachapp does not carry.
    """
    try:
        loaded = load(path) if path is not None else load(_shown(bundled("cases")), _shown(bundled("question_bank")))
        reference = check_reference(loaded, tables) if tables is not None else None
        with ready_codesets() as codesets:
            found = inspect(loaded, codesets, concepts=_concepts(loaded), reference=reference)
    except (BadPath, BadReference, ReleaseMissing) as error:
        raise Refused(str(error)) from error
    stock = report(loaded, bundled_plans().plans) if with_report else None
    if as_json:
        click.echo(json.dumps(_as_json(loaded, found, reference, stock), ensure_ascii=False))
    else:
        for place in found.errors:
            click.echo(str(place))
        for place in found.warnings:
            click.echo(f"{place.file}:{place.line}:{place.column}: warning: {place.message}")
        if reference is not None:
            click.echo(reference_table(reference))
        if stock is not None:
            click.echo(stock_table(stock))
        click.echo(_summary(loaded, found))
    context.exit(1 if found.errors else 0)


def _shown(folder: Path) -> Path:
    """Return a bundled folder as seen from here, where that is shorter."""
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


def _concepts(loaded: Loaded) -> tuple[Concept, ...]:
    """Return the concepts that were loaded; where none were, those that came with Coachapp."""
    if loaded.concepts is not None:
        return loaded.concepts
    file = bundled("question_bank") / CONCEPTS_FILE
    return (load(file).concepts or ()) if file.is_file() else ()


def _as_json(
    loaded: Loaded, found: Inspection, reference: ReferenceReport | None, stock: dict[str, Any] | None
) -> dict[str, Any]:
    sections = [_section(file.source.data) for file in loaded.question_files]
    data: dict[str, Any] = {
        "questions": len(loaded.question_files),
        "cases": len(loaded.case_files),
        "by_section": {section.value: sections.count(section.value) for section in Section},
        "errors": [_place(place) for place in found.errors],
        "warnings": [_place(place) for place in found.warnings],
    }
    if reference is not None:
        data["reference"] = reference.as_json() | {"answered": [_place(place) for place in found.answered]}
    if stock is not None:
        data["report"] = stock
    return data


def _section(data: object) -> object:
    return data.get("section") if isinstance(data, dict) else None


def _place(place: Located) -> dict[str, object]:
    return {"file": place.file, "line": place.line, "column": place.column, "message": place.message}


def _summary(loaded: Loaded, found: Inspection) -> str:
    answered = f", {len(found.answered)} more answered" if found.answered else ""
    return (
        f"{_count(len(loaded.case_files), 'case')}, {_count(len(loaded.question_files), 'question')}: "
        f"{_count(len(found.errors), 'error')}, {_count(len(found.warnings), 'warning')}{answered}."
    )


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


@content.command("new")
@click.argument("kind", type=click.Choice(["case", "question"]))
@click.argument("item_id", metavar="ID")
@click.option("--to", "root", type=click.Path(path_type=Path), help="Folder to write below.")
def new_command(kind: str, item_id: str, root: Path | None) -> None:
    """Write a commented file for a new case or question.

    ID is specialty/name for a case, section/name for a question. Without --to it goes below cases/ or question_bank/ of
    the checkout; an installed site has none, so give --to there.
    """
    if not _ITEM_ID.fullmatch(item_id) or len(item_id) > 120:
        raise Refused(f"{item_id!r} is no id: write folder/name in small letters, digits and single hyphens.")
    folder, _ = item_id.split("/")
    if kind == "question" and folder not in frozenset(Section):
        raise Refused(f"{folder!r} is no section; the sections are {', '.join(Section)}.")
    default = "cases" if kind == "case" else "question_bank"
    if root is None and not in_checkout():
        raise Refused(NOT_HERE)
    root = root or _shown(CHECKOUT) / default
    files = case_skeleton(item_id, root) if kind == "case" else question_skeleton(item_id, root)
    there = [file for file in files if file.exists()]
    if there:
        raise Refused(f"{there[0]} is there already and stays as it is.")
    try:
        for file, text in files.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="\n")
            click.echo(file)
    except OSError as error:
        raise Refused(f"{error.filename}: {error.strerror}") from error


@content.command("sync", short_help="Bring cases and questions into the database.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def sync_command(context: click.Context, as_json: bool) -> None:
    """Bring the cases and questions that came with Coachapp into the database; exits 1 if some are broken."""
    from coachapp.cli.database import open_session
    from coachapp.models.writing import begin_write

    with open_session() as session:
        begin_write(session)
        report = sync_bundled(session, clock.now())
        session.commit()
    if as_json:
        click.echo(json.dumps(report.as_json(), ensure_ascii=False))
    else:
        for name in ("created", "updated", "restored", "retired", "kept", "unchanged"):
            items = getattr(report, name)
            click.echo(f"{name:<10}{len(items):>5}" + (f"  {', '.join(items)}" if 0 < len(items) <= 5 else ""))
        for place in report.errors:
            click.echo(str(place), err=True)
    context.exit(1 if report.errors else 0)


@content.command("export", short_help="Write a stored case or question as files.")
@click.argument("item_id", metavar="ID")
@click.option("--to", "root", required=True, type=click.Path(path_type=Path), help="Folder to write below.")
@click.option(
    "--version", "number", type=click.IntRange(min=1), help="A version's number; the current one if not given."
)
def export_command(item_id: str, root: Path, number: int | None) -> None:
    """Write the stored case or question ID as files below a folder; nothing there is written over."""
    from coachapp.cli.database import open_session
    from coachapp.models.items import Item

    with open_session() as session:
        row = session.scalar(select(Item).where(Item.slug == item_id))
        if row is None:
            raise Refused(f"there is no item {item_id!r} in the database.")
        version = row.current_version
        if number is not None:
            version = next((v for v in row.versions if v.number == number), None)
        if version is None:
            numbers = ", ".join(str(v.number) for v in row.versions)
            raise Refused(f"{item_id} has no version {number}; it has {numbers}.")
        item = item_of(version)
    try:
        for file in export_item(item, root):
            click.echo(file)
    except FileExistsError as error:
        raise Refused(f"{error} is there already and stays as it is.") from error
    except OSError as error:
        raise Refused(f"{error.filename}: {error.strerror}") from error


@content.command("schema", short_help="Write the JSON schemas for editors.")
@click.option("--to", "root", type=click.Path(path_type=Path), help="Folder that has cases/ and question_bank/.")
def schema_command(root: Path | None) -> None:
    """Write schema.json into cases/ and question_bank/, for editors.

    They are those of the checkout; an installed site has none, so give --to there.
    """
    if root is None and not in_checkout():
        raise Refused(NOT_HERE)
    cases, questions = (root / name if root else _shown(bundled(name)) for name in ("cases", "question_bank"))
    try:
        for folder in (cases, questions):
            folder.mkdir(parents=True, exist_ok=True)
        for file in write_schemas(cases=cases, questions=questions):
            click.echo(file)
    except OSError as error:
        raise Refused(f"{error.filename}: {error.strerror}") from error
