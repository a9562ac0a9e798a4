"""What is known of a code as somebody typed it, where no list has it on a date."""

from coachapp.codesets.boxes import DIAGNOSIS, PROCEDURE, SERVICE
from coachapp.codesets.facts import read_facts
from coachapp.codesets.release import View
from coachapp.domain.codes import CodeFact, CodeSystem, normalise_diagnosis, normalise_service, undotted
from coachapp.domain.spelling import looks_like_icd9, looks_like_icd9_procedure


def meant(view: View, text: str, *, system: CodeSystem | None) -> CodeFact | None:
    """Return the fact of a code that is invalid on the date of a view, from the box in which most is known of it.

    None where a box has the code, or could have it, and where nothing is known. A suggestion comes before what else is
    known. `system`: look only in the boxes that read it.
    """
    facts = []
    for box in (DIAGNOSIS, SERVICE, PROCEDURE):
        code = normalise_diagnosis(text) if box is DIAGNOSIS else normalise_service(text)[0]
        if not code or (system is not None and system not in box.systems) or (box is not DIAGNOSIS and "." in code):
            continue
        fact = read_facts(view, box, codes=[code])[code]
        if fact.valid is not False:
            return None
        facts.append(fact)
    known = sorted((fact for fact in facts if fact.suggestion), key=_distance)
    known += [fact for fact in facts if fact.replaced_by or fact.stem]
    known += [fact for fact in facts if looks_like_icd9(fact.code) or looks_like_icd9_procedure(fact.code)]
    return known[0] if known else None


def _distance(fact: CodeFact) -> int:
    """Return by how many characters a code and its suggestion differ in length: the nearer one is likelier meant."""
    return abs(len(undotted(fact.code)) - len(undotted(fact.suggestion or "")))
