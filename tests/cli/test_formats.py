"""The command line reads codes in any format: look-up, search and grading."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from coachapp.cli import main
from tests.cli.test_grade import CASE, RIGHT, run, wrist
from tests.fixtures_codesets import codesets_dir

__all__ = ["codesets_dir", "run", "wrist"]


def answer(codesets_dir: Path, *words: str, code: int = 0) -> object:
    result = CliRunner(env={"COACH_DATA": str(codesets_dir)}).invoke(main, ["codes", *words, "--json"])
    assert result.exit_code == code, result.stderr
    return json.loads(result.stdout)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("S52‑501A", "S52.501A"),
        ("s52,501a", "S52.501A"),
        ("S52.501A.", "S52.501A"),
        ("\ufeffS52.501A\u202c", "S52.501A"),
        ("Ｓ５２．５０１Ａ", "S52.501A"),
        ("S52\u00a0501A", "S52.501A"),
        ("“S52.501A”", "S52.501A"),
        ("\u0415 11.9", "E11.9"),
        ("G0121-PT", "G0121"),
        ("G0121:PT", "G0121"),
        ("HC:G0121:PT", "G0121"),
        ("G\u200b0121;", "G0121"),
        ("0DT J4ZZ", "0DTJ4ZZ"),
    ],
)
def test_looking_up_a_code_in_any_format(codesets_dir: Path, text: str, code: str) -> None:
    found = answer(codesets_dir, "lookup", text, "--on", "2026-05-12")
    assert isinstance(found, dict)
    assert (found["code"], bool(found["title"])) == (code, True)


def test_a_dot_still_decides_the_code_system(codesets_dir: Path) -> None:
    for text in ("J10.10", "J10·10", "J10．10"):
        found = answer(codesets_dir, "lookup", text, "--on", "2026-05-12", code=1)
        assert isinstance(found, dict)
        assert (found["code"], found["system"], found["also"]) == ("J10.10", "icd10cm", [])
    found = answer(codesets_dir, "lookup", "00160-70", "--on", "2026-05-12")
    assert isinstance(found, dict)
    assert (found["code"], found["system"]) == ("00160", "cpt")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("S52‑501A", "S52.501A"),
        ("S52,501A", "S52.501A"),
        ("\u200bS52.501A.", "S52.501A"),
        ("Ｅ１１．９", "E11.9"),
        ("\u0415 11.9", "E11.9"),
        ("G0121\u00ad", "G0121"),
        ("plantar\u00a0fascial\u200b fibromatosis", "M72.2"),
    ],
)
def test_searching_in_any_format(codesets_dir: Path, text: str, code: str) -> None:
    found = answer(codesets_dir, "search", text, "--limit", "1")
    assert isinstance(found, list)
    assert [hit["code"] for hit in found] == [code]


@pytest.mark.parametrize(
    ("diagnosis", "service"),
    [
        ("S52.532A\u202c", "25605—LT"),
        ("S52,532A", "25605:LT"),
        ("S52‑532A;", "HC:25605:LT"),
        ("ｓ52.532ａ", "２５６０５－ＬＴ"),
        ("S52.532\u0410", "25605\u00a0LT,"),
    ],
)
def test_grading_a_correct_claim_in_any_format(run, diagnosis: str, service: str) -> None:
    claim = {
        "diagnoses": [{"code": diagnosis}],
        "services": [{"code": service, "units": 1.0, "pointers": ["ａ."]}],
        "pos": "22.",
    }
    result = run(json.dumps(claim), None, "--json")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["scores"]["coachapp"] == 1


def test_a_response_file_may_begin_with_a_byte_order_mark(run) -> None:
    result = run(b"\xef\xbb\xbf" + json.dumps(RIGHT).encode(), None, "--json")
    assert (result.exit_code, json.loads(result.stdout)["scores"]["coachapp"]) == (0, 1)


def test_half_a_character_is_no_traceback(run) -> None:
    result = run('{"diagnoses": [{"code": "S52\\ud800"}], "services": [{"code": "2560\\udc00"}]}', None, "--json")
    assert result.exit_code == 2, result.exception
    assert "a text holds a sign that is none" in result.stderr


def test_what_may_mean_two_things_is_asked_about(run) -> None:
    claim = {"services": [{"code": "25605", "modifiers": ["LT59"], "pointers": ["A–D"]}], "pos": "O2"}
    result = run(json.dumps(claim))
    assert result.exit_code == 2
    for words in ("services[0].modifiers: 'LT59'", "did you mean LT 59?", "A, D or A, B, C, D?", "did you mean 02?"):
        assert words in result.stderr


def test_content_check_reads_a_key_in_any_format(wrist: Path, codesets_dir: Path) -> None:
    environ = {"COACH_DATA": str(codesets_dir)}
    before = CliRunner(env=environ).invoke(main, ["content", "check", str(wrist)])
    key = (
        CASE.replace("S52.532A", "S52‑532A\u200b")
        .replace('"25605"', '"２５６０５"')
        .replace("[LT]", "[\u2066LT\u2069]")
    )
    (wrist / "case.yaml").write_text(key.replace('"22"', '"２２"'), encoding="utf-8")
    after = CliRunner(env=environ).invoke(main, ["content", "check", str(wrist)])
    assert (after.exit_code, after.output) == (before.exit_code, before.output)
