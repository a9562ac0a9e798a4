"""Which code systems an installation knows nothing of on a date, and the import that ends it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from coachapp.codesets.shelf import CODE_KINDS, Kind, ReleaseInfo
from coachapp.domain.codes import CodeSystem

_NAMES = {
    Kind.ICD10CM: "ICD-10-CM",
    Kind.HCPCS: "HCPCS Level II",
    Kind.CPT: "CPT",
    Kind.ICD10PCS: "ICD-10-PCS",
}
_PUBLISHED = {
    Kind.ICD10CM: "CMS and the CDC publish the code files for each fiscal year, with an update in April",
    Kind.HCPCS: "CMS publishes the list each quarter, as the HCPCS Quarterly Update",
    Kind.CPT: "the American Medical Association licenses the file for each calendar year",
    Kind.ICD10PCS: "CMS publishes the code files for each fiscal year, with an update in April",
}


@dataclass(frozen=True, slots=True)
class Gap:
    """A code system for which no release answers on the date `on`; `first` to `last` are the nearest days known."""

    kind: Kind
    on: date
    first: date
    last: date

    @property
    def system(self) -> CodeSystem:
        """Return the code system."""
        return CodeSystem(self.kind.value)

    @property
    def command(self) -> str:
        """Return the command that ends the gap, FILE standing for the official file."""
        more = " --year YEAR --licence NUMBER --attest" if self.kind is Kind.CPT else ""
        return f"coachapp codes import {self.kind} FILE{more}"

    @property
    def days(self) -> str:
        """Say which days are known: the end where the date lies behind them, the beginning where it lies before."""
        if self.on > self.last:
            return f"the codes of {_NAMES[self.kind]} end on {_day(self.last)}"
        return f"the codes of {_NAMES[self.kind]} begin on {_day(self.first)}"

    @property
    def published(self) -> str:
        """Say who publishes the official file."""
        return _PUBLISHED[self.kind]

    @property
    def text(self) -> str:
        """Say what is not known, and what an operator does about it."""
        return (
            f"{self.days}, so the validity of a code on {_day(self.on)} is not known; "
            f"import the current file with `{self.command}` ({self.published})"
        )


def gaps(releases: Iterable[ReleaseInfo], *, on: date) -> tuple[Gap, ...]:
    """Return the systems that have releases, none of which answers for the date, in the order of their names here."""
    known: dict[Kind, list[ReleaseInfo]] = {}
    for release in releases:
        if release.usable and release.kind in CODE_KINDS:
            known.setdefault(release.kind, []).append(release)
    found = []
    for kind in CODE_KINDS:
        own = known.get(kind, [])
        if own and not any(one.first <= on <= one.last for one in own):
            before = [one for one in own if one.last < on]
            nearest = max(before, key=lambda one: one.last) if before else min(own, key=lambda one: one.first)
            found.append(Gap(kind, on, nearest.first, nearest.last))
    return tuple(found)


def _day(day: date) -> str:
    return f"{day:%b} {day.day}, {day.year}"
