"""`coachapp deploy-files`: examples for running the site as a service, to be copied and changed."""

from pathlib import Path

import click

from coachapp.cli import Refused
from coachapp.paths import PACKAGE

DEPLOY = PACKAGE / "deploy"


@click.command("deploy-files", short_help="Copy the files for a server.")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Write over files that are there.")
def deploy_files(folder: Path, force: bool) -> None:
    """Copy the files for a server into FOLDER: systemd, nginx, Caddy, containers. Each says where it belongs."""
    sources = sorted(path for path in DEPLOY.iterdir() if path.is_file())
    there = [path.name for path in sources if (folder / path.name).exists()]
    if there and not force:
        raise Refused(f"{folder} holds {', '.join(there)} already: --force writes over them")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for source in sources:
            (folder / source.name).write_bytes(source.read_bytes())
            click.echo(folder / source.name)
    except OSError as error:
        raise Refused(f"{error.filename or folder} cannot be written: {error.strerror or error}") from error
