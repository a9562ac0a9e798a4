"""Answers of a search in groups, as the code book shows them: by system, then by category."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from coachapp.codesets.release import View
from coachapp.codesets.search import Hit
from coachapp.domain.codes import CodeSystem, undotted


@dataclass(frozen=True, slots=True)
class Group:
    """Answers that belong together.

    `head`: the category in ICD-10-CM (S52), the letter in HCPCS, the first three characters of an ICD-10-PCS table or
    of a CPT code. `title`: of the category; None for the others.
    """

    system: CodeSystem
    head: str
    title: str | None
    hits: tuple[Hit, ...]


def grouped(view: View, hits: Sequence[Hit]) -> tuple[Group, ...]:
    """Put answers in groups: systems in the order of their first answer, groups and answers as ranked."""
    found: dict[CodeSystem, dict[str, list[Hit]]] = {}
    for hit in hits:
        found.setdefault(hit.system, {}).setdefault(_head(hit), []).append(hit)
    titles = _titles(view, found.get(CodeSystem.ICD10CM, ()))
    return tuple(
        Group(system, head, titles.get(head) if system is CodeSystem.ICD10CM else None, tuple(own))
        for system, groups in found.items()
        for head, own in groups.items()
    )


def _head(hit: Hit) -> str:
    return undotted(hit.code)[: 1 if hit.system is CodeSystem.HCPCS else 3]


def _titles(view: View, categories: Sequence[str] | dict[str, list[Hit]]) -> dict[str, str]:
    release = view.chosen.get(CodeSystem.ICD10CM)
    if release is None or not categories:
        return {}
    return dict(
        release.query(
            "SELECT code, title FROM code WHERE bare IN (SELECT value FROM json_each(?)) AND system = ?"
            " AND title IS NOT NULL AND kind NOT IN ('chapter', 'block')",
            json.dumps(list(categories)),
            CodeSystem.ICD10CM,
        )
    )
