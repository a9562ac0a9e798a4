"""Small cases of every claim form, for tests of pages."""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from coachapp import clock
from coachapp.content.sync import sync
from coachapp.domain.items import Case
from coachapp.models.items import Item

OP_NOTE = """# Operative note

**Postoperative diagnosis:** Colles fracture, left distal radius, closed, displaced

## Description

The fracture was **reduced by hand** under fluoroscopy. No incision was made.
"""
IMAGING = """# Radiology report

Displaced fracture of the distal left radius. A scaphoid injury cannot be excluded.

| View | Finding |
|---|---|
| lateral | dorsal tilt |
"""


def _case(slug: str, branch: dict[str, Any], **fields: Any) -> Case:
    data: dict[str, Any] = {
        "id": slug,
        "title": slug.split("/")[1].replace("-", " ").capitalize(),
        "specialty": slug.split("/", maxsplit=1)[0],
        "setting": "hospital outpatient",
        "claim_form": "professional",
        "date_of_service": date(2026, 5, 12),
        "patient": {"age": 41, "sex": "male"},
        "task": f"Code the claim of {slug}.",
        "level": "practitioner",
        "minutes": 12,
        "documents": [
            {"id": "op-note", "title": "Operative note", "file": "op-note.md", "text": OP_NOTE},
            {"id": "imaging", "title": "Radiology report", "file": "imaging.md", "text": IMAGING},
        ],
        "concepts": ["fracture-treatment"],
        "lesson": "Ask whether the bone was moved.\n\nAsk what holds it.",
        "verified": date(2026, 6, 1),
        "key": {
            "branches": [{"name": "as documented", **branch}, *fields.pop("others", [])],
            "traps": fields.pop("traps", []),
        },
        **fields,
    }
    return Case.model_validate(data)


def wrist(slug: str = "orthopedics/broken-wrist", **fields: Any) -> Case:
    """Return a professional case: one scored and one optional diagnosis, one service, a place of service, a trap."""
    branch = {
        "diagnoses": [
            {
                "id": "d1",
                "code": "S52.532A",
                "first": True,
                "evidence": [{"document": "op-note", "quote": "Colles fracture, left distal radius"}],
                "rationale": "The surgeon names the pattern and the side.",
                "references": ["ICD-10-CM Guidelines I.C.19.c"],
            },
            {"id": "d2", "code": "W10.1XXA", "optional": True, "rationale": "A fall from a curb."},
        ],
        "services": [
            {
                "id": "s1",
                "code": "25605",
                "modifiers": ["LT"],
                "units": 1,
                "pointers": ["d1"],
                "primary": "d1",
                "evidence": [{"document": "op-note", "quote": "reduced by hand under fluoroscopy"}],
                "rationale": "Closed treatment with manipulation.",
            }
        ],
    }
    trap = {
        "code": "S62.002A",
        "kind": "diagnosis",
        "label": "uncertain_diagnosis",
        "why": "The scaphoid was only a question.",
    }
    return _case(slug, branch, pos="22", traps=[trap], **fields)


def stay(slug: str = "cardiology/heart-attack", **fields: Any) -> Case:
    """Return an inpatient case with present-on-admission indicators and one procedure."""
    branch = {
        "diagnoses": [
            {"id": "d1", "code": "I21.4", "first": True, "poa": "Y"},
            {"id": "d2", "code": "E11.9", "poa": "Y"},
        ],
        "services": [{"id": "s1", "code": "027034Z", "first": True}],
    }
    return _case(slug, branch, claim_form="inpatient", setting="hospital inpatient", level="expert", **fields)


def scope(slug: str = "gastroenterology/polyp", **fields: Any) -> Case:
    """Return a facility outpatient case."""
    branch = {
        "diagnoses": [{"id": "d1", "code": "K63.5", "first": True}],
        "services": [{"id": "s1", "code": "45385", "units": 1}],
    }
    return _case(slug, branch, claim_form="facility_outpatient", level="foundation", minutes=6, **fields)


def nothing_done(slug: str = "pediatrics/no-show", **fields: Any) -> Case:
    """Return a case whose answer is that there is no service to report."""
    branch = {"diagnoses": [{"id": "d1", "code": "Z53.21", "first": True}], "no_service": True}
    return _case(slug, branch, **fields)


def two_ways(slug: str = "otolaryngology/tubes", **fields: Any) -> Case:
    """Return a case with two right claims; in the second a modifier has a twin, one is optional, a code is accepted."""

    def branch(name: str, *services: dict[str, Any]) -> dict[str, Any]:
        return {"name": name, "diagnoses": [{"id": "d1", "code": "H65.33", "first": True}], "services": [*services]}

    first = branch("one line", {"id": "s1", "code": "69436", "modifiers": ["50"], "units": 1})
    second = branch(
        "two lines",
        {
            "id": "s1",
            "code": "69436",
            "modifiers": ["RT", {"code": "51", "optional": True}],
            "units": 1,
            "accept": [{"code": "69433", "credit": 0.5, "note": "Without the word general."}],
        },
        {"id": "s2", "code": "69436", "modifiers": ["LT", {"any_of": ["59", "XS"]}], "units": 1},
    )
    return _case(slug, first, others=[second], **fields)


def hidden(slug: str = "urology/stone", **fields: Any) -> Case:
    """Return a case that was never verified."""
    return wrist(slug, verified=None, **fields)


def add_cases(session: Session, *cases: Case) -> dict[str, Item]:
    """Store cases as a sync of files would, commit, and return their items by id, apart from the session."""
    session.rollback()
    sync(session, cases, questions=(), concepts=(), now=clock.now())
    session.commit()
    found = {item.slug: item for item in session.query(Item)}
    session.expunge_all()
    session.rollback()
    return found


def rows(
    *diagnoses: str,
    services: tuple[str, ...] = (),
    pos: str = "",
    no_service: bool = False,
    attempt: int | None = None,
    seq: int = 0,
    version: int = 1,
) -> dict[str, str]:
    """Return the fields of a posted claim. A service is "CODE|modifiers|units|pointers", a diagnosis "CODE|poa"."""
    found = {"seq": str(seq), "version": str(version), "attempt": str(attempt or ""), "pos": pos}
    for i, text in enumerate(diagnoses):
        code, _, poa = text.partition("|")
        found |= {f"dx-{i}-code": code, f"dx-{i}-letter": "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[i], f"dx-{i}-poa": poa}
    for i, text in enumerate(services):
        code, modifiers, units, pointers = [*text.split("|"), "", "", ""][:4]
        found |= {f"sv-{i}-code": code, f"sv-{i}-units": units, f"sv-{i}-pointers": pointers}
        boxes = (modifiers.split() + [""] * 4)[:4]
        found |= {f"sv-{i}-mod{n}": box for n, box in enumerate(boxes, 1)}
    return found | ({"no_service": "y"} if no_service else {})


RIGHT = {"diagnoses": ("S52.532A",), "services": ("25605|LT|1|A",), "pos": "22"}


def quote(words: str, nth: int = 1, document: str = "op-note") -> dict[str, Any]:
    """Return words of a chart as they are attached to a row."""
    return {"document": document, "quote": words, "nth": nth}


def right_rows(**fields: Any) -> dict[str, str]:
    """Return the fields of a fully right claim for `wrist`."""
    return rows(*RIGHT["diagnoses"], services=RIGHT["services"], pos="22", **fields)
