"""`coachapp grade`: the Result as JSON, and every way in which a request can be bad."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from coachapp.cli import main

CASE = """
id: orthopedics/wrist
title: A wrist
specialty: orthopedics
setting: office
claim_form: professional
date_of_service: 2026-05-12
patient: {age: 40, sex: male}
task: Code the claim.
level: foundation
minutes: 5
documents:
- {id: note, title: Note, file: note.md}
pos: "22"
concepts: [fracture-treatment]
key:
  branches:
  - name: as documented
    diagnoses:
    - {id: d1, code: S52.532A, first: true, evidence: [{document: note, quote: broken left wrist}], rationale: Said so.}
    services:
    - id: s1
      code: "25605"
      modifiers: [LT]
      units: 1
      pointers: [d1]
      evidence: [{document: note, quote: set by hand}]
lesson: Look at the side.
"""


@pytest.fixture
def wrist(tmp_path: Path) -> Path:
    folder = tmp_path / "cases" / "orthopedics" / "wrist"
    folder.mkdir(parents=True)
    (folder / "case.yaml").write_text(CASE)
    (folder / "note.md").write_text("A broken left wrist, set by hand.")
    return folder


@pytest.fixture
def run(wrist: Path, codesets_dir: Path):
    def run(response: str | bytes, case: str | None = None, *options: str) -> Result:
        data = response if isinstance(response, bytes) else response.encode()
        environ = {"COACH_DATA": str(codesets_dir)}
        return CliRunner(env=environ).invoke(main, ["grade", case or str(wrist), "-", *options], input=data)

    return run


RIGHT = {
    "diagnoses": [{"code": "s52532a"}],
    "services": [{"code": "25605-lt", "units": 1, "pointers": ["A"]}],
    "pos": "22",
}


def test_a_right_claim_as_json(run):
    result = run(json.dumps(RIGHT), None, "--json")
    assert result.exit_code == 0
    data = json.loads(result.stdout)
    assert set(data) >= {"scores", "policy", "branch", "lines", "findings"}
    assert data["scores"]["coachapp"] == 1
    first = data["lines"][0]
    assert set(first) == {"kind", "submitted", "expected", "verdict", "labels", "points", "possible", "why"}
    assert (first["kind"], first["verdict"], first["points"], first["possible"]) == ("diagnosis", "right", 2, 2)
    assert first["submitted"] == {"index": 0, "code": "S52.532A", "letter": "A", "poa": None}
    assert (first["expected"]["id"], first["expected"]["code"]) == ("d1", "S52.532A")
    assert [f["rule"] for f in data["findings"]] == ["not_checked"]


def test_a_wrong_claim_says_how(run):
    claim = {
        "diagnoses": [{"code": "S52.531A"}],
        "services": [{"code": "25605", "modifiers": ["RT"], "pointers": ["A"]}],
    }
    data = json.loads(run(json.dumps(claim), None, "--json").stdout)
    label = data["lines"][0]["labels"][0]
    assert label == {
        "label": "laterality",
        "element": "code",
        "codes": ["S52.531A", "S52.532A"],
        "text": "S52.531A says right; the chart supports left (S52.532A).",
    }
    assert [x["label"] for x in data["lines"][1]["labels"]] == ["modifier_wrong", "pointer"]
    assert data["claim"][0]["labels"][0]["label"] == "place_of_service"


def test_the_same_claim_gives_the_same_bytes(run):
    assert run(json.dumps(RIGHT), None, "--json").stdout == run(json.dumps(RIGHT), None, "--json").stdout


def test_for_a_reader_without_json(run):
    result = run(json.dumps(RIGHT))
    assert result.exit_code == 0
    assert "Graded against: as documented" in result.stdout
    assert "100.0%" in result.stdout


def test_a_file_and_a_bundled_id(run, tmp_path, codesets_dir):
    file = tmp_path / "claim.json"
    file.write_text("{}")
    args = ["grade", "orthopedics/distal-radius-reduction", str(file), "--json"]
    result = CliRunner(env={"COACH_DATA": str(codesets_dir)}).invoke(main, args)
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["scores"]["coachapp"] == 0


@pytest.mark.parametrize(
    ("response", "said"),
    [
        ("{", "standard input:1:2"),
        ('{"diagnoses": [],\n "diagnoses": []}', "'diagnoses' stands twice"),
        ('{"services": [{"code": "25605", "units": NaN}]}', "NaN"),
        ('{"services": [{"code": "25605", "units": 1e999}]}', "too large"),
        ('{"services": [{"code": "25605", "units": 1.5}]}', "services[0].units"),
        ('{"services": [{"code": "25605", "units": true}]}', "services[0].units"),
        ('{"services": [{"code": "25605", "units": "2"}]}', "services[0].units: must be a whole number, not text"),
        ('{"services": [{"code": "25605", "units": 0}]}', "outside 1 to 999,999"),
        ('{"services": [{"code": "25605", "modifiers": ["RT","59","51","25","76"]}]}', "services[0].modifiers"),
        ('{"services": [{"code": "25605", "modifiers": "RT"}]}', "services[0].modifiers: must be a list"),
        ('{"services": [{"code": "25605", "modifiers": ["RTX"]}]}', "'RTX' is not a modifier"),
        ('{"services": [{"code": "", "modifiers": ["RT"]}]}', "services[0]: has modifiers"),
        ('{"services": [{"code": "", "units": 2}]}', "but no code"),
        ('{"services": [{"code": "25605", "pointers": ["A","B","C","D","E"]}]}', "services[0].pointers: 5 pointers"),
        ('{"services": [{"code": "25605", "pointers": ["M"]}]}', "'M' is no row of this claim (A to L)"),
        ('{"services": [{"code": "25605", "pointers": ["A", "A"]}]}', "A stands twice"),
        ('{"diagnoses": [{"code": "I10", "letter": "A"}, {"code": "E11.9", "letter": "A"}]}', "diagnoses[1].letter"),
        ('{"diagnoses": [{"code": "I10", "poa": "Y"}]}', "diagnoses[0].poa: only an inpatient claim"),
        ('{"diagnoses": [{"kode": "I10"}]}', "diagnoses[0].kode: unknown field"),
        ('{"diagnoses": {"code": "I10"}}', "diagnoses: must be a list"),
        ('{"diagnoses": ["I10"]}', "diagnoses[0]: must be an object"),
        ('{"diagnoses": [{"code": 10}]}', "diagnoses[0].code: must be text"),
        ('{"dx": []}', "dx: unknown field"),
        ("[]", "a claim must be an object, not a list"),
        ('{"pos": "office"}', "pos"),
        ('{"no_service": "yes"}', "no_service: must be true or false"),
        ('{"no_service": true, "services": [{"code": "25605"}]}', "no_service"),
        (json.dumps({"diagnoses": [{"code": "I10"}] * 13}), "13 rows, but a professional claim holds 12"),
        (b'{"pos": "\xff"}', "not UTF-8"),
        (b'{"pos": "' + b"1" * 1_000_001 + b'"}', "larger than 1 MB"),
        ("[" * 100_000, "nested too deeply"),
        ('{"services": [{"code": "25605", "units": ' + "9" * 5000 + "}]}", "standard input"),
    ],
)
def test_a_bad_response_exits_2_and_names_the_place(run, response, said):
    result = run(response, None, "--json")
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.stderr


def test_every_problem_is_named_at_once(run):
    result = run('{"diagnoses": [{"kode": "x"}], "services": [{"code": "1", "units": 0}], "pos": 11}')
    assert result.exit_code == 2
    assert all(place in result.stderr for place in ("diagnoses[0].kode", "services[0].units", "pos"))


@pytest.mark.parametrize("case", ["nobody/knows", "nobody", "../cases/x", "/etc"])
def test_an_unknown_case_exits_2(run, case):
    result = run("{}", case)
    assert result.exit_code == 2
    assert "Traceback" not in result.stderr


def test_a_broken_case_exits_2_and_says_where(run, wrist):
    (wrist / "case.yaml").write_text(CASE.replace("minutes: 5", "minutes: soon"))
    result = run("{}")
    assert result.exit_code == 2
    assert "case.yaml:11:10" in result.stderr


def test_a_missing_file_exits_2(codesets_dir, wrist, tmp_path):
    args = ["grade", str(wrist), str(tmp_path / "none.json")]
    result = CliRunner(env={"COACH_DATA": str(codesets_dir)}).invoke(main, args)
    assert result.exit_code == 2
    assert "none.json" in result.stderr
