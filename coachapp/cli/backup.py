"""`coachapp backup` and `coachapp restore`: everything a site has of its own in one file, and back."""

import json
from pathlib import Path

import click

from coachapp import clock
from coachapp.backup import Archive, BadArchive, CannotBackUp, Manifest, NotRestored, save
from coachapp.backup import restore as bring_back
from coachapp.cli import Refused
from coachapp.config import Settings, load_settings

FILE = click.Path(path_type=Path)


@click.command(short_help="Write everything of the site into one file.")
@click.argument("file", type=FILE)
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
@click.option("--without-key", is_flag=True, help="Leave the secret key out.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def backup(file: Path, *, force: bool, without_key: bool, as_json: bool) -> None:
    """Write everything this site has of its own into FILE, while it is in use.

    The database as it is at one moment, the secret key, and imported code-set releases; the file is the same for SQLite
    and PostgreSQL. It holds password hashes and the key: keep it as safe as the site. Only you can read it.
    """
    settings = load_settings()
    try:
        manifest = save(settings, file, now=clock.now(), force=force, with_key=not without_key)
    except CannotBackUp as error:
        raise Refused(str(error)) from error
    except OSError as error:
        raise Refused(f"{file} cannot be written: {error.strerror or error}") from error
    if as_json:
        click.echo(json.dumps({"file": str(file), **_summary(manifest)}, ensure_ascii=False))
        return
    size = file.stat().st_size
    click.echo(f"{file}: {size:,} bytes, {_described(manifest)}", err=True)
    if manifest.key is None:
        why = "as asked" if without_key else "it is in COACH_SECRET_KEY, not in the data folder"
        click.echo(f"the secret key is not in it: {why}", err=True)


@click.command(short_help="Put a site back from a backup.")
@click.argument("file", type=FILE)
@click.option("--force", is_flag=True, help="Replace a site that is not empty.")
@click.option("--check", is_flag=True, help="Only check FILE; change nothing.")
@click.option("--keep-sign-ins", is_flag=True, help="Let sign-ins go on, for a move with nothing in between.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def restore(
    context: click.Context, file: Path, *, force: bool, check: bool, keep_sign_ins: bool, as_json: bool
) -> None:
    """Bring back what `coachapp backup` wrote into FILE; the site must be stopped.

    FILE is checked before anything is touched, every row is compared after, and a restore that fails leaves the site as
    it was: exit 1 where rows cannot be restored as they were, exit 2 where FILE or the site is not fit. Tables of an
    older revision are brought up to date. Run `coachapp init` afterwards.
    """
    settings = load_settings()
    try:
        with Archive(file) as archive:
            if check:
                archive.check()
                _say(_summary(archive.manifest), f"{file} is in order: {_described(archive.manifest)}", as_json=as_json)
                return
            _make_folder(settings)
            done = bring_back(settings, archive, force=force, keep_sign_ins=keep_sign_ins)
    except (BadArchive, CannotBackUp) as error:
        raise Refused(str(error)) from error
    except NotRestored as error:
        click.echo(f"Error: {error}", err=True)
        context.exit(1)
    except OSError as error:
        raise Refused(f"{error.filename or settings.data} cannot be written: {error.strerror or error}") from error
    summary = {
        **_summary(done.manifest),
        "revision_now": done.revision,
        "signed_out": done.signed_out,
        "key_restored": done.key,
        "queue_trouble": done.queue_trouble or None,
        "old_database": str(done.aside) if done.aside else None,
    }
    lines = [f"restored and compared row for row: {_described(done.manifest)}"]
    if done.revision != done.manifest.revision:
        lines.append(f"the tables were brought from revision {done.manifest.revision} to {done.revision}")
    if not done.key:
        lines.append("the secret key of this site stays in use: links sent by the old site no longer work")
    if done.signed_out:
        lines.append("everyone must sign in again")
    if done.aside:
        lines.append(f"the old database could not be read; it is kept as {done.aside}")
    if done.queue_trouble:
        lines.append(f"the queue could not be emptied ({done.queue_trouble}): empty it before the start")
    lines.append("next: `coachapp init`, then start the site")
    _say(summary, "\n".join(lines), as_json=as_json)


def _make_folder(settings: Settings) -> None:
    try:
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CannotBackUp(f"the data folder {settings.data} cannot be made: {error.strerror}") from error


def _summary(manifest: Manifest) -> dict[str, object]:
    return {
        "coachapp": manifest.coachapp,
        "revision": manifest.revision,
        "database": manifest.database,
        "made_at": manifest.made_at.isoformat(),
        "tables": {name: part.rows for name, part in manifest.tables.items()},
        "rows": manifest.rows,
        "code_sets": list(manifest.code_sets),
        "key": manifest.key is not None,
    }


def _described(manifest: Manifest) -> str:
    releases = len(manifest.code_sets)
    return (
        f"{manifest.rows:,} rows of {len(manifest.tables)} tables at revision {manifest.revision} "
        f"({manifest.database}, Coachapp {manifest.coachapp}, {manifest.made_at:%Y-%m-%d %H:%M} UTC), "
        f"{releases} imported code-set release{'' if releases == 1 else 's'}, "
        f"{'with' if manifest.key else 'without'} the secret key"
    )


def _say(summary: dict[str, object], words: str, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(summary, ensure_ascii=False))
    else:
        click.echo(words, err=True)
