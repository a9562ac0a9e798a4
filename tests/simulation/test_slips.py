"""Slips: each makes a claim its form can hold, that reads back from the form's rows, and that costs something."""

import pytest

from coachapp.attempts.engine import judge
from coachapp.codesets import CodeSets
from coachapp.content.loader import load
from coachapp.domain.claimrows import read_payload
from coachapp.domain.grading import key_claim
from coachapp.domain.items import Case
from coachapp.domain.labels import Label
from coachapp.domain.responses import reindexed
from coachapp.paths import bundled
from coachapp.practice.forms import checked_payload
from coachapp.simulation.slips import payload_of, possible_slips

CASES = load(bundled("cases")).cases


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_every_slip_makes_a_claim_that_the_form_holds(case: Case) -> None:
    claim = key_claim(case, optional=False)
    slips = possible_slips(case, claim)
    assert len(slips) >= 3
    for slip in slips:
        made = slip(claim)
        typed = read_payload(checked_payload(payload_of(made)), case.claim_form)
        assert reindexed(typed) == reindexed(made)


def test_slips_earn_many_kinds_of_label(codesets: CodeSets) -> None:
    seen: set[Label] = set()
    for case in CASES:
        claim = key_claim(case, optional=False)
        assert judge(case, claim, codesets=codesets).scores["coachapp"] == 1
        for slip in possible_slips(case, claim):
            result = judge(case, slip(claim), codesets=codesets)
            seen |= {label.label for line in result.lines for label in line.labels}
    assert len(seen) >= 15
    assert {Label.MODIFIER_MISSING, Label.UNITS, Label.POINTER, Label.FIRST_LISTED, Label.EM_LEVEL} <= seen
