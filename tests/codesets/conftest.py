"""The release fixtures, for every test of code sets."""

from tests.fixtures_codesets import codesets, codesets_dir

__all__ = ["codesets", "codesets_dir"]
