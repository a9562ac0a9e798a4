"""The URL of the database: which driver reads it, what keeps it from being used, and its password, which is not shown.

SQLAlchemy is imported only where a URL is set: most commands need no database.
"""

from urllib.parse import unquote

DATABASE_URL = "COACH_DATABASE_URL"
# What may stand before ://, and the package that then talks to the database.
_SCHEMES = {
    "sqlite": "sqlite3",
    "sqlite+pysqlite": "sqlite3",
    "postgresql": "psycopg",
    "postgres": "psycopg",
    "postgresql+psycopg": "psycopg",
    "postgresql+psycopg2": "psycopg2",
}
_LARGEST_PORT = 65535
_LEAST_SECRET = 3


def with_our_driver(url: str) -> str:
    """Return a URL with the driver that the `postgres` extra installs, where it names PostgreSQL and no driver."""
    for plain in ("postgresql://", "postgres://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url.removeprefix(plain)
    return url


def database_problems(url: str) -> list[str]:
    """Say in one line what keeps a database URL from being used, nothing where it will do; nobody is connected to."""
    if not url:
        return []
    problem = _problem(url)
    return [f"{DATABASE_URL} {problem}"] if problem else []


def _problem(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in _SCHEMES:
        return "must begin with sqlite:/// or postgresql://"
    package = _SCHEMES[scheme]
    try:
        __import__(package)
    except ImportError:
        # Also where psycopg is there and the library it needs is not.
        if package == "psycopg":
            return f"begins with {scheme}:// and needs the extra `postgres`: pip install 'coachapp[postgres]'"
        return f"begins with {scheme}:// and needs the package {package}, which is not installed"
    if package == "sqlite3" and rest and not rest.startswith("/"):
        return "must have three slashes before a file name (sqlite:///file), four before a whole path (sqlite:////path)"
    from sqlalchemy import create_engine, make_url
    from sqlalchemy.exc import SQLAlchemyError

    try:
        parts = make_url(with_our_driver(url))
    except (SQLAlchemyError, ValueError):
        return "cannot be read: write postgresql://user:password@host:port/database, special characters as %XX"
    if parts.port is not None and not 1 <= parts.port <= _LARGEST_PORT:
        return f"names port {parts.port}: ports are 1 to {_LARGEST_PORT}"
    if "@" in (parts.host or "") or "@" in (parts.database or ""):
        return "cannot be read: an @ in the password is written %40, a / in it %2F"
    try:
        create_engine(parts)
    except Exception as error:  # drivers raise what they like for a wrong option behind the question mark
        return f"cannot be used: {without_password(' '.join(str(error).split()), url)}"
    return ""


def without_password(text: str, url: str) -> str:
    """Return a text with the passwords of a database URL, as written there and as meant, turned to stars."""
    for secret in sorted(_secrets(url), key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def _secrets(url: str) -> set[str]:
    rest = url.partition("://")[2]
    before, _, query = rest.partition("?")
    written = []
    # The last @ before the query ends the password, should one in it not be written %40.
    credentials, at, _ = before.rpartition("@")
    if at and ":" in credentials:
        written.append(credentials.partition(":")[2])
    written += [value for name, _, value in (part.partition("=") for part in query.split("&")) if "pass" in name]
    return {form for secret in written for form in (secret, unquote(secret)) if len(form) >= _LEAST_SECRET}
