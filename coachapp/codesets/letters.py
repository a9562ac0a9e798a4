"""Where browsing HCPCS Level II begins: the letters of its codes."""

from dataclasses import dataclass

from coachapp.codesets.release import View
from coachapp.domain.codes import CodeSystem

HCPCS_LETTERS = {
    "A": "Transport, medical and surgical supplies, administrative",
    "B": "Enteral and parenteral therapy",
    "C": "Hospital outpatient services and items",
    "D": "Dental procedures",
    "E": "Durable medical equipment",
    "G": "Temporary procedures and professional services",
    "H": "Alcohol and drug abuse treatment, behavioral health",
    "J": "Drugs not taken by mouth, chemotherapy",
    "K": "Temporary codes for durable medical equipment",
    "L": "Orthotics and prosthetics",
    "M": "Medical services, quality measures",
    "P": "Pathology and laboratory, blood products",
    "Q": "Temporary codes",
    "R": "Diagnostic radiology: transport of equipment",
    "S": "Temporary codes of private payers",
    "T": "Codes of state Medicaid agencies",
    "U": "Laboratory tests for coronavirus",
    "V": "Vision, hearing and speech services",
}
"""What the codes of each HCPCS letter are, in our own words."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter that codes begin with, what they are about (None where it is not known), and how many are in use."""

    start: str
    name: str | None
    codes: int


def hcpcs_letters(view: View) -> tuple[Letter, ...]:
    """Return the letters that HCPCS codes begin with, in order."""
    release = view.chosen.get(CodeSystem.HCPCS)
    if release is None:
        return ()
    rows = release.query(
        "SELECT substr(bare, 1, 1), count(*) FROM code WHERE system = ? AND listed GROUP BY 1 ORDER BY 1",
        CodeSystem.HCPCS,
    )
    return tuple(Letter(str(start), HCPCS_LETTERS.get(start), int(count)) for start, count in rows)
