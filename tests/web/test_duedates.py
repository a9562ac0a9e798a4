"""Dates to work towards, in words."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from coachapp.web.duedates import due_words, late_words

CHICAGO = ZoneInfo("America/Chicago")
NOW = datetime(2026, 5, 15, 14, tzinfo=UTC)  # Friday, 9 in the morning in Chicago
END = datetime(2026, 5, 16, 5, tzinfo=UTC)  # the end of that Friday there


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "due today, 11:59 PM"),
        (1, "due tomorrow, 11:59 PM"),
        (2, "due Sunday, 11:59 PM"),
        (6, "due Thursday, 11:59 PM"),
        (7, "due May 22, 11:59 PM"),
        (250, "due Jan 20, 2027, 10:59 PM"),
    ],
)
def test_what_is_to_come_is_said_as_near_as_it_is(days: int, words: str) -> None:
    assert due_words(END + timedelta(days=days), now=NOW, zone=CHICAGO) == words


def test_the_day_is_that_of_the_reader() -> None:
    assert due_words(END, now=NOW, zone=ZoneInfo("Asia/Kolkata"), verb="closes") == "closes tomorrow, 10:29 AM"


@pytest.mark.parametrize(
    ("by", "words"),
    [
        (timedelta(0), "1 minute late"),
        (timedelta(minutes=59, seconds=59), "59 minutes late"),
        (timedelta(hours=1), "1 hour late"),
        (timedelta(hours=47), "1 day late"),
        (timedelta(days=2), "2 days late"),
    ],
)
def test_how_late_something_is(by: timedelta, words: str) -> None:
    assert late_words(by) == words
    assert due_words(NOW - by, now=NOW, zone=CHICAGO) == words
