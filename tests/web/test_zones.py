"""Every time on a page is in one zone, the reader's, and the page names it."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from coachapp.domain.permissions import Role
from tests.conftest import SignIn
from tests.exams.conftest import begin, stock
from tests.test_rules_pages import arguments, pages

__all__ = ["arguments", "begin", "stock"]

# 5:45 ahead of UTC: no other zone gives the same minutes by chance, and the day differs from that of New York.
KATHMANDU = "Asia/Kathmandu"
SITE = "America/New_York"
_TIME = re.compile(r'<time datetime="([^"]+)">([^<]+)</time>')
_MOMENT = re.compile(r"[A-Z][a-z]{2} \d{1,2}, \d{4}, \d{1,2}:\d\d [AP]M")
_CLOCK = re.compile(r"\b\d{1,2}:\d\d [AP]M\b")


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """Return an app of a site in another zone than its readers."""
    return make_app(time_zone=SITE)


@pytest.mark.parametrize("role", list(Role))
def test_all_times_of_a_page_are_in_the_readers_zone(
    app: Flask, arguments: dict[str, Any], sign_in: SignIn, db_session: Session, role: Role
) -> None:
    who = arguments["people"][role]
    who.time_zone = KATHMANDU
    db_session.add(who)
    db_session.commit()
    client, seen = sign_in(who), 0
    for url in pages(app, arguments):
        page = client.get(url, follow_redirects=True).text
        seen += check_times(page, url, KATHMANDU)
    assert seen >= (5 if role is Role.ADMIN else 0)


def test_who_is_signed_out_reads_the_sites_zone(app: Flask, client: FlaskClient, arguments: dict[str, Any]) -> None:
    shared = next(url for url in pages(app, arguments) if arguments["record_token"] in url)
    page = client.get(shared).text
    assert check_times(page, shared, SITE) >= 1
    assert "Times on this page are in the time zone America/New York." in page
    assert 'data-zone="America/New_York"' in page


def check_times(page: str, url: str, zone: str) -> int:
    """Check every time of a page; return how many there are."""
    assert f'data-zone="{zone}"' in page, url
    assert f"in the time zone {zone.replace('_', ' ')}." in page, url
    times = _TIME.findall(page)
    for moment, text in times:
        local = datetime.fromisoformat(moment).astimezone(ZoneInfo(zone))
        if _MOMENT.fullmatch(text):
            clock = f"{local.hour % 12 or 12}:{local:%M} {local:%p}"
            assert text == f"{local:%b} {local.day}, {local.year}, {clock}", url
    rest = re.sub(r"<(script|style|textarea)\b.*?</\1>", "", _TIME.sub("", page), flags=re.DOTALL)
    visible = re.sub(r"<[^>]*>", " ", rest)
    in_chart = 'class="document"' in page  # records have times of their own
    assert in_chart or not _CLOCK.search(visible), f"{url}: {_CLOCK.search(visible)} stands outside of <time>"
    return len(times)
