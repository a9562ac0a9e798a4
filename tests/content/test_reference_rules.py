"""What the tables have against a claim: each rule in order, in doubt, and not checked."""

from pathlib import Path

import pytest

from coachapp.content.reference_rules import ClaimLine, ClaimView, Judge, Tally
from coachapp.content.reference_tables import read_reference
from coachapp.domain.checks import Check
from tests.content.reference_samples import write_tables

ALL = {"99213", "99214", "25605", "25607", "20610", "11042", "11045", "11046", "77067", "80053"}


def line(text: str) -> ClaimLine:
    """Read "25605-RT-59/XS*2" as a line: modifiers behind hyphens, choices behind slashes, ?51 optional, units."""
    text, _, units = text.partition("*")
    code, *modifiers = text.split("-")
    required = tuple(tuple(m.split("/")) for m in modifiers if not m.startswith("?"))
    optional = frozenset(m[1:] for m in modifiers if m.startswith("?"))
    return ClaimLine(code, required, optional, int(units or 1), place=text)


@pytest.fixture
def tally() -> Tally:
    """Return an empty tally."""
    return Tally()


@pytest.fixture
def judge(tmp_path: Path, tally: Tally) -> Judge:
    """Return a judge with the made-up tables."""
    return Judge(read_reference(write_tables(tmp_path), codes=ALL), tally)


def doubts(judge: Judge, *lines: str, text: str = "", partial: bool = False, medicare: bool = True) -> list[str]:
    """Return the doubts about a claim as "check: message", those about units left out unless it is about them."""
    view = ClaimView(tuple(map(line, lines)), text, medicare=medicare, partial=partial)
    return [f"{doubt.check}: {doubt.message}" for doubt in judge.doubts(view)]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["25605-50"], []),
        (["77067-50"], ["modifier-50: 77067-50: bilateral indicator 2"]),
        (["99213-50"], ["modifier-50: 99213-50: bilateral indicator 0"]),
        (["99213-57", "25605"], []),
        (["99214-57", "25605-57"], ["units", "modifier-57: 25605-57: 57 belongs on a visit"]),
        (["99213-57", "20610"], ["modifier-57: 99213-57: no service of this claim has 90 global days (000"]),
        (["99213-25", "20610"], []),
        (["99213-25", "77067"], []),
        (["99213-25", "25605"], ["modifier-25: 99213-25: 25 goes beside a service with 0 or 10 global days or none"]),
        (["99213-25"], ["modifier-25: 99213-25: nothing else stands on this claim"]),
        (["20610-25", "77067"], ["modifier-25: 20610-25: 25 belongs on a visit"]),
        (["25605-54"], []),
        (["20610-55"], ["modifier-54: 20610-55: global days 000"]),
        (["77067-26"], []),
        (["25605-TC"], ["modifier-26: 25605-TC: the code has no two parts (indicator 0"]),
        (["25607-80"], []),
        (["25605-AS"], ["modifier-80: 25605-AS: assistant indicator 1 in the fee schedule of 2024-07: never paid"]),
        (["20610-82"], ["modifier-80: 20610-82: assistant indicator 1"]),
        (["77067-80"], ["modifier-80: 77067-80: assistant indicator 0", "proof of need"]),
        (["25607-62"], []),
        (["25605-62"], ["modifier-62: 25605-62: indicator 0"]),
        (["25607-66"], ["modifier-62: 25607-66: indicator 0", "not paid for a team"]),
        (["20610-51"], []),
        (["20610", "11045-51"], ["modifier-51: 11045-51: an add-on code never takes 51"]),
        (["20610", "11045-?51"], ["modifier-51: 11045-51: an add-on code never takes 51"]),
        (["20610", "11045"], []),
        (["25605", "11045"], ["add-on: 11045 is an add-on, and none of its primary codes is on the claim"]),
        (["11046"], ["add-on: 11046 is an add-on, and no primary code is on the claim"]),
        (["25605", "11046"], []),
        (["25605-59", "20610"], []),
        (["25605-59", "77067"], ["modifier-59: 25605: 59 or X where no pair of this claim has an edit with indicator"]),
        (["25605-59", "77067", "25605*0"], []),
        (["25605-?59", "77067"], []),
        (["25605", "20610"], ["ncci-pair: 20610 is bundled into 25605 and neither line must carry a modifier"]),
        (["20610", "25605"], ["ncci-pair: 20610 is bundled into 25605 and neither line must carry a modifier"]),
        (["20610-LT", "25605"], []),
        (["20610-59/51", "25605"], ["ncci-pair: 20610 is bundled"]),
        (["20610-XS/59", "25605"], []),
        (["20610-LT", "11045", "25605"], []),
        (["20610-?LT", "11045", "25605"], ["11045 is bundled into 25605", "20610 is bundled into 25605"]),
        (["25605-59", "25607"], ["modifier-59", "ncci-pair: 25605 is bundled into 25607 and no modifier lifts"]),
        (["25607", "77067"], []),
        (["25605*2"], ["units: 25605: 2 units; the limit of 2026-04-01 is 1 for a day"]),
        (["20610-RT*2", "20610-LT*1"], ["units: 20610: 3 units; the limit of 2026-04-01 is 2 for a day"]),
        (["20610-RT*2", "20610-LT*2"], ["units: 20610: 4 units"]),
        (["99213-?25"], []),
        (["99213-25", "11045-RT", "20610"], []),
        (["20610", "11045*12", "11045*12"], []),
        (["20610", "11045*13"], ["units: 11045: 13 units; the limit of 2026-04-01 is 12 for a line"]),
    ],
)
def test_each_rule_in_order_and_in_doubt(judge: Judge, lines: list[str], expected: list[str]) -> None:
    found = "\n".join(doubts(judge, *lines))
    assert bool(found) is bool(expected), found
    for words in expected:
        assert words in found


