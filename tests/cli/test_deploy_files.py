"""The files under coachapp/deploy/: copied whole, true to the program, and taken by what they are for."""

import configparser
import os
import re
import shlex
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from pathlib import Path

import click
import pytest
import yaml
from flask import Flask, request
from werkzeug.serving import make_server

from coachapp.app import MAX_REQUEST_BYTES
from coachapp.cli import main
from coachapp.cli.deploy_files import DEPLOY
from coachapp.config import Settings, environment_name, load_settings
from coachapp.paths import CHECKOUT
from tests.cli.conftest import Run

FILES = sorted(path.name for path in DEPLOY.iterdir())
PAGES = [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").glob("*.md")), *sorted(DEPLOY.iterdir())]
SETTINGS = {environment_name(field) for field in Settings.model_fields}


def read(name: str) -> str:
    """Return the text of one of the files."""
    return (DEPLOY / name).read_text(encoding="utf-8")


def unit(name: str) -> configparser.ConfigParser:
    """Return a unit of systemd, read; a key that is there twice keeps its last value."""
    parser = configparser.ConfigParser(strict=False, interpolation=None, comment_prefixes=("#",), delimiters=("=",))
    parser.optionxform = str  # type: ignore[method-assign,assignment]
    parser.read_string(read(name))
    return parser


def environment(name: str) -> dict[str, str]:
    """Return the settings that a file of them makes, those that are commented out too."""
    lines = [line.removeprefix("#") for line in read(name).splitlines() if re.match(r"#?COACH_\w+=", line)]
    return dict(line.split("=", 1) for line in lines)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_only_settings_that_there_are_are_named(path: Path) -> None:
    names = set(re.findall(r"COACH_[A-Z_]+", path.read_text(encoding="utf-8")))
    assert names - {"COACH_"} <= SETTINGS


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_only_commands_and_options_that_there_are_are_named(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for line in re.findall(r"\bcoach(?:app)? ((?:[a-z][a-z-]+ )*[a-z][a-z-]+(?: --[a-z-]+| [A-Z]+\b)*)", text):
        words = line.split()
        if words[0] not in main.list_commands(click.Context(main)):  # type: ignore[attr-defined]
            continue  # a word of a sentence, or a package's or a user's name
        command: click.Command = main
        while words and isinstance(command, click.Group):
            command = command.get_command(click.Context(command), words.pop(0))  # type: ignore[assignment]
            assert command is not None, f"{path.name}: coachapp {line}"
        options = {name for parameter in command.params for name in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= options, f"{path.name}: coachapp {line}"


def test_they_are_copied_whole_and_not_written_over(run: Run, tmp_path: Path) -> None:
    outcome = run("deploy-files", str(tmp_path / "here"))
    assert outcome.code == 0
    assert sorted(path.name for path in (tmp_path / "here").iterdir()) == FILES
    assert all((tmp_path / "here" / name).read_text(encoding="utf-8") == read(name) for name in FILES)
    assert outcome.out.split() == [str(tmp_path / "here" / name) for name in FILES]
    (tmp_path / "here" / "nginx.conf").write_text("another")
    again = run("deploy-files", str(tmp_path / "here"))
    assert again.code == 2
    assert "--force" in again.err
    assert (tmp_path / "here" / "nginx.conf").read_text() == "another"
    assert run("deploy-files", str(tmp_path / "here"), "--force").code == 0
    assert (tmp_path / "here" / "nginx.conf").read_text(encoding="utf-8") == read("nginx.conf")


def test_the_service_runs_the_server_with_its_own_folder() -> None:
    service = unit("coachapp.service")["Service"]
    program, *arguments = shlex.split(service["ExecStart"])
    assert Path(program).name == "coachapp"
    assert main.get_command(click.Context(main), arguments[0]) is not None  # type: ignore[attr-defined]
    assert arguments == ["run"]
    assert service["User"] == "coachapp"
    assert environment("coachapp.env")["COACH_DATA"] == f"/var/lib/{service['StateDirectory']}"
    assert service["EnvironmentFile"] == "/etc/coachapp/coachapp.env"
    for name, value in {
        "NoNewPrivileges": "yes",
        "ProtectSystem": "strict",
        "CapabilityBoundingSet": "",
        "UMask": "0077",
        "StateDirectoryMode": "0700",
    }.items():
        assert service[name] == value
    # `ProcSubset=pid` would hide the number of the machine's start, by which a set clock is noticed.
    assert "ProcSubset" not in service


def test_the_nightly_backup_makes_a_backup_of_another_name_each_time() -> None:
    backup, service = unit("coachapp-backup.service")["Service"], unit("coachapp.service")["Service"]
    assert "/opt/coachapp/bin/coachapp backup " in backup["ExecStart"]
    assert (backup["User"], backup["EnvironmentFile"]) == (service["User"], service["EnvironmentFile"])
    # systemd reads %% as one percent sign, the shell then names the file by the time.
    command = shlex.split(backup["ExecStart"])[2].replace("%%", "%").replace("exec /opt/coachapp/bin/coachapp", "echo")
    said = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=True).stdout
    assert re.fullmatch(r"backup /var/backups/coachapp/\d{4}-\d\d-\d\dT\d{6}Z\.zip\n", said)


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith((".service", ".timer"))])
def test_systemd_takes_the_units(name: str, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not here")
    program = tmp_path / "coachapp"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for other in FILES:
        if other.endswith((".service", ".timer")):
            (tmp_path / other).write_text(read(other).replace("/opt/coachapp/bin/coachapp", str(program)))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / name)], capture_output=True, text=True, check=False
    )
    ours = [line for line in done.stderr.splitlines() if str(tmp_path) in line or line.startswith("coachapp")]
    assert (done.returncode, ours) == (0, []), done.stderr


