"""The first page needs cases, and code sets for the work it sums up."""

from tests.practice.conftest import cases, code_sets

__all__ = ["cases", "code_sets"]
