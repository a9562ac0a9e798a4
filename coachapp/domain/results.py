"""What grading gives: frozen values, and their form as plain data (grading.md section 10)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from coachapp.domain.findings import Finding
from coachapp.domain.keylines import KeyLine, LineKind, Poa
from coachapp.domain.labelling import LineLabel
from coachapp.domain.labels import Verdict
from coachapp.domain.responses import DiagnosisEntry, ServiceEntry


class LineResult(NamedTuple):
    """How one line came out, with `points` of `possible`.

    A lone submitted line has no `expected`, a missed one no `submitted`.
    """

    kind: LineKind
    submitted: DiagnosisEntry | ServiceEntry | None
    expected: KeyLine | None
    verdict: Verdict
    labels: tuple[LineLabel, ...]
    points: float
    possible: float
    why: str | None


@dataclass(frozen=True, slots=True)
class ElementResult:
    """How an element of the claim as a whole came out: `place_of_service` or `no_service`."""

    element: str
    submitted: str | bool | None
    expected: str | bool
    labels: tuple[LineLabel, ...]
    points: float
    possible: float


class BranchScore(NamedTuple):
    """What the claim scores under one branch of the key, by the branch's name."""

    name: str
    coachapp: float | None


@dataclass(frozen=True, slots=True)
class Result:
    """A graded claim. Coachapp score = earned / (possible + unsupported_worth); every score is kept by name."""

    scores: Mapping[str, float | None]
    policy: str
    branch: str
    branch_index: int
    earned: float
    possible: float
    unsupported_worth: float
    lines: tuple[LineResult, ...]
    claim: tuple[ElementResult, ...]
    findings: tuple[Finding, ...]
    branches: tuple[BranchScore, ...] = ()

    def count(self, verdict: Verdict) -> int:
        """Return how many lines have a verdict (unsupported: over-coding; missed: under-coding)."""
        return sum(line.verdict is verdict for line in self.lines)


def result_data(result: Result) -> dict[str, Any]:
    """Return a Result as plain data, ready for JSON; the shape is that of `coachapp grade --json`."""
    return {
        "scores": dict(result.scores),
        "policy": result.policy,
        "branch": result.branch,
        "totals": {
            "earned": result.earned,
            "possible": result.possible,
            "unsupported_worth": result.unsupported_worth,
            "unsupported": result.count(Verdict.UNSUPPORTED),
            "missed": result.count(Verdict.MISSED),
        },
        "lines": [_line_data(line) for line in result.lines],
        "claim": [
            {
                "element": element.element,
                "submitted": element.submitted,
                "expected": element.expected,
                "labels": [_label_data(label) for label in element.labels],
                "points": element.points,
                "possible": element.possible,
            }
            for element in result.claim
        ],
        "findings": [
            {"rule": f.rule, "severity": f.severity.value, "codes": list(f.codes), "text": f.text}
            for f in result.findings
        ],
        "branches": [{"name": branch.name, "coachapp": branch.coachapp} for branch in result.branches],
    }


def _line_data(line: LineResult) -> dict[str, Any]:
    return {
        "kind": line.kind.value,
        "submitted": _entry_data(line.submitted),
        "expected": _expected_data(line.expected),
        "verdict": line.verdict.value,
        "labels": [_label_data(label) for label in line.labels],
        "points": line.points,
        "possible": line.possible,
        "why": line.why,
    }


def _label_data(label: LineLabel) -> dict[str, Any]:
    return {"label": label.label.value, "element": label.element, "codes": list(label.codes), "text": label.text}


def _entry_data(entry: DiagnosisEntry | ServiceEntry | None) -> dict[str, Any] | None:
    if entry is None:
        return None
    if isinstance(entry, DiagnosisEntry):
        poa = None if entry.poa is Poa.EXEMPT else entry.poa.value
        return {"index": entry.index, "code": entry.code, "letter": entry.letter, "poa": poa}
    return {
        "index": entry.index,
        "code": entry.code,
        "modifiers": list(entry.modifiers),
        "units": entry.units,
        "pointers": list(entry.pointers),
    }


def _expected_data(line: KeyLine | None) -> dict[str, Any] | None:
    """Return a key line as written, without the fields it leaves at their defaults."""
    if line is None:
        return None
    return {"id": line.id, "code": line.code} | line.model_dump(mode="json", exclude_defaults=True)
