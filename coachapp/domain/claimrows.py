"""A claim as its writer typed it, and how it becomes a claim that can be graded.

A payload is the form's raw rows, kept as typed so that a draft comes back exactly:
`{"diagnoses": [{"code", "letter", "poa"}], "services": [{"code", "modifiers": [four texts], "units", "pointers"}],
"pos": text, "no_service": bool}`. A row to which words of the chart are attached also has `evidence`; it is never
graded. Steps of an attempt at a case store payloads.
"""

from typing import Any

from coachapp.domain.claimboxes import BoxError, read_units
from coachapp.domain.items import ClaimForm
from coachapp.domain.responses import ClaimResponse, ResponseError, read_claim

Payload = dict[str, Any]


def read_payload(payload: Payload, form: ClaimForm, *, stored: bool = False) -> ClaimResponse:
    """Turn rows as typed into a claim; raises ResponseError naming every row a claim of this form could not hold.

    `stored`: the rows were submitted before, perhaps when the boxes were read less strictly, and are read as then.
    """
    problems: list[tuple[str, str]] = []
    services = []
    for i, row in enumerate(payload["services"]):
        service: dict[str, Any] = {"code": row["code"], "modifiers": row["modifiers"], "pointers": [row["pointers"]]}
        try:
            service["units"] = read_units(row["units"], stored=stored)
        except BoxError as error:
            problems.append((f"services[{i}].units", str(error)))
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
