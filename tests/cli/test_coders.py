"""`coachapp items agreement`: two coders' work compared by hand, and every way in which the files can be bad."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import Outcome, Run

Compare = Callable[..., Outcome]


def claim(*diagnoses: str, services: tuple[str, ...] = (), **fields: Any) -> dict[str, Any]:
    """Return a claim with these codes."""
    rows = [{"code": code} for code in services]
    return {"diagnoses": [{"code": code} for code in diagnoses], "services": rows, **fields}


@pytest.fixture
def compare(run: Run, tmp_path: Path) -> Compare:
    """Return a function that compares two coders' work given as data, or as the text of the file."""

    def call(one: Any, other: Any, *options: str) -> Outcome:
        for name, data in (("one", one), ("other", other)):
            (tmp_path / f"{name}.json").write_text(data if isinstance(data, str) else json.dumps(data))
        return run("items", "agreement", str(tmp_path / "one.json"), str(tmp_path / "other.json"), *options)

    return call


def test_claims_by_hand(compare: Compare) -> None:
    one = {
        "x/1": claim("I10", "E11.9", services=("99213",)),
        "x/2": claim("I10", "E11.9", services=("99213",)),
        "x/3": claim("J45.20"),
        "x/4": claim(no_service=True),
    }
    other = {
        "x/1": claim("e119", "i10", services=("99213-25",)),  # the same codes in another order, written otherwise
        "x/2": claim("I10", "N18.4", services=("99214",)),  # of five codes one in common; of three diagnoses one
        "x/3": claim("J45.30"),
        "x/4": claim(no_service=True),
    }
    outcome = compare(one, other, "--json")
    assert (outcome.code, outcome.err) == (0, "")
    found = outcome.json
    assert list(found) == ["claims", "em_levels", "one_choice"]
    assert found["claims"] == {
        "n": 4,
        "all": {"exact": 0.5, "jaccard": pytest.approx((1 + 1 / 5 + 0 + 1) / 4)},
        "diagnoses": {"exact": 0.5, "jaccard": pytest.approx((1 + 1 / 3 + 0 + 1) / 4)},
        "services": {"exact": 0.75, "jaccard": pytest.approx((1 + 0 + 1 + 1) / 4)},
        "first_listed": 0.5,
    }
    assert found["one_choice"] == {"n": 0, "exact": None, "kappa": None}


def test_levels_of_visits_are_weighed_by_their_distance(compare: Compare) -> None:
    # 99213 99213 99214 99215 against 99213 99214 99214 99214: 2 steps apart; by chance
    # (99213, 99214): 2·3 + (99214, 99213): 1·1 + (99215, 99213): 2·1·1 + (99215, 99214): 1·3 = 12 of 4·4 pairs.
    levels = (("99213", "99213"), ("99213", "99214"), ("99214", "99214"), ("99215", "99214"))
    one = {f"x/{n}": claim("I10", services=(a,)) for n, (a, _) in enumerate(levels)}
    other = {f"x/{n}": claim("I10", services=(b,)) for n, (_, b) in enumerate(levels)}
    one["x/9"], other["x/9"] = claim("I10", services=("99283",)), claim("I10", services=("99213",))  # two families
    one["x/8"], other["x/8"] = claim("I10", services=("99283", "99284")), claim("I10", services=("99284",))  # two codes
    [found] = compare(one, other, "--json").json["em_levels"]
    assert found == {
        "family": "office visit, established patient",
        "n": 4,
        "exact": 0.5,
        "weighted_kappa": pytest.approx(1 - 2 * 4 / 12),
    }


