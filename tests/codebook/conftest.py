"""The code book needs code sets beside the database, and a day that does not move."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from coachapp import clock
from coachapp.config import Settings

TODAY = datetime(2026, 5, 20, 15, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def code_sets(settings: Settings, codesets_dir: Path) -> None:
    """Put the built release file into the test's data folder."""
    (settings.data / "codesets").symlink_to(codesets_dir / "codesets")


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """Let every page be asked for on a day in the second quarter of 2026."""
    monkeypatch.setattr(clock, "now", lambda: TODAY)
    return TODAY
