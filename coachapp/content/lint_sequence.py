"""Check that a key asks for nothing that may not stand first, and for no POA indicator that a code cannot carry."""

from collections.abc import Iterator

from coachapp.content.yamlread import Loc, Located, Source
from coachapp.domain.codes import CodeFacts
from coachapp.domain.items import Case, ClaimForm
from coachapp.domain.keylines import Poa
from coachapp.domain.labels import Severity
from coachapp.domain.poa import MISSING, ON_EXEMPT, poa_fault
from coachapp.domain.sequencing import first_obstacle


def accepted_first(case: Case, source: Source, facts: CodeFacts) -> Iterator[Located]:
    """Yield an error for each accepted code of a line marked first that may not stand first.

    The line's own code is judged with the rest of its branch, when the branch is graded as a claim.
    """
    inpatient = case.claim_form is ClaimForm.INPATIENT
    for index, branch in enumerate(case.key.branches):
        for position, line in enumerate(branch.diagnoses):
            for place, accepted in enumerate(line.accept if line.first else ()):
                found = first_obstacle(facts.diagnosis(accepted.code), inpatient=inpatient)
                if found is not None and found.severity is Severity.ERROR:
                    loc = ("key", "branches", index, "diagnoses", position, "accept", place, "code")
                    yield source.at(loc, f"{line.id} is first, and {found.text}")


def poa_errors(case: Case, source: Source, facts: CodeFacts) -> Iterator[Located]:
    """Yield an error where a key says that a code is exempt from POA reporting which is not."""
    for where, code, _ in _poa_faults(case, facts, MISSING):
        yield source.at(where, f"{code} is not exempt from POA reporting; write poa: Y, N, U or W")


def poa_warnings(case: Case, source: Source, facts: CodeFacts) -> Iterator[Located]:
    """Yield a warning where a key asserts a POA indicator of an exempt code."""
    for where, code, poa in _poa_faults(case, facts, ON_EXEMPT):
        yield source.at(where, f"{code} is exempt from POA reporting; write poa: exempt instead of {poa}")


def _poa_faults(case: Case, facts: CodeFacts, rule: str) -> Iterator[tuple[Loc, str, Poa]]:
    for index, branch in enumerate(case.key.branches):
        for position, line in enumerate(branch.diagnoses):
            if line.poa is not None and poa_fault(facts.diagnosis(line.code), line.poa) == rule:
                yield ("key", "branches", index, "diagnoses", position, "poa"), line.code, line.poa
