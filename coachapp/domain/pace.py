"""How long a question may take: the budget of each section in seconds, about four hours for a full CPC paper."""

from coachapp.domain.questions import Section

USUAL_SECONDS = 150
_SECONDS = {
    Section.TERMINOLOGY: 60,
    Section.ANATOMY: 60,
    Section.COMPLIANCE: 60,
    Section.GUIDELINES: 90,
    Section.HCPCS: 90,
    Section.ICD10CM: 120,
    Section.ANESTHESIA: 130,
    Section.CASES: 270,
}


def budget_seconds(section: Section) -> int:
    """Return the budget of one question of a section."""
    return _SECONDS.get(section, USUAL_SECONDS)
