"""Code sets: building the release file, look-up, search, and the facts a grader asks for."""

from coachapp.codesets.build import build_release, ensure_release, release_path
from coachapp.codesets.card import Card, Entry
from coachapp.codesets.catalogue import CodeSets, close_codesets, open_codesets
from coachapp.codesets.coverage import Gap
from coachapp.codesets.groups import Group
from coachapp.codesets.lookup import LookupResult
from coachapp.codesets.release import ReleaseMissing, State
from coachapp.codesets.search import Hit
from coachapp.codesets.shelf import Kind, ReleaseInfo
from coachapp.codesets.sources import SourceMissing

__all__ = [
    "Card",
    "CodeSets",
    "Entry",
    "Gap",
    "Group",
    "Hit",
    "Kind",
    "LookupResult",
    "ReleaseInfo",
    "ReleaseMissing",
    "SourceMissing",
    "State",
    "build_release",
    "close_codesets",
    "ensure_release",
    "open_codesets",
    "release_path",
]
