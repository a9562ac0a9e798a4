"""`coachapp grade`: grade a claim against a case, on the command line."""

import json
from pathlib import Path

import click

from coachapp.attempts.engine import judge
from coachapp.cli import Refused
from coachapp.cli.json_files import read_json
from coachapp.cli.release import ready_codesets
from coachapp.codesets import ReleaseMissing
from coachapp.config import ConfigError
from coachapp.content.loader import BadPath, load
from coachapp.domain.items import Case
from coachapp.domain.labels import Verdict
from coachapp.domain.responses import ResponseError, read_claim
from coachapp.domain.results import Result, result_data
from coachapp.paths import bundled


@click.command(short_help="Grade a claim against a case.")
@click.argument("case", metavar="CASE")
@click.argument("response", metavar="RESPONSE")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def grade(case: str, response: str, as_json: bool) -> None:
    """Grade the claim in RESPONSE, a JSON file or - for standard input, against CASE, an id or a folder.

    \b
    Example, with CLAIM.json holding
      {"diagnoses": [{"letter": "A", "code": "J02.0"}], "services":
       [{"code": "99213", "modifiers": [], "units": 1, "pointers": ["A"]}]}
    coachapp grade orthopedics/distal-radius-reduction CLAIM.json
    """
    chart = _case(case)
    try:
        claim = read_claim(read_json(response), chart.claim_form)
        with ready_codesets() as codesets:
            result = judge(chart, claim, codesets=codesets)
    except ResponseError as error:
        raise Refused("\n".join(_place(place, message) for place, message in error.problems)) from error
    except (ReleaseMissing, ConfigError) as error:
        raise Refused(str(error)) from error
    if as_json:
        click.echo(json.dumps(result_data(result), ensure_ascii=False))
    else:
        click.echo(_report(result))


def _place(place: str, message: str) -> str:
    return f"{place}: {message}" if place else message


def _case(name: str) -> Case:
    """Find a case by folder, by case.yaml, or by id among those that came with Coachapp."""
    path = Path(name)
    if not path.exists():
        path = bundled("cases") / name
        if name.count("/") != 1 or not (path / "case.yaml").is_file():
            raise Refused(f"{name}: no such case; give an id such as orthopedics/distal-radius-reduction, or a folder.")
    try:
        loaded = load(path)
    except BadPath as error:
        raise Refused(str(error)) from error
    if loaded.errors:
        raise Refused("The case has errors:\n" + "\n".join(str(place) for place in loaded.errors))
    if len(loaded.cases) != 1:
        raise Refused(f"{name} holds {len(loaded.cases)} cases; give the folder of one.")
    return loaded.cases[0]


_SIGNS = {
    Verdict.RIGHT: "right",
    Verdict.PARTIAL: "partly right",
    Verdict.WRONG: "wrong",
    Verdict.MISSED: "missed",
    Verdict.UNSUPPORTED: "unsupported",
    Verdict.OPTIONAL_PRESENT: "optional, present",
    Verdict.OPTIONAL_ABSENT: "optional, not reported",
}


def _report(result: Result) -> str:
    """Return a graded claim as text for a terminal."""
    rows = [f"Graded against: {result.branch} (policy {result.policy})", ""]
    for line in result.lines:
        mine = line.submitted.code if line.submitted else "–"
        key = line.expected.code if line.expected else "–"
        points = f"{line.points:g}/{line.possible:g}" if line.possible else ""
        rows.append(f"{line.kind.value:<10} {mine:<10} {key:<10} {_SIGNS[line.verdict]:<24} {points}".rstrip())
        rows += [f"             {label.text}" for label in line.labels]
    for element in result.claim:
        rows += [f"{label.text}" for label in element.labels]
    if result.findings:
        rows += ["", *(f"{f.severity.value}: {f.text}" for f in result.findings)]
    rows += ["", *(_score(name, value) for name, value in result.scores.items())]
    return "\n".join(rows)


def _score(name: str, value: float | None) -> str:
    return f"{name.replace('_', ' '):<20} {'–' if value is None else f'{value:.1%}':>7}"
