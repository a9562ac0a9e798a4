"""Settings from the environment."""

import stat
from pathlib import Path
from typing import Any

import pytest

from coachapp import config
from coachapp.config import ConfigError, Registration, Settings, data_dir, load_settings, make_secret


def test_defaults_need_no_environment(tmp_path: Path) -> None:
    settings = load_settings({"COACH_DATA": str(tmp_path)})
    assert settings.data == tmp_path
    assert settings.registration is Registration.OPEN
    assert settings.database == f"sqlite:///{tmp_path / 'coachapp.sqlite'}"
    assert settings.address == "http://127.0.0.1:5000"
    assert not settings.https
    assert settings.on_loopback


def test_values_are_read_and_empty_ones_are_defaults(tmp_path: Path) -> None:
    environ = {
        "COACH_DATA": str(tmp_path),
        "COACH_REGISTRATION": "closed",
        "COACH_INCLUDE_CPT": "no",
        "COACH_WORKERS": "  ",
        "COACH_BASE_URL": "https://coach.example.org/",
        "HOME": "/elsewhere",
    }
    settings = load_settings(environ)
    assert (settings.registration, settings.include_cpt, settings.workers) == (Registration.CLOSED, False, 2)
    assert settings.address == "https://coach.example.org"
    assert settings.https


def test_port_comes_from_coach_port_before_port() -> None:
    assert load_settings({"PORT": "5077"}).port == 5077
    assert load_settings({"PORT": "5077", "COACH_PORT": "5078"}).port == 5078


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("COACH_PORT", "abc", "it must be a whole number"),
        ("COACH_PORT", "0", "it must be 1 or more"),
        ("COACH_PORT", "70000", "it must be 65535 or less"),
        ("COACH_INCLUDE_CPT", "perhaps", "it must be yes or no"),
        ("COACH_REGISTRATION", "shut", "it must be open or closed"),
        ("COACH_TIME_ZONE", "Mars/Crater", "it is no time zone name"),
        ("COACH_TIME_ZONE", "../passwd", "it is no time zone name"),
        ("COACH_BASE_URL", "coach.example.org", "it must be a whole address"),
        ("COACH_LOG_LEVEL", "loud", "it must be one of DEBUG, INFO, WARNING, ERROR"),
    ],
)
def test_a_wrong_value_is_named_with_what_it_must_be(name: str, value: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings({name: value})
    assert name in str(caught.value)
    assert value in str(caught.value)
    assert words in str(caught.value)


def test_every_problem_is_named_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings({"COACH_PORT": "x", "COACH_REGISTRASION": "open", "COACH_WORKERS": "y"})
    lines = str(caught.value).splitlines()
    assert len(lines) == 3
    assert "COACH_REGISTRASION is no setting of Coachapp; did you mean COACH_REGISTRATION?" in lines


def test_an_unknown_setting_unlike_any_is_still_named() -> None:
    with pytest.raises(ConfigError, match=r"^COACH_ZZZZZZ is no setting of Coachapp$"):
        load_settings({"COACH_ZZZZZZ": "1"})


def test_a_mail_server_needs_a_sender() -> None:
    with pytest.raises(ConfigError, match="COACH_MAIL_FROM"):
        load_settings({"COACH_SMTP_HOST": "mail.example.org"})


@pytest.mark.parametrize("given", ["postgresql://u@h/d", "postgres://u@h/d", "postgresql+psycopg://u@h/d"])
def test_postgres_urls_get_the_driver_we_install(given: str, tmp_path: Path) -> None:
    assert Settings(data=tmp_path, database_url=given).database == "postgresql+psycopg://u@h/d"


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("coach.lan", False)],
)
def test_on_loopback(host: str, loopback: bool, tmp_path: Path) -> None:
    assert Settings(data=tmp_path, host=host).on_loopback is loopback


def test_ipv6_host_is_bracketed_in_the_address(tmp_path: Path) -> None:
    assert Settings(data=tmp_path, host="::1").address == "http://[::1]:5000"


def test_data_folder_defaults(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert data_dir({}) == config.CHECKOUT / "instance"
    assert data_dir({"COACH_DATA": str(tmp_path / "a" / ".." / "b")}) == tmp_path / "b"
    monkeypatch.setattr(config, "in_checkout", lambda: False)
    assert data_dir({"XDG_DATA_HOME": "/x"}) == Path("/x/coachapp")
    monkeypatch.setattr(config.sys, "platform", "darwin")
    assert data_dir({}).parts[-3:] == ("Library", "Application Support", "coachapp")
    monkeypatch.setattr(config.sys, "platform", "linux")
    assert data_dir({}).parts[-3:] == (".local", "share", "coachapp")


def test_secret_is_made_once_and_private(tmp_path: Path) -> None:
    assert make_secret(tmp_path)
    first = Settings(data=tmp_path).signing_key()
    assert len(first) >= 48
    assert stat.S_IMODE((tmp_path / config.SECRET_FILE).stat().st_mode) == 0o600
    assert not make_secret(tmp_path)
    assert Settings(data=tmp_path).signing_key() == first


def test_a_missing_secret_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="run `coachapp init` first"):
        Settings(data=tmp_path).signing_key()


@pytest.mark.parametrize("key", ["short", "x" * 31, "abcabcabc" * 10, "0" * 64])
def test_a_weak_secret_stops_the_start(tmp_path: Path, key: str) -> None:
    with pytest.raises(ConfigError, match="the secret key in COACH_SECRET_KEY is weak: it needs 32 characters or more"):
        Settings(data=tmp_path, secret_key=key).signing_key()
    (tmp_path / config.SECRET_FILE).write_text(key)
    with pytest.raises(ConfigError, match="secret_key is weak"):
        Settings(data=tmp_path).signing_key()


def test_a_key_of_32_different_signs_will_do(tmp_path: Path) -> None:
    key = "abcdefghijklmnopqrstuvwxyz012345"
    assert Settings(data=tmp_path, secret_key=key).signing_key() == key


def test_a_secret_that_is_no_text_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / config.SECRET_FILE).write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="holds no key: delete it"):
        Settings(data=tmp_path).signing_key()


@pytest.mark.parametrize(
    ("changes", "allowed"),
    [
        ({}, True),
        ({"base_url": "http://127.0.0.1:5000"}, True),
        ({"base_url": "http://localhost"}, True),
        ({"base_url": "https://coach.example.org"}, False),
        ({"behind_proxy": 1}, False),
        ({"behind_proxy": 1, "base_url": "http://localhost"}, False),
    ],
)
def test_demo_accounts_are_for_a_site_that_nobody_else_reaches(
    tmp_path: Path, changes: dict[str, Any], allowed: bool
) -> None:
    assert Settings(data=tmp_path, **changes).demo_allowed is allowed


def test_secrets_do_not_show_when_settings_are_printed(tmp_path: Path) -> None:
    printed = repr(Settings(data=tmp_path, secret_key="hush-hush", smtp_password="psst-psst"))
    assert "hush" not in printed
    assert "psst" not in printed
