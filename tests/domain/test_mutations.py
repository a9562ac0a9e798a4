"""Each known kind of error, applied to every bundled case: the label must name the kind in at least 98 of 100."""

from collections import defaultdict

import pytest

from coachapp.attempts.engine import judge
from coachapp.codesets import CodeSets
from coachapp.content.loader import load
from coachapp.paths import bundled

from .mutations import Book, mutations, names_the_kind

KINDS = {
    "7th character changed",
    "7th character left off",
    "POA changed",
    "PCS character changed",
    "diagnosis entered twice",
    "diagnosis in a service box",
    "diagnosis left out",
    "first and second swapped",
    "laterality flipped",
    "letter O for zero or I for one",
    "manifestation before etiology",
    "modifier added",
    "modifier dropped",
    "modifier replaced",
    "place of service changed",
    "pointer to an empty row",
    "pointers left out",
    "replaced by a sibling",
    "service code in a diagnosis box",
    "trimester changed",
    "truncated",
    "units doubled",
    "unspecified though documented",
    "unsupported diagnosis added",
    "visit level changed",
    "weeks changed",
}


def test_the_label_names_the_kind_of_error(codesets: CodeSets, capsys: pytest.CaptureFixture[str]):
    book = Book(codesets.path)
    tried: dict[str, int] = defaultdict(int)
    named: dict[str, int] = defaultdict(int)
    failures: list[str] = []
    for case in load(bundled("cases")).cases:
        for mutation in mutations(case, book):
            tried[mutation.kind] += 1
            if names_the_kind(case, mutation, lambda claim, case=case: judge(case, claim, codesets=codesets)):
                named[mutation.kind] += 1
            else:
                failures.append(f"{case.id}: {mutation.kind}: {mutation.code}")
    with capsys.disabled():
        print()
        for kind in sorted(tried):
            print(f"  {kind:<34} {named[kind]:>5} of {tried[kind]:>5}  {named[kind] / tried[kind]:.1%}")
    assert set(tried) <= KINDS
    weak = {kind for kind in tried if named[kind] < 0.98 * tried[kind]}
    assert not weak, [f for f in failures if any(kind in f for kind in weak)][:40]
