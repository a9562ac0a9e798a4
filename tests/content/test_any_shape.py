"""Whatever stands in the place of a value, the check reports it and never fails itself."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from coachapp.codesets import CodeSets
from coachapp.content.export import to_yaml
from coachapp.content.lint import lint
from coachapp.content.loader import load
from coachapp.content.yamlread import Loc, read_yaml
from tests.content.samples import CASE, QUESTION

Write = Callable[..., Path]
OTHERS: tuple[object, ...] = (None, "-1", ["x"], [None], {"x": "y"})


def variations(text: str) -> Iterator[tuple[Loc, object]]:
    """Yield the file's data with each value in turn replaced by each of the others."""
    source = read_yaml(text.encode(), "f")
    for loc in source.values:
        for other in OTHERS:
            data: Any = {"": deepcopy(source.data)}
            holder = data
            for part in ("", *loc)[:-1]:
                holder = holder[part]
            holder[("", *loc)[-1]] = other
            yield loc, data[""]


@pytest.mark.parametrize(("text", "kind"), [(CASE, "case"), (QUESTION, "question")])
def test_no_value_of_any_shape_breaks_the_check(
    case_file: Write, question_file: Write, codesets: CodeSets, text: str, kind: str
) -> None:
    write = case_file if kind == "case" else question_file
    reported = 0
    for loc, data in variations(text):
        file = write(to_yaml(data))
        errors, _ = lint(load(file), codesets, concepts=())
        reported += bool(errors)
        if loc == () and data is not None:
            assert errors, data
    assert reported > 100
