"""Agreement of two coders against values worked by hand."""

import pytest

from coachapp.domain.agreement import ClaimAgreement, Weights, claim_agreement, kappa


def test_claims_by_hand() -> None:
    # Same set in another order; one of three in common; both empty; disjoint.
    one = [["I10", "E11.9"], ["I10", "E11.9"], [], ["J45.20"]]
    other = [["E11.9", "I10"], ["I10", "N18.4"], [], ["J45.30"]]
    assert claim_agreement(one, other) == ClaimAgreement(4, 0.5, pytest.approx((1 + 1 / 3 + 1 + 0) / 4), 0.5)


def test_no_records_have_no_agreement() -> None:
    assert claim_agreement([], []) == ClaimAgreement(0, None, None, None)
    assert kappa([], []) is None


def test_kappa_by_hand() -> None:
    # Both A 20, both B 15, A/B 5, B/A 10: observed 0.7, expected 0.5·0.6 + 0.5·0.4 = 0.5; κ = 0.4.
    one = ["A"] * 25 + ["B"] * 25
    other = ["A"] * 20 + ["B"] * 5 + ["A"] * 10 + ["B"] * 15
    assert kappa(one, other) == pytest.approx(0.4)


def test_weighted_kappa_by_hand() -> None:
    # Levels 3 3 4 5 against 3 4 4 3: steps apart 0 1 0 2 = 3 of 4 records.
    # Margins 3: 2/2, 4: 1/2, 5: 1/0; expected steps (3,4): 2·2·1 + (4,3): 1·2·1 + (5,3): 1·2·2 + (5,4): 1·2·1 = 12.
    # κ = 1 − 3·4/12 = 0.
    one, other = ["99213", "99213", "99214", "99215"], ["99213", "99214", "99214", "99213"]
    levels = ["99213", "99214", "99215"]
    assert kappa(one, other, levels=levels, weights=Weights.LINEAR) == 0
    nearer = ["99213", "99214", "99214", "99214"]
    assert kappa(one, nearer, levels=levels, weights=Weights.LINEAR) == pytest.approx(1 - 2 * 4 / 12)


def test_kappa_is_undefined_where_chance_leaves_no_disagreement() -> None:
    assert kappa(["A", "A"], ["A", "A"]) is None


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(ValueError, match="one coder has 1 records, the other 2"):
        kappa(["A"], ["A", "B"])
    with pytest.raises(ValueError, match="99499: not among the levels 99213"):
        kappa(["99499"], ["99213"], levels=["99213"], weights=Weights.LINEAR)
