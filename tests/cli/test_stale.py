"""What `init`, `doctor` and `codes lookup` say of code sets that do not cover today, and of keys to decide about."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from coachapp import clock
from coachapp.attempts import regrading
from tests.cli.conftest import Run

DECEMBER = datetime(2026, 12, 1, 14, tzinfo=UTC)
IMPORT = "`coachapp codes import hcpcs FILE`"


def test_doctor_warns_and_fails_for_nothing_that_is_a_warning(ready: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: DECEMBER)
    monkeypatch.setattr(regrading, "count_to_decide", lambda session: 2)
    rows = {row["check"]: row for row in ready("doctor", "--json").json}
    assert rows["code set hcpcs"]["ok"]
    assert rows["code set hcpcs"]["warning"]
    assert IMPORT in rows["code set hcpcs"]["text"]
    assert rows["answer keys"]["ok"]
    assert "2 answer keys changed" in rows["answer keys"]["text"]
    assert "/keys" in rows["answer keys"]["text"]
    assert "warning  code set hcpcs: " in ready("doctor").out


def test_doctor_names_every_system_after_the_last_day_of_all(ready: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2027, 4, 2, 14, tzinfo=UTC))
    names = {row["check"] for row in ready("doctor", "--json").json if row["warning"]}
    assert {"code set hcpcs", "code set icd10cm", "code set icd10pcs"} <= names


def test_doctor_has_no_warning_on_a_day_that_is_covered(ready: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 5, 15, 14, tzinfo=UTC))
    assert not any(row["warning"] for row in ready("doctor", "--json").json)


def test_init_names_stale_code_sets_and_keys_to_decide(
    run: Run, data: Path, codesets_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data.mkdir(mode=0o700)
    shutil.copytree(codesets_dir / "codesets", data / "codesets")
    monkeypatch.setattr(clock, "now", lambda: DECEMBER)
    monkeypatch.setattr(regrading, "count_to_decide", lambda session: 1)
    outcome = run("init")
    assert outcome.out == ""
    assert IMPORT in outcome.err
    assert "1 answer key changed after work was graded" in outcome.err
    assert "`coachapp items changed`" in outcome.err


def test_a_look_up_of_unknown_validity_names_the_import(ready: Run) -> None:
    outcome = ready("codes", "lookup", "E0114", "--on", "2026-12-01", "--json")
    assert outcome.json["valid"] is None
    assert IMPORT in outcome.err
    assert ready("codes", "lookup", "E0114", "--on", "2026-05-01", "--json").err == ""
    assert ready("codes", "lookup", "99213", "--on", "2026-12-01").err == "", "no file answers for CPT at all"
