"""`coachapp exams` on the command line."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp.cli.exams import exams
from coachapp.config import Settings
from coachapp.domain.questions import Section
from coachapp.exams.operations import report_problem
from coachapp.models.audit import AuditEntry
from coachapp.models.people import Person
from coachapp.models.sittings import AccommodationGrant, Sitting
from tests.conftest import SECRET
from tests.exams.conftest import T0, begin, stock

__all__ = ["begin", "stock"]


def run(*words: str | Path) -> Result:
    """Run a command of the group."""
    return CliRunner().invoke(exams, [str(word) for word in words])


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """Return a folder of questions: twenty verified ones in every section, one that is not."""
    for section in Section:
        (tmp_path / section).mkdir()
        for n in range(21):
            question = {
                "id": f"{section}/q-{n:02}",
                "section": str(section),
                "concepts": ["some-concept"],
                "difficulty": str(n % 5 + 1),
                "stem": f"What is right in {section} {n}?",
                "exhibit": "A chart.",
                "options": [
                    {"id": i, "text": f"Option {i}", "right": str(i == "a").lower(), "why": "Because."} for i in "abcd"
                ],
            }
            if n < 20:
                question["verified"] = "2026-05-30"
            (tmp_path / section / f"q-{n:02}.yaml").write_text(yaml.safe_dump(question))
    return tmp_path


def test_plans_are_listed() -> None:
    plans = json.loads(run("plans", "--json").stdout)
    assert [plan["id"] for plan in plans[:3]] == ["cpc", "cpc-half", "cpc-quarter"]
    assert "cpc " in run("plans").stdout
    assert run("plans").exit_code == 0


def test_papers_are_disjoint_and_the_same_for_the_same_seed(bank: Path) -> None:
    first = run("assemble", "cpc-half", "--seed", "4", "--papers", "3", "--bank", bank, "--json")
    assert first.exit_code == 0
    made = json.loads(first.stdout)
    items = [item["id"] for paper in made for item in paper["items"]]
    assert len(set(items)) == len(items) == 150
    assert made[0].keys() == {"plan", "items"}
    assert made[0]["plan"] == "cpc-half"
    assert made[0]["items"][0].keys() == {"id", "section", "options"}
    assert run("assemble", "cpc-half", "--seed", "4", "--papers", "3", "--bank", bank, "--json").stdout == first.stdout
    assert not any(item.endswith("q-20") for item in items)


def test_more_papers_than_the_bank_holds_are_refused(bank: Path) -> None:
    short = run("assemble", "cpc-half", "--papers", "90", "--bank", bank, "--json")
    assert short.exit_code == 1
    assert json.loads(short.stdout)["short"]["cases"] > 0


def test_papers_are_printed_for_people(bank: Path) -> None:
    shown = run("assemble", "cpc-quarter", "--bank", bank)
    assert shown.exit_code == 0
    assert shown.stdout.count("surgery-") == 9 * 2  # section and id


def test_what_is_short_is_said_by_section(bank: Path) -> None:
    for n in range(15):
        (bank / "hcpcs" / f"q-{n:02}.yaml").unlink()
    for n in range(19):
        (bank / "cases" / f"q-{n:02}.yaml").unlink()
    short = run("assemble", "cpc", "--bank", bank, "--json")
    assert short.exit_code == 1
    assert json.loads(short.stdout) == {"short": {"cases": 9}}
    assert "cases lacks 9 questions" in short.stderr
    assert "18 questions are not verified yet; --unverified takes them too" in short.stderr
    assert "These plans can be assembled: drill-surgery-10000" in short.stderr
    assert json.loads(run("assemble", "cpc", "--bank", bank, "--unverified", "--json").stdout) == {
        "short": {"cases": 8}
    }


def test_an_empty_bank_makes_no_plan(tmp_path: Path) -> None:
    result = run("assemble", "drill-em", "--bank", tmp_path)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "No plan can be assembled yet." in result.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["assemble", "nclex"], "there is no exam plan 'nclex'; there are cpc,"),
        (["assemble", "cpc", "--bank", "/nowhere"], "there is no such file or folder"),
        (["assemble", "cpc", "--papers", "0"], "0 is not in the range"),
        (["assemble", "cpc", "--seed", "x"], "not a valid integer"),
    ],
)
def test_a_request_that_cannot_be_carried_out_is_2(words: list[str], message: str) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stdout == ""


def test_broken_questions_are_named_on_standard_error(bank: Path) -> None:
    (bank / "em" / "q-00.yaml").write_text("id: em/q-00\n")
    result = run("assemble", "drill-hcpcs", "--bank", bank, "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)[0]["plan"] == "drill-hcpcs"
    assert "q-00.yaml:1:1: the field 'section' is missing" in result.stderr


@pytest.fixture
def site(app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """Let commands work on the test's own site."""
    monkeypatch.setenv("COACH_DATA", str(settings.data))
    monkeypatch.setenv("COACH_SECRET_KEY", SECRET)
    return app


