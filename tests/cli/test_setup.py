"""`coachapp init`, the demo, and what `coachapp` says by itself."""

import json
import shutil
import stat
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from coachapp.cli import COMMANDS
from coachapp.cli.demo import FILE, PEOPLE
from coachapp.models.classroom import Assignment, Membership
from coachapp.models.items import Item
from coachapp.models.people import Person
from coachapp.web.passwords import verify
from tests.cli.conftest import Run


@pytest.fixture
def fresh(run: Run, data: Path, codesets_dir: Path) -> Run:
    """Return `run` on a data folder with a built release and nothing else, for building takes its time."""
    data.mkdir(mode=0o700)
    shutil.copytree(codesets_dir / "codesets", data / "codesets")
    return run


def rows(data: Path, model: Any) -> list[Any]:
    """Return all rows of a table."""
    engine = create_engine(f"sqlite:///{data / 'coachapp.sqlite'}")
    with Session(engine) as session:
        found = list(session.scalars(select(model)))
    engine.dispose()
    return found


def test_init_makes_everything_and_no_account(fresh: Run, data: Path) -> None:
    outcome = fresh("init")
    assert outcome.code in (0, 1), outcome.err
    assert stat.S_IMODE((data / "secret_key").stat().st_mode) == 0o600
    assert rows(data, Item)
    assert rows(data, Person) == []
    assert outcome.out == ""
    again = fresh("init")
    assert again.code == outcome.code
    assert "cases and questions: up to date" in again.err
    assert "secret key" not in again.err


def test_the_demo_has_people_a_class_and_passwords_that_stay(fresh: Run, data: Path) -> None:
    first = fresh("init", "--demo")
    kept = json.loads((data / FILE).read_text())
    assert stat.S_IMODE((data / FILE).stat().st_mode) == 0o600
    people = {person.email: person for person in rows(data, Person)}
    assert set(people) == {email for _, _, email in PEOPLE} == {one["email"] for one in kept}
    for one in kept:
        assert one["password"] in first.out
        assert people[one["email"]].demo
        assert people[one["email"]].role == one["role"]
        assert verify(people[one["email"]].password_hash, one["password"])
    assert len(rows(data, Membership)) == 3
    given = rows(data, Assignment)
    assert [(one.item_id is not None, one.plan_id) for one in given] == [
        (True, None),
        (False, "drill-surgery-10000"),
        (False, "cpc-quarter"),
    ]
    assert all(one.due_at > one.opens_at for one in given)
    second = fresh("init", "--demo")
    assert second.out == ""
    assert json.loads((data / FILE).read_text()) == kept
    assert len(rows(data, Membership)) == 3
    assert len(rows(data, Assignment)) == 3, "what was given once is not given again"


def test_a_lost_list_of_demo_passwords_is_made_anew(fresh: Run, data: Path) -> None:
    fresh("init", "--demo")
    (data / FILE).unlink()
    assert "Demo sign-ins" in fresh("init", "--demo").out
    for one in json.loads((data / FILE).read_text()):
        person = next(p for p in rows(data, Person) if p.email == one["email"])
        assert verify(person.password_hash, one["password"])


def test_a_garbled_list_of_demo_passwords_is_said_so(fresh: Run, data: Path) -> None:
    (data / FILE).write_text("{")
    outcome = fresh("init", "--demo")
    assert outcome.code == 2
    assert "is garbled: delete it" in outcome.err


def test_a_data_folder_that_cannot_be_made_is_said_so(run: Run, data: Path) -> None:
    data.parent.mkdir(exist_ok=True)
    data.write_text("a file in the way")
    outcome = run("init")
    assert outcome.code == 2
    assert str(data) in outcome.err


def test_a_database_that_is_none_is_said_so(ready: Run, data: Path) -> None:
    (data / "coachapp.sqlite").write_text("this is no database, however one looks at it")
    for arguments in (["init"], ["people", "list"], ["db", "current"], ["run"]):
        outcome = ready(*arguments)
        assert outcome.code == 2, arguments
        assert "the database" in outcome.err


def test_unknown_settings_and_commands_are_refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("fly").code == 2
    monkeypatch.setenv("COACH_PROT", "5001")
    outcome = run("people", "list")
    assert outcome.code == 2
    assert "did you mean COACH_PORT?" in outcome.err


def test_help_and_version(run: Run) -> None:
    page = run("--help").out
    assert all(f"\n  {name} " in page for name in COMMANDS)
    assert run("--version").out.startswith("coachapp, version ")
