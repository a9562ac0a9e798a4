"""Where the bundled folders lie: beside the package in a checkout, inside it in a wheel."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
CHECKOUT = PACKAGE.parent
DATA = PACKAGE / "codesets" / "data"


def in_checkout() -> bool:
    """Say whether the package runs from a source checkout."""
    return (CHECKOUT / "pyproject.toml").is_file() and (CHECKOUT / "cases").is_dir()


def bundled(name: str) -> Path:
    """Return the folder `name` (`templates`, `cases` or `question_bank`) of this installation."""
    return CHECKOUT / name if in_checkout() else PACKAGE / "_bundle" / name
