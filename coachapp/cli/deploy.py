"""`coachapp check-deploy`: is this installation fit to be reached by others?"""

import json
import stat
from collections.abc import Iterator
from dataclasses import asdict, dataclass

import click
from flask.helpers import get_debug_flag
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coachapp.cli.database import open_session
from coachapp.codesets import release_path
from coachapp.config import SECRET_FILE, ConfigError, Registration, Settings, SmtpSecurity, load_settings
from coachapp.domain.permissions import Role
from coachapp.models import db
from coachapp.models.people import Person
from coachapp.models.schema import current, head


@dataclass(frozen=True)
class Finding:
    """One thing that is wanting, or a remark that is not."""

    wanting: bool
    text: str


@click.command("check-deploy", short_help="Say what stands between this site and the public.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def check_deploy(context: click.Context, as_json: bool) -> None:
    """Say what stands between this installation and the public; exits 1 if anything does."""
    settings = load_settings()
    findings = [*_settings_findings(settings), *_file_findings(settings)]
    try:
        settings.signing_key()
    except ConfigError as error:
        # Without a key there is no app to look at the database with.
        findings.append(Finding(True, str(error)))
    else:
        with open_session() as session:
            findings += _database_findings(session, settings)
    if as_json:
        click.echo(json.dumps([asdict(one) for one in findings], ensure_ascii=False))
    else:
        for one in findings:
            click.echo(f"{'wanting' if one.wanting else 'remark '}  {one.text}")
        if not any(one.wanting for one in findings):
            click.echo("Nothing is wanting.")
    context.exit(1 if any(one.wanting for one in findings) else 0)


def _settings_findings(settings: Settings) -> Iterator[Finding]:
    if not settings.base_url:
        yield Finding(True, "COACH_BASE_URL is not set: links in mails would point to this machine")
    elif not settings.https:
        yield Finding(True, f"COACH_BASE_URL is {settings.base_url}: without https, passwords travel in the clear")
    if get_debug_flag():
        yield Finding(True, "FLASK_DEBUG is on: faults would show the program's insides")
    if not settings.on_loopback and not settings.behind_proxy:
        yield Finding(True, f"COACH_HOST is {settings.host}: put a reverse proxy with https in front of 127.0.0.1")
    elif not settings.on_loopback:
        text = f"COACH_HOST is {settings.host} behind a proxy: who reaches it directly can forge X-Forwarded headers"
        yield Finding(True, f"{text}; listen on 127.0.0.1, or let a firewall admit the proxy alone")
    if settings.on_loopback and settings.base_url and not settings.behind_proxy:
        yield Finding(True, "COACH_BEHIND_PROXY is 0: every visitor would count as the proxy's address; set it to 1")
    if settings.sends_mail and settings.smtp_user and settings.smtp_security is SmtpSecurity.NONE:
        yield Finding(True, "COACH_SMTP_SECURITY is none: the mail password travels in the clear; use starttls or tls")
    if not settings.sends_mail:
        yield Finding(False, "COACH_SMTP_HOST is not set: the administrator hands out links for new passwords")
    if settings.registration is Registration.OPEN:
        yield Finding(False, "COACH_REGISTRATION is open: anyone who finds the site can make an account")


def _file_findings(settings: Settings) -> Iterator[Finding]:
    # The folder guards all that is in it, the database too; the key is looked at all the same.
    for path in (settings.data, settings.data / SECRET_FILE):
        if path.exists() and (mode := stat.S_IMODE(path.stat().st_mode)) & 0o077:
            yield Finding(True, f"{path} is open to other users of this machine (mode {mode:o}): run `coachapp init`")
    if not release_path(settings.data).is_file():
        yield Finding(True, "the code sets are missing: run `coachapp init`")


def _database_findings(session: Session, settings: Settings) -> Iterator[Finding]:
    if (revision := current(db.engine)) != head():
        yield Finding(True, f"the database is at revision {revision or 'none'}, not {head()}: run `coachapp init`")
        return
    demo = select(func.count()).where(Person.demo, Person.disabled_at.is_(None))
    if count := session.scalar(demo):
        yield Finding(True, f"{count} demo accounts are on: switch them off under Admin, People")
    admins = select(func.count()).where(Person.role == Role.ADMIN, Person.disabled_at.is_(None), Person.demo.is_(False))
    if not session.scalar(admins):
        yield Finding(True, "nobody is administrator: coachapp people add EMAIL --name NAME --role admin")
    if settings.database.startswith("sqlite"):
        yield Finding(False, "the database is SQLite: fine for a school; make backups with `coachapp backup`")