def test_the_settings_of_the_example_are_taken_all_at_once(tmp_path: Path) -> None:
    found = environment("coachapp.env")
    settings = load_settings({**found, "COACH_DATA": str(tmp_path)})
    assert settings.base_url == "https://coach.example.org"
    assert (settings.behind_proxy, settings.on_loopback, settings.sends_mail) == (1, True, True)
    assert settings.database == "postgresql+psycopg:///coachapp"


def test_nginx_passes_on_what_the_site_goes_by_and_as_much() -> None:
    text = read("nginx.conf")
    for header in ("X-Forwarded-For $remote_addr", "X-Forwarded-Proto $scheme", "X-Forwarded-Host $host", "Host $host"):
        assert f"proxy_set_header {header};" in text
    assert "$proxy_add_x_forwarded_for" not in text
    assert MAX_REQUEST_BYTES <= 2**20
    assert "client_max_body_size 1m;" in text
    port = environment("coachapp.env")["COACH_PORT"]
    assert f"server 127.0.0.1:{port};" in text


def nginx_on(folder: Path, ports: dict[str, int]) -> list[str]:
    """Write a configuration around the example block, with a certificate of its own; return how to run nginx on it.

    `ports`: what takes the place of ports 80, 443 and 5000.
    """
    nginx, openssl = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin"), shutil.which("openssl")
    if nginx is None or openssl is None:
        pytest.skip("nginx or openssl is not here")
    key, certificate = folder / "key.pem", folder / "cert.pem"
    asked = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=coach.example.org"]
    subprocess.run([openssl, *asked, "-keyout", key, "-out", certificate], capture_output=True, check=True)
    block = read("nginx.conf")
    block = re.sub(r"(ssl_certificate) [^;]*;", rf"\1 {certificate};", block)
    block = re.sub(r"(ssl_certificate_key) [^;]*;", rf"\1 {key};", block)
    block = re.sub(r"listen \[::\][^;]*;", "", block).replace("/var/cache/nginx/coachapp", str(folder / "cache"))
    for port, other in ports.items():
        block = re.sub(rf"listen {port}\b", f"listen 127.0.0.1:{other}", block)
        block = block.replace(f"server 127.0.0.1:{port};", f"server 127.0.0.1:{other};")
    (folder / "block.conf").write_text(block)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    user = "user root;\n" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user}daemon off;\npid {folder}/pid;\nerror_log stderr;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temporary}include {folder}/block.conf;\n}}\n"
    )
    return [nginx, "-p", str(folder), "-c", str(folder / "nginx.conf")]


