"""A Result keeps what the claim scores under every branch of the key."""

from coachapp.domain.codes import CodeFacts
from coachapp.domain.grading import grade, key_claim
from coachapp.domain.responses import read_claim
from coachapp.domain.results import result_data
from tests.practice.samples import scope, two_ways


def test_every_branch_is_scored_in_the_order_of_the_key() -> None:
    case = two_ways()
    facts = CodeFacts(case.date_of_service)
    for index in (0, 1):
        result = grade(case, key_claim(case, index), facts=facts)
        assert [branch.name for branch in result.branches] == ["one line", "two lines"]
        assert result.branches[index].coachapp == result.scores["coachapp"] == 1.0
        assert (result.branches[1 - index].coachapp or 0) < 1.0
        assert result.branch == result.branches[index].name
    data = {"diagnoses": [{"code": "H65.33"}], "services": [{"code": "69436", "modifiers": ["50"], "units": 2}]}
    result = grade(case, read_claim(data, case.claim_form), facts=facts)
    # Diagnosis 1 + first 1 + code 1 + modifier 0.5 of 3.75 with units; of the two lines 3.75 + 0.25 more each way.
    assert result.branches[0].coachapp == 3.5 / 3.75
    assert result.branches[1].coachapp == 3 / 5.5
    assert result_data(result)["branches"] == [
        {"name": "one line", "coachapp": 3.5 / 3.75},
        {"name": "two lines", "coachapp": 3 / 5.5},
    ]


def test_a_key_of_one_branch_has_one_score() -> None:
    case = scope()
    result = grade(case, key_claim(case), facts=CodeFacts(case.date_of_service))
    assert [(branch.name, branch.coachapp) for branch in result.branches] == [("as documented", 1.0)]
