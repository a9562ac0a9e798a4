"""Fixtures for all tests: a fresh app and database each, people, a live server and a browser."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck
from hypothesis import settings as property_settings
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import create_engine, event
from sqlalchemy.orm import Session

from coachapp import clock
from coachapp.app import close_app, create_app
from coachapp.config import Settings
from coachapp.domain.permissions import Role
from coachapp.models import db
from coachapp.models.people import Person
from coachapp.models.schema import upgrade
from coachapp.models.signins import DeviceSignIn
from coachapp.models.writing import prepare_engine

pytest_plugins = [
    "tests.fixtures_codesets",
    "tests.fixtures_connections",
    "tests.fixtures_live",
    "tests.fixtures_postgres",
]

# No test asserts a time: how long an example takes tells how busy the machine is, and the first one pays for imports.
property_settings.register_profile("coachapp", deadline=None, suppress_health_check=[HealthCheck.too_slow])
property_settings.load_profile("coachapp")

MakePerson = Callable[..., Person]
SignIn = Callable[..., FlaskClient]

PASSWORD = "correct horse staple"
SECRET = "a key for tests only, as long as a real one"


@pytest.fixture(scope="session")
def prepared_database(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return the bytes of an empty SQLite database with today's tables."""
    path = tmp_path_factory.mktemp("prepared") / "coachapp.sqlite"
    engine = create_engine(f"sqlite:///{path}")
    prepare_engine(engine)
    upgrade(engine)
    with engine.connect() as connection:
        raw: Any = connection.connection.dbapi_connection
        data: bytes = raw.serialize()
    engine.dispose()
    return data


class Compiled(BytecodeCache):
    """Keeps what templates were compiled to, for every test makes an app of its own."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill in what is kept; one of another text of the template is not taken."""
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self.kept[bucket.key] = bucket.bytecode_to_string()


@pytest.fixture(scope="session")
def compiled() -> Compiled:
    """Return the compiled templates of all tests."""
    return Compiled()


@pytest.fixture(scope="session")
def password_hash() -> str:
    """Return the hash of PASSWORD, made once, for hashing takes its time on purpose."""
    from coachapp.web.passwords import hash_password

    return hash_password(PASSWORD)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return settings with a data folder of the test's own."""
    data = tmp_path / "data"
    data.mkdir()
    return Settings(data=data, secret_key=SECRET)


@pytest.fixture
def make_app(prepared_database: bytes, compiled: Compiled, settings: Settings) -> Iterator[Callable[..., Flask]]:
    """Return a function that makes an app with an empty database; its arguments are settings that differ."""
    apps: list[Flask] = []

    def make(**changes: Any) -> Flask:
        (settings.data / "coachapp.sqlite").write_bytes(prepared_database)
        made = create_app(Settings.model_validate({**settings.model_dump(), **changes}))
        made.testing = True
        made.jinja_env.bytecode_cache = compiled
        made.config["WTF_CSRF_ENABLED"] = False
        apps.append(made)
        return made

    yield make
    for app in apps:
        close_app(app)


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """Return an app in testing mode with an empty database. Form tokens are off (tests of them turn them on)."""
    return make_app()


@pytest.fixture
def db_session(app: Flask) -> Iterator[Session]:
    """Return a session on the app's database, apart from the app's own.

    Commit before a request is to see a change. A query holds its snapshot until commit or rollback: end it before
    looking at what a request wrote, and refresh objects that are already loaded.
    """
    with app.app_context():
        engine = db.engine
    with Session(engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return a client with a cookie jar of its own."""
    return app.test_client()


@pytest.fixture
def person(db_session: Session, password_hash: str) -> MakePerson:
    """Return a function that makes and commits a person; the password is PASSWORD."""
    made = 0

    def make(role: Role = Role.STUDENT, **values: Any) -> Person:
        nonlocal made
        made += 1
        values = {
            "email": f"{role}{made}@example.org",
            "name": f"{role.capitalize()} {made}",
            "password_hash": password_hash,
            "time_zone": "America/Chicago",
            "created_at": clock.now(),
            **values,
        }
        if not (db_session.new or db_session.dirty or db_session.deleted):
            db_session.rollback()  # a snapshot taken before a request wrote could not be written on
        found = Person(role=role, **values)
        db_session.add(found)
        db_session.commit()
        return found

    return make


def put_cookie(client: FlaskClient, who: Person) -> None:
    """Sign `who` in on `client` without the cost of a password."""
    ident = session_ident(client.application, who)
    with client.session_transaction() as session:
        session["_user_id"] = ident
        session["_fresh"] = True


def session_ident(app: Flask, who: Person) -> str:
    """Store a sign-in of `who` on some device and return what its cookie says."""
    now = clock.now()
    with app.app_context():
        row = DeviceSignIn(
            person_id=who.id, device="A test", created_at=now, seen_at=now, ends_at=now + timedelta(days=36_500)
        )
        db.session.add(row)
        db.session.commit()
        return f"{who.get_id()}.{row.id}"


@pytest.fixture
def sign_in(app: Flask, person: MakePerson) -> SignIn:
    """Return a function that gives a client signed in as a role or a person; `client.person` says who."""

    def make(who: Role | Person = Role.STUDENT) -> FlaskClient:
        signed_in = app.test_client()
        found = who if isinstance(who, Person) else person(who)
        put_cookie(signed_in, found)
        signed_in.person = found  # type: ignore[attr-defined]
        return signed_in

    return make


@pytest.fixture
def count_queries(app: Flask) -> Callable[[], AbstractContextManager[list[str]]]:
    """Return a context manager that collects the SQL statements run inside it, transactions and pragmas left out."""
    with app.app_context():
        engine = db.engine

    @contextmanager
    def count() -> Iterator[list[str]]:
        seen: list[str] = []

        def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
            if not statement.startswith(("BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE")):
                seen.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(engine, "before_cursor_execute", note)

    return count
