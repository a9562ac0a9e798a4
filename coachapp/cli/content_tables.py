"""What `coachapp content check` prints of the reference tables and of the stock, as text."""

from collections.abc import Mapping, Sequence
from typing import Any

from coachapp.content.reference import ReferenceReport


def _table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """Return rows as lines, the first column to the left, the others to the right."""
    cells = [list(header), *([("" if cell is None else str(cell)) for cell in row] for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    return [
        "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in cells
    ]


def reference_table(report: ReferenceReport) -> str:
    """Return how often each check was made, and how often no row of the tables could decide it."""
    data = report.as_json()
    editions = ", ".join(f"{name.replace('_', '-')} {edition}" for name, edition in data["editions"].items())
    rows = [(name, counts["checked"], counts["not_checked"]) for name, counts in data["checks"].items()]
    lines = _table(("check", "checked", "not checked"), rows)
    return "\n".join(["", f"Tables: {editions}. Without a row a check is not made, and never passed.", *lines, ""])


def stock_table(stock: Mapping[str, Any]) -> str:
    """Return the stock of questions and cases as tables."""
    questions, cases = stock["questions"], stock["cases"]
    rows = [_section_row(name, part) for name, part in questions["by_section"].items()]
    rows.append(_section_row("all", questions))
    header = (
        *("section", "questions", "target", "verified", "modifier", "diagnosis"),
        *("1", "2", "3", "4", "5", "A", "B", "C", "D", "longest", "chance", "words"),
    )
    pairs = [(f"{pair['one']} · {pair['two']}", f"{pair['similarity']:.0%}") for pair in stock["closest_pairs"]]
    uses = ", ".join(f"{name} {count}" for name, count in questions["use"].items())
    lines = [
        "",
        "Questions by section: difficulty 1 to 5, letters of the right options as written, how often the right",
        "option is the longest of those where one is, what chance gives, and words of stem and exhibit (median).",
        *_table(header, rows),
        f"Use: {uses}.",
        "",
        f"Cases: {cases['cases']} of at least {cases['target']}, {cases['verified']} verified.",
        *_table(
            ("kind", "cases"),
            [
                *cases["level"].items(),
                *cases["claim_form"].items(),
                *((name.replace("_", " "), cases[name]) for name in _CASE_COUNTS),
            ],
        ),
        "",
        *_table(("charts about (at least 2 each)", "cases"), list(cases["topics"].items())),
        "",
        "Closest pairs, by the runs of three words that they share:",
        *_table(("items", "shared"), pairs),
        *([""] if stock["warnings"] else []),
        *(f"warning: {warning}" for warning in stock["warnings"]),
        "",
    ]
    return "\n".join(lines)


_CASE_COUNTS = ("several_documents", "several_branches", "with_traps", "no_service")


def _section_row(name: str, part: Mapping[str, Any]) -> tuple[object, ...]:
    letters, longest, words = part["letters_written"], part["longest"], part["stem_words"]
    return (
        *(name, part["questions"], part["target"], part["verified"], part["with_modifier"], part["with_diagnosis"]),
        *part["difficulty"].values(),
        *(letters[letter] for letter in "ABCD"),
        f"{longest['right']}/{longest['questions']}",
        longest["expected"],
        words["median"] if words else None,
    )
