"""A claim as its writer typed it, and how it becomes a claim that can be graded.

A payload is the form's raw rows, kept as typed so that a draft comes back exactly:
`{"diagnoses": [{"code", "letter", "poa"}], "services": [{"code", "modifiers": [four texts], "units", "pointers"}],
"pos": text, "no_service": bool}`. A row to which words of the chart are attached also has `evidence`; it is never
graded. Steps of an attempt at a case store payloads.
"""

import re
from typing import Any

from coachapp.domain.items import ClaimForm
from coachapp.domain.responses import ClaimResponse, ResponseError, read_claim

Payload = dict[str, Any]


def read_payload(payload: Payload, form: ClaimForm) -> ClaimResponse:
    """Turn rows as typed into a claim; raises ResponseError naming every row a claim of this form could not hold."""
    problems: list[tuple[str, str]] = []
    services = []
    for i, row in enumerate(payload["services"]):
        service: dict[str, Any] = {"code": row["code"]}
        if any(text.strip() for text in row["modifiers"]):
            service["modifiers"] = row["modifiers"]
        if row["pointers"].strip():
            service["pointers"] = split_pointers(row["pointers"])
        units = row["units"].replace(",", "").strip()
        # A number too long for a claim is no number to read_claim either: int() would take digits of any length.
        if units and (not units.isascii() or not units.isdigit() or len(units) > 9):
            problems.append((f"services[{i}].units", f"“{row['units'].strip()}” is not a whole number"))
        elif units:
            service["units"] = int(units)
        services.append(service)
    data = {
        "diagnoses": [{name: row[name] for name in ("code", "letter", "poa")} for row in payload["diagnoses"]],
        "services": services,
        "no_service": payload["no_service"],
        "pos": payload["pos"],
    }
    try:
        claim = read_claim(data, form)
    except ResponseError as error:
        problems += error.problems
    if problems:
        raise ResponseError(problems)
    return claim


def split_pointers(text: str) -> list[str]:
    """Split the pointer box into letters: `AB`, `A,B` and `a b` are the same; anything else stays whole."""
    found: list[str] = []
    for part in re.split(r"[\s,;/]+", text.strip()):
        found += list(part.upper()) if part.isalpha() else [part] if part else []
    return found
