"""What the code book says when the code sets of the site do not cover today."""

from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from coachapp import clock
from tests.codebook.reading import main_of, words
from tests.conftest import SignIn

IMPORT = "coachapp codes import hcpcs FILE"


@pytest.fixture
def december(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it be a day that the bundled HCPCS list does not cover."""
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 12, 1, 15, tzinfo=UTC))


@pytest.fixture
def reader(december: None, sign_in: SignIn) -> FlaskClient:
    """Return a client signed in as a student, on that day."""
    return sign_in()


def test_the_first_page_names_the_end_and_the_import(reader: FlaskClient) -> None:
    said = words(main_of(reader.get("/codebook").text))
    assert "The codes of HCPCS Level II end on Jun 30, 2026" in said
    assert "whether a code is valid today, Dec 1, 2026, is not known here" in said
    assert IMPORT in said
    assert "import icd10cm" not in said


def test_a_date_that_was_chosen_gets_no_warning(reader: FlaskClient) -> None:
    assert IMPORT not in reader.get("/codebook?on=2026-05-20").text


def test_the_card_of_a_code_of_unknown_validity_names_the_import(reader: FlaskClient) -> None:
    assert IMPORT in reader.get("/codebook/hcpcs/E0114").text
    assert IMPORT not in reader.get("/codebook/hcpcs/E0114?on=2026-05-20").text


def test_a_day_that_is_covered_has_no_warning(sign_in: SignIn) -> None:
    assert "codes import" not in words(main_of(sign_in().get("/codebook").text))
