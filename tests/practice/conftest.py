"""Practice needs code sets beside the database, and cases in it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from coachapp.config import Settings
from coachapp.models.items import Item
from tests.practice.samples import add_cases, hidden, scope, stay, wrist


@pytest.fixture(autouse=True)
def code_sets(settings: Settings, codesets_dir: Path) -> None:
    """Put the built release file into the test's data folder."""
    (settings.data / "codesets").symlink_to(codesets_dir / "codesets")


@pytest.fixture
def cases(db_session: Session) -> dict[str, Item]:
    """Store one case of each claim form and one that is not verified."""
    return add_cases(db_session, wrist(), stay(), scope(), hidden())


@pytest.fixture
def draft(cases: dict[str, Item]) -> Callable[..., Any]:
    """Return a function that sends a draft as the page's script does."""

    def send(client: Any, claim: object, slug: str = "orthopedics/broken-wrist", **fields: Any) -> Any:
        version = cases[slug].current_version_id
        body = {"attempt": None, "seq": 0, "version": version, "opened": "", "claim": claim, **fields}
        return client.post(f"/cases/{slug}/draft", json=body)

    return send
