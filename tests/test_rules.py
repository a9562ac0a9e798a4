"""The written rules of the code base, kept by reading its syntax trees."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from coachapp.paths import CHECKOUT, PACKAGE

MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "versions" not in path.relative_to(PACKAGE).parts)
ALL_FILES = [*MODULES, *sorted((CHECKOUT / "tests").rglob("*.py"))]
LONGEST = 400
BAD_NAMES = {"utils", "util", "helpers", "helper", "common", "misc"}

# Each part and what it may import of the package; a feature is any part not named here.
SHARED = {
    "domain": set(),
    "paths": set(),
    "clock": set(),
    "databaseurl": set(),
    "config": {"databaseurl", "paths"},
    "models": {"domain"},
    "migrations": {"models"},
    "codesets": {"domain", "paths"},
    "stored": {"domain", "models"},
    "jobs": {"clock", "config"},
    "attempts": {"domain", "models", "codesets", "stored"},
    "content": {"domain", "models", "codesets", "paths", "stored"},
    "web": {"domain", "models", "config", "clock"},
}
BY_FEATURES = {*SHARED, "web"} - {"migrations"}
ON_TOP = {"app", "cli"}

FRAMEWORKS = {"flask", "sqlalchemy", "wtforms", "flask_login", "flask_wtf", "jinja2", "werkzeug", "click", "sqlite3"}
CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time")}
WRITTEN_BY_THE_ENGINE = {"Attempt", "Step", "Grade", "MemoryReview", "MemoryState", "Standing", "ProgressState"}


def tree(path: Path) -> ast.Module:
    """Return a module's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"))


def name(path: Path) -> str:
    """Return how a module is called in messages."""
    return str(path.relative_to(CHECKOUT))


def imports(path: Path) -> Iterator[str]:
    """Yield the dotted names a module imports; `from a import b` as a.b."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name(path)} imports by dots; write the whole name"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def part_of(dotted: str) -> str:
    """Return the part of the package a dotted name lies in: coachapp.web.access lies in web."""
    return dotted.split(".")[1]


PARTS = {path: (path.relative_to(PACKAGE).parts[0]).removesuffix(".py") for path in MODULES}


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_imports_point_one_way(path: Path) -> None:
    part = PARTS[path]
    if part in ON_TOP or part == "__init__":
        return
    allowed = SHARED.get(part, BY_FEATURES) | {part}
    wrong = {dotted for dotted in imports(path) if dotted.startswith("coachapp.") and part_of(dotted) not in allowed}
    assert not wrong, f"{name(path)} may not import {', '.join(sorted(wrong))}"


@pytest.mark.parametrize("path", [p for p in MODULES if PARTS[p] == "domain"], ids=name)
def test_domain_knows_no_framework_clock_or_global_randomness(path: Path) -> None:
    assert not {dotted.split(".")[0] for dotted in imports(path)} & FRAMEWORKS
    for node in ast.walk(tree(path)):
        if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)):
            continue
        assert (node.value.id, node.attr) not in CLOCKS, f"{name(path)}:{node.lineno} reads the time"
        if node.value.id == "random":
            assert node.attr == "Random", f"{name(path)}:{node.lineno} uses randomness that is not its own"


@pytest.mark.parametrize("path", [p for p in MODULES if p.name != "clock.py"], ids=name)
def test_only_the_clock_reads_the_time(path: Path) -> None:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            assert (node.value.id, node.attr) not in CLOCKS, f"{name(path)}:{node.lineno} reads the time"


def commits(node: ast.AST) -> list[ast.Call]:
    """Return the calls of a `commit` method below a node."""
    calls = [found for found in ast.walk(node) if isinstance(found, ast.Call)]
    return [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "commit"]


def most_commits(block: list[ast.stmt]) -> int:
    """Return the most commits that any way through a block makes; one in a loop counts twice."""
    most = so_far = 0
    for statement in block:
        if isinstance(statement, ast.If):
            taken, passed = most_commits(statement.body), most_commits(statement.orelse)
            if isinstance(statement.body[-1], (ast.Return, ast.Raise)):
                most = max(most, so_far + taken)
                so_far += passed
            else:
                so_far += max(taken, passed)
        elif isinstance(statement, (ast.For, ast.While)):
            so_far += 2 * most_commits(statement.body)
        elif isinstance(statement, ast.Try):
            handlers = [most_commits(handler.body) for handler in statement.handlers]
            so_far += most_commits(statement.body) + max(handlers, default=0) + most_commits(statement.finalbody)
        elif isinstance(statement, ast.With):
            so_far += most_commits(statement.body)
        else:
            so_far += len(commits(statement))
    return max(most, so_far)


def test_commits_are_counted_along_each_way() -> None:
    early = "if a:\n    s.commit()\n    return 1\ns.commit()"
    both = "if a:\n    s.commit()\ns.commit()"
    loop = "for a in b:\n    s.commit()"
    caught = "try:\n    s.commit()\nexcept E:\n    s.commit()"
    assert [most_commits(ast.parse(text).body) for text in (early, both, loop, caught)] == [1, 2, 2, 2]


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_only_routes_commands_and_jobs_commit_and_routes_once(path: Path) -> None:
    module = tree(path)
    part = PARTS[path]
    if part == "cli" or path.name == "jobs.py":
        return
    if not path.name.endswith("routes.py"):
        assert not commits(module), f"{name(path)} commits; leave that to the route"
    for node in module.body:
        if isinstance(node, ast.FunctionDef):
            assert most_commits(node.body) <= 1, f"{name(path)}: {node.name} commits more than once"


@pytest.mark.parametrize("path", [p for p in MODULES if PARTS[p] != "attempts"], ids=name)
def test_only_the_engine_makes_attempts_steps_and_grades(path: Path) -> None:
    made = [
        node.func.id
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in WRITTEN_BY_THE_ENGINE
    ]
    assert not made, f"{name(path)} makes {', '.join(made)}"


@pytest.mark.parametrize("path", ALL_FILES, ids=name)
def test_modules_are_short_and_say_in_their_names_what_they_hold(path: Path) -> None:
    assert path.stem not in BAD_NAMES
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


def public(node: ast.Module | ast.ClassDef) -> Iterator[ast.FunctionDef | ast.ClassDef]:
    """Yield the public functions and classes of a module, and the public methods of those classes."""
    for found in node.body:
        if isinstance(found, (ast.FunctionDef, ast.ClassDef)) and not found.name.startswith("_"):
            yield found
            if isinstance(found, ast.ClassDef):
                yield from public(found)


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_everything_public_has_a_docstring(path: Path) -> None:
    module = tree(path)
    assert ast.get_docstring(module), f"{name(path)} has no docstring"
    for node in public(module):
        assert ast.get_docstring(node), f"{name(path)}:{node.lineno} {node.name} has no docstring"


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_nothing_is_left_for_later(path: Path) -> None:
    found = re.search(r"\b(TODO|FIXME|XXX|HACK)\b|NotImplementedError", path.read_text(encoding="utf-8"))
    assert not found, f"{name(path)} holds {found[0] if found else ''}"


def test_warnings_are_errors(pytestconfig: pytest.Config) -> None:
    assert pytestconfig.getini("filterwarnings")[0] == "error"
