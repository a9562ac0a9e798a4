"""`coachapp items`: item statistics of a score matrix from anywhere."""

import json
from pathlib import Path

import click

from coachapp.cli.regrade import changed_command, regrade_command
from coachapp.cli.score_files import read_maxima, read_scores
from coachapp.domain.psychometrics import ENOUGH_EXAMINEES, Analysis, ItemFigures, analyse, score_table

_ITEM_FIELDS = (
    "difficulty",
    "sd",
    "point_biserial",
    "discriminative_efficiency",
    "upper_lower_27",
    "alpha_if_dropped",
)
_TEST_FIELDS = ("mean", "median", "sd", "skewness", "kurtosis", "alpha", "sem")
_HEADS = ("n", "difficulty", "SD", "r (rest)", "efficiency", "D 27 %", "α dropped")


@click.group()
def items() -> None:
    """Analyse how items work; judge work again by a corrected key."""


items.add_command(changed_command)
items.add_command(regrade_command)


@items.command("analyse")
@click.option(
    "--scores", required=True, type=click.Path(path_type=Path), help="CSV: person,<item ids>; one row a person."
)
@click.option("--max", "maxima", type=click.Path(path_type=Path), help="CSV: item,max; 1 for items not listed.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def analyse_command(scores: Path, maxima: Path | None, as_json: bool) -> None:
    """Print the statistics of every item and of the test from a matrix of scores; an empty cell was not presented."""
    matrix = read_scores(scores)
    most = read_maxima(maxima, matrix.items) if maxima is not None else {}
    table = score_table(matrix.columns(most), most)
    found = analyse(table)
    if absent := len(table.totals) - found.n:
        words = "person was" if absent == 1 else "persons were"
        click.echo(f"{absent} {words} presented no item and left out.", err=True)
    click.echo(json.dumps(analysis_data(found), ensure_ascii=False, allow_nan=False) if as_json else _report(found))


def analysis_data(found: Analysis) -> dict[str, object]:
    """Return an analysis as plain data, ready for JSON: None where a statistic is undefined."""
    return {
        "n": found.n,
        "items": {
            item: {field: getattr(figures, field) for field in _ITEM_FIELDS} for item, figures in found.items.items()
        },
        "test": {field: getattr(found.test, field) for field in _TEST_FIELDS},
    }


def _report(found: Analysis) -> str:
    """Return an analysis as tables for a terminal."""
    wide = max(4, *(len(item) for item in found.items))
    rows = [f"{'item':<{wide}}" + "".join(f"{head:>12}" for head in _HEADS)]
    rows += [f"{item:<{wide}}{_row(figures)}" for item, figures in found.items.items()]
    rows += ["", f"{found.n} {'examinee' if found.n == 1 else 'examinees'}, {len(found.items)} items"]
    rows += [f"{field:<9}{_shown(getattr(found.test, field)):>10}" for field in _TEST_FIELDS]
    if found.provisional:
        rows += ["", f"Provisional: fewer than {ENOUGH_EXAMINEES} examinees."]
    return "\n".join(rows)


def _row(figures: ItemFigures) -> str:
    return f"{figures.n:>12}" + "".join(f"{_shown(getattr(figures, field)):>12}" for field in _ITEM_FIELDS)


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
