"""The practice record as PDF, where the extra `pdf` is installed."""

import importlib
import importlib.util

PACKAGE = "weasyprint"


def can_make_pdf() -> bool:
    """Say whether the extra is installed."""
    return importlib.util.find_spec(PACKAGE) is not None


def make_pdf(page: str, *, css: str) -> bytes:
    """Return a page in the given style as PDF. It fetches nothing from anywhere.

    Raises ImportError where the extra is not installed, and OSError where the libraries it needs are missing.
    """
    maker = importlib.import_module(PACKAGE)
    made: bytes = maker.HTML(string=page, url_fetcher=_refuse).write_pdf(stylesheets=[maker.CSS(string=css)])
    return made


def _refuse(url: str) -> dict[str, object]:
    raise ValueError(f"a record needs nothing from elsewhere, yet asks for {url}")
