"""`coachapp init`: everything a new or updated installation needs, again and again without harm."""

import os
import stat
from pathlib import Path

import click
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from coachapp import clock
from coachapp.app import close_app, create_app
from coachapp.attempts import regrading
from coachapp.cli import Refused
from coachapp.cli.codes import show_progress
from coachapp.cli.database import in_one_line
from coachapp.cli.demo import make_demo, show_demo
from coachapp.cli.doctor import keys_await_a_decision
from coachapp.codesets import CodeSets, SourceMissing, build_release, release_path
from coachapp.config import SECRET_FILE, load_settings, make_secret
from coachapp.content.sync import sync_bundled
from coachapp.models import db
from coachapp.models.schema import current, head, upgrade
from coachapp.models.writing import begin_write


@click.command(short_help="Set up or update the data folder.")
@click.option("--demo", is_flag=True, help="Also make demo accounts and a demo class, for this machine only.")
@click.pass_context
def init(context: click.Context, demo: bool) -> None:
    """Set up the data folder: secret key, tables, code sets, cases and questions.

    Run it again after an update; what is there already stays. Exits 1 if some of the cases or questions are broken:
    they are named, and the rest is in place.
    """
    settings = load_settings()
    _make_folder(settings.data)
    if make_secret(settings.data):
        click.echo(f"made a secret key in {settings.data}", err=True)
    app = create_app(settings)
    try:
        with app.app_context():
            try:
                _bring_up_to_date(db.engine)
            except SQLAlchemyError as error:
                raise Refused(f"the database cannot be set up: {in_one_line(error)}") from error
            try:
                build_release(release_path(settings.data), show_progress)
            except SourceMissing as error:
                raise Refused(str(error)) from error
            session = db.session()
            begin_write(session)
            report = sync_bundled(session, clock.now())
            new_sign_ins = demo and make_demo(session, settings, clock.now())
            to_decide = regrading.count_to_decide(session)
            session.commit()
    finally:
        close_app(app)
    changed = {
        name: len(items) for name in ("created", "updated", "restored", "retired") if (items := getattr(report, name))
    }
    summary = ", ".join(f"{count} {name}" for name, count in changed.items()) or "up to date"
    click.echo(f"cases and questions: {summary}", err=True)
    for place in report.errors:
        click.echo(str(place), err=True)
    if to_decide:
        click.echo(keys_await_a_decision(to_decide), err=True)
    with CodeSets(release_path(settings.data)) as codesets:
        for gap in codesets.gaps(on=clock.now().date()):
            click.echo(f"warning: {gap.text}", err=True)
    if new_sign_ins:
        show_demo(settings.data)
    context.exit(1 if report.errors else 0)


def _make_folder(data: Path) -> None:
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(f"the data folder {data} cannot be made: {error.strerror}") from error
    if not os.access(data, os.W_OK | os.X_OK):
        raise Refused(f"the data folder {data} cannot be written to")
    # The folder guards all that is in it; the key is guarded by itself as well.
    for path in (data, data / SECRET_FILE):
        if path.exists() and (mode := stat.S_IMODE(path.stat().st_mode)) & 0o077:
            try:
                path.chmod(mode & ~0o077)
            except OSError as error:
                raise Refused(f"{path} is open to other users and cannot be closed: {error.strerror}") from error
            click.echo(f"closed {path} to other users of this machine", err=True)


def _bring_up_to_date(engine: Engine) -> None:
    if current(engine) != head():
        upgrade(engine)
        click.echo(f"database tables are at revision {head()}", err=True)
