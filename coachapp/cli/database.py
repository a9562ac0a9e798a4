"""A session on this installation's database, for the commands that need one."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from coachapp.app import close_app, create_app
from coachapp.cli import Refused
from coachapp.models import db


@contextmanager
def open_session() -> Iterator[Session]:
    """Yield a session inside an app context; a database that cannot be used is said so, with what to do."""
    app = create_app()
    try:
        with app.app_context():
            yield db.session()
    except DBAPIError as error:
        raise Refused(f"the database cannot be used ({error.orig}): run `coachapp init`") from error
    finally:
        close_app(app)
