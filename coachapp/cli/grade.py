"""`coachapp grade`: grade a claim against a case, on the command line."""

import json
import math
import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from coachapp.attempts.engine import judge
from coachapp.cli.release import ready_codesets
from coachapp.codesets import ReleaseMissing
from coachapp.config import ConfigError
from coachapp.content.loader import BadPath, load
from coachapp.domain.items import Case
from coachapp.domain.labels import Verdict
from coachapp.domain.responses import ResponseError, read_claim
from coachapp.domain.results import Result, result_data
from coachapp.paths import bundled

MOST_BYTES = 1_000_000


class _Refused(click.ClickException):
    """A request that cannot be carried out: exit code 2."""

    exit_code = 2


@click.command()
@click.argument("case", metavar="CASE")
@click.argument("response", metavar="RESPONSE")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def grade(case: str, response: str, as_json: bool) -> None:
    """Grade the claim in RESPONSE, a JSON file or - for standard input, against CASE, an id or a folder."""
    chart = _case(case)
    try:
        claim = read_claim(_json(response), chart.claim_form)
        result = judge(chart, claim, codesets=ready_codesets())
    except ResponseError as error:
        raise _Refused("\n".join(_place(place, message) for place, message in error.problems)) from error
    except (ReleaseMissing, ConfigError) as error:
        raise _Refused(str(error)) from error
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
            raise _Refused(
                f"{name}: no such case; give an id such as orthopedics/distal-radius-reduction, or a folder."
            )
    try:
        loaded = load(path)
    except BadPath as error:
        raise _Refused(str(error)) from error
    if loaded.errors:
        raise _Refused("The case has errors:\n" + "\n".join(str(place) for place in loaded.errors))
    if len(loaded.cases) != 1:
        raise _Refused(f"{name} holds {len(loaded.cases)} cases; give the folder of one.")
    return loaded.cases[0]


class _Bad(ValueError):
    """JSON that says something twice, or a number that is none."""


def _json(name: str) -> object:
    """Read one JSON value strictly: UTF-8, at most 1 MB, no repeated field, no NaN."""
    shown = "standard input" if name == "-" else name
    try:
        if name == "-":
            raw = sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                raw = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise _Refused(f"{shown}: {error.strerror or error}") from error
    if len(raw) > MOST_BYTES:
        raise _Refused(f"{shown}: larger than 1 MB.")
    try:
        return json.loads(
            raw.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant, parse_float=_finite
        )
    except UnicodeDecodeError as error:
        raise _Refused(f"{shown}: byte {error.start + 1} is not UTF-8.") from error
    except json.JSONDecodeError as error:
        raise _Refused(f"{shown}:{error.lineno}:{error.colno}: {error.msg}.") from error
    except RecursionError as error:
        raise _Refused(f"{shown}: nested too deeply.") from error
    except ValueError as error:  # includes _Bad, and whole numbers too long to convert
        raise _Refused(f"{shown}: {error}") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field, value in pairs:
        if field in found:
            raise _Bad(f"the field {field!r} stands twice in one object.")
        found[field] = value
    return found


def _no_constant(text: str) -> NoReturn:
    raise _Bad(f"{text} is not a number.")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise _Bad(f"{text} is too large.")
    return value


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
