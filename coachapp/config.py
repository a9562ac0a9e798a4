"""Every setting once: name, type, default and meaning. Read from COACH_*; an unknown one stops the start."""

import difflib
import importlib.util
import os
import secrets
import sys
from collections.abc import Mapping
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails

from coachapp.databaseurl import database_problems, with_our_driver
from coachapp.paths import CHECKOUT, in_checkout

PREFIX = "COACH_"
SECRET_FILE = "secret_key"  # noqa: S105  (a file's name)
SHORTEST_KEY = 32
FEWEST_SIGNS = 10


class ConfigError(Exception):
    """A setting is missing, unknown or wrong; the text says which and what to do."""


class Registration(StrEnum):
    """Whether strangers may make an account."""

    OPEN = "open"
    CLOSED = "closed"


class TwoStepRule(StrEnum):
    """Whether instructors and administrators need a second step to sign in."""

    OPTIONAL = "optional"
    REQUIRED = "required"


class SmtpSecurity(StrEnum):
    """How the connection to the mail server is encrypted."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class Settings(BaseModel):
    """All settings of one installation. The name of each in the environment is COACH_ and its name in capitals."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data: Path = Field(description="Folder of the database, the secret key and the code sets.")
    database_url: str = Field(
        default="", description="SQLAlchemy URL of the database; empty: SQLite in the data folder."
    )
    queue_url: str = Field(
        default="", description="redis:// or postgresql:// URL of the job queue; empty: a file in the data folder."
    )
    secret_key: SecretStr = Field(
        default=SecretStr(""), description="Key that signs cookies and links; empty: the one made by `coachapp init`."
    )
    host: str = Field(default="127.0.0.1", description="Address on which `coachapp run` listens.")
    port: int = Field(default=5000, ge=1, le=65535, description="Port on which `coachapp run` listens; PORT works too.")
    workers: int = Field(default=2, ge=1, le=64, description="Worker processes of `coachapp run`.")
    threads: int = Field(default=8, ge=1, le=128, description="Threads in each worker process.")
    base_url: str = Field(
        default="", description="Address of the site in links sent by mail; empty: from host and port."
    )
    behind_proxy: int = Field(
        default=0, ge=0, le=5, description="Reverse proxies in front whose X-Forwarded headers count."
    )
    hsts_subdomains: bool = Field(
        default=False, description="Tell browsers to use https for the subdomains of the site, too: yes or no."
    )
    registration: Registration = Field(
        default=Registration.OPEN, description="Whether anyone may make an account: open or closed."
    )
    time_zone: str = Field(
        default="America/New_York", description="Time zone of new accounts; each person can change it."
    )
    session_days: int = Field(default=1, ge=1, le=365, description="Days without a visit after which a sign-in ends.")
    session_max_days: int = Field(default=7, ge=1, le=365, description="Days after which a sign-in ends in any case.")
    remember_days: int = Field(default=30, ge=1, le=365, description="Days that “Keep me signed in” lasts.")
    two_step: TwoStepRule = Field(
        default=TwoStepRule.OPTIONAL,
        description="Two-step sign-in of instructors and administrators: optional or required.",
    )
    include_cpt: bool = Field(default=True, description="Show items whose key names a CPT number: yes or no.")
    smtp_host: str = Field(
        default="", description="Mail server; empty: no mail, the administrator hands out reset links."
    )
    smtp_port: int = Field(default=587, ge=1, le=65535, description="Port of the mail server.")
    smtp_security: SmtpSecurity = Field(
        default=SmtpSecurity.STARTTLS, description="Encryption to the mail server: starttls, tls or none."
    )
    smtp_user: str = Field(default="", description="Name for signing in to the mail server; empty: none is sent.")
    smtp_password: SecretStr = Field(default=SecretStr(""), description="Password for the mail server.")
    mail_from: str = Field(default="", description="Sender of mails; needed with a mail server.")
    log_level: str = Field(
        default="INFO",
        pattern="^(DEBUG|INFO|WARNING|ERROR)$",
        description="How much is logged: DEBUG, INFO, WARNING or ERROR.",
    )

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("is no time zone name such as America/Chicago") from error
        return value

    @field_validator("base_url")
    @classmethod
    def _whole_address(cls, value: str) -> str:
        if value and (urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).hostname):
            raise ValueError("must be a whole address such as https://coach.example.org")
        return value.rstrip("/")

    @property
    def address(self) -> str:
        """Return the address of the site without a final slash."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.base_url or f"http://{host}:{self.port}"

    @property
    def https(self) -> bool:
        """Say whether people reach the site by https."""
        return self.address.startswith("https://")

    @property
    def database(self) -> str:
        """Return the SQLAlchemy URL of the database."""
        return with_our_driver(self.database_url or f"sqlite:///{self.data / 'coachapp.sqlite'}")

    @property
    def sends_mail(self) -> bool:
        """Say whether mail can be sent."""
        return bool(self.smtp_host)

    @property
    def on_loopback(self) -> bool:
        """Say whether `coachapp run` is reachable from this machine only."""
        return is_loopback(self.host)

    def signing_key(self) -> str:
        """Return the key that signs cookies and links; raise ConfigError where none was made yet or it is weak."""
        key, source = self.secret_key.get_secret_value(), environment_name("secret_key")
        if not key:
            source = str(self.data / SECRET_FILE)
            try:
                key = (self.data / SECRET_FILE).read_text(encoding="ascii").strip()
            except FileNotFoundError:
                raise ConfigError(f"there is no secret key in {self.data} yet: run `coachapp init` first") from None
            except UnicodeDecodeError:
                raise ConfigError(f"{source} holds no key: delete it and run `coachapp init`") from None
        if len(key) < SHORTEST_KEY or len(set(key)) < FEWEST_SIGNS:
            # Whoever guesses it signs in as anybody.
            raise ConfigError(
                f"the secret key in {source} is weak: it needs {SHORTEST_KEY} characters or more, "
                f"{FEWEST_SIGNS} of them different; leave it empty and `coachapp init` makes a good one"
            )
        return key

    @property
    def demo_allowed(self) -> bool:
        """Say whether demo accounts may sign in: no proxy in front, and no address for the public."""
        public = self.base_url and not is_loopback(urlsplit(self.base_url).hostname or "")
        return not self.behind_proxy and not public


def is_loopback(host: str) -> bool:
    """Say whether a host name or address is that of this machine alone."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def environment_name(field: str) -> str:
    """Return the name of a setting in the environment."""
    return PREFIX + field.upper()


