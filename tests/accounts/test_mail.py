"""Handing mail to a server."""

import smtplib
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from coachapp.accounts import mail
from coachapp.config import Settings


def command(line: str) -> str:
    """Return a line with its words in capitals, up to the colon: clients write them as they like (RFC 5321, 2.4)."""
    words, colon, rest = line.partition(":")
    return words.upper() + colon + rest


class Desk(socketserver.StreamRequestHandler):
    """The least a mail server says."""

    def handle(self) -> None:
        """Take one mail and keep its lines."""
        self.wfile.write(b"220 hello\r\n")
        body = False
        for raw in self.rfile:
            line = raw.decode().rstrip("\r\n")
            self.server.lines.append(line)  # type: ignore[attr-defined]
            if body and line != ".":
                continue
            body = command(line) == "DATA"
            said = b"354 go on" if body else b"221 bye" if command(line) == "QUIT" else b"250 fine"
            self.wfile.write(said + b"\r\n")


@pytest.fixture
def server() -> Iterator[Any]:
    """Run a mail server on a free port."""
    with socketserver.TCPServer(("127.0.0.1", 0), Desk) as made:
        made.lines = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=made.serve_forever, daemon=True)
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def settings(tmp_path: Path, **values: Any) -> Settings:
    """Return settings for a server on this machine."""
    return Settings(data=tmp_path, smtp_host="127.0.0.1", mail_from="coach@example.org", **values)


def test_a_mail_reaches_the_server(tmp_path: Path, server: Any) -> None:
    chosen = settings(tmp_path, smtp_port=server.server_address[1], smtp_security="none")
    mail.send_soon(chosen, to="ana@example.org", subject="Set a new password", text="Hello Ana\n").join(10)
    assert "RCPT TO:<ana@example.org>" in map(command, server.lines)
    assert "From: coach@example.org" in server.lines
    assert "Hello Ana" in server.lines


def test_a_mail_that_cannot_be_sent_is_logged_not_raised(
    tmp_path: Path, server: Any, caplog: pytest.LogCaptureFixture
) -> None:
    chosen = settings(tmp_path, smtp_port=server.server_address[1], smtp_security="starttls")
    mail.send_soon(chosen, to="ana@example.org", subject="x", text="x").join(10)
    assert "a mail could not be sent" in caplog.text
    assert not any(command(line).startswith("RCPT ") for line in server.lines)


def test_the_name_and_password_are_given_over_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Any] = []

    class Tls:
        def __init__(self, host: str, port: int, **options: Any) -> None:
            calls.append((host, port))

        def __enter__(self) -> "Tls":
            return self

        def __exit__(self, *rest: object) -> None:
            pass

        def login(self, user: str, password: str) -> None:
            calls.append((user, password))

        def send_message(self, message: Any) -> None:
            calls.append(message["To"])

    monkeypatch.setattr(smtplib, "SMTP_SSL", Tls)
    chosen = settings(tmp_path, smtp_port=465, smtp_security="tls", smtp_user="coach", smtp_password="hush")
    mail.send_soon(chosen, to="ana@example.org", subject="x", text="x").join(10)
    assert calls == [("127.0.0.1", 465), ("coach", "hush"), "ana@example.org"]