@pytest.mark.parametrize(
    ("lines", "text", "expected"),
    [
        (["99213-24"], "Ten days after the repair.", []),
        (["99213-24"], "A cold.", ["modifier-24: 99213-24: the text states no earlier surgery"]),
        (["20610-24"], "Postoperative day 3.", ["modifier-24: 20610-24: 24 belongs on a visit"]),
        (["25605-78"], "She returns to the operating room.", []),
        (["25605-78"], "Broken wrist.", ["modifier-78: 25605-78: the text states no earlier surgery"]),
        (["99213-79"], "Status post hip repair.", ["modifier-79: 99213-79: 79 belongs on a procedure"]),
        (["77067-58"], "Staged.", ["modifier-58: 77067-58: the code has no global days"]),
    ],
)
def test_modifiers_of_the_global_period_need_an_earlier_surgery_in_the_text(
    judge: Judge, lines: list[str], text: str, expected: list[str]
) -> None:
    found = doubts(judge, *lines, text=text)
    assert len(found) == len(expected)
    assert all(doubt.startswith(words) for doubt, words in zip(found, expected, strict=True))


@pytest.mark.parametrize(
    ("check", "lines"),
    [
        (Check.MODIFIER_50, ["11042-50"]),
        (Check.MODIFIER_26, ["11042-26"]),
        (Check.MODIFIER_80, ["11042-80"]),
        (Check.MODIFIER_54, ["11042-54"]),
        (Check.MODIFIER_57, ["99213-57", "11042"]),
        (Check.MODIFIER_25, ["99213-25", "11042"]),
        (Check.MODIFIER_51, ["11042-51"]),
        (Check.UNITS, ["11042*99"]),
        (Check.NCCI_PAIR, ["11042", "77067"]),
        (Check.ADD_ON, ["25605", "11046"]),
    ],
)
def test_without_a_row_a_check_is_not_made_and_never_passed(
    judge: Judge, tally: Tally, check: Check, lines: list[str]
) -> None:
    assert not [each for each in doubts(judge, *lines) if each.startswith(check.value)]
    assert tally.not_checked[check] >= 1
    assert tally.checked[check] == 0


def test_a_part_of_a_claim_is_not_reproached_with_what_it_leaves_out(judge: Judge) -> None:
    assert doubts(judge, "99213-25", partial=True) == []
    assert doubts(judge, "11045", partial=True) == []
    assert doubts(judge, "25605-59", partial=True) == []


def test_two_sides_on_two_lines_are_two_to_medicare_alone(judge: Judge) -> None:
    lines = ("25605-RT", "25605-LT")
    assert doubts(judge, *lines) == ["units: 25605: 2 units; the limit of 2026-04-01 is 1 for a day"]
    assert doubts(judge, *lines, medicare=False) == []
    assert doubts(judge, *lines, "25605-59", medicare=False) != []


def test_a_limit_of_nothing_is_medicares_alone(judge: Judge, tally: Tally) -> None:
    assert doubts(judge, "99214") == ["units: 99214: 1 units; the limit of 2026-04-01 is 0 for a day"]
    assert doubts(judge, "99214", medicare=False) == []
    assert tally.not_checked[Check.UNITS] == 1