def data_dir(environ: Mapping[str, str] | None = None) -> Path:
    """Return the data folder: COACH_DATA, else `instance/` in a checkout, else the user's own data folder."""
    environ = os.environ if environ is None else environ
    if chosen := environ.get("COACH_DATA"):
        return Path(chosen).expanduser().resolve()
    if in_checkout():
        return CHECKOUT / "instance"
    if base := environ.get("XDG_DATA_HOME") or environ.get("LOCALAPPDATA"):
        return Path(base) / "coachapp"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "coachapp"
    return Path.home() / ".local" / "share" / "coachapp"


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment. Raise ConfigError naming every unknown or wrong one."""
    environ = os.environ if environ is None else environ
    known = {environment_name(field): field for field in Settings.model_fields}
    problems = [_unknown(name, list(known)) for name in environ if name.startswith(PREFIX) and name not in known]
    values: dict[str, object] = {
        known[name]: text.strip() for name, text in environ.items() if name in known and text.strip()
    }
    if "port" not in values and environ.get("PORT", "").strip():
        values["port"] = environ["PORT"].strip()
    values["data"] = data_dir(environ)
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        for wrong in error.errors():
            field = str(wrong["loc"][0])
            problems.append(f"{environment_name(field)} is {values.get(field)!r}: {_in_words(wrong['type'], wrong)}")
        raise ConfigError("\n".join(problems)) from None
    problems += database_problems(settings.database_url)
    problems += _queue_problems(settings.queue_url)
    if settings.sends_mail and not settings.mail_from:
        problems.append("COACH_MAIL_FROM is needed because COACH_SMTP_HOST is set: the address that mails come from")
    if problems:
        raise ConfigError("\n".join(problems))
    return settings


# The extra that a queue outside the data folder needs, and the package to look for.
_QUEUES = {"redis": ("redis", "redis"), "rediss": ("redis", "redis"), "postgresql": ("postgres", "peewee")}


def _queue_problems(url: str) -> list[str]:
    """Say what keeps a queue from being used, without telling the password that the URL may hold."""
    if not url:
        return []
    scheme = url.partition("://")[0]
    if "://" not in url or scheme not in _QUEUES:
        return ["COACH_QUEUE_URL must begin with redis://, rediss:// or postgresql://"]
    extra, package = _QUEUES[scheme]
    if importlib.util.find_spec(package) is None:
        return [
            f"COACH_QUEUE_URL begins with {scheme}:// and needs the extra `{extra}`: pip install 'coachapp[{extra}]'"
        ]
    return []


def _in_words(kind: str, wrong: ErrorDetails) -> str:
    """Say what a setting's value must be."""
    context = wrong.get("ctx", {})
    if kind.startswith("int"):
        return "it must be a whole number"
    if kind.startswith("bool"):
        return "it must be yes or no"
    if kind == "enum":
        return f"it must be {context['expected'].replace(chr(39), '')}"
    if kind == "greater_than_equal":
        return f"it must be {context['ge']} or more"
    if kind == "less_than_equal":
        return f"it must be {context['le']} or less"
    if kind == "value_error":
        return f"it {context['error']}"
    return f"it must be one of {context['pattern'].strip('^$()').replace('|', ', ')}"


def _unknown(name: str, known: list[str]) -> str:
    names = [one.removeprefix(PREFIX) for one in known]
    near = difflib.get_close_matches(name.removeprefix(PREFIX), names, n=1, cutoff=0.5)
    return f"{name} is no setting of Coachapp" + (f"; did you mean {PREFIX}{near[0]}?" if near else "")


def make_secret(data: Path) -> bool:
    """Write a new secret key into the data folder, readable by its owner only; say whether one was made.

    A key that is there already stays, for a new one would sign everybody out.
    """
    path = data / SECRET_FILE
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48) + "\n")
    return True
