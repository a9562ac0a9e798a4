"""Small cases for tests of the core: built from plain data, with facts that know nothing unless told."""

from datetime import date
from typing import Any

from coachapp.domain.codes import CodeFacts
from coachapp.domain.grading import grade
from coachapp.domain.items import Case, ClaimForm, Weights
from coachapp.domain.responses import ClaimResponse, read_claim
from coachapp.domain.results import Result

DAY = date(2026, 5, 12)
NOTHING_KNOWN = CodeFacts(DAY)


def case_of(*branches: dict[str, Any], form: str = "professional", **fields: Any) -> Case:
    """Build a case around branches given as plain data; a branch without a name is numbered."""
    named = [{"name": f"branch {i}", **branch} for i, branch in enumerate(branches)]
    data = {
        "id": "test/case",
        "title": "A test",
        "specialty": "test",
        "setting": "office",
        "claim_form": form,
        "date_of_service": DAY,
        "patient": {"age": 50, "sex": "female"},
        "task": "Code it.",
        "level": "foundation",
        "minutes": 10,
        "documents": [{"id": "note", "title": "Note", "file": "note.md"}],
        "concepts": ["test"],
        "lesson": "None.",
        "key": {"branches": named, "traps": fields.pop("traps", [])},
        **fields,
    }
    return Case.model_validate(data)


def claim_of(
    *diagnoses: str, services: list[dict[str, Any]] | None = None, form: str = "professional", **fields: Any
) -> ClaimResponse:
    """Build a claim; a diagnosis may be "LETTER=CODE" or "CODE/POA"."""
    rows = []
    for text in diagnoses:
        letter, _, code = text.rpartition("=")
        code, _, poa = code.partition("/")
        rows.append({"code": code, **({"letter": letter} if letter else {}), **({"poa": poa} if poa else {})})
    return read_claim({"diagnoses": rows, "services": services or [], **fields}, ClaimForm(form))


def graded(case: Case, claim: ClaimResponse, policy: Weights | None = None, facts: CodeFacts = NOTHING_KNOWN) -> Result:
    """Grade with facts that know nothing."""
    return grade(case, claim, policy, facts=facts)
