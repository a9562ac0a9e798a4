"""Present-on-admission indicators against what is known of their codes: inpatient claims and keys alone."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from coachapp.domain.codes import CodeFact
from coachapp.domain.keylines import Poa
from coachapp.domain.labels import Severity
from coachapp.domain.responses import DiagnosisEntry

ON_EXEMPT = "poa_on_exempt"
MISSING = "poa_missing"
_SOURCE = "ICD-10-CM Guidelines, Appendix I"


class PoaRemark(NamedTuple):
    """What is wrong with the indicators of some codes. `rule` is the stable name of the finding."""

    rule: str
    severity: Severity
    codes: tuple[str, ...]
    text: str


def poa_fault(fact: CodeFact, poa: Poa) -> str | None:
    """Return the rule that an indicator breaks, or None; nothing is said of a code whose exemption is unknown."""
    if fact.poa_exempt is True and poa is not Poa.EXEMPT:
        return ON_EXEMPT
    if fact.poa_exempt is False and poa is Poa.EXEMPT:
        return MISSING
    return None


def poa_remarks(rows: Iterable[DiagnosisEntry], facts: Mapping[str, CodeFact]) -> tuple[PoaRemark, ...]:
    """Return a warning of indicators on exempt codes and an error of codes without one, one of each at most."""
    broken: dict[str, dict[str, None]] = {}
    for row in rows:
        rule = poa_fault(facts[row.code], row.poa)
        if rule is not None:
            broken.setdefault(rule, {})[row.code] = None
    found = []
    for rule, severity, words in (
        (ON_EXEMPT, Severity.WARNING, "exempt from POA reporting; the indicator is left blank"),
        (MISSING, Severity.ERROR, "not exempt from POA reporting; the indicator is Y, N, U or W"),
    ):
        codes = tuple(broken.get(rule, ()))
        if codes:
            text = f"{', '.join(codes)} {'is' if len(codes) == 1 else 'are'} {words} ({_SOURCE})."
            found.append(PoaRemark(rule, severity, codes, text))
    return tuple(found)
