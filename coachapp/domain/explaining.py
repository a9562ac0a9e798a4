"""Verdicts and labels for each line of a graded claim (grading.md sections 4 and 6)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from coachapp.domain.codes import CodeFacts
from coachapp.domain.keylines import KeyLine, KeyService, LineKind, Trap
from coachapp.domain.labelling import (
    LineLabel,
    accepted_label,
    diagnosis_code_labels,
    modifier_label,
    service_code_labels,
    traps_of,
)
from coachapp.domain.labels import Label, Verdict
from coachapp.domain.points import GRAINS_PER_POINT, BranchPlan, KeyPlan, code_grains, match_modifiers
from coachapp.domain.responses import ClaimResponse, DiagnosisEntry, ServiceEntry
from coachapp.domain.results import ElementResult, LineResult
from coachapp.domain.scores import Outcome


@dataclass(frozen=True, slots=True)
class Explainer:
    """Turns a pairing into verdicts and labels, each submitted line and each key line in exactly one."""

    plan: KeyPlan
    claim: ClaimResponse
    outcome: Outcome
    facts: CodeFacts

    @property
    def branch(self) -> BranchPlan:
        """Return the branch that the claim is explained against."""
        return self.outcome.branch

    def lines(self) -> tuple[LineResult, ...]:
        """Return every line: submitted ones in the order of the claim, then the key lines nobody met."""
        return (*self.diagnoses(), *self.services())

    def diagnoses(self) -> list[LineResult]:
        """Return the diagnoses of claim and key."""
        pairing, sums, plans = self.outcome.diagnoses, self.outcome.diagnosis_sums, self.branch.diagnoses
        taken = {place: (i, credit) for i, (place, credit) in pairing.paired.items()}
        near = {place: i for i, place in pairing.near.items()}
        lines: list[LineResult] = []
        for place, entry in enumerate(self.claim.diagnoses):
            held = taken.get(place)
            if held is None:
                lines.append(self._wrong_diagnosis(place, entry, near.get(place)))
            else:
                i, credit = held
                p = plans[i]
                # What is right to the letter needs no looking into; most lines are.
                if (
                    credit == 1.0
                    and not p.optional
                    and (not p.first if place else sums.first is not False)
                    and (p.after is None or sums.after[i])
                    and (p.poa is None or entry.poa is p.poa)
                ):
                    lines.append(
                        LineResult(LineKind.DIAGNOSIS, entry, p.line, Verdict.RIGHT, (), p.worth, p.worth, p.rationale)
                    )
                else:
                    lines.append(self._paired_diagnosis(place, entry, i, credit))
        if len(pairing.paired) + len(pairing.near) < len(plans):
            lines += [
                self._absent(LineKind.DIAGNOSIS, p.line, p.worth)
                for i, p in enumerate(plans)
                if i not in pairing.paired and i not in pairing.near
            ]
        return lines

    def _paired_diagnosis(self, place: int, entry: DiagnosisEntry, i: int, credit: float) -> LineResult:
        p = self.branch.diagnoses[i]
        line, grains = p.line, self.plan.grains
        labels: list[LineLabel] = []
        points = 0
        accepted = accepted_label(entry.code, line, credit)
        if accepted:
            labels.append(accepted)
        if place == 0:
            labels += self._first_label(LineKind.DIAGNOSIS, place, entry.code, i)
        if not line.optional:
            points = code_grains(credit, grains)
            points += grains.first if line.first and place == 0 else 0
            if i in self.outcome.diagnosis_sums.after:
                if self.outcome.diagnosis_sums.after[i]:
                    points += grains.after
                else:
                    labels.append(self._after_label(entry.code, i))
            if line.poa is not None:
                if entry.poa is line.poa:
                    points += grains.poa
                else:
                    text = f"Present on admission is {line.poa.value} for {entry.code}, not {entry.poa.value}."
                    labels.append(LineLabel(Label.POA, "poa", (entry.code,), text))
        return self._paired(entry, line, labels, points=points, possible=p.possible)

    def _after_label(self, code: str, i: int) -> LineLabel:
        after = self.branch.diagnoses[i].after
        earlier = self.branch.diagnoses[after].line.code if after is not None else ""
        if after in self.outcome.diagnoses.paired:
            text = f"{code} stands before {earlier}; it belongs after it."
        else:
            text = f"{code} must follow {earlier}, which is not on the claim."
        return LineLabel(Label.ETIOLOGY_MANIFESTATION_ORDER, "after", (code, earlier), text)

    def _first_label(self, kind: LineKind, place: int, code: str, i: int | None) -> list[LineLabel]:
        """Return the label of the line that stands first where another should; a near miss of that one is let off."""
        diagnosis = kind is LineKind.DIAGNOSIS
        stands = self.outcome.diagnosis_sums.first if diagnosis else self.outcome.service_sums.first
        if place != 0 or stands is not False:
            return []
        lines: list[KeyLine] = [p.line for p in (self.branch.diagnoses if diagnosis else self.branch.services)]
        near = self.outcome.diagnoses.near if diagnosis else self.outcome.services.near
        position = next(j for j, line in enumerate(lines) if line.first)
        if position == i or near.get(position) == 0:
            return []
        right = lines[position].code
        text = f"{code} stands first; the first {'diagnosis' if diagnosis else 'procedure'} is {right}."
        return [LineLabel(Label.FIRST_LISTED, "first", (code, right), text)]

    def _wrong_diagnosis(self, place: int, entry: DiagnosisEntry, i: int | None) -> LineResult:
        line = self.branch.diagnoses[i].line if i is not None else None
        trap = traps_of(self.plan.traps, LineKind.DIAGNOSIS, entry.code, line.id if line else None)
        earlier = [d.code for d in self.claim.diagnoses[:place]]
        labels = list(diagnosis_code_labels(entry.code, line, facts=self.facts, trap=trap, earlier=earlier))
        labels += self._first_label(LineKind.DIAGNOSIS, place, entry.code, i)
        return self._lone(
            entry,
            line,
            _ordered(labels, trap),
            possible=self.branch.diagnoses[i].possible if line and i is not None else 0,
        )

    def services(self) -> list[LineResult]:
        """Return the services of claim and key."""
        pairing, sums, plans = self.outcome.services, self.outcome.service_sums, self.branch.services
        taken = {place: (i, credit) for i, (place, credit) in pairing.paired.items()}
        near = {place: i for i, place in pairing.near.items()}
        lines: list[LineResult] = []
        for place, entry in enumerate(self.claim.services):
            held = taken.get(place)
            if held is None:
                lines.append(self._wrong_service(place, entry, near.get(place)))
            else:
                i, credit = held
                q = plans[i]
                if (
                    credit == 1.0
                    and not q.optional
                    and sums.points[i] is q.plain_points
                    and (not q.first if place else sums.first is not False)
                ):
                    lines.append(
                        LineResult(LineKind.SERVICE, entry, q.line, Verdict.RIGHT, (), q.worth, q.worth, q.rationale)
                    )
                else:
                    lines.append(self._paired_service(place, entry, i, credit))
        if len(pairing.paired) + len(pairing.near) < len(plans):
            lines += [
                self._absent(LineKind.SERVICE, q.line, q.worth)
                for i, q in enumerate(plans)
                if i not in pairing.paired and i not in pairing.near
            ]
        return lines

    def _paired_service(self, place: int, entry: ServiceEntry, i: int, credit: float) -> LineResult:
        q, earned = self.branch.services[i], self.outcome.service_sums.points[i]
        line = q.line
        labels: list[LineLabel] = []
        accepted = accepted_label(entry.code, line, credit)
        if accepted:
            labels.append(accepted)
        if place == 0:
            labels += self._first_label(LineKind.SERVICE, place, entry.code, i)
        if entry.modifiers != q.plain_modifiers:
            labels += self._modifier_labels(line, entry)
        if line.units is not None and entry.units != line.units:
            text = f"{entry.code}: {entry.units:,} units entered, {line.units:,} documented."
            labels.append(LineLabel(Label.UNITS, "units", (entry.code,), text))
        if q.pointers is not None and not earned.pointers:
            labels.append(self._pointer_label(line, entry))
        points = 0
        if not line.optional:
            points = sum(earned) + (self.plan.grains.first if line.first and place == 0 else 0)
        return self._paired(entry, line, labels, points=points, possible=q.possible)

    def _modifier_labels(self, line: KeyService, entry: ServiceEntry) -> list[LineLabel]:
        if not self.branch.score_modifiers:
            return []
        match = match_modifiers(line, entry.modifiers)
        label = modifier_label(entry.code, match.missing, match.extra, order=match.out_of_order)
        return [label] if label else []

    def _pointer_label(self, line: KeyService, entry: ServiceEntry) -> LineLabel:
        codes = self.branch.codes
        wanted = [codes[d] for d in line.pointers or () if d not in self.branch.optional_ids]
        if line.primary in (line.pointers or ()) and codes.get(line.primary or "") in wanted:
            lead = codes[line.primary or ""]
            wanted = [lead, *(code for code in wanted if code != lead)]
        rows = {letter: d.code for d in self.claim.diagnoses if (letter := d.letter) in entry.pointers}
        written = [f"{letter} ({rows.get(letter, 'an empty row')})" for letter in entry.pointers]
        should = ", ".join(wanted) or "no scored diagnosis"
        said = f"points to {', '.join(written)}" if written else "points to no diagnosis"
        lead_text = ", that one first" if line.primary and len(wanted) == 1 and len(written) > 1 else ""
        order = f"; {wanted[0]} first" if line.primary and len(wanted) > 1 else lead_text
        text = f"{entry.code} {said}; it belongs to {should}{order}."
        return LineLabel(Label.POINTER, "pointers", (entry.code, *wanted), text)

    def _wrong_service(self, place: int, entry: ServiceEntry, i: int | None) -> LineResult:
        line = self.branch.services[i].line if i is not None else None
        trap = traps_of(self.plan.traps, LineKind.SERVICE, entry.code, line.id if line else None)
        mine = (entry.code, sorted(entry.modifiers))
        duplicate = any((s.code, sorted(s.modifiers)) == mine for s in self.claim.services[:place])
        labels = list(service_code_labels(entry.code, line, facts=self.facts, trap=trap, duplicate=duplicate))
        labels += self._first_label(LineKind.SERVICE, place, entry.code, i)
        return self._lone(
            entry,
            line,
            _ordered(labels, trap),
            possible=self.branch.services[i].possible if line and i is not None else 0,
        )

    def _lone(
        self,
        entry: DiagnosisEntry | ServiceEntry,
        line: KeyLine | None,
        labels: tuple[LineLabel, ...],
        *,
        possible: int,
    ) -> LineResult:
        """Return a line that earns nothing: a near miss, or unsupported."""
        kind = LineKind.DIAGNOSIS if isinstance(entry, DiagnosisEntry) else LineKind.SERVICE
        if line is not None:
            return LineResult(kind, entry, line, Verdict.WRONG, labels, 0.0, _points(possible), line.rationale)
        text = f"Nothing in the chart supports {entry.code} as a {kind.value} on this claim."
        labels = (*labels, LineLabel(Label.UNSUPPORTED, "code", (entry.code,), text))
        return LineResult(kind, entry, None, Verdict.UNSUPPORTED, labels, 0.0, 0.0, labels[0].text)

    @staticmethod
    def _absent(kind: LineKind, line: KeyLine, worth: float) -> LineResult:
        if line.optional:
            return LineResult(kind, None, line, Verdict.OPTIONAL_ABSENT, (), 0.0, 0.0, line.rationale)
        text = f"{line.code} is documented and was not reported."
        label = LineLabel(Label.MISSED, "code", (line.code,), text)
        return LineResult(kind, None, line, Verdict.MISSED, (label,), 0.0, worth, line.rationale)

    @staticmethod
    def _paired(
        entry: DiagnosisEntry | ServiceEntry, line: KeyLine, labels: Sequence[LineLabel], *, points: int, possible: int
    ) -> LineResult:
        kind = LineKind.DIAGNOSIS if isinstance(entry, DiagnosisEntry) else LineKind.SERVICE
        verdict = _verdict(line, points, possible, labelled=bool(labels))
        if line.optional:
            points = possible = 0
        found = _ordered(labels, None) if labels else ()
        return LineResult(kind, entry, line, verdict, found, _points(points), _points(possible), line.rationale)

    def elements(self) -> tuple[ElementResult, ...]:
        """Return what is asserted of the claim as a whole."""
        return tuple(self._elements()) if self.branch.pos is not None or self.branch.no_service else ()

    def _elements(self) -> Iterator[ElementResult]:
        grains, branch = self.plan.grains, self.branch
        if branch.pos is not None:
            right = self.claim.pos == branch.pos
            said = f"{self.claim.pos} was entered" if self.claim.pos else "none was entered"
            text = f"The place of service is {branch.pos}; {said}."
            labels = () if right else (LineLabel(Label.PLACE_OF_SERVICE, "place_of_service", (), text),)
            yield ElementResult(
                "place_of_service",
                self.claim.pos,
                branch.pos,
                labels,
                _points(grains.pos if right else 0),
                _points(grains.pos),
            )
        if branch.no_service:
            right = self.claim.no_service
            text = "The chart supports no service to report, and the claim should say so."
            labels = () if right else (LineLabel(Label.MISSED, "no_service", (), text),)
            worth = _points(grains.no_service)
            yield ElementResult("no_service", self.claim.no_service, True, labels, worth if right else 0.0, worth)


_RANK = {label: rank for rank, label in enumerate(Label)}


def _ordered(labels: Sequence[LineLabel], trap: Trap | None) -> tuple[LineLabel, ...]:
    """Put the primary label first: a trap's own, then the rest by precedence; a label stands once."""
    kept: dict[Label, LineLabel] = {}
    for label in labels:
        kept.setdefault(label.label, label)
    own = trap.label if trap else None
    return tuple(sorted(kept.values(), key=lambda label: (label.label is not own, _RANK[label.label])))


def _verdict(line: KeyLine, points: int, possible: int, *, labelled: bool) -> Verdict:
    if line.optional:
        return Verdict.OPTIONAL_PRESENT
    return Verdict.RIGHT if points == possible and not labelled else Verdict.PARTIAL


def _points(grains: int) -> float:
    return grains / GRAINS_PER_POINT
