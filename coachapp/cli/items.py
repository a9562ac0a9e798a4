"""`coachapp items`: item statistics of a score matrix from anywhere."""

import json
from collections.abc import Mapping
from pathlib import Path

import click

from coachapp.cli import Refused
from coachapp.cli.coders import agreement_command
from coachapp.cli.regrade import changed_command, regrade_command
from coachapp.cli.score_files import Matrix, read_key, read_matrix, read_maxima
from coachapp.domain.psychometrics import (
    ENOUGH_EXAMINEES,
    Analysis,
    ItemFigures,
    OptionFigures,
    ScoreTable,
    analyse,
    key_suspect,
    option_figures,
    score_table,
)

_ITEM_FIELDS = (
    "difficulty",
    "sd",
    "point_biserial",
    "discriminative_efficiency",
    "upper_lower_27",
    "alpha_if_dropped",
)
_TEST_FIELDS = ("mean", "median", "sd", "skewness", "kurtosis", "alpha", "sem")
_OPTION_FIELDS = ("option", "right", "chosen", "share", "mean_total", "correlation", "functional")
_HEADS = ("n", "difficulty", "SD", "r (rest)", "efficiency", "D 27 %", "α dropped")
_OPTION_HEADS = ("chosen", "share", "mean T", "r (rest)")

# The options of each item whose answers were given.
Options = Mapping[str, tuple[OptionFigures, ...]]


@click.group(short_help="Item statistics, agreement of coders, regrades.")
def items() -> None:
    """Analyse how items work and how far coders agree; judge work again by a corrected key."""


items.add_command(agreement_command)
items.add_command(changed_command)
items.add_command(regrade_command)


@items.command("analyse", short_help="Print item and test statistics of scores.")
@click.option(
    "--scores", required=True, type=click.Path(path_type=Path), help="CSV: person,<item ids>; one row a person."
)
@click.option("--max", "maxima", type=click.Path(path_type=Path), help="CSV: item,max; 1 for items not listed.")
@click.option(
    "--answers",
    type=click.Path(path_type=Path),
    help="CSV like the scores, its cells the options chosen (a, or a;c); items without options may be left out.",
)
@click.option("--key", type=click.Path(path_type=Path), help="CSV: item,right; one row an item of --answers.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def analyse_command(scores: Path, maxima: Path | None, answers: Path | None, key: Path | None, as_json: bool) -> None:
    """Print the statistics of every item and of the test from a matrix of scores; an empty cell was not presented.

    With --answers and --key also how each option works: who chose it, and whether it speaks against the key.
    """
    if (answers is None) != (key is None):
        raise Refused("--answers and --key go together: options are judged by which of them are right.")
    matrix = read_matrix(scores)
    most = read_maxima(maxima, matrix.items) if maxima is not None else {}
    table = score_table(matrix.columns(most), most)
    options = None if answers is None or key is None else _options(table, matrix, answers=answers, key=key)
    found = analyse(table)
    if absent := len(table.totals) - found.n:
        words = "person was" if absent == 1 else "persons were"
        click.echo(f"{absent} {words} presented no item and left out.", err=True)
    if as_json:
        click.echo(json.dumps(analysis_data(found, options), ensure_ascii=False, allow_nan=False))
    else:
        click.echo(_report(found, options or {}))


def _options(table: ScoreTable, scores: Matrix, *, answers: Path, key: Path) -> Options:
    """Return the figures of every option that was chosen or is right, in the order of their names."""
    matrix = read_matrix(answers)
    chosen = matrix.choices(scores)
    keyed = read_key(key, matrix.items)
    return {
        item: option_figures(
            table,
            item,
            choices=choices,
            options=sorted(keyed[item].union(*choices)),
            right=keyed[item],
        )
        for item, choices in chosen.items()
    }


def analysis_data(found: Analysis, options: Options | None = None) -> dict[str, object]:
    """Return an analysis as plain data, ready for JSON: None where a statistic is undefined.

    With `options` every item has its `options` and `key_suspect` as well, None where its answers were not given.
    """
    data: dict[str, dict[str, object]] = {
        item: {field: getattr(figures, field) for field in _ITEM_FIELDS} for item, figures in found.items.items()
    }
    for item, one in data.items() if options is not None else ():
        some = options.get(item) if options else None
        one["options"] = some and [{field: getattr(option, field) for field in _OPTION_FIELDS} for option in some]
        one["key_suspect"] = some and key_suspect(some)
    return {"n": found.n, "items": data, "test": {field: getattr(found.test, field) for field in _TEST_FIELDS}}


def _report(found: Analysis, options: Options) -> str:
    """Return an analysis as tables for a terminal."""
    wide = max(4, *(len(item) for item in found.items))
    rows = [f"{'item':<{wide}}" + "".join(f"{head:>12}" for head in _HEADS)]
    rows += [f"{item:<{wide}}{_row(figures)}" for item, figures in found.items.items()]
    rows += _option_rows(options, wide)
    rows += ["", f"{found.n} {'examinee' if found.n == 1 else 'examinees'}, {len(found.items)} items"]
    rows += [f"{field:<9}{_shown(getattr(found.test, field)):>10}" for field in _TEST_FIELDS]
    if found.provisional:
        rows += ["", f"Provisional: fewer than {ENOUGH_EXAMINEES} examinees."]
    return "\n".join(rows)


def _option_rows(options: Options, wide: int) -> list[str]:
    """Return the table of options; a star marks the right ones."""
    if not options:
        return []
    broad = max(6, *(len(one.option) + 2 for some in options.values() for one in some))
    rows = ["", f"{'item':<{wide}}  {'option':<{broad}}" + "".join(f"{head:>12}" for head in _OPTION_HEADS)]
    for item, some in options.items():
        for one in some:
            name = f"{one.option} *" if one.right else one.option
            figures = "".join(f"{_shown(value):>12}" for value in (one.share, one.mean_total, one.correlation))
            remark = "  non-functional" if one.functional is False and not one.right else ""
            rows.append(f"{item:<{wide}}  {name:<{broad}}{one.chosen:>12}{figures}{remark}")
    suspect = [item for item, some in options.items() if key_suspect(some)]
    if suspect:
        rows += ["", f"Key suspect, for a wrong option goes better with the rest of the test: {', '.join(suspect)}"]
    return rows


def _row(figures: ItemFigures) -> str:
    return f"{figures.n:>12}" + "".join(f"{_shown(getattr(figures, field)):>12}" for field in _ITEM_FIELDS)


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
