"""`coachapp work`: the jobs beside the site."""

import click

from coachapp.app import close_app, create_app
from coachapp.config import load_settings
from coachapp.jobs import jobs_of


@click.command(short_help="Do the site's jobs until stopped.")
def work() -> None:
    """Do the site's jobs until stopped: close and grade exams whose time is up.

    `coachapp run` starts this by itself; run it alone only beside another web server.
    """
    app = create_app(load_settings())
    try:
        jobs_of(app).run()
    finally:
        close_app(app)
