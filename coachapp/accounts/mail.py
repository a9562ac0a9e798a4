"""Mail through the operator's own server."""

import logging
import smtplib
import ssl
from email.message import EmailMessage
from threading import Thread

from coachapp.config import Settings, SmtpSecurity

log = logging.getLogger(__name__)
TIMEOUT_SECONDS = 20


def send(settings: Settings, message: EmailMessage) -> None:
    """Hand `message` to the mail server; raise OSError or SMTPException if it is not taken."""
    context = ssl.create_default_context()
    if settings.smtp_security is SmtpSecurity.TLS:
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            settings.smtp_host, settings.smtp_port, timeout=TIMEOUT_SECONDS, context=context
        )
    else:
        server = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=TIMEOUT_SECONDS)
    with server:
        if settings.smtp_security is SmtpSecurity.STARTTLS:
            server.starttls(context=context)
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
        server.send_message(message)


def send_soon(settings: Settings, *, to: str, subject: str, text: str) -> Thread:
    """Send a mail from a thread of its own, so that the answer's time does not tell whether there was one to send."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = settings.mail_from, to, subject
    message.set_content(text)

    def run() -> None:
        try:
            send(settings, message)
        except (OSError, smtplib.SMTPException):
            log.exception("a mail could not be sent; the administrator can hand out the link instead")

    thread = Thread(target=run, name="mail", daemon=True)
    thread.start()
    return thread