def test_choices_have_kappa(compare: Compare) -> None:
    # Both a 2, both b 1, a/b 1: observed 3/4; by chance (3·2 + 1·2)/16 = 1/2; κ = 1/2.
    one = {"q/1": "a", "q/2": "a", "q/3": "a", "q/4": "b"}
    other = {"q/1": "a", "q/2": " a ", "q/3": "b", "q/4": "b"}
    found = compare(one, other, "--json").json
    assert found["one_choice"] == {"n": 4, "exact": 0.75, "kappa": pytest.approx(0.5)}
    assert found["claims"]["n"] == 0
    assert found["claims"]["all"] == {"exact": None, "jaccard": None}


def test_where_chance_leaves_no_disagreement_kappa_is_undefined(compare: Compare) -> None:
    work = {"q/1": "a", "x/1": claim("I10", services=("99213",))}
    found = compare(work, work, "--json").json
    assert found["one_choice"] == {"n": 1, "exact": 1, "kappa": None}
    assert found["em_levels"][0]["weighted_kappa"] is None
    printed = compare(work, work).out
    assert [line.split() for line in printed.splitlines() if line] == [
        ["1", "claim", "exact", "Jaccard"],
        ["all", "1.000", "1.000"],
        ["diagnoses", "1.000", "1.000"],
        ["services", "1.000", "1.000"],
        ["first-listed", "1.000"],
        ["E/M", "level", "n", "exact", "weighted", "κ"],
        ["office", "visit,", "established", "patient", "1", "1.000", "–"],
        ["1", "question"],
        ["exact", "1.000"],
        ["κ", "–"],
    ]


def test_what_only_one_coder_has_is_left_out_and_named(compare: Compare) -> None:
    one = {"x/1": claim("I10"), **{f"q/{n}": "a" for n in range(7)}}
    outcome = compare(one, {"x/1": claim("I10")}, "--json")
    assert outcome.json["claims"]["n"] == 1
    assert outcome.err == "Left out, for only one coder has them: q/0, q/1, q/2, q/3, q/4 and 2 more\n"


def test_an_inpatient_claim_says_so(compare: Compare) -> None:
    stay = {"diagnoses": [{"code": "J18.9", "poa": "Y"}], "services": [{"code": "0BJ08ZZ"}], "claim_form": "inpatient"}
    assert compare({"x/1": stay}, {"x/1": stay}, "--json").json["claims"]["all"]["exact"] == 1
    del stay["claim_form"]
    outcome = compare({"x/1": stay}, {"x/1": stay}, "--json")
    assert (outcome.code, outcome.out) == (2, "")
    assert "one.json: x/1: diagnoses[0].poa: only an inpatient claim" in outcome.err


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ("[]", "other.json: must be an object with the id of each case or question."),
        ('{"x/1": 3}', "other.json: x/1: must be a claim (an object) or the option chosen (a text)."),
        ('{"x/1": " "}', "other.json: x/1: must be a claim (an object) or the option chosen (a text)."),
        ('{"x/1": {"codes": []}}', "other.json: x/1: codes: unknown field"),
        ('{"x/1": {"claim_form": "dental"}}', "other.json: x/1: claim_form must be one of professional,"),
        ('{"x/1": {"claim_form": []}}', "other.json: x/1: claim_form must be one of professional,"),
        ('{"x/1": "a", "x/1": "b"}', "other.json: the field 'x/1' stands twice"),
        ('{"x/1": ', "other.json:1:9: Expecting value."),
        ('{"x/2": {}}', "have no case or question in common."),
        ('{"x/1": "a"}', "have no case or question in common."),
        ("{}", "have no case or question in common."),
    ],
)
def test_bad_files_are_refused_with_the_place(compare: Compare, other: str, told: str) -> None:
    outcome = compare({"x/1": claim("I10")}, other, "--json")
    assert (outcome.code, outcome.out) == (2, "")
    assert told in outcome.err


def test_a_file_that_is_not_there_is_refused(run: Run, tmp_path: Path) -> None:
    outcome = run("items", "agreement", str(tmp_path / "none.json"), str(tmp_path / "none.json"))
    assert (outcome.code, outcome.out) == (2, "")
    assert "none.json: No such file or directory" in outcome.err
