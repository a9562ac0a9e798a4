"""Whatever opens an SQLite connection closes it, and no test asserts how long something takes."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as property_settings

from coachapp.paths import CHECKOUT, PACKAGE

TESTS = sorted((CHECKOUT / "tests").rglob("*.py"))
FILES = [*sorted(PACKAGE.rglob("*.py")), *TESTS]
# These functions hand the connection to what closes it: the pool of a release; a server that is stopped whole.
HANDED_ON = {("release.py", "_connect"), ("exam_bare.py", "connection")}


def name(path: Path) -> str:
    """Return how a file is called in messages."""
    return str(path.relative_to(CHECKOUT))


def left_open(module: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield function and line of each sqlite3.connect() whose result is not the argument of closing()."""
    functions = [node for node in ast.walk(module) if isinstance(node, ast.FunctionDef)]
    calls = [node for node in ast.walk(module) if isinstance(node, ast.Call)]
    closed = {id(call.args[0]) for call in calls if ast.unparse(call.func) == "closing" and call.args}
    for call in calls:
        if ast.unparse(call.func) == "sqlite3.connect" and id(call) not in closed:
            within = [one for one in functions if any(node is call for node in ast.walk(one))]
            yield (within[-1].name if within else ""), call.lineno


def test_connections_left_open_are_found() -> None:
    module = ast.parse(
        "def f():\n with sqlite3.connect(a) as db:\n  db.commit()\n with closing(sqlite3.connect(a)) as db, db: pass"
    )
    assert list(left_open(module)) == [("f", 2)]


@pytest.mark.parametrize("path", FILES, ids=name)
def test_every_connection_is_opened_to_be_closed(path: Path) -> None:
    found = left_open(ast.parse(path.read_text(encoding="utf-8")))
    wrong = [line for function, line in found if (path.name, function) not in HANDED_ON]
    assert not wrong, f"{name(path)}:{wrong}: leaving `with sqlite3.connect(…)` does not close it; use closing()"


def test_property_tests_have_no_deadline() -> None:
    assert property_settings.default is not None
    assert property_settings.default.deadline is None
    assert HealthCheck.too_slow in property_settings.default.suppress_health_check


@pytest.mark.parametrize("path", TESTS, ids=name)
def test_no_property_test_sets_a_deadline_of_its_own(path: Path) -> None:
    module = ast.parse(path.read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(module) if isinstance(node, ast.Call) and ast.unparse(node.func) == "settings"]
    wrong = [call.lineno for call in calls if any(keyword.arg == "deadline" for keyword in call.keywords)]
    assert not wrong, f"{name(path)}:{wrong}: whether there is a deadline is said once, in tests/conftest.py"
