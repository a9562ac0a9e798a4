"""What Medicare's tables say about one claim: modifiers by their indicators, add-ons, NCCI pairs, unit limits.

Rules: Medicare Claims Processing Manual ch. 12 (sections 20.4, 30.6, 40) and the NCCI Policy Manual ch. 1. A code or
pair without a row is "not checked" and never passed: pairs and indicators are older than the charts.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import combinations
from typing import NamedTuple

from coachapp.content.reference_tables import Indicators, Reference
from coachapp.domain.checks import Check

# Modifiers that lift an edit whose indicator is 1 (NCCI Policy Manual ch. 1, section E).
LIFTING = frozenset(
    (
        *("E1", "E2", "E3", "E4", "LT", "RT", "LC", "LD", "LM", "RC", "RI"),
        *("FA", "F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9"),
        *("TA", "T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T9"),
        *("24", "25", "27", "57", "58", "59", "78", "79", "91", "XE", "XS", "XP", "XU"),
    )
)
_DISTINCT = frozenset({"59", "XE", "XS", "XP", "XU"})
_VISIT = re.compile(r"99(?:20[2-5]|21[1-7]|2[2-9]\d|3\d\d|4\d\d)|9200[24]|9201[24]|G0402|G043[89]|G0463|S0610|S0612")
# The fee schedule writes three X where the global concept does not apply.
_NO_GLOBAL = "X" * 3
_ANESTHESIA = re.compile(r"0[01]\d{3}")
_EARLIER_SURGERY = re.compile(
    r"post-?\s?op|post-?surg|status post|\bs/p\b|\b(?:days?|weeks?|months?) (?:after|ago|earlier|later|following|out)\b"
    r"|\bafter the\b|\bsince\b|\breturn|\bstaged?\b|\bglobal\b|\bprevious|\bprior\b|\bearlier\b|\byesterday\b"
    r"|\bplanned\b|\blast (?:week|month)\b|\bsecond (?:stage|session|look)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """A service of a claim: its modifiers (each slot's choices), those that may be left out, and units (1 if unstated).

    `place` is handed on with what is found.
    """

    code: str
    required: tuple[tuple[str, ...], ...] = ()
    optional: frozenset[str] = frozenset()
    units: int = 1
    place: object = None

    @property
    def modifiers(self) -> frozenset[str]:
        """Return every modifier that the line may carry."""
        return self.optional.union(*self.required)

    @property
    def is_visit(self) -> bool:
        """Say whether the service is one of evaluation and management, or a visit of ophthalmology."""
        return _VISIT.fullmatch(self.code) is not None

    def must_carry(self, modifiers: frozenset[str]) -> bool:
        """Say whether one of the modifiers is required, whichever choice is taken."""
        return any(modifiers.issuperset(slot) for slot in self.required)


@dataclass(frozen=True, slots=True)
class ClaimView:
    """The services of a claim and the words of the chart.

    `medicare`: Medicare pays. `partial`: the question asks for a part of the claim only.
    """

    lines: tuple[ClaimLine, ...]
    text: str
    medicare: bool = False
    partial: bool = False


class Doubt(NamedTuple):
    """What a table has against a claim: the check, the codes concerned, the sentence, and a line's place."""

    check: Check
    codes: tuple[str, ...]
    message: str
    place: object


@dataclass(slots=True)
class Tally:
    """How often each check was made and could not be made; a doubt counts as made."""

    checked: Counter[Check] = field(default_factory=Counter)
    not_checked: Counter[Check] = field(default_factory=Counter)


class Judge:
    """Applies the tables to claims and keeps the tally."""

    def __init__(self, reference: Reference, tally: Tally) -> None:
        """Take the tables and the tally to add to."""
        self.reference, self.tally = reference, tally

    def doubts(self, view: ClaimView) -> Iterator[Doubt]:
        """Yield every doubt about a professional claim, line by line, then pair by pair."""
        for line in view.lines:
            for check, modifiers, rule in _BY_MODIFIER:
                if line.modifiers & modifiers:
                    yield from self._ask(check, line, rule(self, view, line))
            yield from self._add_on(view, line)
        yield from self._units(view)
        yield from self._pairs(view)

    def _ask(self, check: Check, line: ClaimLine, answer: str | bool) -> Iterator[Doubt]:
        """Count one answer: True is passed, False not checked, a sentence a doubt."""
        if answer is False:
            self.tally.not_checked[check] += 1
            return
        self.tally.checked[check] += 1
        if isinstance(answer, str):
            yield Doubt(check, (line.code,), answer, line.place)

    def _row(self, line: ClaimLine) -> Indicators | None:
        return self.reference.indicators.get(line.code)

    def _edition(self) -> str:
        return f"the fee schedule of {self.reference.editions['indicators']}"

    # Each rule answers True (in order), False (no row, not checked) or a sentence.

    def _bilateral(self, _: ClaimView, line: ClaimLine) -> str | bool:
        row = self._row(line)
        if row is None:
            return False
        if row.bilateral in ("1", "3"):
            return True
        return f"{line.code}-50: bilateral indicator {row.bilateral} in {self._edition()}; 50 goes with 1 or 3"

    def _decision(self, view: ClaimView, line: ClaimLine) -> str | bool:
        if not line.is_visit:
            return f"{line.code}-57: 57 belongs on a visit"
        days = self._global_days(view, line)
        if "090" in days:
            return True
        if not days or None in days:
            return False
        return (
            f"{line.code}-57: no service of this claim has 90 global days ({self._listed(days)} in {self._edition()})"
        )

    def _separate_visit(self, view: ClaimView, line: ClaimLine) -> str | bool:
        if not line.is_visit:
            return f"{line.code}-25: 25 belongs on a visit"
        days = self._global_days(view, line)
        if days & {"000", "010", _NO_GLOBAL}:
            return True
        if not days:
            alone = len(view.lines) == 1 and line.must_carry(frozenset({"25"})) and not view.partial
            return f"{line.code}-25: nothing else stands on this claim" if alone else False
        if None in days or "YYY" in days:
            return False
        return (
            f"{line.code}-25: 25 goes beside a service with 0 or 10 global days or none; "
            f"this claim has {self._listed(days)} in {self._edition()}"
        )

    def _global_days(self, view: ClaimView, line: ClaimLine) -> set[str | None]:
        """Return the global days of the other services, None for one without a row; add-ons follow their primary."""
        rows = [self._row(other) for other in view.lines if other is not line]
        return {row.global_days if row else None for row in rows} - {"ZZZ"}

    @staticmethod
    def _listed(days: set[str | None]) -> str:
        return ", ".join(sorted(each for each in days if each))

    def _unrelated_visit(self, view: ClaimView, line: ClaimLine) -> str | bool:
        if not line.is_visit:
            return f"{line.code}-24: 24 belongs on a visit"
        return self._earlier_surgery(view, line, "24")

    def _global_period(self, view: ClaimView, line: ClaimLine) -> str | bool:
        modifier = min(line.modifiers & {"58", "78", "79"})
        if line.is_visit:
            return f"{line.code}-{modifier}: {modifier} belongs on a procedure; a visit takes 24"
        row = self._row(line)
        if row is not None and row.global_days == _NO_GLOBAL:
            return f"{line.code}-{modifier}: the code has no global days in {self._edition()}"
        said = self._earlier_surgery(view, line, modifier)
        return said if isinstance(said, str) or row is not None else False

    @staticmethod
    def _earlier_surgery(view: ClaimView, line: ClaimLine, modifier: str) -> str | bool:
        if _EARLIER_SURGERY.search(view.text):
            return True
        return f"{line.code}-{modifier}: the text states no earlier surgery"

    def _shared_care(self, _: ClaimView, line: ClaimLine) -> str | bool:
        row = self._row(line)
        if row is None:
            return False
        if row.global_days in ("010", "090"):
            return True
        modifier = min(line.modifiers & {"54", "55", "56"})
        return (
            f"{line.code}-{modifier}: global days {row.global_days} in {self._edition()}; only 010 and 090 can be split"
        )

    def _component(self, _: ClaimView, line: ClaimLine) -> str | bool:
        row = self._row(line)
        if row is None:
            return False
        modifier = min(line.modifiers & {"26", "TC"})
        # Indicator 6: a physician's reading of a laboratory test, which takes 26 and never TC.
        if row.split or row.pctc == "1" or (row.pctc == "6" and modifier == "26"):
            return True
        return f"{line.code}-{modifier}: the code has no two parts (indicator {row.pctc} in {self._edition()})"

    def _cosurgeon(self, _: ClaimView, line: ClaimLine) -> str | bool:
        row = self._row(line)
        if row is None:
            return False
        modifier = min(line.modifiers & {"62", "66"})
        indicator = row.cosurgeon if modifier == "62" else row.team
        if indicator in ("1", "2"):
            return True
        what = "co-surgeons" if modifier == "62" else "a team"
        return f"{line.code}-{modifier}: indicator {indicator} in {self._edition()}: not paid for {what}"

    def _assistant(self, _: ClaimView, line: ClaimLine) -> str | bool:
        row = self._row(line)
        if row is None:
            return False
        modifier = min(line.modifiers & {"80", "81", "82", "AS"})
        if row.assistant == "2":
            return True
        meaning = {"0": "paid only with proof of need", "1": "never paid"}.get(row.assistant, "does not apply")
        return f"{line.code}-{modifier}: assistant indicator {row.assistant} in {self._edition()}: {meaning}"

    def _multiple(self, _: ClaimView, line: ClaimLine) -> str | bool:
        row = self._row(line)
        if line.code in self.reference.add_ons or (row is not None and row.global_days == "ZZZ"):
            return f"{line.code}-51: an add-on code never takes 51"
        return row is not None

    def _distinct(self, view: ClaimView, line: ClaimLine) -> str | bool:
        if not any(_DISTINCT & set(slot) for slot in line.required):
            return False
        others = [other for other in view.lines if other is not line]
        # Two lines of one code are told apart by 59 too; no pair edit speaks of them.
        if any(other.code == line.code or self._indicator(line, other) == "1" for other in others):
            return True
        if not others and view.partial:
            return False
        return (
            f"{line.code}: 59 or X where no pair of this claim has an edit with indicator 1 "
            f"in the edits of {self.reference.editions['pairs']}"
        )

    def _indicator(self, one: ClaimLine, two: ClaimLine) -> str | None:
        pairs = self.reference.pairs
        return pairs.get((one.code, two.code)) or pairs.get((two.code, one.code))

    def _add_on(self, view: ClaimView, line: ClaimLine) -> Iterator[Doubt]:
        edit = self.reference.add_ons.get(line.code)
        if edit is None:
            return
        others = {other.code for other in view.lines if other is not line}
        answer: str | bool = bool(others & edit.primaries)
        if not answer and not (view.partial and not others):
            if edit.complete:
                answer = f"{line.code} is an add-on, and none of its primary codes is on the claim"
            elif not others - self.reference.add_ons.keys():
                answer = f"{line.code} is an add-on, and no primary code is on the claim"
        yield from self._ask(Check.ADD_ON, line, answer)

    def _units(self, view: ClaimView) -> Iterator[Doubt]:
        totals = _day_units(view)
        told: set[str] = set()
        for line in view.lines:
            limit = self.reference.limits.get(line.code)
            # Units of anesthesia codes are minutes, and the table counts cases. A limit of 0 says that Medicare does
            # not pay, which is nothing to other payers.
            unpaid = limit is not None and limit.most == 0 and not view.medicare
            if limit is None or unpaid or _ANESTHESIA.fullmatch(line.code):
                yield from self._ask(Check.UNITS, line, False)
                continue
            units = line.units if limit.by_line else totals[line.code]
            if units <= limit.most or line.code in told:
                yield from self._ask(Check.UNITS, line, True)
                continue
            told.add(line.code)
            period = "a line" if limit.by_line else "a day"
            edition = self.reference.editions["units"]
            yield from self._ask(
                Check.UNITS, line, f"{line.code}: {units} units; the limit of {edition} is {limit.most} for {period}"
            )

    def _lifts(self, view: ClaimView, line: ClaimLine) -> bool:
        """Say whether a line must carry a modifier that lifts an edit; an add-on follows its primary code."""
        edit = self.reference.add_ons.get(line.code)
        primaries = edit.primaries if edit else frozenset()
        return line.must_carry(LIFTING) or any(
            other.code in primaries and other.must_carry(LIFTING) for other in view.lines
        )

    def _pairs(self, view: ClaimView) -> Iterator[Doubt]:
        told: set[frozenset[str]] = set()
        for one, two in combinations(view.lines, 2):
            codes = frozenset((one.code, two.code))
            if len(codes) < 2:
                continue
            indicator = self._indicator(one, two)
            if indicator is None:
                self.tally.not_checked[Check.NCCI_PAIR] += 1
                continue
            self.tally.checked[Check.NCCI_PAIR] += 1
            if codes in told or indicator not in ("0", "1"):
                continue
            if indicator == "1" and (self._lifts(view, one) or self._lifts(view, two)):
                continue
            told.add(codes)
            first, second = (one, two) if (one.code, two.code) in self.reference.pairs else (two, one)
            rule = (
                "and no modifier lifts the edit"
                if indicator == "0"
                else "and neither line must carry a modifier that lifts the edit"
            )
            message = f"{second.code} is bundled into {first.code} {rule} (edits of {self.reference.editions['pairs']})"
            yield Doubt(Check.NCCI_PAIR, (first.code, second.code), message, second.place)


def _day_units(view: ClaimView) -> Counter[str]:
    """Add up the units of each code; two lines for the two sides are one procedure to payers other than Medicare."""
    totals = Counter[str]()
    sides = Counter[tuple[str, str]]()
    for line in view.lines:
        side = next((side for side in ("LT", "RT") if line.must_carry(frozenset({side}))), None)
        if side is None or view.medicare:
            totals[line.code] += line.units
        else:
            sides[line.code, side] += line.units
    for code in {code for code, _ in sides}:
        totals[code] += max(sides[code, "LT"], sides[code, "RT"])
    return totals


_Rule = Callable[[Judge, ClaimView, ClaimLine], str | bool]
_BY_MODIFIER: tuple[tuple[Check, frozenset[str], _Rule], ...] = (
    (Check.MODIFIER_24, frozenset({"24"}), Judge._unrelated_visit),
    (Check.MODIFIER_25, frozenset({"25"}), Judge._separate_visit),
    (Check.MODIFIER_26, frozenset({"26", "TC"}), Judge._component),
    (Check.MODIFIER_50, frozenset({"50"}), Judge._bilateral),
    (Check.MODIFIER_51, frozenset({"51"}), Judge._multiple),
    (Check.MODIFIER_54, frozenset({"54", "55", "56"}), Judge._shared_care),
    (Check.MODIFIER_57, frozenset({"57"}), Judge._decision),
    (Check.MODIFIER_58, frozenset({"58"}), Judge._global_period),
    (Check.MODIFIER_59, _DISTINCT, Judge._distinct),
    (Check.MODIFIER_62, frozenset({"62", "66"}), Judge._cosurgeon),
    (Check.MODIFIER_78, frozenset({"78"}), Judge._global_period),
    (Check.MODIFIER_79, frozenset({"79"}), Judge._global_period),
    (Check.MODIFIER_80, frozenset({"80", "81", "82", "AS"}), Judge._assistant),
)
