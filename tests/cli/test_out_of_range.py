"""Numbers and dates out of range on the command line: exit 2 with a message, never a traceback."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

HUGE = str(10**30)


@pytest.mark.parametrize(
    "arguments",
    [
        ("exams", "void", "99999999999999999999", "--reason", "x"),
        ("exams", "void", str(2**31), "--reason", "x"),
        ("exams", "void", "0", "--reason", "x"),
        ("exams", "void", "--reason", "x", "--", "-1"),
        ("exams", "void", "NaN", "--reason", "x"),
        ("exams", "rule", "em/q-1", "void", "--version", HUGE, "--reason", "x"),
        ("codes", "search", "heart", "--limit", HUGE),
        ("codes", "search", "heart", "--on", "10000-01-01"),
        ("codes", "lookup", "I10", "--on", "0000-01-01"),
        ("codes", "lookup", "I10", "--on", "2026-02-30"),
        ("codes", "lookup", "I10", "--on", "２０２６-01-01"),
        ("demo", "--learners", HUGE),
        ("demo", "--months", HUGE),
        ("demo", "--until", "0001-01-01"),
        ("demo", "--until", "1999-12-31"),
        ("demo", "--until", "9999-12-31"),
        ("exams", "assemble", "cpc", "--papers", HUGE),
        ("run", "--port", HUGE),
    ],
    ids=" ".join,
)
def test_what_is_out_of_range_is_refused(ready: Run, arguments: tuple[str, ...]) -> None:
    outcome = ready(*arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert "Error: " in outcome.err


@pytest.mark.parametrize("option", ["--factor", "--extra", "--breaks", "--extension"])
@pytest.mark.parametrize("value", [HUGE, "-1", "NaN", "1e999"])
def test_accommodations_out_of_range_are_refused(ready: Run, option: str, value: str) -> None:
    ready("people", "add", "a@example.org", "--name", "A")
    outcome = ready("exams", "accommodate", "a@example.org", f"{option}={value}", "--reason", "x")
    assert outcome.code == 2
    assert "Error: " in outcome.err


@pytest.mark.parametrize("day", ["0001-01-01", "1582-10-15", "9999-12-31"])
def test_a_day_at_the_ends_of_the_calendar_is_looked_up(ready: Run, day: str) -> None:
    answer = ready("codes", "lookup", "I10", "--on", day, "--json")
    assert answer.code == 0
    assert answer.json["valid"] is None
    assert ready("codes", "search", "heart", "--on", day, "--json").code == 0


@pytest.mark.parametrize(
    "text",
    [
        "[" * 1000 + "]" * 1000,
        '{"diagnoses": [' * 40 + "]}" * 40,
        json.dumps({"services": [{"code": "25605", "units": 10**30}]}),
        '{"services": [{"code": "25605", "units": NaN}]}',
        '{"diagnoses": [{"code": "\\ud800"}]}',
        '{"diagnoses": [{"code": "\\u0000"}]}',
    ],
)
def test_a_claim_out_of_range_is_refused(ready: Run, tmp_path: Path, text: str) -> None:
    claim = tmp_path / "claim.json"
    claim.write_text(text)
    outcome = ready("grade", str(tmp_path), str(claim))
    assert (outcome.code, outcome.out) == (2, "")
    assert "Error: " in outcome.err
