"""What the checks of a claim as a claim return."""

from typing import NamedTuple

from coachapp.domain.labels import Severity


class Finding(NamedTuple):
    """One remark about the claim. `rule` is a stable name; `codes` the codes concerned."""

    rule: str
    severity: Severity
    codes: tuple[str, ...]
    text: str
