"""The claim as a form: rows as they were typed, and how they are posted and filled up for a page.

Rows (a payload, see `coachapp.domain.claimrows`) are counted and lettered explicitly; none is ever cut or moved up.
"""

import re
from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

from coachapp.domain.claimrows import Payload
from coachapp.domain.items import FORM_LIMITS, ClaimForm
from coachapp.domain.responses import LETTERS, MOST_MODIFIERS
from coachapp.practice.quoting import EvidenceError, checked_evidence, posted_evidence

FIRST_ROWS = 4
MORE_ROWS = 4
LONGEST_TEXT = 100
# A page offers at most 50 rows of a kind; a post of more than this is no page of ours.
MOST_POSTED = 200

_ROW_FIELD = re.compile(r"(dx|sv)-(\d{1,3})-(code|letter|poa|mod[1-4]|units|pointers|evidence)")


class PayloadError(ValueError):
    """A draft that has not the shape of a claim form's rows; the message says where."""


class TooManyRows(PayloadError):
    """A post of more rows than any page offers."""


def blank_payload() -> Payload:
    """Return the payload of an untouched form."""
    return {"diagnoses": [], "services": [], "pos": "", "no_service": False}


def _blank_service() -> dict[str, Any]:
    return {"code": "", "modifiers": [""] * MOST_MODIFIERS, "units": "", "pointers": ""}


def posted_payload(data: MultiDict[str, str]) -> Payload:
    """Return the rows of a posted page, every one of them, in the order of their numbers.

    Raises TooManyRows above 200 rows and PayloadError for evidence out of shape, which no page of ours can post.
    """
    rows: dict[str, dict[int, dict[str, str]]] = {"dx": {}, "sv": {}}
    for name in data:
        match = _ROW_FIELD.fullmatch(name)
        if match:
            rows[match[1]].setdefault(int(match[2]), {})[match[3]] = data[name]
    if max(len(rows["dx"]), len(rows["sv"])) > MOST_POSTED:
        raise TooManyRows(f"The form holds more than {MOST_POSTED} rows.")
    diagnoses = [
        {"code": row.get("code", ""), "letter": row.get("letter") or LETTERS[min(i, 25)], "poa": row.get("poa", "")}
        | _evidence(posted_evidence(row.get("evidence", "")), f"diagnoses[{i}]")
        for i, (_, row) in enumerate(sorted(rows["dx"].items()))
    ]
    services = [
        {
            "code": row.get("code", ""),
            "modifiers": [row.get(f"mod{n}", "") for n in range(1, MOST_MODIFIERS + 1)],
            "units": row.get("units", ""),
            "pointers": row.get("pointers", ""),
        }
        | _evidence(posted_evidence(row.get("evidence", "")), f"services[{i}]")
        for i, (_, row) in enumerate(sorted(rows["sv"].items()))
    ]
    return {
        "diagnoses": diagnoses,
        "services": services,
        "pos": data.get("pos", ""),
        "no_service": "no_service" in data,
    }


def checked_payload(data: object) -> Payload:
    """Return a payload sent as JSON if it has the shape of one; raises PayloadError naming what is out of shape.

    Only shape is checked here: half-typed text is what drafts are made of.
    """
    if not isinstance(data, dict):
        raise PayloadError("The claim must be an object.")
    unknown = set(data) - {"diagnoses", "services", "pos", "no_service"}
    if unknown:
        raise PayloadError(f"The claim has an unknown field: {min(map(str, unknown))}.")
    no_service = data.get("no_service", False)
    if not isinstance(no_service, bool):
        raise PayloadError("no_service must be true or false.")
    diagnoses = [
        {name: _text(row, name, f"diagnoses[{i}]") for name in ("code", "letter", "poa")}
        | _evidence(row.get("evidence", []), f"diagnoses[{i}]")
        for i, row in enumerate(_rows(data, "diagnoses"))
    ]
    services = [
        {
            "code": _text(row, "code", f"services[{i}]"),
            "modifiers": _modifiers(row, f"services[{i}]"),
            "units": _text(row, "units", f"services[{i}]"),
            "pointers": _text(row, "pointers", f"services[{i}]"),
        }
        | _evidence(row.get("evidence", []), f"services[{i}]")
        for i, row in enumerate(_rows(data, "services"))
    ]
    return {
        "diagnoses": diagnoses,
        "services": services,
        "pos": _text(data, "pos", "claim"),
        "no_service": no_service,
    }


def _evidence(value: object, place: str) -> dict[str, Any]:
    """Return the evidence of a row as a field of it, or no field where nothing is attached."""
    try:
        found = checked_evidence(value, f"{place}.evidence")
    except EvidenceError as error:
        raise PayloadError(str(error)) from error
    return {"evidence": found} if found else {}


def _rows(data: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    rows = data.get(name, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise PayloadError(f"{name} must be a list of rows.")
    if len(rows) > MOST_POSTED:
        raise PayloadError(f"{name} holds more than {MOST_POSTED} rows.")
    return rows


def _text(row: Mapping[str, Any], name: str, place: str) -> str:
    value = row.get(name, "")
    if not isinstance(value, str):
        raise PayloadError(f"{place}.{name} must be text.")
    if len(value) > LONGEST_TEXT:
        raise PayloadError(f"{place}.{name} is longer than {LONGEST_TEXT} characters.")
    return value


def _modifiers(row: Mapping[str, Any], place: str) -> list[str]:
    value = row.get("modifiers", [])
    if not isinstance(value, list) or len(value) > MOST_MODIFIERS:
        raise PayloadError(f"{place}.modifiers must be a list of at most {MOST_MODIFIERS} texts.")
    texts = [_text({"modifier": text}, "modifier", place) for text in value]
    return texts + [""] * (MOST_MODIFIERS - len(texts))


def is_blank(payload: Payload) -> bool:
    """Say whether nothing at all was typed or ticked."""
    typed = [payload["pos"], *(row["code"] + row["poa"] for row in payload["diagnoses"])]
    for row in payload["services"]:
        typed += [row["code"], row["units"], row["pointers"], *row["modifiers"]]
    return not payload["no_service"] and not any(text.strip() for text in typed)


def padded(payload: Payload, form: ClaimForm, *, diagnoses: int = 0, services: int = 0) -> Payload:
    """Return the payload with empty rows behind it, for the page.

    A page starts with four rows of each kind whatever the key holds; `diagnoses` and `services` ask for that many, and
    the form's limit bounds them. Rows over the limit are kept, so that they can be seen and moved.
    """
    most_diagnoses, most_services = FORM_LIMITS[form]
    shown = dict(payload, diagnoses=list(payload["diagnoses"]), services=list(payload["services"]))
    taken = {row["letter"] for row in shown["diagnoses"]}
    free = [letter for letter in LETTERS[:most_diagnoses] if letter not in taken]
    while len(shown["diagnoses"]) < min(max(diagnoses, FIRST_ROWS), most_diagnoses) and free:
        shown["diagnoses"].append({"code": "", "letter": free.pop(0), "poa": ""})
    while len(shown["services"]) < min(max(services, FIRST_ROWS), most_services):
        shown["services"].append(_blank_service())
    return shown


def trimmed(payload: Payload) -> Payload:
    """Return the payload without the empty rows at its end, which only the page needs.

    A row is not empty if words of the chart are attached to it.
    """
    kept = dict(payload, diagnoses=list(payload["diagnoses"]), services=list(payload["services"]))
    for name in ("diagnoses", "services"):
        rows = kept[name]
        while rows and not rows[-1].get("evidence") and is_blank({**blank_payload(), name: rows[-1:]}):
            rows.pop()
    return kept
