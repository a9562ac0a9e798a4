"""Check that a key asks for nothing in the first place that may not stand there."""

from collections.abc import Iterator

from coachapp.content.yamlread import Located, Source
from coachapp.domain.codes import CodeFacts
from coachapp.domain.items import Case, ClaimForm
from coachapp.domain.labels import Severity
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