def test_nginx_takes_the_block(tmp_path: Path) -> None:
    command = nginx_on(tmp_path, {})
    done = subprocess.run([*command, "-t", "-q"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_through_nginx_the_site_sees_who_asks_and_how(make_app: Callable[..., Flask], tmp_path: Path) -> None:
    app = make_app(behind_proxy=1, base_url="https://coach.example.org")
    seen: list[tuple[str | None, str, str]] = []
    app.before_request(lambda: seen.append((request.remote_addr, request.scheme, request.host)))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    ports = {"80": free_port(), "443": free_port(), "5000": server.server_port}
    command = nginx_on(tmp_path, ports)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    nginx = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE

        def ask(method: str, path: str, body: bytes | None = None, **headers: str) -> HTTPResponse:
            connection = HTTPSConnection("127.0.0.1", ports["443"], context=trusting, timeout=20)
            connection.request(method, path, body, {"Host": "coach.example.org", **headers})
            answer = connection.getresponse()
            answer.text = answer.read().decode(errors="replace")  # type: ignore[attr-defined]
            connection.close()
            return answer

        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", ports["443"]), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        page = ask("GET", "/sign-in", **{"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Host": "evil.example"})
        assert page.status == 200
        assert seen == [("127.0.0.1", "https", "coach.example.org")]
        assert "max-age=" in page.headers["Strict-Transport-Security"]
        sheet = re.search(r'href="(/static/css/coach\.css[^"]*)"', page.text)  # type: ignore[attr-defined]
        assert sheet is not None
        kept = [ask("GET", sheet[1]).headers["X-Cache"] for _ in range(2)]
        assert kept == ["MISS", "HIT"]
        assert [ask("GET", "/sign-in").headers["X-Cache"] for _ in range(2)] == [None, None]
        assert ask("POST", "/sign-in", b"x" * (2**20 + 1)).status == 413
        plain = HTTPConnection("127.0.0.1", ports["80"], timeout=20)
        plain.request("GET", "/cases?page=2", headers={"Host": "coach.example.org"})
        answer = plain.getresponse()
        assert (answer.status, answer.headers["Location"]) == (301, "https://coach.example.org/cases?page=2")
        plain.close()
    finally:
        nginx.terminate()
        nginx.wait(30)
        server.shutdown()
        thread.join()
        server.server_close()


def test_caddy_takes_its_file(tmp_path: Path) -> None:
    caddy = shutil.which("caddy")
    if caddy is None:
        pytest.skip("caddy is not here")
    done = subprocess.run(
        [caddy, "validate", "--adapter", "caddyfile", "--config", str(DEPLOY / "Caddyfile")],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr


def test_caddy_passes_on_to_where_the_site_listens() -> None:
    text = read("Caddyfile")
    assert f"127.0.0.1:{environment('coachapp.env')['COACH_PORT']}" in text
    assert "max_size 1MiB" in text
    assert text.count("{") == text.count("}")


def test_the_containers_start_the_site_with_settings_it_takes(tmp_path: Path) -> None:
    found = yaml.safe_load(read("compose.yaml"))
    assert set(found) == {"services", "volumes"}
    site = found["services"]["site"]
    values = {
        name: re.sub(r"\$\{(\w+):\?[^}]*\}", "coach.example.org", str(value))
        for name, value in site["environment"].items()
    }
    settings = load_settings({**values, "COACH_DATA": str(tmp_path)})
    assert settings.database == "postgresql+psycopg://coachapp:coach.example.org@db/coachapp"
    assert settings.https
    assert settings.behind_proxy == 1
    assert (CHECKOUT / "coachapp" / "deploy" / site["build"]["context"]).resolve() == CHECKOUT
    assert (CHECKOUT / site["build"]["dockerfile"]).is_file()
    assert found["services"]["proxy"]["environment"]["SITE_UPSTREAM"] == "site:5000"
    mounted = {volume.split(":")[0] for service in found["services"].values() for volume in service["volumes"]} - {
        "./Caddyfile"
    }
    assert mounted == set(found["volumes"])


def test_the_container_lets_broken_cases_pass_and_nothing_else() -> None:
    text = read("Containerfile")
    shell = re.search(r'^CMD \["sh", "-c", "(.*)"\]$', text, re.MULTILINE)
    assert shell is not None
    for code, started in ((0, True), (1, True), (2, False)):
        script = shell[1].replace("coachapp init", f"(exit {code})").replace("exec coachapp run", "echo started")
        said = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False).stdout
        assert (said == "started\n") is started
    assert "VOLUME /var/lib/coachapp" in text
    assert "COACH_DATA=/var/lib/coachapp" in text


def test_the_example_of_a_container_has_the_oldest_python_or_a_newer() -> None:
    version = re.search(r"python:3\.(\d+)-slim", read("Containerfile"))
    assert version is not None
    assert int(version[1]) >= 11
    assert sys.version_info >= (3, 11)
