"""The devices that a person signs in on: what they are called, and which of them are known to belong to the person."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import current_app, request
from itsdangerous import BadData, URLSafeSerializer
from werkzeug.wrappers import Response

from coachapp.models.people import Person
from coachapp.web.context import settings

COOKIE = "coachapp_device"
# What browsers grant at the most.
MAX_AGE_SECONDS = 400 * 86_400
MOST_ACCOUNTS = 10

# The first that fits: Edge and Opera say that they are Chrome, and everybody says Safari.
_BROWSERS = (
    (r"\bEdg(e|A|iOS)?/", "Edge"),
    (r"\bOPR/|\bOpera\b", "Opera"),
    (r"\bSamsungBrowser/", "Samsung Internet"),
    (r"\bFirefox/|\bFxiOS/", "Firefox"),
    (r"\bChrome/|\bCriOS/|\bChromium/", "Chrome"),
    (r"\bSafari/", "Safari"),
)
_SYSTEMS = (
    (r"\biPhone\b", "iPhone"),
    (r"\biPad\b", "iPad"),
    (r"\bAndroid\b", "Android"),
    (r"\bCrOS\b", "ChromeOS"),
    (r"\bWindows\b", "Windows"),
    (r"\bMacintosh\b|\bMac OS X\b", "Mac"),
    (r"\bLinux\b|\bX11\b", "Linux"),
)


def device_name(user_agent: str) -> str:
    """Return what a person would call the device that sent this User-Agent header, such as “Firefox on Windows”."""
    browser = next((name for pattern, name in _BROWSERS if re.search(pattern, user_agent)), None)
    system = next((name for pattern, name in _SYSTEMS if re.search(pattern, user_agent)), None)
    if browser is None and system is None:
        return "Unknown device"
    return f"{browser or 'A browser'} on {system}" if system else str(browser)


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """A device on which people signed in before. `accounts`: id and sign-in epoch of each, the latest last."""

    nonce: str
    accounts: tuple[str, ...] = ()

    def knows(self, person: Person) -> bool:
        """Say whether `person` signed in here, and has neither set a new password nor signed out everywhere since."""
        return person.get_id() in self.accounts


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="known-device")


def known_device() -> KnownDevice | None:
    """Return what the request's device cookie says; None without one, or with one that is not ours."""
    try:
        nonce, accounts = _serializer().loads(request.cookies.get(COOKIE, ""))
    except (BadData, ValueError, TypeError):
        return None
    return KnownDevice(str(nonce), tuple(map(str, accounts)))


def remember_device(response: Response, person: Person) -> None:
    """Let the device of this request be known as one of `person`, beside those it was known for before."""
    device = known_device() or KnownDevice(secrets.token_urlsafe(16))
    own = f"{person.id}."
    others: Sequence[str] = [account for account in device.accounts if not account.startswith(own)]
    device = replace(device, accounts=(*others, person.get_id())[-MOST_ACCOUNTS:])
    response.set_cookie(
        COOKIE,
        str(_serializer().dumps([device.nonce, device.accounts])),
        max_age=MAX_AGE_SECONDS,
        secure=settings().https,
        httponly=True,
        samesite="Lax",
    )
