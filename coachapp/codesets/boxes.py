"""The kinds of box on a claim form, and what each reads."""

from dataclasses import dataclass

from coachapp.domain.codes import CodeSystem, undotted


@dataclass(frozen=True, slots=True)
class Box:
    """A kind of box on a claim form, and the code systems it reads."""

    name: str
    systems: frozenset[CodeSystem]

    def bare(self, code: str) -> str:
        """Return a code as the tables have it, or "" where the box cannot read it (a dot in a service box)."""
        if self is DIAGNOSIS:
            return undotted(code)
        return "" if "." in code else code


DIAGNOSIS = Box("diagnosis", frozenset({CodeSystem.ICD10CM}))
SERVICE = Box("service", frozenset({CodeSystem.HCPCS, CodeSystem.CPT}))
PROCEDURE = Box("procedure", frozenset({CodeSystem.ICD10PCS}))