def test_close_expired_finishes_what_is_due(site: Flask, begin: Callable[..., Sitting], db_session: Session) -> None:
    sitting = begin().id
    result = run("close-expired", "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (0, {"finished": [sitting]})
    again = run("close-expired")
    assert (again.exit_code, again.stdout, again.stderr) == (0, "", "0 sittings finished\n")


def test_accommodations_are_granted_with_a_reason(
    site: Flask, person: Callable[..., Person], db_session: Session
) -> None:
    who = person()
    result = run("accommodate", who.email, "--factor", "1.5", "--breaks", "10", "--plan", "cpc", "--reason", "letter")
    assert result.exit_code == 0
    assert result.stderr.startswith(f"granted to {who.email} in ")
    assert result.stderr.endswith("; it counts from the next exam\n")
    row = db_session.scalars(select(AccommodationGrant)).one()
    assert (row.factor, row.extra, row.breaks, row.scope, row.reason) == ("1.5", None, 10, "cpc", "letter")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--factor", "9"], "the factor must be 1 to 4, not 9"),
        (["--factor", "much"], "--factor much is no number"),
        (["--extra", "-1"], "extra must be 0 to 1440 minutes"),
        (["--factor", "2", "--plan", "nclex"], "there is no exam plan 'nclex'"),
        ([], "say what is granted"),
    ],
)
def test_an_accommodation_that_cannot_be_granted_is_2(
    site: Flask, person: Callable[..., Person], words: list[str], message: str
) -> None:
    result = run("accommodate", person().email, *words, "--reason", "x")
    assert result.exit_code == 2
    assert message in result.stderr


def test_nobody_is_said(site: Flask) -> None:
    result = run("accommodate", "a@example.org", "--extra", "5", "--reason", "x")
    assert (result.exit_code, "nobody here has the email" in result.stderr) == (2, True)


def test_a_ruling_scores_again(site: Flask, begin: Callable[..., Sitting], db_session: Session) -> None:
    begin()
    run("close-expired")
    result = run("rule", "em/q-01", "void", "--reason", "two right answers")
    assert (result.exit_code, result.stderr) == (
        0,
        "em/q-01 (version 1) is void in every exam; 1 sitting scored again\n",
    )
    assert db_session.scalars(select(Sitting.scored_count)).one() == 11
    assert run("rule", "em/nothing", "void", "--reason", "x").exit_code == 2
    assert run("rule", "em/q-01", "void", "--reason", "x", "--version", "7").exit_code == 2
    assert run("rule", "em/q-01", "credit_all", "--reason", "x", "--version", "1").exit_code == 0


def test_a_sitting_is_voided(site: Flask, begin: Callable[..., Sitting], db_session: Session) -> None:
    sitting = begin().id
    assert run("void", str(sitting)).exit_code == 2
    done = run("void", str(sitting), "--reason", "Fire alarm.")
    assert done.exit_code == 0
    assert done.stderr.startswith(f"sitting {sitting} of ")
    assert "can sit the exam again" in done.stderr
    db_session.expire_all()
    assert db_session.get_one(Sitting, sitting).state == "voided"
    entry = db_session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.actor_id, entry.detail) == ("sitting_voided", None, {"reason": "Fire alarm."})
    assert run("void", "99", "--reason", "x").exit_code == 2


def test_reported_problems_are_listed(site: Flask, begin: Callable[..., Sitting], db_session: Session) -> None:
    assert (run("problems").stdout, run("problems", "--json").stdout) == ("", "[]\n")
    sitting = begin()
    report_problem(
        db_session, sitting.person_id, version_id=sitting.paper[0]["version_id"], text="No option fits.", now=T0
    )
    db_session.commit()
    assert json.loads(run("problems", "--json").stdout) == [
        {"item": "em/q-00", "version": 1, "text": "No option fits.", "at": "2026-05-15T14:00:00+00:00"}
    ]
    assert run("problems").stdout == "2026-05-15 14:00 UTC  em/q-00 (version 1): No option fits.\n"
