"""A session on this installation's database, for the commands that need one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from coachapp.app import close_app, create_app
from coachapp.cli import Refused
from coachapp.databaseurl import DATABASE_URL, without_password
from coachapp.models import db


@contextmanager
def open_session() -> Iterator[Session]:
    """Yield a session inside an app context; a database that cannot be used is said so, with what to do."""
    app = create_app()
    try:
        with app.app_context():
            yield db.session()
    except DBAPIError as error:
        if error.statement is None:
            raise  # nobody could connect: the same for every command, so said in one place
        raise Refused(f"the database cannot be used ({in_one_line(error)}): run `coachapp init`") from error
    finally:
        close_app(app)


def in_one_line(error: BaseException) -> str:
    """Return what an error says on one line, without the password of the database and without the driver's links."""
    said = " ".join(str(getattr(error, "orig", None) or error).split()) or type(error).__name__
    return without_password(said, os.environ.get(DATABASE_URL, ""))
