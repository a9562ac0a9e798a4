"""README names every setting, command and make target there is, and none that is not."""

import re

import click
import pytest

from coachapp.cli import main
from coachapp.config import Settings, environment_name
from coachapp.paths import CHECKOUT

README = (CHECKOUT / "README.md").read_text(encoding="utf-8")


def commands(group: click.Command = main, path: tuple[str, ...] = ("coachapp",)) -> list[str]:
    """Return every command as typed, groups left out."""
    if not isinstance(group, click.Group):
        return [" ".join(path)]
    context = click.Context(group)
    names = group.list_commands(context)
    return [line for one in names for line in commands(group.get_command(context, one), (*path, one))]  # type: ignore[arg-type]


@pytest.mark.parametrize("field", list(Settings.model_fields))
def test_every_setting_is_documented_with_its_meaning(field: str) -> None:
    row = next((line for line in README.splitlines() if line.startswith(f"| `{environment_name(field)}` |")), "")
    assert Settings.model_fields[field].description in row


def test_no_setting_is_documented_that_is_not_there() -> None:
    assert set(re.findall(r"COACH_[A-Z_]+", README)) <= {environment_name(field) for field in Settings.model_fields}


@pytest.mark.parametrize("command", commands())
def test_every_command_is_documented(command: str) -> None:
    assert f"`{command}" in README


def test_every_make_target_is_documented() -> None:
    makefile = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^([a-z]+):", makefile, re.MULTILINE):
        assert f"make {target}" in README


def test_every_part_of_the_package_is_on_the_map() -> None:
    for path in sorted((CHECKOUT / "coachapp").iterdir()):
        if path.is_dir() and path.name not in ("__pycache__", "static") and any(path.glob("*.py")):
            assert f"{path.name}/" in README, f"{path.name} is not on the map"
